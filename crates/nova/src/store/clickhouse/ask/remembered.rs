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

/// One kind of thing, each for so long after it was asked for.
pub(super) struct Moment<V, K = u128> {
    known: Cache<K, (V, Instant)>,
    life: Duration,
}

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

impl Remembered {
    /// Nothing yet; each thing for `life`.
    pub(in crate::store::clickhouse) fn new(life: Duration) -> Self {
        Self {
            viewers: Moment { known: Cache::new(VIEWERS_MAX), life },
            around: Moment { known: Cache::new(AROUND_MAX), life },
            posts: Moment { known: Cache::new(POSTS_MAX), life },
            counts: Moment { known: Cache::new(POSTS_MAX), life },
            gone: Moment { known: Cache::new(POSTS_MAX), life },
        }
    }

    /// Forgets everything: who just wrote asks for what he wrote.
    pub(in crate::store::clickhouse) fn forget(&self) {
        self.viewers.known.clear();
        self.around.known.clear();
        self.posts.known.clear();
        self.counts.known.clear();
        self.gone.known.clear();
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
        let live = |id: &u128| self.known.get(id).filter(|(_, until)| now < *until);
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
        self.known.insert(id, (value, asked + self.life));
    }
}

impl<V: Clone, K: Eq + Hash + Clone> Moment<V, K> {
    /// What is remembered, or what `ask` gives; of several who want it at once, one asks.
    ///
    /// # Errors
    /// Those of `ask`; the next who waits asks again.
    pub(super) async fn or_ask(&self, id: K, ask: impl Future<Output = Result<V>>) -> Result<V> {
        let now = Instant::now();
        self.known.remove_if(&id, |(_, until)| *until <= now);
        let ask = async { ask.await.map(|value| (value, now + self.life)) };
        self.known.get_or_insert_async(&id, ask).await.map(|(value, _)| value)
    }
}
