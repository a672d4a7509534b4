//! F3: posts of the authors the viewer interacted with most.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use nova_core::error::Result;
use nova_core::pipeline::{FeedContext, Origin, Retrieved, Source};
use nova_core::ranking::RankingConfig;

use crate::store::FeedStore;

/// Strongest author first, then newer.
pub(super) struct Affinity {
    store: Arc<dyn FeedStore>,
    window: Duration,
    limit: usize,
}

impl Affinity {
    pub(super) fn new(store: &Arc<dyn FeedStore>, config: &RankingConfig) -> Self {
        Self {
            store: Arc::clone(store),
            window: config.affinity.window(),
            limit: config.affinity.limit as usize,
        }
    }
}

#[async_trait]
impl Source for Affinity {
    fn origin(&self) -> Origin {
        Origin::Affinity
    }

    async fn fetch(&self, cx: &FeedContext) -> Result<Vec<Retrieved>> {
        self.store.affinity(cx.viewer, cx.now, cx.now.minus(self.window), self.limit).await
    }
}
