//! Programs that are needed beyond Rust and a C compiler.

use std::path::Path;
use std::process::Command;

use anyhow::{Result, bail};

use crate::run::{has, run_with};

/// Something that must be there, and the Debian package that has it.
#[derive(Debug, Clone)]
pub(crate) struct Need {
    is_there: bool,
    package: String,
}

impl Need {
    /// A program, by name or by path, and its package.
    pub(crate) fn new(program: impl AsRef<str>, package: impl Into<String>) -> Self {
        Self { is_there: has(program.as_ref()), package: package.into() }
    }

    /// A file that is no program.
    fn file(path: &str, package: impl Into<String>) -> Self {
        Self { is_there: Path::new(path).exists(), package: package.into() }
    }
}

/// What the build of Kafka's client needs, which is C.
pub(crate) fn distributed() -> Result<()> {
    install(&[Need::new("make", "make"), Need::file("/usr/include/zlib.h", "zlib1g-dev")])
}

/// What the browser test needs.
pub(crate) fn browser() -> Result<()> {
    install(&[Need::new("chromium", "chromium"), Need::new("chromedriver", "chromium-driver")])
}

/// Installs what is missing where that can be done (Debian, as root); otherwise names it.
pub(crate) fn install(needs: &[Need]) -> Result<()> {
    let mut missing: Vec<&str> =
        needs.iter().filter(|need| !need.is_there).map(|need| need.package.as_str()).collect();
    missing.sort_unstable();
    missing.dedup();
    if missing.is_empty() {
        return Ok(());
    }
    if !is_root() || !has("apt-get") {
        bail!("missing: {} (names of Debian's packages); install it and run this again", missing.join(", "));
    }
    let quiet = [("DEBIAN_FRONTEND", "noninteractive")];
    run_with("apt-get", &["update", "-qq"], &quiet)?;
    let mut install = vec!["install", "-y", "-qq", "--no-install-recommends"];
    install.extend(missing);
    run_with("apt-get", &install, &quiet)
}

/// Do we run as root?
pub(crate) fn is_root() -> bool {
    Command::new("id").arg("-u").output().is_ok_and(|id| id.stdout == b"0\n")
}
