//! The rules of this repository that no other tool knows.

mod links;
mod named;
mod source;

use std::path::Path;
use std::process::Command;

use anyhow::{Context as _, Result, bail};

use crate::run::root;

/// A rule was broken: where and which.
pub(crate) struct Finding {
    /// Path below the root, with a line where there is one.
    pub(crate) at: String,
    /// What is wrong and what to do.
    pub(crate) what: String,
}

/// Looks at every file that git knows, or would take.
pub(crate) fn run() -> Result<()> {
    let root = root();
    let files = files(&root)?;
    let mut findings = Vec::new();
    let mut lengths = Vec::new();
    for file in &files {
        let Ok(text) = std::fs::read_to_string(root.join(file)) else { continue };
        if file.ends_with(".rs") {
            lengths.push(source::check(file, &text, &mut findings));
        } else if file.ends_with(".sql") {
            source::check_sql(file, &text, &mut findings);
        }
    }
    links::check(&root, &files, &mut findings)?;
    named::check(&root, &mut findings)?;
    lengths.sort_unstable();
    let (median, longest) = (lengths.get(lengths.len() / 2), lengths.last());
    println!(
        "\ntidy: {} Rust files, without tests median {} lines, longest {}",
        lengths.len(),
        median.copied().unwrap_or_default(),
        longest.copied().unwrap_or_default()
    );
    for finding in &findings {
        println!("{}: {}", finding.at, finding.what);
    }
    if findings.is_empty() { Ok(()) } else { bail!("{} findings", findings.len()) }
}

fn files(root: &Path) -> Result<Vec<String>> {
    let listed = Command::new("git")
        .args(["ls-files", "--cached", "--others", "--exclude-standard"])
        .current_dir(root)
        .output()
        .context("git cannot be started")?;
    let text = String::from_utf8(listed.stdout).context("git names a file that is not UTF-8")?;
    Ok(text.lines().filter(|file| root.join(file).is_file()).map(str::to_owned).collect())
}
