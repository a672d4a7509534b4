//! The in-process index: every question answered from memory, in microseconds.
//!
//! ```text
//!   users   [id flags newest posts(lock) | follows(lock) viewer(lock) last_event]   128 bytes each, in chunks
//!   posts   [id version created_at author flags likes comments shares impressions]   64 bytes each, in chunks
//!                                                                                    that never move
//!   id -> number: a sharded table;  author -> posts and all posts: by time;  what a viewer likes, hid, saw, blocks
//! ```
//!
//! Ids are numbered once when they first appear; inside there are only numbers. A feed touches one cache line for
//! each candidate and one or two for each author.
//!
//! One writer applies the log in place. Rows are changed through atomics, lists under a lock of the one user they
//! belong to, so that a reader waits only for a change of the very list it reads, for less than a microsecond, and
//! the writer for no more than one feed's look at one viewer. No lock of a user is held while another is waited for.
//!
//! A snapshot on disk shows the index at one moment, although the writer goes on while it is written: the writer waits
//! for a slice of it at a time, some milliseconds (see [`snapshot`]).
//!
//! What is in it is a function of the log alone: times come from its records, and the order between topics does not
//! matter (see [`register`]), but for two things that are samples by nature: whether an interaction came by
//! recommendation is decided when it is applied, and who is remembered as an author's fan depends on who came last.

mod chunks;
mod intern;
mod packed;
mod config;
mod user;
mod users;
mod authors;
mod follows;
mod viewer;
mod affinity;
mod register;
mod post;
mod posts;
mod comments;
mod timeline;
mod peaks;
mod active;
mod days;
mod waiting;
mod letter;
mod identity;
/// One event, one count: the deduplication.
pub mod dedup;
mod exact;
mod index;
mod apply;
mod ask;
mod suggest;
mod snapshot;
#[cfg(test)]
mod tests;

pub use config::MemoryStoreConfig;
pub use exact::Exact;
pub use identity::{Arrival, EveryEvent, Frozen, Identities, Identity, Life};
pub use snapshot::{Opened, SnapshotInfo};

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use async_trait::async_trait;
use futures_util::FutureExt;
use futures_util::future::{BoxFuture, ready};
use nova_core::error::{Error, Kind, Result};
use nova_core::model::{Timestamp, UserId};
use nova_core::pipeline::{Candidate, Retrieved, Verdict};
use parking_lot::{Mutex, RwLock};

use self::apply::Apply;
use self::index::{Desk, Index, Ledger};
use self::snapshot::{Snapshots, Taking};
use crate::log::Positions;
use crate::store::{
    Applied, DayMetrics, FeedStore, FollowQuery, Hot, Placed, Projection, StoreSize, Suggestion, Window,
};

/// The index.
#[derive(Debug)]
pub struct MemoryStore {
    index: Arc<Index>,
    desk: Arc<Desk>,
    positions: RwLock<Positions>,
    /// Of the newest snapshot.
    durable: Arc<RwLock<Positions>>,
    /// `None`: it is kept nowhere.
    snapshots: Option<Arc<Mutex<Snapshots>>>,
}

impl MemoryStore {
    /// Opens the index kept in `dir`, or an empty one that is kept nowhere. Snapshots that cannot be used are put
    /// aside and named in the answer. `identities` makes the deduplication's empty state, once for each attempt.
    ///
    /// Blocks while it reads: seconds for 10 million posts.
    ///
    /// # Errors
    /// `Unavailable` when the directory cannot be used; `Rejected` for a snapshot of another format.
    pub fn open(
        dir: Option<&Path>,
        config: MemoryStoreConfig,
        identities: &dyn Fn() -> Result<Box<dyn Identities>>,
    ) -> Result<(Self, Opened)> {
        let (snapshots, index, ledger, opened) = match dir {
            Some(dir) => {
                let (snapshots, index, ledger, opened) = Snapshots::open(dir, &config, identities)?;
                (Some(Arc::new(Mutex::new(snapshots))), index, ledger, opened)
            }
            None => (None, Index::new(config), Ledger::new(identities()?), Opened::default()),
        };
        index.note_all_many();
        let store = Self {
            index: Arc::new(index),
            positions: RwLock::new(ledger.positions.clone()),
            durable: Arc::new(RwLock::new(ledger.positions.clone())),
            desk: Arc::new(Desk::new(ledger)),
            snapshots,
        };
        Ok((store, opened))
    }

    /// Was an index ever written to this directory? Says nothing of whether it can be read.
    #[must_use]
    pub fn is_kept_in(dir: &Path) -> bool {
        Snapshots::are_in(dir)
    }

    /// Applies facts that come from elsewhere than the log, and stands where it stood; [`MemoryStore::jump`] then says
    /// where the log goes on behind them. For an index that is empty: what it holds already would count twice. Events
    /// of an earlier life come first.
    ///
    /// # Errors
    /// As of [`Projection::apply`].
    pub fn seed(&self, facts: &[Placed], life: Life) -> Result<Applied> {
        let mut ledger = self.desk.lock_with_room();
        Apply::new(&self.index, &mut ledger).seed(facts, life)
    }

    /// Goes on from `to` although what lies before was never applied: it is not in the log any more, and whoever calls
    /// this brings the rows by another way.
    pub fn jump(&self, to: &Positions) {
        let mut ledger = self.desk.lock();
        ledger.positions.advance_all(to);
        self.positions.write().clone_from(&ledger.positions);
    }
}

/// Runs what takes milliseconds where it does not hold up the tasks of other requests.
async fn aside<R: Send + 'static>(work: impl FnOnce() -> R + Send + 'static) -> Result<R> {
    joined(tokio::task::spawn_blocking(work)).await
}

async fn joined<R>(work: tokio::task::JoinHandle<R>) -> Result<R> {
    match work.await {
        Ok(done) => Ok(done),
        Err(error) if error.is_panic() => std::panic::resume_unwind(error.into_panic()),
        Err(error) => {
            Err(Error::new(Kind::Unavailable, "store", "the service is stopping").with_source(error))
        }
    }
}

#[async_trait]
impl Projection for MemoryStore {
    async fn apply(&self, facts: &[Placed], upto: &Positions) -> Result<Applied> {
        let mut ledger = self.desk.lock_with_room();
        let applied = Apply::new(&self.index, &mut ledger).batch(facts, upto)?;
        // who waits for a position finds everything before it
        self.positions.write().clone_from(&ledger.positions);
        Ok(applied)
    }

    fn positions(&self) -> Positions {
        self.positions.read().clone()
    }

    fn durable(&self) -> Positions {
        // kept nowhere, nothing more will ever be durable
        if self.snapshots.is_some() { self.durable.read().clone() } else { self.positions() }
    }

    fn persist(&self) -> BoxFuture<'static, Result<Positions>> {
        let Some(snapshots) = &self.snapshots else { return ready(Ok(self.positions())).boxed() };
        match Taking::begin(&self.index, &self.desk) {
            Ok(taking) => {
                let (snapshots, durable) = (Arc::clone(snapshots), Arc::clone(&self.durable));
                // at once, for a writer may have to wait for it
                let writing = tokio::task::spawn_blocking(move || {
                    let written = snapshots.lock().write(taking)?;
                    durable.write().clone_from(&written);
                    Ok(written)
                });
                joined(writing).map(Result::flatten).boxed()
            }
            Err(error) => ready(Err(error)).boxed(),
        }
    }
}

#[async_trait]
impl FeedStore for MemoryStore {
    async fn follow(&self, query: &FollowQuery) -> Result<Vec<Retrieved>> {
        Ok(ask::follow::follow(&self.index, query))
    }

    async fn affinity(
        &self,
        viewer: UserId,
        now: Timestamp,
        since: Timestamp,
        limit: usize,
    ) -> Result<Vec<Retrieved>> {
        Ok(ask::affinity::affinity(&self.index, viewer, now, since, limit))
    }

    async fn recent(&self, now: Timestamp, limit: usize) -> Result<Vec<Retrieved>> {
        Ok(ask::newest::recent(&self.index, now, limit))
    }

    async fn trending(&self, window: Window, now: Timestamp, limit: usize) -> Result<Vec<Hot>> {
        let index = Arc::clone(&self.index);
        aside(move || ask::newest::trending(&index, window, now, limit)).await
    }

    async fn judge(&self, viewer: Option<UserId>, now: Timestamp, found: &mut [Candidate]) -> Result<()> {
        ask::candidates::judge(&self.index, viewer, now, found);
        Ok(())
    }

    async fn measure(&self, viewer: Option<UserId>, now: Timestamp, found: &mut [Candidate]) -> Result<()> {
        ask::candidates::measure(&self.index, viewer, now, found);
        Ok(())
    }

    async fn suggest(&self, viewer: UserId, now: Timestamp, limit: usize) -> Result<Vec<Suggestion>> {
        let index = Arc::clone(&self.index);
        aside(move || suggest::suggest(&index, viewer, now, limit)).await
    }

    async fn hidden_users(&self, viewer: UserId, users: &[UserId]) -> Result<Vec<bool>> {
        let viewer = self.index.users.find(viewer).map(|(_, cell)| cell);
        let hidden = |id: &UserId| {
            let Some((number, user)) = self.index.users.find(*id) else { return false };
            let barred = viewer.and_then(|viewer| viewer.read(|kept| kept.barred(number)));
            user.is_gone() || barred.is_some_and(|barred| barred != Verdict::CLEAR)
        };
        Ok(users.iter().map(hidden).collect())
    }

    async fn days(&self, from: i32, to: i32) -> Result<Vec<DayMetrics>> {
        Ok(self.index.days.between(from, to))
    }

    async fn active(&self, since: Timestamp, limit: usize) -> Result<Vec<UserId>> {
        Ok(self.index.active.latest(&self.index.users, since, limit))
    }

    async fn size(&self) -> Result<StoreSize> {
        let index = &self.index;
        let follows = index.follows.load(Ordering::Relaxed);
        Ok(StoreSize {
            users: index.users_known.load(Ordering::Relaxed),
            posts: u64::from(index.posts.len()),
            follows,
            events: index.events.load(Ordering::Relaxed),
            // 12 bytes a follow and 12 a post in its author's list and the timeline, and what lists keep in reserve
            bytes: index.users.bytes()
                + index.posts.bytes()
                + follows * 14
                + u64::from(index.posts.len()) * 14,
        })
    }

    async fn check(&self) -> Result<()> {
        Ok(())
    }
}
