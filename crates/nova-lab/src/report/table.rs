//! A report as people read it.

use std::collections::BTreeSet;
use std::fmt;

use super::{RankingReport, Sample};

impl fmt::Display for RankingReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (ranked, time) = (&self.ranked, &self.chronological);
        let viewers = format!("{} viewers", self.viewers);
        writeln!(f, "{viewers:<34}{:>10}{:>16}", "ranked", "chronological")?;
        let mut row = |name: &str, figure: &dyn Fn(&Sample) -> String| {
            writeln!(f, "{name:<34}{:>10}{:>16}", figure(ranked), figure(time))
        };
        let share = |value: f64| format!("{:.1} %", 100.0 * value);
        row("posts shown", &|side| side.items.to_string())?;
        row("taste match", &|side| format!("{:.3}", side.taste_match))?;
        row("taste match, first 10", &|side| format!("{:.3}", side.taste_match_top10))?;
        row("median age, hours", &|side| format!("{:.1}", side.median_age_hours))?;
        row("different authors in a feed", &|side| share(side.unique_authors))?;
        row("exposure, Gini over authors", &|side| format!("{:.3}", side.exposure_gini))?;
        let reasons: BTreeSet<&String> = ranked.sources.keys().chain(time.sources.keys()).collect();
        for reason in reasons {
            let of = |side: &Sample| share(side.sources.get(reason).copied().unwrap_or(0.0));
            row(&format!("from {reason}"), &of)?;
        }
        row("repeats across pages (0)", &|side| side.repeats.to_string())?;
        writeln!(f, "{:<34}{:>10}{:>16}", "rules broken (0)", ranked.rule_breaks, "no rules")?;
        let mut row = |name: &str, figure: &dyn Fn(&Sample) -> usize| {
            writeln!(f, "{name:<34}{:>10}{:>16}", figure(ranked), figure(time))
        };
        row("places relaxed", &|side| side.relaxed)?;
        row("pages degraded", &|side| side.degraded_pages)?;
        row("feeds empty", &|side| side.empty_feeds)
    }
}
