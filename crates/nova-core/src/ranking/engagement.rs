//! What others do with a post, for each time it was shown.

use crate::pipeline::{Candidate, FeedContext, Scorer};

/// `likes + 2*comments + 3*shares`: what an answer is worth grows with what it costs to give.
#[must_use]
pub fn response(likes: u32, comments: u32, shares: u32) -> f64 {
    f64::from(likes) + 2.0 * f64::from(comments) + 3.0 * f64::from(shares)
}

/// `ln(1 + response / max(impressions, floor))`, 0 or more. The floor, above 0, keeps a post that was hardly shown
/// from being divided by nothing.
#[must_use]
pub fn engagement(response: f64, impressions: u32, floor: f64) -> f64 {
    (1.0 + response / f64::from(impressions).max(floor)).ln()
}

/// The term `engagement`; see [`engagement()`].
#[derive(Debug, Clone, Copy)]
pub struct Engagement {
    impressions_floor: f64,
}

impl Engagement {
    /// Counts fewer impressions than `impressions_floor`, which is above 0, as so many.
    #[must_use]
    pub const fn new(impressions_floor: f64) -> Self {
        Self { impressions_floor }
    }
}

impl Scorer for Engagement {
    fn name(&self) -> &'static str {
        "engagement"
    }

    fn score(&self, _: &FeedContext, candidate: &Candidate) -> f64 {
        let of = &candidate.features;
        engagement(response(of.likes, of.comments, of.shares), of.impressions, self.impressions_floor)
    }
}
