//! Where candidates come from.

use async_trait::async_trait;

use super::{FeedContext, Origin, Retrieved};
use crate::error::Result;

/// Finds posts that a viewer may want. May do I/O.
#[async_trait]
pub trait Source: Send + Sync {
    /// Its name in metrics, breakers and the answer.
    fn origin(&self) -> Origin;

    /// A bounded list, each post once, best first by the source's own measure. What comes back may still be refused
    /// by a filter.
    ///
    /// # Errors
    /// The kind tells whether the part behind it is down or slow.
    async fn fetch(&self, cx: &FeedContext) -> Result<Vec<Retrieved>>;
}
