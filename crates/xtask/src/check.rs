//! What must hold before anything is tested.

use anyhow::Result;

use crate::run::{has, run as step, run_with};
use crate::{licences, needs, tidy};

/// Format, lints, documentation, tidiness, licences.
pub(crate) fn run() -> Result<()> {
    needs::distributed()?;
    step("cargo", &["fmt", "--all", "--check"])?;
    // With what stands in the distributed mode, and as one who builds the embedded mode alone meets it.
    for features in [&["--all-features"][..], &[]] {
        let lint = ["clippy", "--quiet", "--workspace", "--all-targets"];
        step("cargo", &[&lint, features, &["--", "-D", "warnings"]].concat())?;
    }
    let doc = ["doc", "--quiet", "--workspace", "--no-deps", "--all-features", "--document-private-items"];
    run_with("cargo", &doc, &[("RUSTDOCFLAGS", "-D warnings")])?;
    tidy::run()?;
    if has("cargo-deny") {
        step("cargo", &["deny", "--log-level", "error", "--locked", "check", "licenses", "bans", "sources"])?;
        println!("\ncheck passed; advisories were not looked at (cargo deny check advisories)");
    } else {
        licences::check()?;
        println!(
            "\ncheck passed; without cargo-deny, licences were taken from the manifests, and bans and advisories were \
             not looked at (cargo install --locked cargo-deny)"
        );
    }
    Ok(())
}
