//! What a viewer saw, as the events of any replica said: a copy in the cache of what the store learns a moment later.
//!
//! A store on another machine holds an event a second or two after its answer. A slate that is made in between asks here
//! too, so that what was just read is not the first thing again. The store decides: a copy that is lost or late costs a
//! post shown twice, and never one that is missing.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use bytes::{Buf as _, BufMut as _, Bytes, BytesMut};
use futures_util::future::join_all;
use hashbrown::HashSet;
use nova_core::error::Result;
use nova_core::model::{Action, Event, Timestamp, UserId};
use nova_core::pipeline::{Candidate, Enricher, FeedContext, Verdict};

use crate::cache::{Cache, Space, short};
use crate::project::Fence;

/// Posts that are remembered of a viewer; of more the last.
const POSTS_MAX: usize = 256;
/// A post's hash, and the second in which it was seen.
const ENTRY_BYTES: usize = 8 + 4;

/// Where the copies stand, and how long they count.
#[derive(Clone)]
pub struct SeenCopy {
    cache: Arc<dyn Cache>,
    fence: Arc<Fence>,
    window: Duration,
}

impl SeenCopy {
    /// `window`: how long a post counts as seen, `ranking.seen.days`. Where `fence` answers, the store is in this process
    /// and knows more.
    #[must_use]
    pub fn new(cache: &Arc<dyn Cache>, fence: &Arc<Fence>, window: Duration) -> Self {
        Self { cache: Arc::clone(cache), fence: Arc::clone(fence), window }
    }

    /// Notes what events say that their users saw. At most one call's worth of them; a cache that fails costs nothing else.
    pub(super) async fn note(&self, events: &[Event]) {
        let saw = |event: &&Event| matches!(event.action, Action::Impression | Action::View | Action::Dwell);
        let mut seen: Vec<&Event> = events.iter().filter(saw).collect();
        // stable: the last that was seen stays last
        seen.sort_by_key(|event| event.user);
        let kept = seen.chunk_by(|a, b| a.user == b.user).map(|of_one| {
            let mut entries = BytesMut::with_capacity(of_one.len() * ENTRY_BYTES);
            for event in of_one {
                entries.put_u64(short(event.post.bits()));
                entries.put_u32(seconds(event.time));
            }
            let (key, most) = (of_one[0].user.to_string(), POSTS_MAX * ENTRY_BYTES);
            async move { self.cache.append(Space::Seen, &key, entries.freeze(), most, self.window).await }
        });
        for error in join_all(kept).await.into_iter().filter_map(std::result::Result::err) {
            tracing::debug!(error = ?error, "what a viewer saw is known when the store knows it");
        }
    }

    /// Hashes of what a viewer saw within the window before `now`; none where nobody can tell.
    async fn of(&self, viewer: UserId, now: Timestamp) -> HashSet<u64> {
        if self.fence.answers() {
            return HashSet::new();
        }
        let found = self.cache.get(Space::Seen, &viewer.to_string(), None).await.ok().flatten();
        read(&found.unwrap_or_default(), seconds(now.minus(self.window)))
    }
}

fn read(entries: &Bytes, since: u32) -> HashSet<u64> {
    let (entries, _) = entries.as_chunks::<ENTRY_BYTES>();
    let within = |entry: &[u8; ENTRY_BYTES]| {
        let mut entry = &entry[..];
        let post = entry.get_u64();
        (entry.get_u32() >= since).then_some(post)
    };
    entries.iter().filter_map(within).collect()
}

/// Whole seconds, as the store counts them.
fn seconds(at: Timestamp) -> u32 {
    u32::try_from(at.micros().div_euclid(1_000_000).max(0)).unwrap_or(u32::MAX)
}

/// The store's verdicts, and "seen" also where the copy says so.
pub(super) struct WithCopy<E> {
    store: E,
    copy: Option<SeenCopy>,
}

impl<E> WithCopy<E> {
    pub(super) fn new(store: E, copy: Option<&SeenCopy>) -> Self {
        Self { store, copy: copy.cloned() }
    }
}

#[async_trait]
impl<E: Enricher> Enricher for WithCopy<E> {
    async fn judge(&self, cx: &FeedContext, found: &mut [Candidate]) -> Result<()> {
        let Some(copy) = &self.copy else { return self.store.judge(cx, found).await };
        let (judged, seen) = tokio::join!(self.store.judge(cx, found), copy.of(cx.viewer, cx.now));
        judged?;
        for candidate in found.iter_mut().filter(|candidate| seen.contains(&short(candidate.post.bits()))) {
            candidate.verdict = candidate.verdict.with(Verdict::SEEN);
        }
        Ok(())
    }

    async fn measure(&self, cx: &FeedContext, found: &mut [Candidate]) -> Result<()> {
        self.store.measure(cx, found).await
    }
}

#[cfg(test)]
mod tests {
    use nova_core::model::PostId;

    use super::*;

    #[test]
    fn what_was_seen_counts_within_the_window_and_any_bytes_are_read() {
        let entry = |post: u64, second: u32| {
            let post = short(PostId::from_integer(post).bits());
            [&post.to_be_bytes()[..], &second.to_be_bytes()].concat()
        };
        let entries = [entry(1, 99), entry(2, 100), entry(3, 101), vec![7; 5]].concat();
        let seen = read(&entries.into(), 100);
        let held = |post: u64| seen.contains(&short(PostId::from_integer(post).bits()));
        assert_eq!(([1, 2, 3].map(held), seen.len()), ([false, true, true], 2));
        assert!(read(&Bytes::from_static(b"odd"), 0).is_empty());
    }
}
