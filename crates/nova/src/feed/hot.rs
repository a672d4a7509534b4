//! The trending lists: made by a job, shared by every request.

use std::sync::Arc;
use std::time::Duration;

use bytes::{Buf as _, BufMut as _, Bytes, BytesMut};
use nova_core::error::Result;
use nova_core::model::{PostId, Timestamp, UserId};
use nova_core::pipeline::{Retrieved, RowHint};
use parking_lot::RwLock;
use tokio::time::Instant;

use crate::cache::{Cache, Space};
use crate::store::{FeedStore, Hot, Window};

/// Posts of one list.
pub(crate) const HOT_MAX: usize = 200;
/// Bytes of one entry in the cache: post, author, time, score.
const ENTRY_BYTES: usize = 16 + 16 + 8 + 8;

/// The three lists. In this process as they are, in the cache for other replicas and for a restart.
pub struct HotLists {
    store: Arc<dyn FeedStore>,
    cache: Arc<dyn Cache>,
    lists: [RwLock<Option<Held>>; Window::ALL.len()],
    /// Each window's job interval.
    refresh: [Duration; Window::ALL.len()],
}

/// A list in this process.
#[derive(Debug, Clone)]
struct Held {
    list: Arc<Vec<Hot>>,
    /// Made or looked at last. The job may run in another process, which leaves its list in the cache.
    at: Instant,
}

impl HotLists {
    /// `refresh` is each window's job interval.
    #[must_use]
    pub fn new(store: Arc<dyn FeedStore>, cache: Arc<dyn Cache>, refresh: [Duration; 3]) -> Self {
        Self { store, cache, lists: Default::default(), refresh }
    }

    /// The list as it was made last; made now if it never was.
    ///
    /// # Errors
    /// When there is none and the store does not answer.
    pub async fn get(&self, window: Window, now: Timestamp) -> Result<Arc<Vec<Hot>>> {
        let held = self.lists[window as usize].read().clone();
        if let Some(held) = &held
            && held.at.elapsed() < self.refresh[window as usize]
        {
            return Ok(Arc::clone(&held.list));
        }
        match (self.cache.get(Space::Hot, window.name(), None).await, held) {
            (Ok(Some(bytes)), _) => Ok(self.hold(window, Arc::new(decode(bytes)))),
            // an old list is better than none, and is looked for again only after a while
            (Ok(None) | Err(_), Some(held)) => Ok(self.hold(window, held.list)),
            (Ok(None) | Err(_), None) => self.refresh(window, now).await,
        }
    }

    fn hold(&self, window: Window, list: Arc<Vec<Hot>>) -> Arc<Vec<Hot>> {
        *self.lists[window as usize].write() = Some(Held { list: Arc::clone(&list), at: Instant::now() });
        list
    }

    /// Makes the list anew.
    ///
    /// # Errors
    /// When the store does not answer; the old list stays.
    pub async fn refresh(&self, window: Window, now: Timestamp) -> Result<Arc<Vec<Hot>>> {
        let list = self.hold(window, Arc::new(self.store.trending(window, now, HOT_MAX).await?));
        // the cache is a convenience for others; this process has its list
        // kept for twice its interval, so that one late run leaves no hole
        let ttl = 2 * self.refresh[window as usize];
        drop(self.cache.put(Space::Hot, window.name(), encode(&list), ttl).await);
        Ok(list)
    }
}

fn encode(list: &[Hot]) -> Bytes {
    let mut bytes = BytesMut::with_capacity(list.len() * ENTRY_BYTES);
    for hot in list {
        bytes.put_u128(hot.post.post.bits());
        bytes.put_u128(hot.post.author.bits());
        bytes.put_i64(hot.post.created_at.micros());
        bytes.put_f64(hot.score);
    }
    bytes.freeze()
}

fn decode(mut bytes: Bytes) -> Vec<Hot> {
    let mut list = Vec::with_capacity(bytes.len() / ENTRY_BYTES);
    while bytes.remaining() >= ENTRY_BYTES {
        let post = Retrieved {
            post: PostId::from_bits(bytes.get_u128()),
            author: UserId::from_bits(bytes.get_u128()),
            created_at: Timestamp::from_micros(bytes.get_i64()),
            row: RowHint::NONE,
        };
        list.push(Hot { post, score: bytes.get_f64() });
    }
    list
}
