//! The questions, each a plain function over the index.

pub(super) mod follow;
mod best;
pub(super) mod affinity;
pub(super) mod newest;
pub(super) mod candidates;
