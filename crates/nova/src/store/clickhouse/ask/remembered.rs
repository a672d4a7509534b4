//! What was read a moment ago, and need not be read again for the same page.
//!
//! One page asks about one viewer and the same posts several times: each source, the verdicts, the counts, the page
//! itself. And every page asks about the posts that trend. What a reader would see otherwise is younger by a second at
//! most, of rows that come seconds after they were written; what may be shown is decided by the tables, page by page.

use std::hash::Hash;
use std::sync::Arc;
use std::time::Duration;

use nova_core::error::Result;
use quick_cache::sync::Cache;
use tokio::time::Instant;

use super::around::Around;
use super::candidates::Counts;
use super::viewer::Viewer;

/// How long it is remembered.
const REMEMBERED: Duration = Duration::from_secs(1);
/// Viewers that are remembered, some kilobytes each. A second of requests.
const VIEWERS_MAX: usize = 2_000;
/// Pages whose sources share their posts, at most half a megabyte each, commonly some kilobytes.
const AROUND_MAX: usize = 100;
/// Posts and accounts that are remembered, about a hundred bytes each.
const POSTS_MAX: usize = 200_000;

/// A post as it stands.
#[derive(Debug, Clone, Copy)]
pub(super) struct Standing {
    /// 0: removed, and never seen before.
    pub(super) author_id: u128,
    pub(super) created_at: i64,
    pub(super) gone: bool,
}

/// One kind of thing, each for [`REMEMBERED`] after it was asked for.
pub(super) struct Moment<V, K = u128>(Cache<K, (V, Instant)>);

/// What one process remembers.
pub(in crate::store::clickhouse) struct Remembered {
    pub(super) viewers: Moment<Arc<Viewer>>,
    /// By viewer, since when and as of when: of one page.
    pub(super) around: Moment<Arc<Around>, (u128, i64, i64)>,
    /// `None`: nobody knows it.
    pub(super) posts: Moment<Option<Standing>>,
    pub(super) counts: Moment<Counts>,
    /// Is the account deleted?
    pub(super) gone: Moment<bool>,
}

impl Default for Remembered {
    fn default() -> Self {
        Self {
            viewers: Moment(Cache::new(VIEWERS_MAX)),
            around: Moment(Cache::new(AROUND_MAX)),
            posts: Moment(Cache::new(POSTS_MAX)),
            counts: Moment(Cache::new(POSTS_MAX)),
            gone: Moment(Cache::new(POSTS_MAX)),
        }
    }
}

impl Remembered {
    /// Forgets everything: who just wrote asks for what he wrote.
    pub(in crate::store::clickhouse) fn forget(&self) {
        self.viewers.0.clear();
        self.around.0.clear();
        self.posts.0.clear();
        self.counts.0.clear();
        self.gone.0.clear();
    }
}

impl<V: Clone> Moment<V> {
    /// Splits into what is remembered, handed to `known`, and what is to be asked for. `now`: the time, read once.
    pub(super) fn split(
        &self,
        ids: impl IntoIterator<Item = u128>,
        now: Instant,
        mut known: impl FnMut(u128, V),
    ) -> Vec<u128> {
        let live = |id: &u128| self.0.get(id).filter(|(_, until)| now < *until);
        let mut open = Vec::new();
        for id in ids {
            match live(&id) {
                Some((value, _)) => known(id, value),
                None => open.push(id),
            }
        }
        open.sort_unstable();
        open.dedup();
        open
    }

    /// Remembers what was asked for at `asked`: the time that the question took counts.
    pub(super) fn keep(&self, id: u128, value: V, asked: Instant) {
        self.0.insert(id, (value, asked + REMEMBERED));
    }
}

impl<V: Clone, K: Eq + Hash + Clone> Moment<V, K> {
    /// What is remembered, or what `ask` gives; of several who want it at once, one asks.
    ///
    /// # Errors
    /// Those of `ask`; the next who waits asks again.
    pub(super) async fn or_ask(&self, id: K, ask: impl Future<Output = Result<V>>) -> Result<V> {
        let now = Instant::now();
        self.0.remove_if(&id, |(_, until)| *until <= now);
        let ask = async { ask.await.map(|value| (value, now + REMEMBERED)) };
        self.0.get_or_insert_async(&id, ask).await.map(|(value, _)| value)
    }
}
