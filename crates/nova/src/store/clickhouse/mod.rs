//! The distributed twin: ClickHouse, fed by the consumer of the log, shared by every replica.
//!
//! ```text
//!   consumer --put--> users_cdc posts_cdc comments_cdc likes_cdc follows_cdc blocks_cdc mutes_cdc hidden_posts_cdc
//!                        |views: posts_recent posts_newest post_comments followers blocked_by user_author_90d
//!   consumer --insert--> events
//!                        |views: like_events user_likes hide_events user_seen_7d user_author_90d post_metrics_1h post_totals
//!                        |       metrics_1d user_active
//!   feed <-- sql/*.sql <--'
//! ```
//!
//! Every fact is written as it comes, whatever is known of it, and what holds is decided when it is asked for: of a row
//! the greatest rank, of a like or a hidden post the later of row and event, of a post that is not known nothing. So
//! the order in which topics arrive does not matter here either. Posts and comments alone are held against what stands
//! before they are written, see `write`.
//!
//! Questions are few round trips, each bounded in rows, threads and time; what they give is put together here.

mod ask;
mod config;
mod connect;
mod insert;
mod migrate;
mod project;
mod rows;
pub mod seed;
#[cfg(test)]
pub(crate) mod testing;
#[cfg(test)]
mod tests;
pub mod topics;
mod write;

pub use config::ClickHouseStoreConfig;
pub(crate) use connect::within;
pub use connect::{ClickHouse, ClickHouseConfig};
pub use migrate::{migrate, try_deduplication, verify};

use async_trait::async_trait;
use nova_core::error::Result;
use nova_core::model::{Timestamp, UserId};
use nova_core::pipeline::{Candidate, Retrieved};

use self::ask::{Popular, Remembered};
use self::project::Import;
use self::write::Authors;
use super::{DayMetrics, FeedStore, FollowQuery, Hot, StoreSize, Suggestion, Window};

/// The store on ClickHouse. The database is made by [`migrate()`] before.
pub struct ClickHouseStore {
    db: ClickHouse,
    config: ClickHouseStoreConfig,
    authors: Authors,
    popular: Popular,
    remembered: Remembered,
    import: Import,
}

impl ClickHouseStore {
    /// For questions and for the consumer, without a word to the server: it may not be there yet.
    #[must_use]
    pub fn without_imports(db: ClickHouse, config: ClickHouseStoreConfig) -> Self {
        Self::with(db, config, Import::none())
    }

    /// Reads how far imports came.
    ///
    /// # Errors
    /// `Unavailable` and `Timeout` may be repeated.
    pub async fn open(db: ClickHouse, config: ClickHouseStoreConfig) -> Result<Self> {
        let import = Import::open(&db).await?;
        Ok(Self::with(db, config, import))
    }

    fn with(db: ClickHouse, config: ClickHouseStoreConfig, import: Import) -> Self {
        let authors = Authors::new(config.authors_max);
        let (popular, remembered) = (Popular::default(), Remembered::new(config.remembered));
        Self { db, config, authors, popular, remembered, import }
    }
}

#[async_trait]
impl FeedStore for ClickHouseStore {
    async fn follow(&self, query: &FollowQuery) -> Result<Vec<Retrieved>> {
        self.followed_posts(query).await
    }

    async fn affinity(
        &self,
        viewer: UserId,
        now: Timestamp,
        since: Timestamp,
        limit: usize,
    ) -> Result<Vec<Retrieved>> {
        self.posts_of_the_strongest(viewer, now, since, limit).await
    }

    async fn recent(&self, now: Timestamp, limit: usize) -> Result<Vec<Retrieved>> {
        self.newest_posts(now, limit).await
    }

    async fn trending(&self, window: Window, now: Timestamp, limit: usize) -> Result<Vec<Hot>> {
        self.hottest_posts(window, now, limit).await
    }

    async fn judge(&self, viewer: Option<UserId>, now: Timestamp, found: &mut [Candidate]) -> Result<()> {
        self.set_verdicts(viewer, now, found).await
    }

    async fn measure(&self, viewer: Option<UserId>, now: Timestamp, found: &mut [Candidate]) -> Result<()> {
        self.set_features(viewer, now, found).await
    }

    async fn suggest(&self, viewer: UserId, now: Timestamp, limit: usize) -> Result<Vec<Suggestion>> {
        self.suggested_users(viewer, now, limit).await
    }

    async fn hidden_users(&self, viewer: UserId, users: &[UserId]) -> Result<Vec<bool>> {
        self.barred_or_gone(viewer, users).await
    }

    async fn days(&self, from: i32, to: i32) -> Result<Vec<DayMetrics>> {
        self.figures(from, to).await
    }

    async fn active(&self, since: Timestamp, limit: usize) -> Result<Vec<UserId>> {
        self.latest_users(since, limit).await
    }

    async fn size(&self) -> Result<StoreSize> {
        self.how_much().await
    }

    async fn check(&self) -> Result<()> {
        let one: u8 = self.db.row("store.check", self.db.query("SELECT 1")).await?;
        debug_assert_eq!(one, 1, "ClickHouse can count");
        Ok(())
    }
}
