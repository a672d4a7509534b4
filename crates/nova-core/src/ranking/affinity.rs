//! Authors whom the viewer turned to before.

use crate::pipeline::{Candidate, FeedContext, Scorer};

/// `ln(1 + interactions)`, 0 or more: the hundredth like says less than the first.
#[must_use]
pub fn affinity(interactions: u32) -> f64 {
    (1.0 + f64::from(interactions)).ln()
}

/// The term `affinity`; see [`affinity()`].
#[derive(Debug, Clone, Copy)]
pub struct Affinity;

impl Scorer for Affinity {
    fn name(&self) -> &'static str {
        "affinity"
    }

    fn score(&self, _: &FeedContext, candidate: &Candidate) -> f64 {
        affinity(candidate.features.interactions)
    }
}
