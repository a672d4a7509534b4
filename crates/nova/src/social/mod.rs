//! The application's own tables: written and read, and the chronological timeline that the fallback uses.
//!
//! Every write leaves its change records (Debezium envelopes on the topics `cdc.*`): in the embedded twin in the same
//! transaction, in the distributed one through the connector.

pub mod limits;
mod read;
mod write;
#[cfg(feature = "distributed")]
pub mod postgres;
#[cfg(feature = "distributed")]
mod product;
mod sqlite;
#[cfg(test)]
mod contract;

#[cfg(feature = "distributed")]
pub use postgres::{PostgresSocial, PostgresSocialConfig};
#[cfg(feature = "distributed")]
pub use product::ProductTables;
pub use read::{Body, CommentView, Keyset, ListOf, PostView, Sight, TimelineItem, UserView};
pub use sqlite::SqliteSocial;
pub use write::{Actor, NewComment, NewPost, NewUser, PostPatch, UserPatch, Write, Written};

use async_trait::async_trait;
use nova_core::error::Result;
use nova_core::model::{CommentId, PostId, Timestamp, UserId};
use nova_core::pipeline::Candidate;

/// The social tables.
#[async_trait]
pub trait Social: Send + Sync {
    /// Carries out writes, each whole or not at all, durable when this returns; the answers stand in the order of
    /// the writes. One failing does not touch the others. Writes of concurrent callers share a commit.
    ///
    /// # Errors
    /// The outer one when nothing could be done (queue at its bound, disk full); the inner ones per write, each with
    /// its field and code (see [`Write`]).
    async fn write(&self, writes: Vec<Write>) -> Result<Vec<Result<Written>>>;

    /// An account; `NotFound` when there is none, it is deleted, or it is hidden from `viewer` by a block.
    async fn user(&self, id: UserId, viewer: Option<UserId>) -> Result<UserView>;

    /// The account with this handle, without regard to case; `NotFound` as above.
    async fn user_by_handle(&self, handle: &str, viewer: Option<UserId>) -> Result<UserView>;

    /// A post; `NotFound` when there is none, it or its author is deleted, a block stands between, or the viewer hid
    /// it.
    async fn post(&self, id: PostId, viewer: Option<UserId>) -> Result<PostView>;

    /// A page of accounts: newest edge first (for [`ListOf::Followers`] and the like), those hidden from `viewer`
    /// left out. `NotFound` when the subject is.
    async fn users(
        &self,
        list: ListOf,
        viewer: Option<UserId>,
        page: Keyset,
    ) -> Result<Vec<(UserView, Timestamp)>>;

    /// An author's posts, newest first, but none dated further ahead of `now` than `ranking.early_tolerance_minutes`;
    /// these wait here as in [`Self::timeline`] and are early to [`Self::judge`]. `NotFound` when the author is.
    async fn posts_of(
        &self,
        author: UserId,
        viewer: Option<UserId>,
        now: Timestamp,
        page: Keyset,
    ) -> Result<Vec<PostView>>;

    /// The posts the viewer hid, latest hidden first, with the time of hiding.
    async fn hidden_posts(&self, viewer: UserId, page: Keyset) -> Result<Vec<(PostView, Timestamp)>>;

    /// A post's comments, newest first, those by accounts hidden from the viewer left out.
    async fn comments(&self, post: PostId, viewer: Option<UserId>, page: Keyset) -> Result<Vec<CommentView>>;

    /// Posts of the followed accounts, newest first, everything that must not be shown left out; with `everyone`,
    /// of all accounts (a viewer who follows nobody). Bounded work: walks the newest posts through an index.
    async fn timeline(
        &self,
        viewer: UserId,
        now: Timestamp,
        page: Keyset,
        everyone: bool,
    ) -> Result<Vec<TimelineItem>>;

    /// What people read of these posts, in their order; `None` for one that is not there.
    async fn bodies(&self, posts: &[PostId]) -> Result<Vec<Option<Body>>>;

    /// Sets each candidate's verdict from the tables alone (no "seen"): what the fallback needs when the store does
    /// not answer.
    async fn judge(&self, viewer: Option<UserId>, now: Timestamp, found: &mut [Candidate]) -> Result<()>;

    /// Verdicts as of [`Self::judge`], and what else a page shows of its posts by the tables, in one exchange and in
    /// their order: the texts of those that `texts` marks (beyond its end: none), and whether the viewer likes them.
    async fn sights(
        &self,
        viewer: UserId,
        now: Timestamp,
        found: &mut [Candidate],
        texts: &[bool],
    ) -> Result<Vec<Sight>>;

    /// A comment's post and author, for permission checks.
    async fn comment(&self, id: CommentId, viewer: Option<UserId>) -> Result<CommentView>;

    /// Sends every row of every table to the log again, in bounded steps: how an index is rebuilt when the log no longer
    /// reaches back to the beginning. The records are snapshot records (`op = r`); where a connector writes them, which
    /// takes what the database's own log says, updates (`op = u`). Gives the number of rows.
    async fn resnapshot(&self) -> Result<u64>;

    /// Answers if the tables can be read and written.
    async fn check(&self) -> Result<()>;
}
