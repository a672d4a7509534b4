//! One signal of the score.

use super::{Candidate, FeedContext};

/// The most terms that a pipeline may have: their values travel with each item in a fixed array.
pub const TERMS_MAX: usize = 4;

/// One signal. Finite for every candidate; the same inputs give the same value.
pub trait Scorer: Send + Sync {
    /// Its name in an explanation.
    fn name(&self) -> &'static str;

    /// Its value for one candidate.
    fn score(&self, cx: &FeedContext, candidate: &Candidate) -> f64;
}

/// A signal and how much it counts.
pub struct Term {
    /// Times the signal's value; finite, may be negative.
    pub weight: f64,
    /// The signal.
    pub scorer: Box<dyn Scorer>,
}
