//! Built with `--cfg fuzzing`: libFuzzer over the target named by `--target=NAME`. Built without: the target over the
//! files named, to look into a finding.
#![cfg_attr(fuzzing, no_main)]

#[cfg(fuzzing)]
mod driven;

#[cfg(not(fuzzing))]
fn main() -> std::process::ExitCode {
    #![expect(clippy::print_stderr, reason = "a tool for the terminal")]
    let mut arguments = std::env::args().skip(1);
    let Some(target) = arguments.next().and_then(|name| nova_fuzz::target(&name)) else {
        let names: Vec<_> = nova_fuzz::TARGETS.iter().map(|target| target.name).collect();
        eprintln!("usage: nova-fuzz TARGET FILE..; targets: {}", names.join(", "));
        return std::process::ExitCode::FAILURE;
    };
    for file in arguments {
        match std::fs::read(&file) {
            Ok(bytes) => (target.run)(&bytes),
            Err(error) => {
                eprintln!("{file}: {error}");
                return std::process::ExitCode::FAILURE;
            }
        }
        eprintln!("{file}: passed");
    }
    nova_fuzz::end();
    std::process::ExitCode::SUCCESS
}
