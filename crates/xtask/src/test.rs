//! Every test.

use anyhow::Result;

use crate::run::run as step;
use crate::{browser, fuzz, needs};

/// Of each fuzz target: long enough to meet what was found before and its neighbours, short enough for every commit.
const FUZZ_S: u32 = 8;

/// Installs or names what is missing, then runs everything. The last lines say what could not be run.
pub(crate) fn run() -> Result<()> {
    needs::browser()?;
    let mut left_out = Vec::new();
    step("cargo", &["test", "--workspace", "--all-features"])?;
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
