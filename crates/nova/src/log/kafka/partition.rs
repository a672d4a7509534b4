//! Where a key's records go: by murmur2, as Kafka's own clients and Debezium choose.

/// What Kafka seeds the hash with.
const SEED: u32 = 0x9747_b28c;
const M: u32 = 0x5bd1_e995;

/// The partition of a key, of so many; 0 where there are none.
pub(super) fn partition_of(key: &[u8], partitions: u16) -> u16 {
    let positive = murmur2(key) & i32::MAX.cast_unsigned();
    // less than a u16
    positive.checked_rem(u32::from(partitions)).unwrap_or(0) as u16
}

fn murmur2(key: &[u8]) -> u32 {
    let (words, rest) = key.as_chunks::<4>();
    let mut hash = words.iter().fold(SEED ^ key.len() as u32, |hash, word| {
        let word = u32::from_le_bytes(*word).wrapping_mul(M);
        hash.wrapping_mul(M) ^ (word ^ word >> 24).wrapping_mul(M)
    });
    if !rest.is_empty() {
        let rest = rest.iter().rev().fold(0, |word, &byte| word << 8 | u32::from(byte));
        hash = (hash ^ rest).wrapping_mul(M);
    }
    hash = (hash ^ hash >> 13).wrapping_mul(M);
    hash ^ hash >> 15
}
