//! Which slates a viewer has: a few, and those that are being scrolled through longer than those that were only begun.

use bytes::{Buf as _, BufMut as _, Bytes, BytesMut};
use nova_core::error::Result;
use nova_core::model::{Timestamp, UserId};
use uuid::Uuid;

use super::service::FeedService;
use crate::cache::Space;

/// Slates of one viewer whose first page alone was read: a client that asks for the first page again and again fills
/// these and pushes out no scroll.
const BEGUN_MAX: usize = 4;
/// Slates of one viewer that are being scrolled through.
const SCROLLED_MAX: usize = 4;
/// Id, time, whether a further page was read.
const ENTRY_BYTES: usize = 16 + 8 + 1;

/// A slate's key in the cache, and its id in answers: 32 hexadecimal digits.
pub(super) fn slate_key(id: u128) -> String {
    Uuid::from_u128(id).simple().to_string()
}

/// A viewer's slates, newest first.
#[derive(Debug, Default)]
pub(super) struct Slates(Vec<Entry>);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Entry {
    id: u128,
    made_at: Timestamp,
    scrolled: bool,
}

impl Slates {
    pub(super) fn decode(mut bytes: Bytes) -> Self {
        let mut entries = Vec::with_capacity(bytes.len() / ENTRY_BYTES);
        while bytes.remaining() >= ENTRY_BYTES {
            let (id, made_at) = (bytes.get_u128(), Timestamp::from_micros(bytes.get_i64()));
            entries.push(Entry { id, made_at, scrolled: bytes.get_u8() != 0 });
        }
        Self(entries)
    }

    fn encode(&self) -> Bytes {
        let mut bytes = BytesMut::with_capacity(self.0.len() * ENTRY_BYTES);
        for entry in &self.0 {
            bytes.put_u128(entry.id);
            bytes.put_i64(entry.made_at.micros());
            bytes.put_u8(u8::from(entry.scrolled));
        }
        bytes.freeze()
    }

    /// The latest, and when it was made.
    pub(super) fn newest(&self) -> Option<(u128, Timestamp)> {
        self.0.first().map(|entry| (entry.id, entry.made_at))
    }

    /// None of them may answer a first page any more; scrolls go on.
    pub(super) fn outdate(&mut self) {
        self.0.iter_mut().for_each(|entry| entry.made_at = Timestamp::MIN);
    }

    /// Adds the newest; gives those that are too many now.
    fn push(&mut self, id: u128, made_at: Timestamp) -> Vec<u128> {
        self.0.insert(0, Entry { id, made_at, scrolled: false });
        let (mut begun, mut scrolled, mut gone) = (0, 0, Vec::new());
        self.0.retain(|entry| {
            let (count, max) =
                if entry.scrolled { (&mut scrolled, SCROLLED_MAX) } else { (&mut begun, BEGUN_MAX) };
            *count += 1;
            if *count > max {
                gone.push(entry.id);
            }
            *count <= max
        });
        gone
    }

    /// A further page of this slate was read; says whether that is news.
    fn scroll(&mut self, id: u128) -> bool {
        match self.0.iter_mut().find(|entry| entry.id == id && !entry.scrolled) {
            Some(entry) => {
                entry.scrolled = true;
                true
            }
            None => false,
        }
    }
}

impl FeedService {
    pub(super) async fn slates_of(&self, viewer: UserId) -> Result<Slates> {
        let bytes = self.cache.get(Space::Feed, &viewer.to_string(), None).await?;
        Ok(bytes.map(Slates::decode).unwrap_or_default())
    }

    pub(super) async fn remember(&self, viewer: UserId, slates: &Slates) -> Result<()> {
        self.cache.put(Space::Feed, &viewer.to_string(), slates.encode(), self.slate_ttl()).await
    }

    /// Keeps a slate, and of the viewer's earlier ones only the latest few.
    pub(super) async fn keep(
        &self,
        viewer: UserId,
        id: u128,
        slate: Bytes,
        mut known: Slates,
        now: Timestamp,
    ) -> Result<()> {
        self.cache.put(Space::Slate, &slate_key(id), slate, self.slate_ttl()).await?;
        for gone in known.push(id, now) {
            self.cache.remove(Space::Slate, &slate_key(gone)).await?;
        }
        self.remember(viewer, &known).await
    }

    /// Notes that a slate is being scrolled through. Without the note it only goes a little earlier.
    pub(super) async fn scrolled(&self, viewer: UserId, mut slates: Slates, id: u128) {
        if slates.scroll(id) {
            drop(self.remember(viewer, &slates).await);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn asking_for_the_first_page_again_and_again_ends_no_scroll() {
        let mut slates = Slates::default();
        let at = Timestamp::from_micros;
        assert!(slates.push(1, at(1)).is_empty());
        assert!(slates.scroll(1));
        assert!(!slates.scroll(1), "noted already");
        let gone: Vec<u128> = (2..100).flat_map(|id| slates.push(id, at(id as i64))).collect();
        assert_eq!(gone, (2..96).collect::<Vec<_>>());
        assert_eq!(slates.newest(), Some((99, at(99))));
        let again = Slates::decode(slates.encode());
        assert_eq!(again.0, slates.0);
        assert!(again.0.iter().any(|entry| entry.id == 1 && entry.scrolled));
    }
}
