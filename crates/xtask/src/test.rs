//! Every test.

use anyhow::Result;

use crate::run::run as step;
use crate::{browser, needs};

/// Installs or names what is missing, then runs everything.
pub(crate) fn run() -> Result<()> {
    needs::browser()?;
    step("cargo", &["test", "--workspace", "--all-features"])?;
    step("cargo", &["build", "--release", "--package", "nova"])?;
    browser::run()?;
    println!("\nevery test passed");
    Ok(())
}
