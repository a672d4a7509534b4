//! What is known of candidates.

use async_trait::async_trait;

use super::{Candidate, FeedContext};
use crate::error::Result;

/// Reads what is known of all candidates, one batch a call. May do I/O.
#[async_trait]
pub trait Enricher: Send + Sync {
    /// Sets every candidate's verdict. Fails closed: without it there is no slate.
    ///
    /// # Errors
    /// When what is needed to know who may see what cannot be read.
    async fn judge(&self, cx: &FeedContext, found: &mut [Candidate]) -> Result<()>;

    /// Sets every candidate's features. Fails open: without it the features are neutral, and the answer says so.
    ///
    /// # Errors
    /// When the counts cannot be read.
    async fn measure(&self, cx: &FeedContext, found: &mut [Candidate]) -> Result<()>;
}
