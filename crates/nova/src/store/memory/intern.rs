//! From 128-bit ids to the small numbers that everything inside is made of.

use std::sync::atomic::{AtomicU32, Ordering};

use hashbrown::{DefaultHashBuilder, HashTable};
use parking_lot::RwLock;

use super::chunks::ENTRIES_MAX;

/// Shards, as a power of two. A shard of 10 million ids holds 10,000: growing it, the longest that a reader can wait
/// here, takes well under a millisecond.
const SHARD_BITS: u32 = 10;

/// Finds the number of an id. The ids themselves stand in the entries that the numbers name, so a slot costs five
/// bytes; `id_of` reads them there.
#[derive(Debug)]
pub(super) struct Intern {
    shards: Box<[RwLock<HashTable<u32>>]>,
    /// Seeded per process: ids are chosen by clients.
    hasher: DefaultHashBuilder,
    len: AtomicU32,
}

impl Intern {
    pub(super) fn new() -> Self {
        let shards = (0..1 << SHARD_BITS).map(|_| RwLock::new(HashTable::new())).collect();
        Self { shards, hasher: DefaultHashBuilder::default(), len: AtomicU32::new(0) }
    }

    /// Numbers given so far.
    pub(super) fn len(&self) -> u32 {
        self.len.load(Ordering::Acquire)
    }

    pub(super) fn find(&self, id: u128, id_of: impl Fn(u32) -> u128) -> Option<u32> {
        let hash = self.hash(id);
        self.shard(hash).read().find(hash, |&index| id_of(index) == id).copied()
    }

    /// Gives `id` the next number, whose entry holds the id already. `None` when all numbers are given. Only the
    /// writer calls this, for ids that it did not find.
    pub(super) fn add(&self, id: u128, id_of: impl Fn(u32) -> u128) -> Option<u32> {
        let index = self.len();
        if index >= ENTRIES_MAX {
            return None;
        }
        let hash = self.hash(id);
        self.shard(hash).write().insert_unique(hash, index, |&index| self.hash(id_of(index)));
        self.len.store(index + 1, Ordering::Release);
        Some(index)
    }

    /// Makes room for `count` ids in all.
    pub(super) fn reserve(&self, count: usize, id_of: impl Fn(u32) -> u128) {
        // evenly spread, with some room for chance
        let each = count / self.shards.len() + count / self.shards.len() / 16 + 8;
        for shard in &self.shards {
            let mut shard = shard.write();
            let more = each.saturating_sub(shard.len());
            shard.reserve(more, |&index| self.hash(id_of(index)));
        }
    }

    fn hash(&self, id: u128) -> u64 {
        use std::hash::BuildHasher;
        self.hasher.hash_one(id)
    }

    /// By bits in the middle: the table itself uses the lowest and the highest.
    fn shard(&self, hash: u64) -> &RwLock<HashTable<u32>> {
        &self.shards[(hash >> 32) as usize & (self.shards.len() - 1)]
    }
}
