//! Verdicts and features from the store.

use std::sync::Arc;

use async_trait::async_trait;
use nova_core::error::Result;
use nova_core::pipeline::{Candidate, Enricher, FeedContext};

use crate::store::FeedStore;

/// One batch each.
pub(super) struct FromStore(Arc<dyn FeedStore>);

impl FromStore {
    pub(super) fn new(store: &Arc<dyn FeedStore>) -> Self {
        Self(Arc::clone(store))
    }
}

#[async_trait]
impl Enricher for FromStore {
    async fn judge(&self, cx: &FeedContext, found: &mut [Candidate]) -> Result<()> {
        self.0.judge(Some(cx.viewer), cx.now, found).await
    }

    async fn measure(&self, cx: &FeedContext, found: &mut [Candidate]) -> Result<()> {
        self.0.measure(Some(cx.viewer), cx.now, found).await
    }
}
