//! The distributed twin: PostgreSQL 13 or later, written by every replica at once.
//!
//! ```text
//!   one write  =  one statement  =  one transaction     whole or not at all, no lock outlives it
//!   one call   =  its writes sent one behind the other without waiting, the disk waited for once, at the end
//! ```
//!
//! Change records are not its matter: Debezium reads them from the write-ahead log, and [`capture`] says whether it can.

pub mod capture;
mod connect;
mod failure;
mod judge;
mod migrate;
mod read;
mod slot;
mod snapshot;
mod timeline;
mod value;
mod version;
mod write;
#[cfg(test)]
mod tests;

use std::fmt;
use std::time::Duration;

use async_trait::async_trait;
use nova_core::error::{Error, Kind, Result};
use nova_core::model::{CommentId, PostId, Timestamp, UserId};
use nova_core::pipeline::Candidate;

use super::{
    Body, CommentView, Keyset, ListOf, PostView, Sight, Social, TimelineItem, UserView, Write, Written,
};
use capture::{Capture, Finding, Slot};
use connect::Connections;

/// Writes of one call; each waits for those before it.
const WRITES_MAX: usize = 20_000;

/// How PostgreSQL is reached.
#[derive(Clone)]
pub struct PostgresSocialConfig {
    /// `postgres://user:password@host:port/database`, more than one host as `host:port,host:port`, of which
    /// `?target_session_attrs=read-write` finds the primary. A pooler in front of it must give each client a session
    /// of its own.
    pub url: String,
    /// Connections of this process at most; 1 or more. One is made when all others are at work.
    pub pool_max: usize,
    /// A connection that takes longer has failed.
    pub connect_deadline: Duration,
    /// So has an answer, and the wait for a free connection. PostgreSQL gives a statement up after it as well.
    pub answer_deadline: Duration,
}

impl PostgresSocialConfig {
    /// The defaults for a server at `url`.
    #[must_use]
    pub fn of(url: impl Into<String>) -> Self {
        Self {
            url: url.into(),
            pool_max: 16,
            connect_deadline: Duration::from_secs(2),
            answer_deadline: Duration::from_secs(5),
        }
    }
}

impl fmt::Debug for PostgresSocialConfig {
    /// Without the URL, which may hold a password.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PostgresSocialConfig")
            .field("pool_max", &self.pool_max)
            .field("connect_deadline", &self.connect_deadline)
            .field("answer_deadline", &self.answer_deadline)
            .finish_non_exhaustive()
    }
}

/// The social tables in PostgreSQL.
///
/// Beyond the port's contract: one call takes at most 20,000 writes (`Rejected`, `too_many`). Where the connection is
/// lost in the midst of one, the call is `Unavailable`, and some of its writes may stand; to repeat it is safe. Ids are
/// UUIDs: an integer id is refused (`Rejected`, `not_a_uuid`). The handle of a deleted account stays taken. Counts are of
/// rows, whoever wrote them. No answer carries log positions, but that of a like tells by an empty one that the row
/// changed.
#[derive(Debug)]
pub struct PostgresSocial {
    connections: Connections,
    early_tolerance: Duration,
}

impl PostgresSocial {
    /// Connects, and brings the tables to the present shape, see [`Self::migrate`]. A post that is dated further ahead
    /// of now than `early_tolerance` waits until its time.
    ///
    /// # Errors
    /// `Rejected` with the cause and the cure in one line: no such URL, login, database or right, a server that is too
    /// old, or tables of a newer program; `Unavailable` and `Timeout` when there is no answer.
    pub async fn open(config: PostgresSocialConfig, early_tolerance: Duration) -> Result<Self> {
        let connections = Connections::new(config)?;
        migrate::migrate(&connections).await?;
        Ok(Self { connections, early_tolerance })
    }

    /// Brings the tables to the present shape and makes the publication that change capture reads where there is none.
    /// Gives the names of the steps that were taken: all or none. Safe to run by many at once; where nothing is to be
    /// done, reading is all the rights it needs.
    ///
    /// # Errors
    /// As of [`Self::open`].
    pub async fn migrate(config: PostgresSocialConfig) -> Result<Vec<&'static str>> {
        migrate::migrate(&Connections::new(config)?).await
    }

    /// Connects without looking at the shape of the tables: for a program that changes none.
    ///
    /// # Errors
    /// `Rejected` when `config.url` is none; nothing is asked yet.
    pub fn connect(config: PostgresSocialConfig, early_tolerance: Duration) -> Result<Self> {
        Ok(Self { connections: Connections::new(config)?, early_tolerance })
    }

    /// The rows of one statement, which is a transaction of its own; bounded by the statement.
    ///
    /// # Errors
    /// As PostgreSQL fails.
    pub(crate) async fn ask(
        &self,
        op: &'static str,
        sql: &str,
        values: &[&(dyn tokio_postgres::types::ToSql + Sync)],
    ) -> Result<Vec<tokio_postgres::Row>> {
        let lease = self.connections.lease(op).await?;
        lease.answered(connect::rows(lease.client(), sql, values)).await
    }

    /// What stands in the way of change capture; empty when nothing does.
    ///
    /// # Errors
    /// When PostgreSQL cannot be asked.
    pub async fn verify(&self, capture: &Capture) -> Result<Vec<Finding>> {
        const OP: &str = "social.verify";
        let lease = self.connections.lease(OP).await?;
        lease.answered(capture::findings(lease.client(), capture)).await
    }

    /// The replication slot of this name, as it is.
    ///
    /// # Errors
    /// When PostgreSQL cannot be asked.
    pub async fn slot(&self, name: &str) -> Result<Option<Slot>> {
        const OP: &str = "social.slot";
        let lease = self.connections.lease(OP).await?;
        lease.answered(capture::slot(lease.client(), name)).await
    }

    /// The latest moment that a post may be dated and be shown.
    fn latest(&self, now: Timestamp) -> Timestamp {
        now.plus(self.early_tolerance)
    }
}

#[async_trait]
impl Social for PostgresSocial {
    async fn write(&self, writes: Vec<Write>) -> Result<Vec<Result<Written>>> {
        if writes.is_empty() {
            return Ok(Vec::new());
        }
        if writes.len() > WRITES_MAX {
            let detail = format!("at most {WRITES_MAX} writes a call");
            return Err(Error::new(Kind::Rejected, write::OP, detail).at("writes", "too_many"));
        }
        write::carry_out(&self.connections.lease(write::OP).await?, &writes).await
    }

    async fn user(&self, id: UserId, viewer: Option<UserId>) -> Result<UserView> {
        let lease = self.connections.lease("social.user").await?;
        let found = lease.answered(read::user(lease.client(), id, viewer)).await?;
        found.ok_or_else(|| missing("social.user", "user_id"))
    }

    async fn user_by_handle(&self, handle: &str, viewer: Option<UserId>) -> Result<UserView> {
        let lease = self.connections.lease("social.user").await?;
        let found = lease.answered(read::user_by_handle(lease.client(), handle, viewer)).await?;
        found.ok_or_else(|| missing("social.user", "handle"))
    }

    async fn post(&self, id: PostId, viewer: Option<UserId>) -> Result<PostView> {
        let lease = self.connections.lease("social.post").await?;
        let found = lease.answered(read::post(lease.client(), id, viewer)).await?;
        found.ok_or_else(|| missing("social.post", "post_id"))
    }

    async fn users(
        &self,
        list: ListOf,
        viewer: Option<UserId>,
        page: Keyset,
    ) -> Result<Vec<(UserView, Timestamp)>> {
        let field = match list {
            ListOf::Blocks(owner) | ListOf::Mutes(owner) if viewer != Some(owner) => {
                return Err(Error::new(Kind::Forbidden, "social.users", "only for oneself")
                    .at("user_id", "forbidden"));
            }
            ListOf::Likers(_) => "post_id",
            _ => "user_id",
        };
        let lease = self.connections.lease("social.users").await?;
        let found = lease.answered(read::users(lease.client(), list, viewer, page)).await?;
        found.ok_or_else(|| missing("social.users", field))
    }

    async fn posts_of(
        &self,
        author: UserId,
        viewer: Option<UserId>,
        now: Timestamp,
        page: Keyset,
    ) -> Result<Vec<PostView>> {
        let lease = self.connections.lease("social.posts").await?;
        let question = read::posts_of(lease.client(), author, viewer, self.latest(now), page);
        lease.answered(question).await?.ok_or_else(|| missing("social.posts", "user_id"))
    }

    async fn hidden_posts(&self, viewer: UserId, page: Keyset) -> Result<Vec<(PostView, Timestamp)>> {
        let lease = self.connections.lease("social.hidden").await?;
        lease.answered(read::hidden_posts(lease.client(), viewer, page)).await
    }

    async fn comments(&self, post: PostId, viewer: Option<UserId>, page: Keyset) -> Result<Vec<CommentView>> {
        let lease = self.connections.lease("social.comments").await?;
        let found = lease.answered(read::comments(lease.client(), post, viewer, page)).await?;
        found.ok_or_else(|| missing("social.comments", "post_id"))
    }

    async fn timeline(
        &self,
        viewer: UserId,
        now: Timestamp,
        page: Keyset,
        everyone: bool,
    ) -> Result<Vec<TimelineItem>> {
        let lease = self.connections.lease("social.timeline").await?;
        lease.answered(timeline::page(lease.client(), viewer, self.latest(now), page, everyone)).await
    }

    async fn bodies(&self, posts: &[PostId]) -> Result<Vec<Option<Body>>> {
        let lease = self.connections.lease("social.bodies").await?;
        lease.answered(read::bodies(lease.client(), posts)).await
    }

    async fn judge(&self, viewer: Option<UserId>, now: Timestamp, found: &mut [Candidate]) -> Result<()> {
        let posts: Vec<PostId> = found.iter().map(|candidate| candidate.post).collect();
        let lease = self.connections.lease("social.judge").await?;
        let question = judge::verdicts(lease.client(), viewer, self.latest(now), &posts);
        let verdicts = lease.answered(question).await?;
        for (candidate, verdict) in found.iter_mut().zip(verdicts) {
            candidate.verdict = verdict;
        }
        Ok(())
    }

    async fn sights(
        &self,
        viewer: UserId,
        now: Timestamp,
        found: &mut [Candidate],
        texts: &[bool],
    ) -> Result<Vec<Sight>> {
        let posts: Vec<PostId> = found.iter().map(|candidate| candidate.post).collect();
        let lease = self.connections.lease("social.sights").await?;
        let question = judge::sights(lease.client(), viewer, self.latest(now), &posts, texts);
        let seen = lease.answered(question).await?;
        let mut sights = Vec::with_capacity(seen.len());
        for (candidate, (verdict, sight)) in found.iter_mut().zip(seen) {
            candidate.verdict = verdict;
            sights.push(sight);
        }
        Ok(sights)
    }

    async fn comment(&self, id: CommentId, viewer: Option<UserId>) -> Result<CommentView> {
        let lease = self.connections.lease("social.comment").await?;
        let found = lease.answered(read::comment(lease.client(), id, viewer)).await?;
        found.ok_or_else(|| missing("social.comment", "comment_id"))
    }

    async fn resnapshot(&self) -> Result<u64> {
        snapshot::run(&self.connections).await
    }

    async fn check(&self) -> Result<()> {
        let lease = self.connections.lease("social.check").await?;
        lease.answered(read::check(lease.client())).await
    }
}

fn missing(op: &'static str, field: &'static str) -> Error {
    Error::new(Kind::NotFound, op, "there is no such thing here").at(field, "not_found")
}
