//! `deploy/.env`: the versions and names that this stack and `docker compose` share.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use anyhow::{Context as _, Result};

/// What `deploy/.env` says.
#[derive(Debug)]
pub(crate) struct Settings(BTreeMap<String, String>);

impl Settings {
    /// Reads the file.
    pub(crate) fn read(file: &Path) -> Result<Self> {
        let text = fs::read_to_string(file).with_context(|| format!("{} cannot be read", file.display()))?;
        Self::parse(&text)
    }

    /// Lines of `NAME=value` and comments: the part of the format that needs no quoting.
    pub(crate) fn parse(text: &str) -> Result<Self> {
        let lines = text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
        let pairs = lines.map(|line| {
            let (name, value) = line.split_once('=').with_context(|| format!("no `=` in `{line}`"))?;
            Ok((name.to_owned(), value.to_owned()))
        });
        pairs.collect::<Result<_>>().map(Self)
    }

    /// A value; that it is missing is an error that names it.
    pub(crate) fn get(&self, name: &str) -> Result<&str> {
        self.0.get(name).map(String::as_str).with_context(|| format!("deploy/.env has no {name}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_values_are_read_and_what_is_missing_is_named() {
        let settings = Settings::parse("# versions\n\nA_VERSION=1.2\nB=x=y\n").unwrap();
        assert_eq!(settings.get("A_VERSION").unwrap(), "1.2");
        assert_eq!(settings.get("B").unwrap(), "x=y");
        assert!(settings.get("C").unwrap_err().to_string().contains("no C"));
        assert!(Settings::parse("no sign").is_err());
    }
}
