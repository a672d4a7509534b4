//! The embedded twin: one bounded cache per space, in this process.

use std::sync::Arc;
use std::time::{Duration, Instant};

use async_trait::async_trait;
use bytes::{Bytes, BytesMut};
use hashbrown::DefaultHashBuilder;
use moka::Expiry;
use moka::ops::compute::{CompResult, Op};
use moka::policy::EvictionPolicy;
use moka::sync::Cache as Moka;
use nova_core::clock::Clock;
use nova_core::error::Result;
use nova_core::model::Timestamp;

use super::{Asked, Cache, Space};

/// What an entry takes beside its value: key, times, the table's slot.
const ENTRY_BYTES: usize = 128;
/// Leases are few (one a job) and must not be evicted before their time: this is no real bound.
const LEASE_BYTES: u64 = 1 << 20;

/// A sliding life is begun anew once this part of it is over: a scroll that pages on quickly then reads only, and an
/// entry that is read ends at most so much earlier than promised.
const EXTENDED_AFTER: u32 = 30;

/// How much each kind of value may take, in bytes.
#[derive(Debug, Clone, Copy)]
pub struct MemoryCacheConfig {
    /// Slates.
    pub slate_bytes_max: u64,
    /// Everything else, shared out in equal parts.
    pub other_bytes_max: u64,
}

/// The cache in this process.
///
/// Evicts the least recently used: a slate just made must not lose against older, more popular ones, which the
/// usual frequency-based policy would let happen, because its scroll has only begun.
#[derive(Debug)]
pub struct MemoryCache {
    spaces: [Moka<String, Entry, DefaultHashBuilder>; Space::ALL.len()],
    clock: Arc<dyn Clock>,
}

#[derive(Debug, Clone)]
struct Entry {
    value: Bytes,
    ttl: Duration,
    /// By the injected clock, so that tests need not wait; the cache's own timer frees the memory.
    expires_at: Timestamp,
}

struct OwnTtl;

impl Expiry<String, Entry> for OwnTtl {
    fn expire_after_create(&self, _: &String, entry: &Entry, _: Instant) -> Option<Duration> {
        Some(entry.ttl)
    }

    fn expire_after_update(
        &self,
        _: &String,
        entry: &Entry,
        _: Instant,
        _: Option<Duration>,
    ) -> Option<Duration> {
        Some(entry.ttl)
    }
}

impl MemoryCache {
    /// Empty.
    #[must_use]
    pub fn new(config: MemoryCacheConfig, clock: Arc<dyn Clock>) -> Self {
        // what a viewer did, saw and reported shares the part of who wrote: of use only beside other processes
        let others = Space::ALL.len() as u64 - 5;
        let spaces = Space::ALL.map(|space| {
            let bytes_max = match space {
                Space::Slate => config.slate_bytes_max,
                Space::Lease => LEASE_BYTES,
                Space::Wrote | Space::Did | Space::Seen | Space::Dedup => config.other_bytes_max / others / 4,
                _ => config.other_bytes_max / others,
            };
            Moka::builder()
                .max_capacity(bytes_max)
                .weigher(|key: &String, entry: &Entry| {
                    u32::try_from(ENTRY_BYTES + key.len() + entry.value.len()).unwrap_or(u32::MAX)
                })
                .eviction_policy(EvictionPolicy::lru())
                .expire_after(OwnTtl)
                .build_with_hasher(DefaultHashBuilder::default())
        });
        Self { spaces, clock }
    }

    fn entry(&self, value: Bytes, ttl: Duration) -> Entry {
        Entry { value, ttl, expires_at: self.clock.now().plus(ttl) }
    }

    fn live(&self, entry: &Entry) -> bool {
        self.clock.now() < entry.expires_at
    }

    fn space(&self, space: Space) -> &Moka<String, Entry, DefaultHashBuilder> {
        &self.spaces[space as usize]
    }
}

#[async_trait]
impl Cache for MemoryCache {
    async fn get(&self, space: Space, key: &str, extend: Option<Duration>) -> Result<Option<Bytes>> {
        let now = self.clock.now();
        let Some(entry) = self.space(space).get(key).filter(|entry| now < entry.expires_at) else {
            return Ok(None);
        };
        let worn = |ttl: &Duration| entry.expires_at < now.plus(*ttl - *ttl / EXTENDED_AFTER);
        if let Some(ttl) = extend.filter(worn) {
            self.space(space).insert(key.to_owned(), self.entry(entry.value.clone(), ttl));
        }
        Ok(Some(entry.value))
    }

    async fn get_all(&self, asked: &[Asked<'_>]) -> Result<Vec<Option<Bytes>>> {
        let mut found = Vec::with_capacity(asked.len());
        for one in asked {
            found.push(self.get(one.space, one.key, one.extend).await?);
        }
        Ok(found)
    }

    async fn append(
        &self,
        space: Space,
        key: &str,
        piece: Bytes,
        bytes_max: usize,
        ttl: Duration,
    ) -> Result<()> {
        self.space(space).entry_by_ref(key).and_compute_with(|held| {
            let held = held.filter(|held| self.live(held.value())).map(|held| held.into_value().value);
            let mut whole = BytesMut::from(held.as_deref().unwrap_or_default());
            whole.extend_from_slice(&piece);
            let kept = whole.split_off(whole.len().saturating_sub(bytes_max));
            Op::Put(self.entry(kept.freeze(), ttl))
        });
        Ok(())
    }

    async fn put(&self, space: Space, key: &str, value: Bytes, ttl: Duration) -> Result<()> {
        self.space(space).insert(key.to_owned(), self.entry(value, ttl));
        Ok(())
    }

    async fn put_if_absent(&self, space: Space, key: &str, value: Bytes, ttl: Duration) -> Result<bool> {
        let fresh = self.entry(value, ttl);
        let outcome = self.space(space).entry_by_ref(key).and_compute_with(|held| match held {
            Some(held) if self.live(held.value()) => Op::Nop,
            _ => Op::Put(fresh),
        });
        Ok(matches!(outcome, CompResult::Inserted(_) | CompResult::ReplacedWith(_)))
    }

    async fn remove(&self, space: Space, key: &str) -> Result<()> {
        self.space(space).invalidate(key);
        Ok(())
    }

    async fn remove_if(&self, space: Space, key: &str, value: &[u8]) -> Result<bool> {
        let outcome = self.space(space).entry_by_ref(key).and_compute_with(|held| match held {
            Some(held) if self.live(held.value()) && held.value().value == value => Op::Remove,
            _ => Op::Nop,
        });
        Ok(matches!(outcome, CompResult::Removed(_)))
    }

    async fn check(&self) -> Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cache::contract::{self, Fixture};
    use nova_core::testkit::ManualClock;

    fn fixture() -> Fixture {
        let clock = Arc::new(ManualClock::new(Timestamp::from_micros(1_800_000_000_000_000)));
        let config = MemoryCacheConfig { slate_bytes_max: 1 << 20, other_bytes_max: 3 << 20 };
        let cache = Arc::new(MemoryCache::new(config, Arc::clone(&clock) as Arc<dyn Clock>));
        Fixture {
            cache,
            advance: Box::new(move |by| {
                clock.advance(by);
                Box::pin(std::future::ready(()))
            }),
        }
    }

    #[tokio::test]
    async fn keeps_the_contract() {
        contract::suite(fixture).await;
    }

    #[tokio::test]
    async fn stays_within_its_bytes_and_prefers_what_was_just_made() {
        let Fixture { cache, .. } = fixture();
        let value = Bytes::from(vec![7; 10_000]);
        for index in 0..1_000 {
            cache
                .put(Space::Slate, &index.to_string(), value.clone(), Duration::from_secs(60))
                .await
                .expect("put");
            let newest = cache.get(Space::Slate, &index.to_string(), None).await.expect("get");
            assert!(newest.is_some(), "slate {index} was refused although it is the newest");
        }
        let mut kept = 0;
        for index in 0..1_000 {
            kept +=
                usize::from(cache.get(Space::Slate, &index.to_string(), None).await.expect("get").is_some());
        }
        assert!((50..=104).contains(&kept), "{kept} slates of 10 kB in a budget of 1 MiB");
    }
}
