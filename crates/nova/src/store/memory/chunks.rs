//! A table that only grows, in chunks that never move: readers take no lock.

use std::fmt;
use std::sync::OnceLock;

/// Entries of a chunk, as a power of two: a chunk of posts is 1 MiB, and the directory of 10 million fits the first
/// level cache.
const CHUNK_BITS: u32 = 14;
const CHUNK: usize = 1 << CHUNK_BITS;
/// Bound: 2^13 chunks of 2^14 entries are 134 million users, and as many posts.
const CHUNKS_MAX: usize = 1 << 13;

/// How many entries a table takes.
pub(super) const ENTRIES_MAX: u32 = (CHUNKS_MAX * CHUNK) as u32;

/// Entries are made with their default value a chunk at a time and changed in place, through atomics and locks of
/// their own. Whoever holds an index has it from a lock or a list that orders the entry's first writes before.
pub(super) struct Chunks<T> {
    chunks: Box<[OnceLock<Box<[T]>>]>,
}

impl<T: Default> Chunks<T> {
    pub(super) fn new() -> Self {
        Self { chunks: (0..CHUNKS_MAX).map(|_| OnceLock::new()).collect() }
    }

    /// The entry, if its chunk was made.
    #[inline]
    pub(super) fn get(&self, index: u32) -> Option<&T> {
        let chunk = self.chunks.get((index >> CHUNK_BITS) as usize)?.get()?;
        chunk.get(index as usize & (CHUNK - 1))
    }

    /// The entry, its chunk made if need be; `None` past [`ENTRIES_MAX`].
    pub(super) fn make(&self, index: u32) -> Option<&T> {
        let chunk = self.chunks.get((index >> CHUNK_BITS) as usize)?;
        let chunk = chunk.get_or_init(|| (0..CHUNK).map(|_| T::default()).collect());
        chunk.get(index as usize & (CHUNK - 1))
    }

    /// The first `len` entries in order.
    pub(super) fn iter(&self, len: u32) -> impl Iterator<Item = &T> {
        self.chunks.iter().map_while(|chunk| chunk.get()).flat_map(|chunk| chunk.iter()).take(len as usize)
    }

    /// Bytes of the chunks made for `len` entries.
    pub(super) const fn bytes(len: u32) -> u64 {
        (len as u64).div_ceil(CHUNK as u64) * (CHUNK * size_of::<T>()) as u64
    }
}

impl<T> fmt::Debug for Chunks<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let made = self.chunks.iter().filter(|chunk| chunk.get().is_some()).count();
        f.debug_struct("Chunks").field("made", &made).finish()
    }
}
