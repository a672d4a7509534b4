//! New posts before old ones.

use crate::model::Timestamp;
use crate::pipeline::{Candidate, FeedContext, Scorer};

/// Hours since a post appeared; 0 for one dated ahead of `now`.
#[must_use]
pub fn age_hours(now: Timestamp, created_at: Timestamp) -> f64 {
    now.hours_since(created_at).max(0.0)
}

/// `exp(-lambda_per_hour * age_hours)`: 1 for a new post, towards 0. With 0.10 it halves every 6.9 hours.
#[must_use]
pub fn freshness(lambda_per_hour: f64, now: Timestamp, created_at: Timestamp) -> f64 {
    (-lambda_per_hour * age_hours(now, created_at)).exp()
}

/// The term `freshness`, within 0..=1; see [`freshness()`].
#[derive(Debug, Clone, Copy)]
pub struct Freshness {
    lambda_per_hour: f64,
}

impl Freshness {
    /// Decays by `lambda_per_hour`, 0 or more.
    #[must_use]
    pub const fn new(lambda_per_hour: f64) -> Self {
        Self { lambda_per_hour }
    }
}

impl Scorer for Freshness {
    fn name(&self) -> &'static str {
        "freshness"
    }

    fn score(&self, cx: &FeedContext, candidate: &Candidate) -> f64 {
        freshness(self.lambda_per_hour, cx.now, candidate.created_at)
    }
}
