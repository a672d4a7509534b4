//! Keeps the suggestions of active viewers ready.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use nova_core::error::Result;

use super::Job;
use crate::app::Services;
use crate::store::FeedStore;

/// Who was active within this is worth preparing for.
const ACTIVE: Duration = Duration::from_secs(3_600);

/// Active viewers' suggestions.
pub(super) struct Suggest {
    pub(super) store: Arc<dyn FeedStore>,
    pub(super) services: Services,
}

#[async_trait]
impl Job for Suggest {
    fn name(&self) -> &'static str {
        "suggested_users"
    }

    fn every(&self) -> Duration {
        Duration::from_secs(self.services.config.jobs.suggest_s)
    }

    async fn run(&self) -> Result<()> {
        let since = self.services.clock.now().minus(ACTIVE);
        let viewers = self.store.active(since, self.services.config.jobs.suggest_users_max).await?;
        for viewer in viewers {
            self.services.feed.suggest_anew(viewer).await?;
            // one core must not be busy with this for long
            tokio::task::yield_now().await;
        }
        Ok(())
    }
}
