//! F1: posts of the accounts that the viewer follows.

use std::sync::Arc;

use async_trait::async_trait;
use nova_core::error::Result;
use nova_core::model::{Timestamp, UserId};
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
        let since = cx.now.minus(self.config.follow.window());
        self.store.follow(&question(&self.config, cx.viewer, cx.now, since)).await
    }
}

/// The question of F1, for posts since `since`.
pub(super) fn question(
    config: &RankingConfig,
    viewer: UserId,
    now: Timestamp,
    since: Timestamp,
) -> FollowQuery {
    FollowQuery {
        viewer,
        now,
        since,
        limit: config.follow.limit as usize,
        lambda: config.lambda_per_hour,
        freshness: config.weights.freshness,
        engagement: config.weights.engagement,
        floor: config.impressions_floor,
    }
}
