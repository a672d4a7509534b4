//! F2: posts with the most engagement, from the list that a job keeps fresh.

use std::sync::Arc;

use async_trait::async_trait;
use nova_core::error::Result;
use nova_core::pipeline::{FeedContext, Origin, Retrieved, Source};
use nova_core::ranking::RankingConfig;

use super::hot::HotLists;
use crate::store::Window;

/// By `hot` of the configured window, 24 h by default.
pub(super) struct Trending {
    hot: Arc<HotLists>,
    window: Window,
    limit: usize,
}

impl Trending {
    pub(super) fn new(hot: &Arc<HotLists>, config: &RankingConfig) -> Self {
        // the configuration allows exactly the windows that lists are kept for
        let window = Window::ALL.into_iter().find(|window| window.length() == config.trending.window());
        Self {
            hot: Arc::clone(hot),
            window: window.unwrap_or(Window::Day),
            limit: config.trending.limit as usize,
        }
    }
}

#[async_trait]
impl Source for Trending {
    fn origin(&self) -> Origin {
        Origin::Trending
    }

    async fn fetch(&self, cx: &FeedContext) -> Result<Vec<Retrieved>> {
        let list = self.hot.get(self.window, cx.now).await?;
        Ok(list.iter().take(self.limit).map(|hot| hot.post).collect())
    }
}
