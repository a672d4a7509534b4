//! Small representations: what millions of entries are made of.

use std::hash::{BuildHasherDefault, Hasher};
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};

use hashbrown::HashMap;
use nova_core::model::Timestamp;

/// A map by our own numbers. They are dense and nobody outside chooses them, so one multiplication spreads them.
pub(super) type RowMap<V> = HashMap<u32, V, BuildHasherDefault<RowHasher>>;

/// Fibonacci hashing (Knuth, The Art of Computer Programming 3, 6.4), folded so that both ends of the hash are used.
#[derive(Debug, Default, Clone, Copy)]
pub(super) struct RowHasher(u64);

impl Hasher for RowHasher {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for &byte in bytes {
            self.write_u32(u32::from(byte));
        }
    }

    #[inline]
    fn write_u32(&mut self, value: u32) {
        let hash = (self.0 ^ u64::from(value)).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        self.0 = hash ^ (hash >> 32);
    }
}

/// 64 bits that need no more alignment than their neighbours.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Split([u32; 2]);

impl Split {
    pub(super) const fn new(value: u64) -> Self {
        Self([(value >> 32) as u32, value as u32])
    }

    pub(super) const fn get(self) -> u64 {
        (self.0[0] as u64) << 32 | self.0[1] as u64
    }

    pub(super) const fn at(time: Timestamp) -> Self {
        Self::new(time.micros().cast_unsigned())
    }

    pub(super) const fn time(self) -> Timestamp {
        Timestamp::from_micros(self.get().cast_signed())
    }
}

/// An id that only the writer sets, before its number is known to anybody.
#[derive(Debug, Default)]
pub(super) struct AtomicId([AtomicU64; 2]);

impl AtomicId {
    #[inline]
    pub(super) fn get(&self) -> u128 {
        u128::from(self.0[0].load(Ordering::Relaxed)) << 64 | u128::from(self.0[1].load(Ordering::Relaxed))
    }

    pub(super) fn set(&self, id: u128) {
        self.0[0].store((id >> 64) as u64, Ordering::Relaxed);
        self.0[1].store(id as u64, Ordering::Relaxed);
    }
}

/// Adds to a counter that has one writer: without the locked instruction of `fetch_add`. Stays within its range.
#[inline]
pub(super) fn bump(counter: &AtomicU32, by: i32) {
    counter.store(counter.load(Ordering::Relaxed).saturating_add_signed(by), Ordering::Relaxed);
}

/// Whole seconds since 1970, the nearest end beyond them (1970 and 2106): orders and prunes; what must be exact is
/// checked against the exact time.
#[inline]
pub(super) fn seconds(time: Timestamp) -> u32 {
    time.micros().div_euclid(1_000_000).clamp(0, i64::from(u32::MAX)) as u32
}

/// Room for one more, growing by a quarter: a list of millions wastes an eighth of itself on average, not half.
#[inline]
pub(super) fn room<T>(list: &mut Vec<T>) {
    if list.len() == list.capacity() {
        list.reserve_exact((list.len() / 4).max(4));
    }
}
