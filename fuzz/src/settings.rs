//! A configuration file.

use std::fs;

use nova::config::{Config, DEFAULTS, Overrides};
use tempfile::TempDir;

/// One problem: the key, where it is from, what is allowed.
const LINE_BYTES_MAX: usize = 2_000;

thread_local! {
    static DIR: TempDir = tempfile::tempdir().expect("a directory");
}

pub(crate) fn run(bytes: &[u8]) {
    let file = DIR.with(|dir| dir.path().join("nova.toml"));
    fs::write(&file, bytes).expect("written");
    match Config::load(Some(&file), &Overrides::default()) {
        Ok(config) => assert!(config.ranking.validate().is_empty(), "what was loaded is valid"),
        Err(error) => {
            assert!(!error.0.is_empty(), "a refusal has a reason");
            for line in &error.0 {
                assert!(!line.is_empty() && line.len() <= LINE_BYTES_MAX + bytes.len(), "{line}");
            }
        }
    }
}

pub(crate) fn seeds() -> Vec<Vec<u8>> {
    let mut seeds = vec![DEFAULTS.as_bytes().to_vec()];
    // each section by itself: short inputs are mutated faster
    seeds.extend(DEFAULTS.split("\n[").skip(1).map(|section| format!("[{section}").into_bytes()));
    seeds
}
