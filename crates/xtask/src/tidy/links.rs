//! Rules of the documents: every relative link leads somewhere, every page under docs/ is linked from another.

use std::collections::HashSet;
use std::path::{Component, Path, PathBuf};

use anyhow::Result;

use super::Finding;

/// Follows every link of every Markdown file.
pub(crate) fn check(root: &Path, files: &[String], findings: &mut Vec<Finding>) -> Result<()> {
    let pages: Vec<&String> = files.iter().filter(|file| file.ends_with(".md")).collect();
    let mut linked = HashSet::new();
    for page in &pages {
        let text = std::fs::read_to_string(root.join(page))?;
        let folder = Path::new(page).parent().unwrap_or(Path::new(""));
        for (index, line) in text.lines().enumerate() {
            for target in targets(line) {
                let path = resolve(folder, target);
                if !root.join(&path).exists() {
                    let at = format!("{page}:{}", index + 1);
                    findings.push(Finding { at, what: format!("the link leads nowhere: {target}") });
                }
                linked.insert(path.display().to_string());
            }
        }
    }
    for page in pages.into_iter().filter(|page| page.starts_with("docs/") && !linked.contains(*page)) {
        findings.push(Finding { at: page.clone(), what: "no other page links here".to_owned() });
    }
    Ok(())
}

/// What `](target)` names on a line, web addresses and anchors left out.
fn targets(line: &str) -> impl Iterator<Item = &str> {
    line.split("](").skip(1).filter_map(|rest| rest.split(')').next()).filter_map(|target| {
        let path = target.split('#').next().unwrap_or_default();
        (!path.is_empty() && !path.contains("://") && !path.starts_with("mailto:")).then_some(path)
    })
}

fn resolve(folder: &Path, target: &str) -> PathBuf {
    let mut path = PathBuf::new();
    for part in folder.join(target).components() {
        match part {
            Component::ParentDir => drop(path.pop()),
            Component::Normal(part) => path.push(part),
            _ => {}
        }
    }
    path
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_are_found_and_followed() {
        let line = "see [a](b.md), [c](../d/e.rs#L1), [web](https://x.y) and [here](#part)";
        assert_eq!(targets(line).collect::<Vec<_>>(), ["b.md", "../d/e.rs"]);
        assert_eq!(resolve(Path::new("docs/adr"), "../api.md"), Path::new("docs/api.md"));
    }
}
