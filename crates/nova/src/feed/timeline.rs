//! F1 from the tables: for a viewer who followed or unfollowed somebody a moment ago, which the store may not hold yet.

use std::sync::Arc;

use async_trait::async_trait;
use nova_core::error::Result;
use nova_core::pipeline::{FeedContext, Origin, Retrieved, RowHint, Source};
use nova_core::ranking::RankingConfig;

use crate::social::{Keyset, Social};

/// The newest posts of the accounts that the viewer follows by the tables, within the window of F1.
pub(super) struct Timeline {
    social: Arc<dyn Social>,
    config: RankingConfig,
}

impl Timeline {
    pub(super) fn new(social: &Arc<dyn Social>, config: &RankingConfig) -> Self {
        Self { social: Arc::clone(social), config: *config }
    }
}

#[async_trait]
impl Source for Timeline {
    fn origin(&self) -> Origin {
        Origin::Follow
    }

    async fn fetch(&self, cx: &FeedContext) -> Result<Vec<Retrieved>> {
        let since = cx.now.minus(self.config.follow.window());
        let page = Keyset { limit: self.config.follow.limit as usize, before: None };
        let newest = self.social.timeline(cx.viewer, cx.now, page, false).await?;
        Ok(newest
            .into_iter()
            .filter(|item| item.created_at >= since)
            .map(|item| Retrieved {
                post: item.post,
                author: item.author,
                created_at: item.created_at,
                row: RowHint::NONE,
            })
            .collect())
    }
}
