//! What libFuzzer calls.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::sync::OnceLock;

use nova_fuzz::{TARGETS, Target};

static TARGET: OnceLock<&Target> = OnceLock::new();
/// Words of the seeds that are put into inputs, by length.
const WORD_BYTES: std::ops::RangeInclusive<usize> = 2..=32;

/// Takes `--target=NAME`, and lays out what libFuzzer starts from in `--ground=DIR`; it passes over flags that begin
/// with two dashes. `--targets` lists the names.
#[expect(clippy::print_stdout, reason = "the list is what was asked for")]
fn begin() {
    if std::env::args().any(|given| given == "--targets") {
        TARGETS.iter().for_each(|target| println!("{}", target.name));
        std::process::exit(0);
    }
    let flag = |flag: &str| std::env::args().find_map(|given| given.strip_prefix(flag).map(str::to_owned));
    let name = flag("--target=").expect("--target=NAME");
    let target = nova_fuzz::target(&name).expect("--target= names a target");
    if let Some(ground) = flag("--ground=") {
        lay_out(target, Path::new(&ground)).expect("the ground is laid out");
    }
    TARGET.get_or_init(|| target);
}

/// The seeds, and the words in them as a dictionary.
fn lay_out(target: &Target, ground: &Path) -> std::io::Result<()> {
    let mut words = BTreeSet::new();
    for (number, seed) in (target.seeds)().iter().enumerate() {
        fs::write(ground.join("seeds").join(number.to_string()), seed)?;
        let runs = seed.split(|byte| !(byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'/')));
        let runs = runs.filter(|run| WORD_BYTES.contains(&run.len()));
        words.extend(runs.map(|run| format!("\"{}\"\n", String::from_utf8_lossy(run))));
    }
    fs::write(ground.join("words"), words.into_iter().collect::<String>())
}

libfuzzer_sys::fuzz_target!(init: begin(), |bytes: &[u8]| {
    if let Some(target) = TARGET.get() {
        (target.run)(bytes);
    }
});
