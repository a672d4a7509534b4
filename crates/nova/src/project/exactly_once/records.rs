//! Records of one partition on their way from the poller to the lane: one buffer for many, none of its own for each.

use bytes::Bytes;
use nova_core::model::Timestamp;
use rdkafka::message::{BorrowedHeaders, Headers as _};

use crate::log::Headers;

/// A record as it lies in a [`Chunk`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Raw<'a> {
    /// Its offset.
    pub offset: u64,
    /// When the log received it.
    pub received_at: Timestamp,
    /// Its key.
    pub key: &'a [u8],
    /// Its bytes; `None` is a tombstone.
    pub value: Option<&'a [u8]>,
    /// What stands beside it, packed: most records have nothing there, and only letters need it.
    pub headers: Packed<'a>,
}

/// Headers as bytes: of each its name, then its value, both with one more than their length before them (0: there is
/// none).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Packed<'a>(&'a [u8]);

impl Raw<'_> {
    /// What it takes.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.key.len() + self.value.map_or(0, <[u8]>::len) + self.headers.0.len()
    }
}

impl<'a> Packed<'a> {
    /// Packs what Kafka's client has into a buffer.
    pub(super) fn pack(found: Option<&BorrowedHeaders>, buffer: &'a mut Vec<u8>) -> Self {
        for header in found.into_iter().flat_map(|found| found.iter()) {
            for piece in [Some(header.key.as_bytes()), header.value] {
                // a record is below 4 GiB
                buffer.extend(piece.map_or(0, |piece| piece.len() as u32 + 1).to_be_bytes());
                buffer.extend(piece.unwrap_or_default());
            }
        }
        Self(buffer)
    }

    /// Each of them.
    #[must_use]
    pub fn unpack(self) -> Headers {
        let (mut rest, mut headers) = (self.0, Headers::new());
        while let Some((name, behind)) = piece(rest)
            && let Some((value, behind)) = piece(behind)
        {
            let name = String::from_utf8_lossy(name.unwrap_or_default()).into_owned();
            headers.push((name, value.map(Bytes::copy_from_slice)));
            rest = behind;
        }
        headers
    }
}

/// What stands first in packed bytes, and the rest.
fn piece(bytes: &[u8]) -> Option<(Option<&[u8]>, &[u8])> {
    let (length, rest) = bytes.split_first_chunk()?;
    match u32::from_be_bytes(*length).checked_sub(1) {
        None => Some((None, rest)),
        Some(length) => rest.split_at_checked(length as usize).map(|(piece, rest)| (Some(piece), rest)),
    }
}

/// Records of one partition, by offset.
#[derive(Debug, Default)]
pub struct Chunk {
    bytes: Vec<u8>,
    heads: Vec<Head>,
}

#[derive(Debug, Clone, Copy)]
struct Head {
    offset: u64,
    received_at: Timestamp,
    /// Where the key ends and the value begins, where the headers begin, and where they end and the next key begins.
    value: usize,
    headers: usize,
    end: usize,
    tombstone: bool,
}

impl Chunk {
    /// Empty, with room for as much as is in this one: what comes next is mostly alike.
    #[must_use]
    pub fn like(&self) -> Self {
        let (bytes, heads) = (self.bytes.len(), self.heads.len());
        Self { bytes: Vec::with_capacity(bytes), heads: Vec::with_capacity(heads) }
    }

    /// Copies a record behind those that are there.
    pub fn push(&mut self, record: Raw<'_>) {
        self.bytes.extend_from_slice(record.key);
        let value = self.bytes.len();
        self.bytes.extend_from_slice(record.value.unwrap_or_default());
        let headers = self.bytes.len();
        self.bytes.extend_from_slice(record.headers.0);
        self.heads.push(Head {
            offset: record.offset,
            received_at: record.received_at,
            value,
            headers,
            end: self.bytes.len(),
            tombstone: record.value.is_none(),
        });
    }

    /// The record at this place.
    #[must_use]
    pub fn get(&self, index: usize) -> Option<Raw<'_>> {
        let head = self.heads.get(index)?;
        let start = index.checked_sub(1).map_or(0, |before| self.heads[before].end);
        Some(Raw {
            offset: head.offset,
            received_at: head.received_at,
            key: &self.bytes[start..head.value],
            value: (!head.tombstone).then(|| &self.bytes[head.value..head.headers]),
            headers: Packed(&self.bytes[head.headers..head.end]),
        })
    }

    /// How many records.
    #[must_use]
    pub fn len(&self) -> usize {
        self.heads.len()
    }

    /// None.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.heads.is_empty()
    }

    /// What it takes.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.bytes.len() + self.heads.len() * size_of::<Head>()
    }
}

#[cfg(test)]
mod tests {
    use rdkafka::message::{Header, OwnedHeaders};

    use super::*;

    #[test]
    fn records_come_out_as_they_went_in() {
        let at = Timestamp::from_micros;
        let headers = OwnedHeaders::new()
            .insert(Header { key: "a", value: Some("1") })
            .insert(Header { key: "", value: None::<&str> })
            .insert(Header { key: "a", value: Some("") });
        let mut buffer = Vec::new();
        let packed = Packed::pack(Some(headers.as_borrowed()), &mut buffer);
        let none = Packed::default();
        let records: [Raw<'_>; 3] = [
            Raw { offset: 3, received_at: at(1), key: b"key", value: Some(b"value"), headers: packed },
            Raw { offset: 7, received_at: at(2), key: b"", value: None, headers: none },
            Raw { offset: 8, received_at: at(2), key: b"k", value: Some(b""), headers: packed },
        ];
        let mut chunk = Chunk::default();
        records.iter().for_each(|record| chunk.push(*record));
        assert_eq!(chunk.len(), 3);
        assert!((0..3).all(|index| chunk.get(index) == Some(records[index])));
        assert_eq!(chunk.get(3), None);
        let bytes = |text: &'static str| Some(Bytes::from_static(text.as_bytes()));
        let unpacked = [("a".to_owned(), bytes("1")), (String::new(), None), ("a".to_owned(), bytes(""))];
        assert_eq!(chunk.get(2).unwrap().headers.unpack(), unpacked);
        assert!(chunk.get(1).unwrap().headers.unpack().is_empty());
    }
}
