//! Every test.

use anyhow::Result;

use crate::run::run as step;
use crate::{browser, needs};

/// Installs or names what is missing, then runs everything. The last lines say what could not be run.
pub(crate) fn run() -> Result<()> {
    needs::browser()?;
    let mut left_out = Vec::new();
    step("cargo", &["test", "--workspace", "--all-features"])?;
    step("cargo", &["build", "--release", "--package", "nova"])?;
    left_out.extend(browser::run()?);
    if left_out.is_empty() {
        println!("\nevery test passed");
    } else {
        println!("\nevery test passed, except that {}", left_out.join(", and "));
    }
    Ok(())
}
