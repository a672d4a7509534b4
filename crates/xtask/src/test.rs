//! Every test.

use anyhow::Result;

use crate::run::run as step;
use crate::{browser, fuzz, needs};

/// Of each fuzz target: long enough to meet what was found before and its neighbours, short enough for every commit.
const FUZZ_S: u32 = 8;

/// Every test that `cargo test` finds.
const EVERYTHING: [&str; 3] = ["test", "--workspace", "--all-features"];

/// Installs or names what is missing, then runs everything. The last lines say what could not be run.
pub(crate) fn run() -> Result<()> {
    needs::distributed()?;
    needs::browser()?;
    let mut left_out = Vec::new();
    left_out.extend(with_services()?);
    step("cargo", &["build", "--release", "--package", "nova"])?;
    left_out.extend(browser::run()?);
    match fuzz::missing() {
        Some(missing) => left_out.push(format!("nothing was fuzzed ({missing})")),
        None => fuzz::run(&fuzz::FuzzArgs::alike(FUZZ_S))?,
    }
    if left_out.is_empty() {
        println!("\nevery test passed");
    } else {
        println!("\nevery test passed, except that {}", left_out.join(", and "));
    }
    Ok(())
}

/// Everything that `cargo test` finds, with the real systems. They are stopped also when a test fails: a second run
/// starts them within seconds.
#[cfg(target_os = "linux")]
fn with_services() -> Result<Option<String>> {
    let services = crate::stack::Lent::take()?;
    let left_out =
        (!services.may_break()).then(|| "no service was broken, because they are yours".to_owned());
    let tested = crate::run::run_with("cargo", &EVERYTHING, &services.variables());
    services.give_back()?;
    tested.map(|()| left_out)
}

/// Everything that `cargo test` finds. The real systems are somebody's own here: a test whose variable is not set
/// fails and names it.
#[cfg(not(target_os = "linux"))]
fn with_services() -> Result<Option<String>> {
    step("cargo", &EVERYTHING).map(|()| None)
}
