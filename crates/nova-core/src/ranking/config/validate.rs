//! What is allowed.

use std::fmt;
use std::ops::RangeInclusive;

use super::{Affinity, Follow, RankingConfig, Recent, Rules, Seen, Trending, Weights};

/// A value out of range.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// The key, from the ranking section on: `"weights.freshness"`.
    pub key: &'static str,
    /// The value given.
    pub given: String,
    /// What is allowed: `"0 to 100"`.
    pub allowed: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} is {}, allowed is {}", self.key, self.given, self.allowed)
    }
}

impl std::error::Error for Problem {}

/// The most that a source may give: with three of them a request stays within a few milliseconds.
const LIMIT_MAX: u32 = 5_000;
/// Weights beyond this would only say that the others are nothing.
const WEIGHT_MAX: f64 = 100.0;
/// A year: windows beyond it are a mistake.
const HOURS_MAX: u32 = 8_760;
/// The most that a slate may hold; the rules need look no further.
const SLATE_MAX: u32 = 500;
/// The windows that hot lists are kept for: an hour, a day, a week.
const TRENDING_HOURS: [u32; 3] = [1, 24, 168];

impl RankingConfig {
    /// Everything that is out of range, in the order of the fields; empty: it may be used.
    #[must_use]
    pub fn validate(&self) -> Vec<Problem> {
        let Self {
            weights: Weights { freshness, engagement, affinity: by_affinity },
            lambda_per_hour,
            impressions_floor,
            follow: Follow { limit: follow_limit, hours: follow_hours },
            trending: Trending { limit: trending_limit, hours: trending_hours },
            affinity: Affinity { limit: affinity_limit, hours: affinity_hours, history_days },
            recent: Recent { limit: recent_limit },
            slate_max,
            rules: Rules { top, top_per_author, distance, per_window, window, strict: _ },
            early_tolerance_minutes,
            seen: Seen { days, on: _ },
        } = *self;
        let mut found = Problems(Vec::new());
        found.number("weights.freshness", freshness, 0.0..=WEIGHT_MAX);
        found.number("weights.engagement", engagement, 0.0..=WEIGHT_MAX);
        found.number("weights.affinity", by_affinity, 0.0..=WEIGHT_MAX);
        found.number("lambda_per_hour", lambda_per_hour, 0.0..=100.0);
        found.number("impressions_floor", impressions_floor, 1.0..=1_000_000.0);
        found.count("follow.limit", follow_limit, 1..=LIMIT_MAX);
        found.count("follow.hours", follow_hours, 1..=HOURS_MAX);
        found.count("trending.limit", trending_limit, 1..=LIMIT_MAX);
        if !TRENDING_HOURS.contains(&trending_hours) {
            found.add("trending.hours", trending_hours, "1, 24 or 168".to_owned());
        }
        found.count("affinity.limit", affinity_limit, 1..=LIMIT_MAX);
        found.count("affinity.hours", affinity_hours, 1..=HOURS_MAX);
        found.count("affinity.history_days", history_days, 1..=90);
        found.count("recent.limit", recent_limit, 1..=LIMIT_MAX);
        found.count("slate_max", slate_max, 1..=SLATE_MAX);
        found.count("rules.top", top, 0..=SLATE_MAX);
        found.count("rules.top_per_author", top_per_author, 1..=SLATE_MAX);
        found.count("rules.distance", distance, 1..=SLATE_MAX);
        found.count("rules.per_window", per_window, 1..=SLATE_MAX);
        found.count("rules.window", window, 1..=SLATE_MAX);
        found.count("early_tolerance_minutes", early_tolerance_minutes, 0..=60);
        found.count("seen.days", days, 1..=90);
        found.0
    }
}

struct Problems(Vec<Problem>);

impl Problems {
    fn count(&mut self, key: &'static str, given: u32, allowed: RangeInclusive<u32>) {
        if !allowed.contains(&given) {
            self.add(key, given, format!("{} to {}", allowed.start(), allowed.end()));
        }
    }

    /// No range contains NaN.
    fn number(&mut self, key: &'static str, given: f64, allowed: RangeInclusive<f64>) {
        if !allowed.contains(&given) {
            self.add(key, given, format!("{} to {}", allowed.start(), allowed.end()));
        }
    }

    fn add(&mut self, key: &'static str, given: impl fmt::Display, allowed: String) {
        self.0.push(Problem { key, given: given.to_string(), allowed });
    }
}
