//! The bytes of a frame: several records, and a checksum over them.
//!
//! ```text
//!   crc32 of the rest | records | key bytes, value bytes | ... | key, value | key, value | ...
//!   u32 le            | u32 le  | u32 le,    u32 le      |      one pair of lengths each, then the bytes
//! ```
//!
//! The length [`TOMBSTONE`] stands for a record without a value. Where a frame stands and when it was received are
//! columns beside it, so a body is made by the caller, outside the writer's transaction.

use bytes::Bytes;
use nova_core::error::{Error, Kind, Result};
use thiserror::Error as ThisError;

use crate::log::Record;

/// Records in one frame: what a reader may be given beyond its limit, and the unit of trimming.
pub(crate) const RECORDS_MAX: usize = 4_096;
/// Bytes of one frame; a single larger record is a frame of its own.
pub(crate) const FRAME_BYTES_MAX: usize = 4 << 20;
/// Bytes of one record, key and value: 16 MiB, four times the largest row that a change record should carry.
pub(crate) const RECORD_BYTES_MAX: usize = 16 << 20;

const TOMBSTONE: u32 = u32::MAX;
const HEAD_BYTES: usize = 8;
const LENGTHS_BYTES: usize = 8;

/// An encoded frame, without its place.
#[derive(Debug)]
pub(crate) struct Body {
    pub(super) bytes: Vec<u8>,
    pub(super) records: u32,
}

/// Why bytes are not a frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ThisError)]
pub(crate) enum Damage {
    /// Shorter than its head or its lengths say.
    #[error("it is cut off")]
    Short,
    /// Other bytes than were written.
    #[error("its checksum does not match")]
    Checksum,
    /// The lengths do not add up to its size.
    #[error("its lengths do not add up")]
    Lengths,
    /// The column beside it counts otherwise.
    #[error("it holds another number of records")]
    Count,
}

/// Cuts records into frames, in their order.
///
/// # Errors
/// `Rejected` for a record above [`RECORD_BYTES_MAX`].
pub(crate) fn encode(records: &[Record]) -> Result<Vec<Body>> {
    let mut bodies = Vec::new();
    let mut rest = records;
    while !rest.is_empty() {
        let mut taken = 0;
        let mut bytes = HEAD_BYTES;
        for record in rest.iter().take(RECORDS_MAX) {
            let size = size(record);
            if size > RECORD_BYTES_MAX {
                let why = format!("a record has {size} bytes, at most {RECORD_BYTES_MAX} are taken");
                return Err(Error::new(Kind::Rejected, "log.append", why).at("value", "too_large"));
            }
            if taken > 0 && bytes + LENGTHS_BYTES + size > FRAME_BYTES_MAX {
                break;
            }
            bytes += LENGTHS_BYTES + size;
            taken += 1;
        }
        let (frame, after) = rest.split_at(taken);
        bodies.push(encode_one(frame, bytes));
        rest = after;
    }
    Ok(bodies)
}

fn size(record: &Record) -> usize {
    record.key.len() + record.value.as_ref().map_or(0, Bytes::len)
}

fn encode_one(records: &[Record], size: usize) -> Body {
    let length = |bytes: &Bytes| u32::try_from(bytes.len()).expect("a record is at most 16 MiB");
    let count = u32::try_from(records.len()).expect("a frame has at most 4,096 records");
    let mut bytes = Vec::with_capacity(size);
    bytes.extend_from_slice(&[0; 4]);
    bytes.extend_from_slice(&count.to_le_bytes());
    for record in records {
        bytes.extend_from_slice(&length(&record.key).to_le_bytes());
        bytes.extend_from_slice(&record.value.as_ref().map_or(TOMBSTONE, length).to_le_bytes());
    }
    for record in records {
        bytes.extend_from_slice(&record.key);
        bytes.extend_from_slice(record.value.as_deref().unwrap_or_default());
    }
    let checksum = crc32fast::hash(&bytes[4..]);
    bytes[..4].copy_from_slice(&checksum.to_le_bytes());
    Body { bytes, records: count }
}

/// Checks a frame whole, then gives its records, as slices of `bytes`: no copy for each.
pub(crate) fn decode(bytes: &Bytes, records: u32) -> Result<impl Iterator<Item = Record>, Damage> {
    let (checksum, rest) = bytes.split_first_chunk::<4>().ok_or(Damage::Short)?;
    if crc32fast::hash(rest) != u32::from_le_bytes(*checksum) {
        return Err(Damage::Checksum);
    }
    let (count, rest) = rest.split_first_chunk::<4>().ok_or(Damage::Short)?;
    if u32::from_le_bytes(*count) != records {
        return Err(Damage::Count);
    }
    let table_bytes = (records as usize).checked_mul(LENGTHS_BYTES).ok_or(Damage::Short)?;
    let table = rest.get(..table_bytes).ok_or(Damage::Short)?;
    // at most 2^32 pairs of u32: the sum fits in 65 bits, so it is capped rather than wrapped
    let sum = lengths(table).fold(0_u64, |sum, (key, value)| {
        sum.saturating_add(u64::from(key)).saturating_add(u64::from(value.unwrap_or(0)))
    });
    if sum != (rest.len() - table_bytes) as u64 {
        return Err(Damage::Lengths);
    }
    Ok(slices(bytes.slice(HEAD_BYTES..HEAD_BYTES + table_bytes), bytes.slice(HEAD_BYTES + table_bytes..)))
}

/// Key and value lengths of a table of lengths.
fn lengths(table: &[u8]) -> impl Iterator<Item = (u32, Option<u32>)> + '_ {
    table.as_chunks::<LENGTHS_BYTES>().0.iter().map(|&[a, b, c, d, e, f, g, h]| {
        let value = u32::from_le_bytes([e, f, g, h]);
        (u32::from_le_bytes([a, b, c, d]), (value != TOMBSTONE).then_some(value))
    })
}

/// Records of a frame whose lengths were checked to add up to `contents`.
fn slices(table: Bytes, mut contents: Bytes) -> impl Iterator<Item = Record> {
    let mut index = 0;
    std::iter::from_fn(move || {
        let (key, value) = lengths(table.get(index..)?).next()?;
        index += LENGTHS_BYTES;
        Some(Record {
            key: contents.split_to(key as usize),
            value: value.map(|length| contents.split_to(length as usize)),
        })
    })
}

#[cfg(test)]
mod tests {
    use proptest::collection::vec;
    use proptest::prelude::*;

    use super::*;

    fn record() -> impl Strategy<Value = Record> {
        let bytes = || vec(any::<u8>(), 0..40).prop_map(Bytes::from);
        (bytes(), proptest::option::of(bytes())).prop_map(|(key, value)| Record { key, value })
    }

    fn read(bodies: Vec<Body>) -> Vec<Record> {
        let read = |body: Body| decode(&Bytes::from(body.bytes), body.records).unwrap().collect::<Vec<_>>();
        bodies.into_iter().flat_map(read).collect()
    }

    proptest! {
        #[test]
        fn what_was_written_is_read(records in vec(record(), 0..50)) {
            prop_assert_eq!(read(encode(&records).unwrap()), records);
        }

        #[test]
        fn no_changed_bit_goes_unseen(records in vec(record(), 1..20), at in any::<prop::sample::Index>(), bit in 0..8) {
            let body = encode(&records).unwrap().remove(0);
            let mut bytes = body.bytes;
            let at = at.index(bytes.len());
            bytes[at] ^= 1_u8 << bit;
            prop_assert!(decode(&Bytes::from(bytes), body.records).is_err());
        }

        #[test]
        fn no_cut_goes_unseen(records in vec(record(), 1..20), at in any::<prop::sample::Index>()) {
            let body = encode(&records).unwrap().remove(0);
            let at = at.index(body.bytes.len());
            prop_assert!(decode(&Bytes::from(body.bytes).slice(..at), body.records).is_err());
        }

        /// A checksum that matches does not make lengths true: somebody may have written it on purpose.
        #[test]
        fn arbitrary_bytes_with_a_true_checksum_never_panic(rest in vec(any::<u8>(), 0..100), count in 0_u32..8) {
            let mut bytes = crc32fast::hash(&rest).to_le_bytes().to_vec();
            bytes.extend(rest);
            let bytes = Bytes::from(bytes);
            if let Ok(records) = decode(&bytes, count) {
                prop_assert_eq!(records.count(), count as usize);
            }
        }
    }

    #[test]
    fn lengths_that_lie_under_a_true_checksum_are_seen() {
        let body = encode(&[Record { key: Bytes::from_static(b"key"), value: None }]).unwrap().remove(0);
        let mut bytes = body.bytes;
        bytes[8] = 200;
        let checksum = crc32fast::hash(&bytes[4..]);
        bytes[..4].copy_from_slice(&checksum.to_le_bytes());
        let bytes = Bytes::from(bytes);
        assert_eq!(decode(&bytes, 1).err(), Some(Damage::Lengths));
        assert_eq!(decode(&bytes, 2).err(), Some(Damage::Count));
    }

    #[test]
    fn frames_are_cut_at_their_bounds() {
        let record = |bytes: usize| Record { key: Bytes::new(), value: Some(Bytes::from(vec![7; bytes])) };
        let many = vec![record(1); RECORDS_MAX + 1];
        let cut: Vec<_> = encode(&many).unwrap().iter().map(|body| body.records).collect();
        assert_eq!(cut, [4_096, 1]);

        let large =
            vec![record(FRAME_BYTES_MAX / 2), record(FRAME_BYTES_MAX / 2), record(FRAME_BYTES_MAX * 2)];
        let bodies = encode(&large).unwrap();
        assert_eq!(bodies.iter().map(|body| body.records).collect::<Vec<_>>(), [1, 1, 1]);
        assert_eq!(read(bodies), large);

        let refused = encode(&[record(RECORD_BYTES_MAX + 1)]).unwrap_err();
        assert_eq!((refused.kind(), refused.field()), (Kind::Rejected, "value"));
    }
}
