//! A dead letter as a row of the table.

use bytes::Bytes;
use clickhouse::Row;
use nova_core::error::{Error, Kind, Result};
use nova_core::model::Timestamp;
use serde::de::Visitor;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::log::{DeadLetter, Place, Reason, Topic};

/// A letter, or what became of it.
#[derive(Debug, Clone, PartialEq, Eq, Row, Serialize, Deserialize)]
pub(super) struct LetterRow {
    topic: String,
    partition: u16,
    offset: u64,
    pub(super) epoch: u32,
    reason: String,
    detail: String,
    key: Raw,
    value: Option<Raw>,
    headers: Vec<(String, Option<Raw>)>,
    received_at: i64,
    buried_at: i64,
    requeued_at: Option<i64>,
    version: u128,
}

/// A place, and whether its letter waits to be put back.
#[derive(Debug, Clone, PartialEq, Eq, Row, Serialize, Deserialize)]
pub(super) struct Waiting {
    topic: String,
    partition: u16,
    offset: u64,
    pub(super) waiting: u8,
}

/// A place, and the last epoch of which a letter is held.
#[derive(Debug, Clone, PartialEq, Eq, Row, Serialize, Deserialize)]
pub(super) struct Held {
    topic: String,
    partition: u16,
    offset: u64,
    pub(super) epoch: u32,
}

/// A place.
#[derive(Debug, Clone, PartialEq, Eq, Row, Serialize, Deserialize)]
pub(super) struct Placed {
    topic: String,
    partition: u16,
    offset: u64,
}

impl LetterRow {
    pub(super) fn new(letter: &DeadLetter, epoch: u32) -> Self {
        Self {
            topic: letter.place.topic.name().to_owned(),
            partition: letter.place.partition,
            offset: letter.place.offset,
            epoch,
            reason: letter.reason.name().to_owned(),
            detail: letter.detail.clone(),
            key: Raw(letter.key.clone()),
            value: letter.value.clone().map(Raw),
            headers: letter
                .headers
                .iter()
                .map(|(name, value)| (name.clone(), value.clone().map(Raw)))
                .collect(),
            received_at: letter.received_at.micros(),
            buried_at: letter.buried_at.micros(),
            requeued_at: letter.requeued_at.map(Timestamp::micros),
            version: version(letter, epoch),
        }
    }

    /// The letter.
    ///
    /// # Errors
    /// `Corrupt` where its words are none of ours.
    pub(super) fn letter(self) -> Result<DeadLetter> {
        let reason = Reason::named(&self.reason)
            .ok_or_else(|| corrupt(format!("a dead letter has the unknown reason {:?}", self.reason)))?;
        Ok(DeadLetter {
            place: place(&self.topic, self.partition, self.offset)?,
            reason,
            detail: self.detail,
            key: self.key.0,
            value: self.value.map(|value| value.0),
            headers: self
                .headers
                .into_iter()
                .map(|(name, value)| (name, value.map(|Raw(bytes)| bytes)))
                .collect(),
            received_at: Timestamp::from_micros(self.received_at),
            buried_at: Timestamp::from_micros(self.buried_at),
            requeued_at: self.requeued_at.map(Timestamp::from_micros),
        })
    }
}

impl Waiting {
    pub(super) fn place(&self) -> Result<Place> {
        place(&self.topic, self.partition, self.offset)
    }
}

impl Held {
    pub(super) fn place(&self) -> Result<Place> {
        place(&self.topic, self.partition, self.offset)
    }
}

impl Placed {
    pub(super) fn place(&self) -> Result<Place> {
        place(&self.topic, self.partition, self.offset)
    }
}

/// Of the rows of a place the greatest holds: a later epoch, then put back (the last time), then put aside (the first
/// time: a replay that meets the record again changes nothing).
fn version(letter: &DeadLetter, epoch: u32) -> u128 {
    let micros = |time: Timestamp| u64::try_from(time.micros()).unwrap_or(0);
    let (rank, tick) = match letter.requeued_at {
        None => (0, u64::MAX - micros(letter.buried_at)),
        Some(at) => (1, micros(at)),
    };
    u128::from(epoch) << 96 | rank << 64 | u128::from(tick)
}

fn place(topic: &str, partition: u16, offset: u64) -> Result<Place> {
    let topic = Topic::named(topic)
        .ok_or_else(|| corrupt(format!("a dead letter is of the unknown topic {topic:?}")))?;
    Ok(Place { topic, partition, offset })
}

fn corrupt(why: String) -> Error {
    Error::new(Kind::Corrupt, "dead.list", why)
}

/// Bytes of a column that need not be text.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Raw(Bytes);

impl Serialize for Raw {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_bytes(&self.0)
    }
}

impl<'de> Deserialize<'de> for Raw {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Reads;

        impl Visitor<'_> for Reads {
            type Value = Raw;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("bytes")
            }

            fn visit_bytes<E: serde::de::Error>(self, bytes: &[u8]) -> Result<Raw, E> {
                Ok(Raw(Bytes::copy_from_slice(bytes)))
            }

            fn visit_byte_buf<E: serde::de::Error>(self, bytes: Vec<u8>) -> Result<Raw, E> {
                Ok(Raw(Bytes::from(bytes)))
            }
        }

        // the error as it is: one of them asks for more bytes
        deserializer.deserialize_byte_buf(Reads)
    }
}
