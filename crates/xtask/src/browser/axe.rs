//! axe-core, the usual judge of accessibility: taken from npm where that can be reached, and kept.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use anyhow::{Result, ensure};
use serde_json::Value;
use sha2::{Digest as _, Sha256};

use super::driver::Driver;
use crate::run::{has, root};

const VERSION: &str = "4.14.1";
/// Of `axe.min.js`.
const SHA256: &str = "29348999450cdf2849a8e70b7912fc2da85a849da39c0d0d5394f51d4a9ed95c";

/// The script.
pub(super) struct Axe(String);

impl Axe {
    /// From `target/`, else from npm.
    pub(super) fn get() -> Result<Self> {
        let file = folder().join(format!("axe-{VERSION}.min.js"));
        if !file.is_file() {
            fetch(&file)?;
        }
        let script = fs::read(&file)?;
        let digest: String = Sha256::digest(&script).iter().map(|byte| format!("{byte:02x}")).collect();
        ensure!(digest == SHA256, "{} is not what was reviewed: {digest}", file.display());
        Ok(Self(String::from_utf8(script)?))
    }

    /// What breaks a rule of WCAG 2.2 A or AA, or a good habit, on the page as it stands: a list of rule and element.
    pub(super) async fn judge(&self, driver: &mut Driver) -> Result<Value> {
        if driver.script("return typeof axe === 'undefined'").await? == true {
            driver.script(&self.0).await?;
        }
        let run = "return axe.run(document, {resultTypes: ['violations']}).then(({violations}) => \
            violations.flatMap(({id, nodes}) => nodes.map(({target, failureSummary}) => \
            `${id}: ${target.join(' ')}: ${failureSummary}`)))";
        driver.script(run).await
    }
}

fn folder() -> PathBuf {
    root().join("target/axe")
}

fn fetch(file: &PathBuf) -> Result<()> {
    ensure!(has("npm") && has("tar"), "npm is not here");
    let folder = folder();
    fs::create_dir_all(&folder)?;
    let package = format!("axe-core@{VERSION}");
    let packed = Command::new("npm")
        .args(["pack", &package, "--silent", "--fetch-retries=0", "--fetch-timeout=20000"])
        .current_dir(&folder)
        .output()?;
    ensure!(packed.status.success(), "npm does not give {package}");
    let archive = format!("axe-core-{VERSION}.tgz");
    let unpacked = Command::new("tar")
        .args(["-xzf", &archive, "--strip-components=1", "package/axe.min.js"])
        .current_dir(&folder)
        .status()?;
    ensure!(unpacked.success(), "{archive} cannot be unpacked");
    fs::rename(folder.join("axe.min.js"), file)?;
    Ok(fs::remove_file(folder.join(archive))?)
}
