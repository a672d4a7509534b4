//! Rules of source files.

use super::Finding;

/// Lines of a file, its tests not counted.
const LINES_MAX: usize = 400;
/// Names that say nothing: what is in such a file could be anywhere.
const BANNED: [&str; 8] = ["utils", "util", "common", "helpers", "helper", "manager", "misc", "types"];

/// Checks a Rust file; gives its length without tests.
pub(crate) fn check(file: &str, text: &str, findings: &mut Vec<Finding>) -> usize {
    let mut find = |line: usize, what: String| findings.push(Finding { at: format!("{file}:{line}"), what });
    for part in file.split('/') {
        let name = part.trim_end_matches(".rs");
        if BANNED.contains(&name) {
            find(1, format!("the name `{name}` says nothing; name it after what is in it"));
        }
    }
    let is_test = file.contains("/tests/") || file.ends_with("/tests.rs") || file.contains("/contract");
    let mut length = 0;
    for (index, line) in text.lines().enumerate() {
        if line == "#[cfg(test)]"
            && text.lines().nth(index + 1).is_some_and(|next| next.starts_with("mod tests {"))
        {
            break;
        }
        length += 1;
        let code = line.split("//").next().unwrap_or_default();
        // written apart, so that this file keeps its own rules
        if code.contains(concat!("#[", "allow(")) || code.contains(concat!("#![", "allow(")) {
            find(index + 1, "use #[expect(.., reason = \"..\")] instead of allow".to_owned());
        }
        if code.contains(concat!("#[", "ignore")) {
            find(index + 1, "a test that does not run is no test".to_owned());
        }
    }
    if length > LINES_MAX && !is_test {
        find(1, format!("{length} lines without tests, at most {LINES_MAX}: a file does one thing"));
    }
    if !text.starts_with("//!") && !is_test {
        find(1, "the first line says what this file is for (`//!`)".to_owned());
    }
    if is_test { 0 } else { length }
}

/// Keywords are written small, so that a statement reads like a sentence.
pub(crate) fn check_sql(file: &str, text: &str, findings: &mut Vec<Finding>) {
    for (index, line) in text.lines().enumerate() {
        let code = line.split("--").next().unwrap_or_default();
        let mut words = code.split(|c: char| !c.is_ascii_alphabetic());
        if let Some(word) = words
            .find(|word| ["SELECT", "INSERT", "UPDATE", "DELETE", "CREATE", "FROM", "WHERE"].contains(word))
        {
            findings
                .push(Finding { at: format!("{file}:{}", index + 1), what: format!("write `{word}` small") });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(file: &str, text: &str) -> Vec<String> {
        let mut findings = Vec::new();
        check(file, text, &mut findings);
        findings.into_iter().map(|finding| format!("{} {}", finding.at, finding.what)).collect()
    }

    #[test]
    fn each_rule_finds_what_breaks_it() {
        assert!(found("a/good.rs", "//! Good.\nfn good() {}\n").is_empty());
        assert!(found("a/utils.rs", "//! Bad.\n")[0].contains("says nothing"));
        assert!(found("a/b.rs", "fn bare() {}\n")[0].contains("first line"));
        assert!(found("a/b.rs", concat!("//! B.\n#[", "allow(dead_code)]\n"))[0].starts_with("a/b.rs:2"));
        assert!(found("a/b.rs", &format!("//! B.\n{}", "x\n".repeat(LINES_MAX)))[0].contains("401 lines"));
        let tests = format!("//! B.\n#[cfg(test)]\nmod tests {{\n{}}}\n", "x\n".repeat(LINES_MAX));
        assert!(found("a/b.rs", &tests).is_empty());
    }

    #[test]
    fn sql_is_small() {
        let mut findings = Vec::new();
        check_sql("a.sql", "select 1; -- SELECT\nSELECT 2;", &mut findings);
        assert_eq!(findings.len(), 1);
        assert_eq!(findings[0].at, "a.sql:2");
    }
}
