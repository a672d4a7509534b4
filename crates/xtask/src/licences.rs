//! What `deny.toml` says of licences and sources, where cargo-deny is not installed. No licence texts are read and no
//! versions compared; that takes cargo-deny.

use std::collections::BTreeSet;
use std::fs;
use std::process::Command;

use anyhow::{Context as _, Result, bail, ensure};
use serde::Deserialize;
use spdx::{Expression, Licensee, ParseMode};

use crate::run::root;

/// The only place that a dependency comes from.
const SOURCE: &str = "registry+https://github.com/rust-lang/crates.io-index";

#[derive(Deserialize)]
struct Policy {
    licenses: Licenses,
}

#[derive(Deserialize)]
struct Licenses {
    allow: Vec<String>,
    exceptions: Vec<Exception>,
}

#[derive(Deserialize)]
struct Exception {
    #[serde(rename = "crate")]
    name: String,
    allow: Vec<String>,
}

#[derive(Deserialize)]
struct Metadata {
    packages: Vec<Package>,
}

#[derive(Deserialize)]
struct Package {
    name: String,
    license: Option<String>,
    source: Option<String>,
}

/// Every dependency, for whatever platform, has an allowed licence and comes from crates.io.
pub(crate) fn check() -> Result<()> {
    let policy: Policy = toml::from_str(&fs::read_to_string(root().join("deny.toml"))?)?;
    let listed = Command::new("cargo")
        .args(["metadata", "--format-version", "1", "--all-features", "--locked"])
        .current_dir(root())
        .output()?;
    ensure!(listed.status.success(), "cargo metadata: {}", String::from_utf8_lossy(&listed.stderr));
    let metadata: Metadata = serde_json::from_slice(&listed.stdout)?;
    let mut findings = BTreeSet::new();
    for package in &metadata.packages {
        let exceptions = policy.licenses.exceptions.iter().filter(|exception| exception.name == package.name);
        let allowed = policy.licenses.allow.iter().chain(exceptions.flat_map(|exception| &exception.allow));
        if !is_allowed(package.license.as_deref().unwrap_or_default(), allowed)? {
            findings.insert(format!("{}: {:?} is not allowed", package.name, package.license));
        }
        if package.source.as_deref().is_some_and(|source| source != SOURCE) {
            findings.insert(format!("{}: comes from {:?}", package.name, package.source));
        }
    }
    if !findings.is_empty() {
        bail!("licences and sources:\n  {}", findings.into_iter().collect::<Vec<_>>().join("\n  "));
    }
    println!("\nlicences and sources of {} packages: as deny.toml allows", metadata.packages.len());
    Ok(())
}

/// Can an SPDX expression be kept with these licences? Old manifests write `/` for `OR`.
fn is_allowed<'a>(expression: &str, allowed: impl Iterator<Item = &'a String>) -> Result<bool> {
    let Ok(expression) = Expression::parse_mode(expression, ParseMode::LAX) else { return Ok(false) };
    let allowed = allowed
        .map(|licence| {
            Licensee::parse(licence).with_context(|| format!("deny.toml: {licence} is no licence"))
        })
        .collect::<Result<Vec<Licensee>>>()?;
    Ok(expression.evaluate(|wanted| allowed.iter().any(|licence| licence.satisfies(wanted))))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_expression_is_allowed_when_one_way_to_keep_it_is() {
        let allowed = ["MIT", "Apache-2.0 WITH LLVM-exception"].map(str::to_owned);
        for (expression, wanted) in [
            ("MIT", true),
            ("MIT/GPL-3.0", true),
            ("GPL-3.0-only OR MIT", true),
            ("(MIT OR GPL-3.0-only) AND NCSA", false),
            ("Apache-2.0 WITH LLVM-exception", true),
            ("Apache-2.0", false),
            ("", false),
            ("as you like", false),
        ] {
            assert_eq!(is_allowed(expression, allowed.iter()).expect("licences"), wanted, "{expression}");
        }
    }
}
