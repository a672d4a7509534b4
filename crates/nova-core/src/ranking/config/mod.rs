//! Every number that shapes ranking: its default, what is allowed, the version of the whole.

mod validate;
mod version;

pub use validate::Problem;

use std::time::Duration;

use serde::{Deserialize, Serialize};

/// What ranking is told. The defaults are Nova's; a key that is left out has its default, an unknown one is refused.
///
/// Reading checks types only: [`RankingConfig::validate`] says what is out of range, and nothing ranks before that.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct RankingConfig {
    /// How much each term counts.
    pub weights: Weights,
    /// `freshness = exp(-lambda * age)`, per hour: 0.10 halves it every 6.9 hours.
    pub lambda_per_hour: f64,
    /// The least that impressions count as when engagement is divided by them.
    pub impressions_floor: f64,
    /// F1: posts of followed accounts.
    pub follow: Follow,
    /// F2: posts with the most engagement.
    pub trending: Trending,
    /// F3: posts of the authors the viewer interacted with most.
    pub affinity: Affinity,
    /// The reserve, asked when the three give fewer than a page.
    pub recent: Recent,
    /// Items of a slate at most: how far one scroll goes.
    pub slate_max: u32,
    /// Who may stand where.
    pub rules: Rules,
    /// Minutes that a post may be dated ahead, for clocks that differ; one further ahead waits.
    pub early_tolerance_minutes: u32,
    /// What the viewer is not shown again.
    pub seen: Seen,
}

/// `score = freshness * w.freshness + engagement * w.engagement + affinity * w.affinity`
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Weights {
    /// Of `exp(-lambda * age_hours)`.
    pub freshness: f64,
    /// Of `ln(1 + (likes + 2*comments + 3*shares) / max(impressions, floor))`.
    pub engagement: f64,
    /// Of `ln(1 + interactions)`.
    pub affinity: f64,
}

/// How far F1 reaches.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Follow {
    /// Posts at most.
    pub limit: u32,
    /// Posts not older than so many hours.
    pub hours: u32,
}

/// How far F2 reaches.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Trending {
    /// Posts at most.
    pub limit: u32,
    /// Posts not older than so many hours; one of the windows that hot lists are kept for.
    pub hours: u32,
}

/// How far F3 reaches.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Affinity {
    /// Posts at most.
    pub limit: u32,
    /// Posts not older than so many hours.
    pub hours: u32,
    /// Interactions of so many days choose the authors.
    pub history_days: u32,
}

/// How far the reserve reaches: posts of any age.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Recent {
    /// Posts at most.
    pub limit: u32,
}

/// Who may stand where in a slate. Positions count from the first item on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Rules {
    /// The first so many positions,
    pub top: u32,
    /// hold at most so many posts of one author.
    pub top_per_author: u32,
    /// Two posts of one author stand at least so many positions apart.
    pub distance: u32,
    /// At most so many posts of one author
    pub per_window: u32,
    /// in any so many consecutive positions.
    pub window: u32,
    /// When no remaining post can keep the rules: end the slate (true), or place the best one against them.
    pub strict: bool,
}

/// What the viewer is not shown again, and for how long.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Seen {
    /// For so many days.
    pub days: u32,
    /// What makes a post seen.
    pub on: SeenOn,
}

/// What makes a post seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SeenOn {
    /// An impression, a view or a dwell that was reported.
    Events,
    /// That, and being in an answer.
    Served,
}

impl Default for RankingConfig {
    fn default() -> Self {
        Self {
            weights: Weights::default(),
            lambda_per_hour: 0.10,
            impressions_floor: 1.0,
            follow: Follow::default(),
            trending: Trending::default(),
            affinity: Affinity::default(),
            recent: Recent::default(),
            slate_max: 500,
            rules: Rules::default(),
            early_tolerance_minutes: 5,
            seen: Seen::default(),
        }
    }
}

impl RankingConfig {
    /// How far ahead a post may be dated and still be shown.
    #[must_use]
    pub const fn early_tolerance(&self) -> Duration {
        Duration::from_secs(self.early_tolerance_minutes as u64 * 60)
    }
}

impl Default for Weights {
    fn default() -> Self {
        Self { freshness: 0.30, engagement: 0.40, affinity: 0.30 }
    }
}

impl Default for Follow {
    fn default() -> Self {
        Self { limit: 500, hours: 72 }
    }
}

impl Follow {
    /// The oldest that a post may be.
    #[must_use]
    pub const fn window(&self) -> Duration {
        hours(self.hours)
    }
}

impl Default for Trending {
    fn default() -> Self {
        Self { limit: 200, hours: 24 }
    }
}

impl Trending {
    /// The oldest that a post may be.
    #[must_use]
    pub const fn window(&self) -> Duration {
        hours(self.hours)
    }
}

impl Default for Affinity {
    fn default() -> Self {
        Self { limit: 200, hours: 72, history_days: 90 }
    }
}

impl Affinity {
    /// The oldest that a post may be.
    #[must_use]
    pub const fn window(&self) -> Duration {
        hours(self.hours)
    }

    /// The oldest that an interaction may be.
    #[must_use]
    pub const fn history(&self) -> Duration {
        hours(self.history_days * 24)
    }
}

impl Default for Recent {
    fn default() -> Self {
        Self { limit: 200 }
    }
}

impl Default for Rules {
    fn default() -> Self {
        Self { top: 5, top_per_author: 1, distance: 3, per_window: 3, window: 50, strict: false }
    }
}

impl Default for Seen {
    fn default() -> Self {
        Self { days: 7, on: SeenOn::Events }
    }
}

impl Seen {
    /// For how long a post stays seen.
    #[must_use]
    pub const fn window(&self) -> Duration {
        hours(self.days * 24)
    }
}

const fn hours(hours: u32) -> Duration {
    Duration::from_secs(hours as u64 * 3_600)
}

#[cfg(test)]
mod tests;
