//! Coverage-guided fuzzing of everything that reads bytes: `fuzz/` under libFuzzer, with stable Rust.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread;

use anyhow::{Context as _, Result, bail};
use clap::Args;

use crate::run::{has, root, run_with};

/// What `cargo fuzz` would pass, without its sanitizer, which needs a nightly compiler.
const FLAGS: &str = "--cfg fuzzing -Cpasses=sancov-module -Cllvm-args=-sanitizer-coverage-level=4 \
    -Cllvm-args=-sanitizer-coverage-inline-8bit-counters -Cllvm-args=-sanitizer-coverage-pc-table \
    -Cllvm-args=-sanitizer-coverage-trace-compares";
/// Seconds that one input may take, and memory that one target may.
const TIMEOUT_S: u32 = 30;
const MEMORY_MB: u32 = 2_048;
/// Lines of a failed target's output that are shown.
const TAIL_LINES: usize = 40;

/// What is fuzzed, and for how long.
#[derive(Debug, Args)]
pub(crate) struct FuzzArgs {
    /// One target; without it every one, as many at once as there are processors
    target: Option<String>,
    /// Seconds for each target
    #[arg(long, default_value_t = 60)]
    seconds: u32,
    /// Try the same inputs again: begins with the seeds alone, not with what earlier runs met
    #[arg(long)]
    seed: Option<u32>,
}

impl FuzzArgs {
    /// Every target for so long, each time alike: a test finds today what it found yesterday.
    pub(crate) const fn alike(seconds: u32) -> Self {
        Self { target: None, seconds, seed: Some(1) }
    }
}

/// What is missing here for fuzzing, if anything.
pub(crate) fn missing() -> Option<&'static str> {
    if !cfg!(target_os = "linux") {
        return Some("fuzzing is set up for Linux only");
    }
    (!has("c++")).then_some("libFuzzer needs a C++ compiler (Debian: g++)")
}

/// Builds the targets, then runs them.
pub(crate) fn run(args: &FuzzArgs) -> Result<()> {
    if let Some(missing) = missing() {
        bail!(missing);
    }
    let program = build()?;
    let listed = Command::new(&program).arg("--targets").output().context("the targets cannot be listed")?;
    let listed = String::from_utf8(listed.stdout)?;
    let names: Vec<&str> =
        listed.lines().filter(|name| args.target.as_deref().is_none_or(|one| one == *name)).collect();
    if names.is_empty() {
        bail!("there is no such target; there are: {}", listed.lines().collect::<Vec<_>>().join(", "));
    }
    // what targets write goes to memory where there is such a place, and goes when this ends
    let memory = Path::new("/dev/shm");
    let scratch = if memory.is_dir() { tempfile::tempdir_in(memory) } else { tempfile::tempdir() }?;
    let at_once = thread::available_parallelism().map_or(1, usize::from);
    println!("\n$ fuzz {} ({} s each, {at_once} at once)", names.join(" "), args.seconds);
    for some in names.chunks(at_once) {
        let outcomes: Vec<Result<()>> = thread::scope(|scope| {
            let running: Vec<_> =
                some.iter().map(|name| scope.spawn(|| one(&program, name, args, scratch.path()))).collect();
            let ended = running.into_iter().map(|thread| thread.join());
            ended.map(|ended| ended.unwrap_or_else(|_| bail!("a thread panicked"))).collect()
        });
        outcomes.into_iter().collect::<Result<()>>()?;
    }
    Ok(())
}

/// Gives the path of the program.
fn build() -> Result<PathBuf> {
    let version = Command::new("rustc").arg("-vV").output().context("rustc cannot be started")?;
    let version = String::from_utf8(version.stdout)?;
    // named, so that the flags stay away from build scripts and macros
    let host = version.lines().find_map(|line| line.strip_prefix("host: ")).context("rustc names no host")?;
    let arguments = ["build", "--quiet", "--package", "nova-fuzz", "--profile", "fuzz", "--target", host];
    run_with("cargo", &arguments, &[("RUSTFLAGS", FLAGS)])?;
    let target = std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root().join("target"), PathBuf::from);
    Ok(target.join(host).join("fuzz/nova-fuzz"))
}

/// One target: its corpus grows from run to run in `target/fuzzing/NAME`.
fn one(program: &Path, name: &str, args: &FuzzArgs, scratch: &Path) -> Result<()> {
    let ground = root().join("target/fuzzing").join(name);
    let corpus = if args.seed.is_some() { scratch.join(name) } else { ground.join("corpus") };
    for folder in [&corpus, &ground.join("seeds"), &ground.join("found")] {
        fs::create_dir_all(folder)?;
    }
    let past = root().join("fuzz/found").join(name);
    let log = ground.join("log");
    let file = File::create(&log)?;
    let status = Command::new(program)
        .args([format!("--target={name}"), format!("--ground={}", ground.display())])
        .arg(corpus)
        .arg(ground.join("seeds"))
        .args(past.is_dir().then_some(past))
        .arg(format!("-dict={}", ground.join("words").display()))
        .arg(format!("-artifact_prefix={}/", ground.join("found").display()))
        .args([format!("-max_total_time={}", args.seconds), format!("-timeout={TIMEOUT_S}")])
        .args(args.seed.map(|seed| format!("-seed={seed}")))
        .args([format!("-rss_limit_mb={MEMORY_MB}"), "-print_final_stats=1".to_owned()])
        .env("TMPDIR", scratch)
        .stdout(Stdio::null())
        .stderr(file)
        .status()
        .context("the program cannot be started")?;
    let output = String::from_utf8_lossy(&fs::read(&log)?).into_owned();
    if !status.success() {
        let lines: Vec<&str> = output.lines().collect();
        let tail = lines[lines.len().saturating_sub(TAIL_LINES)..].join("\n");
        bail!(
            "{name}: {status}\n{tail}\nThe input is in {}. Keep it in fuzz/found/{name}/ with what mends it; \
             `cargo run -p nova-fuzz -- {name} FILE` runs it alone.",
            ground.join("found").display()
        );
    }
    println!("  {name:<9} {}", told(&output));
    Ok(())
}

/// How many inputs, and how much of the code they met.
fn told(output: &str) -> String {
    let inputs = output.lines().find_map(|line| line.strip_prefix("stat::number_of_executed_units:"));
    let words = output.lines().rev().find(|line| line.contains(" cov: ")).unwrap_or_default();
    let mut words = words.split_whitespace().skip_while(|word| *word != "cov:").skip(1);
    format!(
        "{:>9} inputs, {:>6} edges of the code met",
        inputs.unwrap_or("0").trim(),
        words.next().unwrap_or("?")
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_end_of_a_run_is_told_in_one_line() {
        let output = "INFO: Seed: 1\n#2\tINITED cov: 12 ft: 13 corp: 1/1b\n#9\tDONE   cov: 42 ft: 51\n\
                      stat::number_of_executed_units: 9\n";
        assert_eq!(told(output), "        9 inputs,     42 edges of the code met");
        assert_eq!(told(""), "        0 inputs,      ? edges of the code met");
    }
}
