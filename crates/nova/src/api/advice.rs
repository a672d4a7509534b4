//! Which events were probably reported before, for the answer alone: what counts is decided from the log, exactly.
//!
//! A process remembers roughly the last events that it took. Replicas beside each other also tell each other through the
//! cache what a user reported, so that whoever asks another one again after a failure is told the same. Only of a call
//! with one user's events, which is what clients send: a gateway that reports for many would ask for each of them.

use std::hash::{BuildHasher as _, RandomState};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use bytes::{BufMut as _, Bytes, BytesMut};
use hashbrown::HashSet;
use nova_core::model::{Event, UserId};

use crate::cache::{Cache, Space, short};

/// Slots of a process: 1 MiB.
const SLOTS: usize = 1 << 17;
/// Events of one user that replicas know of each other, each by 8 bytes.
const SHARED_MAX: usize = 512;

/// What is remembered.
pub(crate) struct Advice {
    hasher: RandomState,
    /// The hash of the event that last fell into each slot.
    slots: Box<[AtomicU64]>,
    /// Where there may be other replicas: what they know, and for how long.
    shared: Option<(Arc<dyn Cache>, Duration)>,
}

/// What replicas know of one user's events.
pub(crate) struct Elsewhere {
    user: String,
    known: HashSet<u64>,
}

impl Advice {
    pub(crate) fn new(shared: Option<(Arc<dyn Cache>, Duration)>) -> Self {
        let slots = (0..SLOTS).map(|_| AtomicU64::new(0)).collect();
        Self { hasher: RandomState::new(), slots, shared }
    }

    /// What other replicas know of a call with one user's events: nothing where nobody can tell. `None` where there are
    /// none, or the events are of several users.
    pub(crate) async fn elsewhere(&self, events: &[Event]) -> Option<Elsewhere> {
        let (cache, _) = self.shared.as_ref()?;
        let user = only_user(events)?.to_string();
        let known = cache.get(Space::Dedup, &user, None).await.ok().flatten().unwrap_or_default();
        let known = known.as_chunks::<8>().0.iter().map(|hash| u64::from_be_bytes(*hash)).collect();
        Some(Elsewhere { user, known })
    }

    /// How many of these events, which are durable now, were met before, here or elsewhere; they are from now on.
    pub(crate) async fn met(&self, events: &[Event], elsewhere: Option<Elsewhere>) -> usize {
        let met = events.iter().filter(|event| {
            let hash = self.hasher.hash_one((event.user, event.id));
            let here = self.slots[hash as usize % SLOTS].swap(hash, Ordering::Relaxed) == hash;
            here || elsewhere.as_ref().is_some_and(|of| of.known.contains(&short(event.id.bits())))
        });
        let count = met.count();
        if let Some(((cache, life), Elsewhere { user, .. })) = self.shared.as_ref().zip(elsewhere) {
            let mut hashes = BytesMut::with_capacity(events.len() * 8);
            events.iter().for_each(|event| hashes.put_u64(short(event.id.bits())));
            let kept = cache.append(Space::Dedup, &user, Bytes::from(hashes), SHARED_MAX * 8, *life);
            if let Err(error) = kept.await {
                tracing::debug!(error = ?error, "other replicas are not told what was reported here");
            }
        }
        count
    }
}

/// The user of all these events, if it is one.
fn only_user(events: &[Event]) -> Option<UserId> {
    let first = events.first()?.user;
    events.iter().all(|event| event.user == first).then_some(first)
}
