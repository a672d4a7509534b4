//! What the tests need beyond Rust and a C compiler.

use std::process::Command;

use anyhow::{Result, bail};

use crate::run::{has, run};

/// A program and the Debian package that has it.
const BROWSER: [(&str, &str); 2] = [("chromium", "chromium"), ("chromedriver", "chromium-driver")];

/// Installs what is missing where that can be done (Debian, as root); otherwise names it.
pub(crate) fn browser() -> Result<()> {
    let missing: Vec<&str> =
        BROWSER.iter().filter(|(program, _)| !has(program)).map(|&(_, package)| package).collect();
    if missing.is_empty() {
        return Ok(());
    }
    let root = Command::new("id").arg("-u").output().is_ok_and(|id| id.stdout.starts_with(b"0\n"));
    if !root || !has("apt-get") {
        bail!("missing for the browser test: {}; install it and run this again", missing.join(", "));
    }
    run("apt-get", &["update", "-qq"])?;
    let mut install = vec!["install", "-y", "-qq", "--no-install-recommends"];
    install.extend(missing);
    run("apt-get", &install)
}
