//! The trending lists: made by a job, shared by every request.

use std::sync::Arc;

use bytes::{Buf as _, BufMut as _, Bytes, BytesMut};
use nova_core::error::Result;
use nova_core::model::{PostId, Timestamp, UserId};
use nova_core::pipeline::{Retrieved, RowHint};
use parking_lot::RwLock;

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
    lists: [RwLock<Option<Arc<Vec<Hot>>>>; Window::ALL.len()],
    /// How long the cache keeps each list: twice its refresh, so that one late run leaves no hole.
    ttl: [std::time::Duration; Window::ALL.len()],
}

impl HotLists {
    /// `refresh` is each window's job interval.
    #[must_use]
    pub fn new(store: Arc<dyn FeedStore>, cache: Arc<dyn Cache>, refresh: [std::time::Duration; 3]) -> Self {
        Self { store, cache, lists: Default::default(), ttl: refresh.map(|every| every * 2) }
    }

    /// The list as it was made last; made now if it never was.
    ///
    /// # Errors
    /// When there is none and the store does not answer.
    pub async fn get(&self, window: Window, now: Timestamp) -> Result<Arc<Vec<Hot>>> {
        if let Some(list) = &*self.lists[window as usize].read() {
            return Ok(Arc::clone(list));
        }
        if let Ok(Some(bytes)) = self.cache.get(Space::Hot, window.name(), None).await {
            let list = Arc::new(decode(bytes));
            *self.lists[window as usize].write() = Some(Arc::clone(&list));
            return Ok(list);
        }
        self.refresh(window, now).await
    }

    /// Makes the list anew.
    ///
    /// # Errors
    /// When the store does not answer; the old list stays.
    pub async fn refresh(&self, window: Window, now: Timestamp) -> Result<Arc<Vec<Hot>>> {
        let list = Arc::new(self.store.trending(window, now, HOT_MAX).await?);
        *self.lists[window as usize].write() = Some(Arc::clone(&list));
        // the cache is a convenience for others; this process has its list
        drop(self.cache.put(Space::Hot, window.name(), encode(&list), self.ttl[window as usize]).await);
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
