//! The index's bounds.

use std::time::Duration;

use nova_core::ranking::RankingConfig;

/// What the index remembers, and for how long. The defaults are those of the specification.
#[derive(Debug, Clone)]
pub struct MemoryStoreConfig {
    /// A post dated further ahead of now than this waits.
    pub early_tolerance: Duration,
    /// How long a post counts as seen.
    pub seen_window: Duration,
    /// Posts remembered as seen for each viewer; past it the oldest are forgotten early, an eighth at a time.
    pub seen_max: usize,
    /// Posts of one author within a feed's window that are very many: from so many on, a feed looks at no more of them
    /// than it must, and the index remembers for each hour of such an author how much its posts were answered.
    pub posts_many: usize,
    /// Days over which interactions with an author count, today included.
    pub affinity_days: u16,
    /// Author-days remembered for each viewer; past it the oldest days are forgotten early.
    pub affinity_max: usize,
    /// Events that wait for their post; past it the oldest are given up.
    pub waiting_events_max: usize,
    /// Likes, comments and hides (rows) that wait for their post; past it the oldest are given up.
    pub waiting_rows_max: usize,
    /// How long an event waits for its post, by the times at which the log received records.
    pub waiting_window: Duration,
    /// Days of which daily figures are kept; past it the oldest are forgotten.
    pub days_max: usize,
}

impl MemoryStoreConfig {
    /// What `ranking` wants remembered, within the bounds that are no matter of ranking.
    #[must_use]
    pub fn of(ranking: &RankingConfig) -> Self {
        Self {
            early_tolerance: ranking.early_tolerance(),
            seen_window: ranking.seen.window(),
            seen_max: 8_192,
            posts_many: 2_048,
            affinity_days: u16::try_from(ranking.affinity.history_days).unwrap_or(u16::MAX),
            affinity_max: 16_384,
            waiting_events_max: 100_000,
            waiting_rows_max: 1_000_000,
            waiting_window: Duration::from_secs(3_600),
            days_max: 4_000,
        }
    }
}

impl Default for MemoryStoreConfig {
    fn default() -> Self {
        Self::of(&RankingConfig::default())
    }
}
