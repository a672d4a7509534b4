//! What all checks found, for people and for programs.

use std::collections::HashSet;
use std::fmt;

use nova_core::model::Timestamp;
use serde_json::{Value, json};

use super::{Check, Difference};

/// Differences of one check that are held; beyond them they are only known to be more.
pub(super) const HELD_MAX: usize = 10_000;
/// Differences of one check that are shown.
const SHOWN_MAX: usize = 20;

/// What one check found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Findings {
    /// How much was compared, in the check's unit.
    pub compared: u64,
    /// At most 10,000.
    pub differences: Vec<Difference>,
}

impl Findings {
    /// Holds one more, as long as there is room.
    pub(super) fn add(&mut self, difference: Difference) {
        if self.differences.len() < HELD_MAX {
            self.differences.push(difference);
        }
    }

    /// What was found now and before: what has passed was only on its way.
    fn standing_since(self, before: &Self) -> Self {
        let before: HashSet<&Difference> = before.differences.iter().collect();
        let differences = self.differences.into_iter().filter(|it| before.contains(it)).collect();
        Self { compared: self.compared, differences }
    }
}

/// Records that were gone before they were read, and that somebody accepted: lost, and no difference.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Gap {
    /// Topic, partition, epoch.
    pub place: String,
    /// The first offset.
    pub first: u64,
    /// The last offset.
    pub last: u64,
    /// When.
    pub accepted_at: Timestamp,
}

/// What an audit found, check by check.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Report {
    pub(super) findings: Vec<(Check, Findings)>,
    /// At most 10,000.
    pub(super) gaps: Vec<Gap>,
}

impl Report {
    /// What was found now and before, check by check.
    pub(super) fn standing_since(self, before: &Self) -> Self {
        let both = self.findings.into_iter().zip(&before.findings);
        let findings = both.map(|((check, now), (_, then))| (check, now.standing_since(then))).collect();
        Self { findings, gaps: self.gaps }
    }

    /// Nothing differs.
    #[must_use]
    pub fn is_equal(&self) -> bool {
        self.findings.iter().all(|(_, found)| found.differences.is_empty())
    }

    /// What each check found, in order.
    pub fn findings(&self) -> impl Iterator<Item = &(Check, Findings)> {
        self.findings.iter()
    }

    /// Everything that differs.
    pub fn differences(&self) -> impl Iterator<Item = &Difference> {
        self.findings.iter().flat_map(|(_, found)| &found.differences)
    }

    /// As `nova audit --json` prints it. `repaired` is how many repairs were made before, if any were asked for.
    #[must_use]
    pub fn json(&self, repaired: Option<u64>) -> Value {
        let checks: Vec<Value> = self
            .findings
            .iter()
            .map(|(check, found)| {
                json!({
                    "check": check.name(), "unit": check.unit(), "compared": found.compared,
                    "differences": found.differences.len(),
                })
            })
            .collect();
        let shown = self.findings.iter().flat_map(|(_, found)| found.differences.iter().take(SHOWN_MAX));
        let differences: Vec<Value> = shown
            .map(|it| {
                json!({
                    "check": it.check.name(), "place": it.place, "what": it.what, "cure": it.cure,
                    "repairable": it.repair.is_some(),
                })
            })
            .collect();
        let gaps: Vec<Value> = self
            .gaps
            .iter()
            .take(SHOWN_MAX)
            .map(|it| {
                json!({
                    "place": it.place, "first_offset": it.first, "last_offset": it.last,
                    "accepted_at": it.accepted_at,
                })
            })
            .collect();
        json!({
            "equal": self.is_equal(), "repaired": repaired, "checks": checks, "differences": differences,
            "accepted_gaps": gaps,
        })
    }
}

impl fmt::Display for Report {
    /// A line for each check, then one for each difference.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (check, found) in &self.findings {
            let state = match found.differences.len() {
                0 => "equal".to_owned(),
                1 => "1 difference".to_owned(),
                many if many >= HELD_MAX => format!("{many} differences or more"),
                many => format!("{many} differences"),
            };
            writeln!(f, "{:<8} {:>12} {:<10} {state}", check.name(), found.compared, check.unit())?;
        }
        for (check, found) in &self.findings {
            for difference in found.differences.iter().take(SHOWN_MAX) {
                writeln!(f, "{difference}")?;
            }
            let more = found.differences.len().saturating_sub(SHOWN_MAX);
            if more > 0 {
                writeln!(f, "{}: and {more} more", check.name())?;
            }
        }
        for Gap { place, first, last, accepted_at } in self.gaps.iter().take(SHOWN_MAX) {
            writeln!(
                f,
                "accepted gap: {place}: the offsets {first} to {last} were gone before they were read (accepted {accepted_at})"
            )?;
        }
        let more = self.gaps.len().saturating_sub(SHOWN_MAX);
        if more > 0 {
            writeln!(f, "accepted gap: and {more} more")?;
        }
        Ok(())
    }
}
