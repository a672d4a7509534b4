//! Records of one partition on their way from the poller to the lane: one buffer for many, none of its own for each.

use nova_core::model::Timestamp;

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
}

impl Raw<'_> {
    /// What it takes.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.key.len() + self.value.map_or(0, <[u8]>::len)
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
    /// Where the key ends and the value begins; it ends where the next key begins.
    value: usize,
    end: usize,
    tombstone: bool,
}

impl Chunk {
    /// Copies a record behind those that are there.
    pub fn push(&mut self, record: Raw<'_>) {
        self.bytes.extend_from_slice(record.key);
        let value = self.bytes.len();
        self.bytes.extend_from_slice(record.value.unwrap_or_default());
        self.heads.push(Head {
            offset: record.offset,
            received_at: record.received_at,
            value,
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
            value: (!head.tombstone).then(|| &self.bytes[head.value..head.end]),
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
    use super::*;

    #[test]
    fn records_come_out_as_they_went_in() {
        let at = Timestamp::from_micros;
        let records: [Raw<'_>; 3] = [
            Raw { offset: 3, received_at: at(1), key: b"key", value: Some(b"value") },
            Raw { offset: 7, received_at: at(2), key: b"", value: None },
            Raw { offset: 8, received_at: at(2), key: b"k", value: Some(b"") },
        ];
        let mut chunk = Chunk::default();
        records.iter().for_each(|record| chunk.push(*record));
        assert_eq!(chunk.len(), 3);
        assert!((0..3).all(|index| chunk.get(index) == Some(records[index])));
        assert_eq!(chunk.get(3), None);
    }
}
