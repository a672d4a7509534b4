//! A hash for ids.

/// Spreads an id over 64 bits. Ids are UUIDs (mostly random) or integers (low bits differ): folding both halves and
/// one multiplication spreads them well enough for a table of a thousand, at a fraction of a keyed hash.
///
/// Not for tables that grow with their input: somebody who chooses ids can make them meet. Here the limits of the
/// sources bound what that costs.
pub(crate) fn hash(bits: u128) -> u64 {
    let folded = (bits as u64) ^ ((bits >> 64) as u64).rotate_left(32);
    let product = u128::from(folded ^ 0x9e37_79b9_7f4a_7c15) * 0xd6e8_feb8_6659_fd93_u128;
    (product as u64) ^ ((product >> 64) as u64)
}
