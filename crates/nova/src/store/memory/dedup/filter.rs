//! May a fingerprint be among those that were put in? "No" is certain, "perhaps" is not.
//!
//! A Bloom filter of `m` bits and `k` hashes that holds `n` fingerprints says "perhaps" to a stranger with a chance of
//! `(1 - e^(-k n / m))^k` (Broder and Mitzenmacher, "Network Applications of Bloom Filters: A Survey", 2004). `k` is less
//! than what would give the smallest chance, `ln 2 * m / n`: most strangers are told by the first bit that is looked at,
//! one cache line, and what a mistake costs is a look-up.

use fastbloom::BloomFilter;

/// Hashes of a filter: `k`.
const HASHES: u32 = 5;

/// Bits for each fingerprint: `m / n` when it is full.
#[derive(Debug, Clone, Copy)]
pub(super) enum Bits {
    /// 16: one stranger in 720 is asked about in vain.
    Many = 16,
    /// 10: one in 106.
    Few = 10,
}

/// The filter; grows neither in size nor, beyond its full number, in what it is good for.
#[derive(Debug, Clone)]
pub(super) struct Filter(BloomFilter);

impl Filter {
    /// One that is full with so many.
    pub(super) fn new(full: u64, bits: Bits) -> Self {
        Self::from_words(vec![0; Self::bytes_of(full, bits) / 8])
    }

    /// Its size, in bytes.
    pub(super) fn bytes_of(full: u64, bits: Bits) -> usize {
        let words = full.saturating_mul(bits as u64).div_ceil(64).max(1);
        usize::try_from(words).unwrap_or(usize::MAX / 8).saturating_mul(8)
    }

    /// The hash's bits are as good as random: it is a part of a fingerprint.
    pub(super) fn put(&mut self, hash: u64) {
        self.0.insert_hash(hash);
    }

    pub(super) fn may_hold(&self, hash: u64) -> bool {
        self.0.contains_hash(hash)
    }

    pub(super) fn bytes(&self) -> usize {
        self.words().len() * 8
    }

    /// What it is made of.
    pub(super) fn words(&self) -> &[u64] {
        self.0.as_slice()
    }

    /// Back from [`Filter::words`]; one without words holds nothing and has one.
    pub(super) fn from_words(mut words: Vec<u64>) -> Self {
        if words.is_empty() {
            words.push(0);
        }
        // the seed is for a hasher that is not used
        Self(BloomFilter::from_vec(words).seed(&0).hashes(HASHES))
    }
}
