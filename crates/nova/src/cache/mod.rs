//! What is remembered briefly, and may be forgotten at any moment: losing all of it costs time, never an answer.
//! (Leases are the exception that is not one: losing a lease runs a job twice, which jobs bear.)

mod memory;
#[cfg(feature = "distributed")]
mod redis;
mod timely;
#[cfg(test)]
mod contract;

pub use memory::{MemoryCache, MemoryCacheConfig};
#[cfg(feature = "distributed")]
pub use redis::{RedisCache, RedisCacheConfig};
pub use timely::Timely;

use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use nova_core::error::Result;

/// A kind of value: its own key prefix, and in process its own byte budget, so that one cannot push out another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Space {
    /// `slate:v1:{id}`: a ranked slate that is being scrolled through. 30 minutes, sliding.
    Slate,
    /// `feed:v1:{user}`: the slate that answers a repeated first page. 60 seconds.
    Feed,
    /// `hot:posts:{window}`: trending lists. At least twice their refresh.
    Hot,
    /// `suggest:users:{user}`. 600 seconds.
    Suggest,
    /// `wrote:{user}`: somebody wrote what the store may not hold yet. 10 seconds.
    Wrote,
    /// `did:{user}:{what}`: what somebody did by events that a slate made before does not know. As long as slates.
    Did,
    /// `seen:{user}`: what somebody saw by events, a copy of what the store knows a moment later. As long as a post counts
    /// as seen, 7 days.
    Seen,
    /// `dedup:{user}`: hashes of what somebody reported, so that an answer can say what is probably a copy. As long as
    /// copies are told, `events.dedup_s`.
    Dedup,
    /// `lease:{job}`: who runs a job; never evicted before its time.
    Lease,
}

impl Space {
    /// Every space.
    pub const ALL: [Self; 9] = [
        Self::Slate,
        Self::Feed,
        Self::Hot,
        Self::Suggest,
        Self::Wrote,
        Self::Did,
        Self::Seen,
        Self::Dedup,
        Self::Lease,
    ];

    /// The key prefix.
    #[must_use]
    pub const fn prefix(self) -> &'static str {
        match self {
            Self::Slate => "slate:v1:",
            Self::Feed => "feed:v1:",
            Self::Hot => "hot:posts:",
            Self::Suggest => "suggest:users:",
            Self::Wrote => "wrote:",
            Self::Did => "did:",
            Self::Seen => "seen:",
            Self::Dedup => "dedup:",
            Self::Lease => "lease:",
        }
    }

    /// A word for metrics.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Slate => "slate",
            Self::Feed => "feed",
            Self::Hot => "hot",
            Self::Suggest => "suggest",
            Self::Wrote => "wrote",
            Self::Did => "did",
            Self::Seen => "seen",
            Self::Dedup => "dedup",
            Self::Lease => "lease",
        }
    }
}

/// An id in eight bytes, for values that list many: of 512 two fall together once in 10^14 lists. Replicas read what the
/// others wrote, so it is the same in every build; a hash for a table of one process is not bound to that.
#[must_use]
pub(crate) const fn short(bits: u128) -> u64 {
    // time is in the upper half of an id, chance in the lower
    ((bits >> 64) as u64).rotate_left(17) ^ bits as u64
}

/// One value of several that are asked for together.
#[derive(Debug, Clone, Copy)]
pub struct Asked<'a> {
    /// Where.
    pub space: Space,
    /// Which.
    pub key: &'a str,
    /// As for [`Cache::get`].
    pub extend: Option<Duration>,
}

/// The cache. Values are bytes and immutable: to change one, put another.
#[async_trait]
pub trait Cache: Send + Sync {
    /// The value, unless it expired, was evicted or never was there. `extend` gives it a new life from now (sliding
    /// expiry).
    async fn get(&self, space: Space, key: &str, extend: Option<Duration>) -> Result<Option<Bytes>>;

    /// Several values, each as of [`Cache::get`], in their order: one exchange with a cache on another machine.
    /// At most a handful; of leases none.
    async fn get_all(&self, asked: &[Asked<'_>]) -> Result<Vec<Option<Bytes>>>;

    /// Adds bytes to the end of a value in one step, or makes it of them, and gives it a new life of `ttl`. Of more
    /// than `bytes_max` the last are kept.
    async fn append(
        &self,
        space: Space,
        key: &str,
        piece: Bytes,
        bytes_max: usize,
        ttl: Duration,
    ) -> Result<()>;

    /// Keeps a value for `ttl`, replacing what was there.
    async fn put(&self, space: Space, key: &str, value: Bytes, ttl: Duration) -> Result<()>;

    /// Keeps a value only where there is none; says whether it did. Of many callers at once, one succeeds.
    async fn put_if_absent(&self, space: Space, key: &str, value: Bytes, ttl: Duration) -> Result<bool>;

    /// Forgets a value.
    async fn remove(&self, space: Space, key: &str) -> Result<()>;

    /// Forgets a value only if it is still this one; says whether it did. How a lease is given back.
    async fn remove_if(&self, space: Space, key: &str, value: &[u8]) -> Result<bool>;

    /// Answers if the cache keeps and gives values.
    async fn check(&self) -> Result<()>;
}
