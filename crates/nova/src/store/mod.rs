//! What can be asked: candidates, verdicts, features, trending, who to follow.
//!
//! The write side takes facts in the order of the log; the read side answers the questions of the feed, and no
//! others. Everything here can be rebuilt by replaying the log.

#[cfg(feature = "distributed")]
pub mod clickhouse;
#[cfg(test)]
pub(crate) mod contract;
mod dwell;
mod memory;
#[cfg(feature = "distributed")]
mod layered;
mod question;

#[cfg(feature = "distributed")]
pub use layered::Layered;
pub use memory::{
    Arrival, EveryEvent, Exact, Frozen, Identities, Identity, Life, MemoryStore, MemoryStoreConfig, Opened,
    SnapshotInfo, dedup,
};
pub use question::{DayMetrics, FollowQuery, Hot, StoreSize, SuggestReason, Suggestion, Window};

use async_trait::async_trait;
use futures_util::future::BoxFuture;
use nova_core::error::Result;
use nova_core::model::{Change, Event, Timestamp, UserId};
use nova_core::pipeline::{Candidate, Retrieved};

use crate::log::{DeadLetter, Place, Positions};

/// Something that happened, decoded and valid.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fact {
    /// A row of a social table was written or removed.
    Change(Change),
    /// Somebody did something with a post.
    Event(Event),
}

/// A fact and where it stands in the log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Placed {
    /// Topic, partition, offset.
    pub place: Place,
    /// When the log received it.
    pub received_at: Timestamp,
    /// What happened.
    pub fact: Fact,
}

/// What became of a batch.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Applied {
    /// Events that counted. A store that looks first holds one back, and does not count it, until its post is there;
    /// one that writes every fact as it comes counts it at once, and shows it once the post is there.
    pub events: u64,
    /// Events that had counted before: same user, same event id.
    pub duplicates: u64,
    /// Rows that changed something; of a store that does not look first: rows that were written.
    pub changes: u64,
    /// Rows that an equal or newer version had overtaken, as far as the store looked.
    pub stale: u64,
    /// Facts that can never be applied, to be put aside (an event too old to be told from a duplicate, an event whose
    /// post never came). Where everything is kept on disk, an event waits for its post without end.
    pub dead: Vec<DeadLetter>,
}

/// The write side.
///
/// There are two kinds. The embedded store has one writer, who looks at what stands before changing it. ClickHouse is
/// written by many hands at once, who do not: what holds is decided there when it is asked for. The answers are the
/// same but where it is said otherwise.
#[async_trait]
pub trait Projection: Send + Sync {
    /// Applies facts, in order, and stands at `upto` afterwards. Applying a batch again changes nothing: rows carry
    /// versions, events identities. May compute for milliseconds without a pause: call it from a thread on which
    /// nobody waits.
    async fn apply(&self, facts: &[Placed], upto: &Positions) -> Result<Applied>;

    /// Where it stands: everything before is applied.
    fn positions(&self) -> Positions;

    /// Where it would stand after a restart: at most at [`Projection::positions`].
    fn durable(&self) -> Positions;

    /// Makes durable everything up to the moment of the call, and says up to where; the log may drop what lies before.
    /// The call itself is quick, and the work goes on although the future is not asked. What is applied meanwhile is
    /// no part of it. One at a time: `Unavailable` while another goes on. Called in a runtime.
    fn persist(&self) -> BoxFuture<'static, Result<Positions>>;
}

/// The read side: the questions of the feed.
#[async_trait]
pub trait FeedStore: Send + Sync {
    /// F1: posts of the accounts that the viewer follows, at most `query.limit`: where there are more, the best by the
    /// freshness and engagement parts of the score. In no order that could be relied on: the pipeline ranks them, and a
    /// store that must ask for counts need not do so only to sort.
    async fn follow(&self, query: &FollowQuery) -> Result<Vec<Retrieved>>;

    /// F3: posts since `since` of the authors the viewer interacted with most in `ranking.affinity.history_days`:
    /// strongest author first, then newer.
    async fn affinity(
        &self,
        viewer: UserId,
        now: Timestamp,
        since: Timestamp,
        limit: usize,
    ) -> Result<Vec<Retrieved>>;

    /// The newest public posts not dated ahead of `now`, newest first.
    async fn recent(&self, now: Timestamp, limit: usize) -> Result<Vec<Retrieved>>;

    /// F2 and the trending lists: posts of the window with at least one like, comment or share, by [`Hot::score`].
    async fn trending(&self, window: Window, now: Timestamp, limit: usize) -> Result<Vec<Hot>>;

    /// Sets each candidate's verdict for the viewer (without one: nobody is blocked, muted or hidden, nothing seen);
    /// a post that is not known is gone. Also fills in the author and the time where they are only ids' worth.
    async fn judge(&self, viewer: Option<UserId>, now: Timestamp, found: &mut [Candidate]) -> Result<()>;

    /// Sets each candidate's features.
    async fn measure(&self, viewer: Option<UserId>, now: Timestamp, found: &mut [Candidate]) -> Result<()>;

    /// Who the viewer may want to follow, best first; never followed, blocked (either way), muted, deleted or oneself.
    async fn suggest(&self, viewer: UserId, now: Timestamp, limit: usize) -> Result<Vec<Suggestion>>;

    /// Which of these users must not be shown to the viewer (blocked either way, muted, deleted, unknown is shown):
    /// the suggestions' and lists' last check.
    async fn hidden_users(&self, viewer: UserId, users: &[UserId]) -> Result<Vec<bool>>;

    /// Daily figures, `from` to `to` inclusive, days since 1970 UTC; days without any are zero. A store that holds
    /// back what comes before its post counts it when the post is there; one that does not, at once.
    async fn days(&self, from: i32, to: i32) -> Result<Vec<DayMetrics>>;

    /// The users with the latest events, latest first: whom the cache warmer serves.
    async fn active(&self, since: Timestamp, limit: usize) -> Result<Vec<UserId>>;

    /// How much it holds.
    async fn size(&self) -> Result<StoreSize>;

    /// Answers if the store answers.
    async fn check(&self) -> Result<()>;
}
