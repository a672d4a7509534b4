//! The reserve: the newest public posts, for new users and empty communities.

use std::sync::Arc;

use async_trait::async_trait;
use nova_core::error::Result;
use nova_core::pipeline::{FeedContext, Origin, Retrieved, Source};
use nova_core::ranking::RankingConfig;

use crate::store::FeedStore;

/// Newest first, whatever their age.
pub(super) struct Recent {
    store: Arc<dyn FeedStore>,
    limit: usize,
}

impl Recent {
    pub(super) fn new(store: &Arc<dyn FeedStore>, config: &RankingConfig) -> Self {
        Self { store: Arc::clone(store), limit: config.recent.limit as usize }
    }
}

#[async_trait]
impl Source for Recent {
    fn origin(&self) -> Origin {
        Origin::Recent
    }

    async fn fetch(&self, cx: &FeedContext) -> Result<Vec<Retrieved>> {
        self.store.recent(cx.now, self.limit).await
    }
}
