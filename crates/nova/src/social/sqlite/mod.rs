//! The embedded twin: one file, `social.db`, written by one thread and read by a few.
//!
//! Change records go into the same file, in the transaction of the rows they speak of, so neither can be there
//! without the other.

mod changes;
mod envelope;
mod judge;
mod migrate;
mod read;
mod readers;
mod row;
mod snapshot;
mod timeline;
mod write;
#[cfg(test)]
mod tests;

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use nova_core::clock::Clock;
use nova_core::error::{Error, Kind, Result};
use nova_core::model::{CommentId, PostId, Timestamp, UserId};
use nova_core::pipeline::Candidate;

use super::{
    Body, CommentView, Keyset, ListOf, PostView, Sight, Social, TimelineItem, UserView, Write, Written,
};
use crate::log::sqlite::{Wake, frame};
use crate::sqlite::{Committer, failure, open};
use readers::Readers;

/// Writes of one call. They share a transaction, which everybody else waits for.
const WRITES_MAX: usize = 20_000;

/// The social tables in SQLite.
///
/// Beyond the port's contract: one call takes at most 20,000 writes (`Rejected`, `too_many`), which are committed
/// together. The handle of a deleted account stays taken: an old mention must not lead to another person. Counts are
/// of rows: a like or a follow of a deleted account stays counted, though no list shows it. Whoever writes the file
/// by other means leaves no change records and no counts.
#[derive(Debug)]
pub struct SqliteSocial {
    committer: Committer,
    readers: Arc<Readers>,
    clock: Arc<dyn Clock>,
    early_tolerance: Duration,
}

impl SqliteSocial {
    /// Opens or creates `social.db` in `dir`, which must be there. `wake` is rung after every commit. A post that is
    /// dated further ahead of now than `early_tolerance` waits until its time.
    ///
    /// # Errors
    /// `Rejected` when a newer version wrote the file; `Unavailable` when it cannot be opened.
    pub(crate) fn open(
        dir: &Path,
        clock: Arc<dyn Clock>,
        wake: Wake,
        early_tolerance: Duration,
    ) -> Result<Self> {
        let path = dir.join("social.db");
        let mut connection = open(&path)?;
        migrate::migrate(&mut connection)?;
        frame::create(&connection)?;
        let committer = Committer::start("nova-social", connection, move || wake.ring())?;
        Ok(Self { committer, readers: Readers::open(&path)?, clock, early_tolerance })
    }

    /// The latest moment that a post may be dated and be shown.
    fn latest(&self, now: Timestamp) -> Timestamp {
        now.plus(self.early_tolerance)
    }

    async fn ask<T: Send + 'static>(
        &self,
        op: &'static str,
        question: impl FnOnce(&rusqlite::Connection) -> rusqlite::Result<T> + Send + 'static,
    ) -> Result<T> {
        self.readers.ask(op, question).await
    }
}

#[async_trait]
impl Social for SqliteSocial {
    async fn write(&self, writes: Vec<Write>) -> Result<Vec<Result<Written>>> {
        if writes.is_empty() {
            return Ok(Vec::new());
        }
        if writes.len() > WRITES_MAX {
            let detail = format!("at most {WRITES_MAX} writes a call");
            return Err(Error::new(Kind::Rejected, write::OP, detail).at("writes", "too_many"));
        }
        let clock = Arc::clone(&self.clock);
        self.committer
            .submit(write::OP, move |transaction| write::carry_out(transaction, clock.now(), writes))
            .await
    }

    async fn user(&self, id: UserId, viewer: Option<UserId>) -> Result<UserView> {
        let found = self.ask("social.user", move |tables| read::user(tables, id, viewer)).await?;
        found.ok_or_else(|| missing("social.user", "user_id"))
    }

    async fn user_by_handle(&self, handle: &str, viewer: Option<UserId>) -> Result<UserView> {
        let handle = handle.to_owned();
        let question = move |tables: &_| read::user_by_handle(tables, &handle, viewer);
        self.ask("social.user", question).await?.ok_or_else(|| missing("social.user", "handle"))
    }

    async fn post(&self, id: PostId, viewer: Option<UserId>) -> Result<PostView> {
        let found = self.ask("social.post", move |tables| read::post(tables, id, viewer)).await?;
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
        let found = self.ask("social.users", move |tables| read::users(tables, list, viewer, page)).await?;
        found.ok_or_else(|| missing("social.users", field))
    }

    async fn posts_of(
        &self,
        author: UserId,
        viewer: Option<UserId>,
        now: Timestamp,
        page: Keyset,
    ) -> Result<Vec<PostView>> {
        let latest = self.latest(now);
        let question = move |tables: &_| read::posts_of(tables, author, viewer, latest, page);
        self.ask("social.posts", question).await?.ok_or_else(|| missing("social.posts", "user_id"))
    }

    async fn hidden_posts(&self, viewer: UserId, page: Keyset) -> Result<Vec<(PostView, Timestamp)>> {
        self.ask("social.hidden", move |tables| read::hidden_posts(tables, viewer, page)).await
    }

    async fn comments(&self, post: PostId, viewer: Option<UserId>, page: Keyset) -> Result<Vec<CommentView>> {
        let question = move |tables: &_| read::comments(tables, post, viewer, page);
        self.ask("social.comments", question).await?.ok_or_else(|| missing("social.comments", "post_id"))
    }

    async fn timeline(
        &self,
        viewer: UserId,
        now: Timestamp,
        page: Keyset,
        everyone: bool,
    ) -> Result<Vec<TimelineItem>> {
        let latest = self.latest(now);
        self.ask("social.timeline", move |tables| {
            timeline::page(tables, viewer, latest, page, everyone).map(|(items, _)| items)
        })
        .await
    }

    async fn bodies(&self, posts: &[PostId]) -> Result<Vec<Option<Body>>> {
        let posts = posts.to_vec();
        self.ask("social.bodies", move |tables| read::bodies(tables, &posts)).await
    }

    async fn judge(&self, viewer: Option<UserId>, now: Timestamp, found: &mut [Candidate]) -> Result<()> {
        let posts: Vec<PostId> = found.iter().map(|candidate| candidate.post).collect();
        let latest = self.latest(now);
        let question = move |tables: &_| judge::verdicts(tables, viewer, latest, &posts);
        let verdicts = self.ask("social.judge", question).await?;
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
        let (latest, texts) = (self.latest(now), texts.to_vec());
        let question = move |tables: &_| {
            let verdicts = judge::verdicts(tables, Some(viewer), latest, &posts)?;
            Ok((verdicts, read::sights(tables, viewer, &posts, &texts)?))
        };
        let (verdicts, sights) = self.ask("social.sights", question).await?;
        for (candidate, verdict) in found.iter_mut().zip(verdicts) {
            candidate.verdict = verdict;
        }
        Ok(sights)
    }

    async fn comment(&self, id: CommentId, viewer: Option<UserId>) -> Result<CommentView> {
        let found = self.ask("social.comment", move |tables| read::comment(tables, id, viewer)).await?;
        found.ok_or_else(|| missing("social.comment", "comment_id"))
    }

    async fn resnapshot(&self) -> Result<u64> {
        snapshot::run(&self.committer, &self.clock).await
    }

    async fn check(&self) -> Result<()> {
        const OP: &str = "social.check";
        self.ask(OP, |tables| tables.query_row("select 1 from change_sequence", [], |_| Ok(()))).await?;
        // a write that changes nothing, but fails where the disk is full or the file cannot be written
        let touch = "update change_sequence set lsn = lsn";
        self.committer
            .submit(OP, move |tables| tables.execute(touch, []).map(drop).map_err(|error| failure(OP, error)))
            .await
    }
}

fn missing(op: &'static str, field: &'static str) -> Error {
    Error::new(Kind::NotFound, op, "there is no such thing here").at(field, "not_found")
}
