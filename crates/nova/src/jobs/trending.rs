//! Makes a trending list anew.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use nova_core::clock::Clock;
use nova_core::error::Result;

use super::Job;
use crate::feed::HotLists;
use crate::store::Window;

/// One window's list.
pub(super) struct Trending {
    pub(super) hot: Arc<HotLists>,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) window: Window,
    pub(super) every: Duration,
}

#[async_trait]
impl Job for Trending {
    fn name(&self) -> &'static str {
        match self.window {
            Window::Hour => "trending_1h",
            Window::Day => "trending_24h",
            Window::Week => "trending_7d",
        }
    }

    fn every(&self) -> Duration {
        self.every
    }

    async fn run(&self) -> Result<()> {
        self.hot.refresh(self.window, self.clock.now()).await.map(drop)
    }
}
