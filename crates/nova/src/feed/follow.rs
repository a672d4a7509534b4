//! F1: posts of the accounts that the viewer follows.

use std::sync::Arc;

use async_trait::async_trait;
use nova_core::error::Result;
use nova_core::pipeline::{FeedContext, Origin, Retrieved, Source};
use nova_core::ranking::RankingConfig;

use crate::store::{FeedStore, FollowQuery};

/// Best first by the freshness and engagement parts of the score.
pub(super) struct Follow {
    store: Arc<dyn FeedStore>,
    config: RankingConfig,
}

impl Follow {
    pub(super) fn new(store: &Arc<dyn FeedStore>, config: &RankingConfig) -> Self {
        Self { store: Arc::clone(store), config: *config }
    }
}

#[async_trait]
impl Source for Follow {
    fn origin(&self) -> Origin {
        Origin::Follow
    }

    async fn fetch(&self, cx: &FeedContext) -> Result<Vec<Retrieved>> {
        let config = &self.config;
        let query = FollowQuery {
            viewer: cx.viewer,
            now: cx.now,
            since: cx.now.minus(config.follow.window()),
            limit: config.follow.limit as usize,
            lambda: config.lambda_per_hour,
            freshness: config.weights.freshness,
            engagement: config.weights.engagement,
            floor: config.impressions_floor,
        };
        self.store.follow(&query).await
    }
}
