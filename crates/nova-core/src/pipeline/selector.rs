//! The rules of a slate.

use super::FeedContext;
use crate::model::UserId;

/// A candidate's place was given.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Placed {
    /// Where it stood before the rules: an index into the ranked list.
    pub rank: u32,
    /// It broke a rule because nothing else was left.
    pub relaxed: bool,
}

/// Turns the ranked list into the slate: spacing, caps, size.
pub trait Selector: Send + Sync {
    /// `ranked` holds the author of each candidate, best first. Gives each rank at most once, in the order of the
    /// slate.
    fn select(&self, cx: &FeedContext, ranked: &[UserId]) -> Vec<Placed>;
}
