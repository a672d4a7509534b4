//! The result: ranked items and what happened on the way.

use std::cmp::Ordering;

use super::{Candidate, Report, TERMS_MAX};

/// A candidate with its score.
#[derive(Debug, Clone, PartialEq)]
pub struct Scored {
    /// The candidate.
    pub candidate: Candidate,
    /// The sum of weight times value over the terms, added in the order of the terms.
    pub score: f64,
    /// The value of each term, in the order of the pipeline's terms; 0 beyond them.
    pub values: [f64; TERMS_MAX],
    /// Where it stood before the slate's rules, from 0.
    pub rank: u32,
    /// Placed against a rule because nothing else was left.
    pub relaxed: bool,
}

impl Scored {
    /// Best first: by score, then newer, then the smaller id. Total, so that a slate is the same on every replica.
    #[must_use]
    pub fn order(&self, other: &Self) -> Ordering {
        other
            .score
            .total_cmp(&self.score)
            .then_with(|| other.candidate.created_at.cmp(&self.candidate.created_at))
            .then_with(|| self.candidate.post.cmp(&other.candidate.post))
    }
}

/// What a request gets.
#[derive(Debug, Clone)]
pub struct Slate {
    /// In the order in which they are shown.
    pub items: Vec<Scored>,
    /// What happened on the way.
    pub report: Report,
}
