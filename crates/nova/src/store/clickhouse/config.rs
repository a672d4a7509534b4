//! What the answers of the store depend on, beside the data.

use std::time::Duration;

use nova_core::ranking::RankingConfig;

/// As the embedded store's configuration, as far as it is about answers.
#[derive(Debug, Clone)]
pub struct ClickHouseStoreConfig {
    /// Posts dated ahead by at most this are shown.
    pub early_tolerance: Duration,
    /// How long a post counts as seen.
    pub seen_window: Duration,
    /// Days of interactions that count, today among them; at most 90, as long as they are kept.
    pub affinity_days: u16,
    /// Authors of posts that are remembered: 48 bytes each.
    pub authors_max: usize,
    /// How long an answer is remembered, so that the parts of a page do not ask for the same: what the consumer writes
    /// shows so much later.
    pub remembered: Duration,
}

impl ClickHouseStoreConfig {
    /// With the windows that ranking is configured with.
    #[must_use]
    pub fn of(ranking: &RankingConfig) -> Self {
        Self {
            early_tolerance: ranking.early_tolerance(),
            seen_window: ranking.seen.window(),
            affinity_days: u16::try_from(ranking.affinity.history_days).unwrap_or(u16::MAX),
            authors_max: 1_000_000,
            remembered: Duration::from_secs(1),
        }
    }
}

impl Default for ClickHouseStoreConfig {
    fn default() -> Self {
        Self::of(&RankingConfig::default())
    }
}
