//! What is known of a request.

use crate::model::{Timestamp, UserId};

/// Everything known of a request, built once and then only read.
#[derive(Debug, Clone, Copy)]
pub struct FeedContext {
    /// Whose feed it is.
    pub viewer: UserId,
    /// The moment that the whole slate is ranked at.
    pub now: Timestamp,
    /// Items of the first page: with fewer candidates the reserve is asked.
    pub page: usize,
}
