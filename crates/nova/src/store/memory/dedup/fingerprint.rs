//! What stands for an identity: 128 bits that nobody outside can aim at.

use nova_core::model::{EventId, UserId};
use siphasher::sip128::SipHasher13;

/// The secret that fingerprints are made with. Kept beside the log for as long as the log lives: under another key
/// nothing remembered is recognised, so a snapshot and an archive made with another one are refused and emptied.
#[derive(Clone, Copy)]
pub struct Key([u8; 16]);

impl Key {
    /// From 16 random bytes.
    #[must_use]
    pub const fn new(random: [u8; 16]) -> Self {
        Self(random)
    }

    /// Tells keys apart without giving one away.
    pub(super) fn check(self) -> u64 {
        Fingerprint::of(&self.hasher(), b"nova dedup key").low
    }

    pub(crate) fn hasher(self) -> SipHasher13 {
        SipHasher13::new_with_key(&self.0)
    }
}

impl std::fmt::Debug for Key {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Key")
    }
}

/// SipHash-1-3 with 128 bits over partition, user and event id. Among 10 billion identities two are the same with a
/// chance of 1 in 10^18, and without the key nobody can make two that are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Fingerprint {
    high: u64,
    low: u64,
}

impl Fingerprint {
    /// Offsets of different partitions cannot be compared: the partition is part of it.
    pub(crate) fn new(hasher: &SipHasher13, partition: u16, user: UserId, id: EventId) -> Self {
        let mut bytes = [0; 34];
        bytes[..2].copy_from_slice(&partition.to_be_bytes());
        bytes[2..18].copy_from_slice(&user.bits().to_be_bytes());
        bytes[18..].copy_from_slice(&id.bits().to_be_bytes());
        Self::of(hasher, &bytes)
    }

    fn of(hasher: &SipHasher13, bytes: &[u8]) -> Self {
        let hash = hasher.hash(bytes);
        Self { high: hash.h1, low: hash.h2 }
    }

    /// Every bit is as good as random: no second hash.
    pub(super) const fn hash(self) -> u64 {
        self.low
    }

    /// Another, independent of the first.
    pub(super) const fn other_hash(self) -> u64 {
        self.high
    }

    /// In which of so many equal ranges it lies; they rise with the fingerprint.
    pub(super) const fn range(self, ranges: u32) -> u32 {
        ((self.high as u128 * ranges as u128) >> 64) as u32
    }

    /// As stored; in the same order.
    pub(super) fn bytes(self) -> [u8; 16] {
        let mut bytes = [0; 16];
        bytes[..8].copy_from_slice(&self.high.to_be_bytes());
        bytes[8..].copy_from_slice(&self.low.to_be_bytes());
        bytes
    }

    /// Back from [`Fingerprint::bytes`].
    pub(super) fn from_bytes(bytes: [u8; 16]) -> Self {
        let bits = u128::from_be_bytes(bytes);
        Self { high: (bits >> 64) as u64, low: bits as u64 }
    }
}
