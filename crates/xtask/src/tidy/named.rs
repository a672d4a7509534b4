//! Rules of the table of failures: every test that it names exists, and its numbers are those of its rows.

use std::path::Path;

use anyhow::{Context as _, Result};

use super::Finding;

const PAGE: &str = "docs/reliability.md";
/// What the page names files below.
const BELOW: &str = "crates/nova";
const STATES: [&str; 3] = ["shown", "partly", "open"];

/// Looks for every test that the page names.
pub(crate) fn check(root: &Path, findings: &mut Vec<Finding>) -> Result<()> {
    let text = std::fs::read_to_string(root.join(PAGE)).with_context(|| format!("{PAGE} cannot be read"))?;
    let mut counts = [0; STATES.len()];
    for (index, line) in text.lines().enumerate() {
        let mut found = |what: String| findings.push(Finding { at: format!("{PAGE}:{}", index + 1), what });
        if let Some(place) = state(line) {
            counts[place] += 1;
            if STATES[place] != "open" && tests(line).next().is_none() {
                found("a row that is not open names a test".to_owned());
            }
        }
        for (file, function) in tests(line) {
            let code = std::fs::read_to_string(root.join(BELOW).join(file)).unwrap_or_default();
            if !is_test(&code, function) {
                found(format!("there is no test {function} in {BELOW}/{file}"));
            }
        }
    }
    let [shown, partly, open] = counts;
    let said = format!("Shown {shown}, partly {partly}, open {open}.");
    if !text.lines().any(|line| line == said) {
        findings.push(Finding { at: PAGE.to_owned(), what: format!("its rows say: {said}") });
    }
    Ok(())
}

/// The state of a row, by its last cell.
fn state(line: &str) -> Option<usize> {
    let cell = line.strip_prefix("| ")?.trim_end().strip_suffix('|')?.rsplit('|').next()?.trim();
    STATES.iter().position(|state| cell.split(':').next() == Some(state))
}

/// File and function of each `` `file.rs::function` ``.
fn tests(line: &str) -> impl Iterator<Item = (&str, &str)> {
    line.split('`').skip(1).step_by(2).filter_map(|code| {
        let (file, function) = code.split_once(".rs::")?;
        Some((&code[..file.len() + 3], function))
    })
}

fn is_test(code: &str, function: &str) -> bool {
    let head = format!("fn {function}(");
    let mut before = code.lines().take_while(|line| !line.contains(&head)).collect::<Vec<_>>();
    let is_there = before.len() < code.lines().count();
    while before.last().is_some_and(|line| line.trim().starts_with("#[") || line.trim().starts_with("//")) {
        if before.pop().is_some_and(|line| line.contains("test")) {
            return is_there;
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_and_the_tests_they_name_are_read() {
        let row = "| 3 | it dies | it lives | `src/a.rs::b_c`, `d.e` | partly: not twice |";
        assert_eq!(tests(row).collect::<Vec<_>>(), [("src/a.rs", "b_c")]);
        assert_eq!(state(row), Some(1));
        assert_eq!(state("| | what fails | |"), None);
        let code = "#[test]\nfn b_c() {}\nfn helper() {}\n";
        assert!(is_test(code, "b_c") && !is_test(code, "helper") && !is_test(code, "c"));
    }
}
