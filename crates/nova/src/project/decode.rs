//! Entries of the log become facts or dead letters, whatever their bytes.

use nova_core::model::Timestamp;

use crate::ingest::{change, event};
use crate::log::{Batch, DeadLetter, Entry, Positions, Topic};
use crate::metrics;
use crate::store::{Fact, Placed};

/// A batch, decoded.
#[derive(Debug, Default)]
pub(super) struct Decoded {
    pub(super) facts: Vec<Placed>,
    /// What can never be applied.
    pub(super) letters: Vec<DeadLetter>,
    pub(super) upto: Positions,
}

/// Decodes all of a batch; a record that cannot be read does not stop the others.
pub(super) fn batch(mapping: &change::Mapping, batch: Batch, now: Timestamp) -> Decoded {
    let mut decoded =
        Decoded { facts: Vec::with_capacity(batch.entries.len()), upto: batch.upto, letters: Vec::new() };
    for entry in batch.entries {
        match fact(mapping, &entry) {
            Ok(Some(fact)) => {
                decoded.facts.push(Placed { place: entry.place, received_at: entry.received_at, fact });
            }
            Ok(None) => {}
            Err(why) => decoded.letters.push(DeadLetter {
                place: entry.place,
                reason: why.reason,
                detail: why.detail,
                key: entry.record.key,
                value: entry.record.value,
                headers: Vec::new(),
                received_at: entry.received_at,
                buried_at: now,
                requeued_at: None,
            }),
        }
    }
    decoded
}

fn fact(mapping: &change::Mapping, entry: &Entry) -> Result<Option<Fact>, crate::ingest::Undecodable> {
    let value = entry.record.value.as_deref();
    match entry.place.topic {
        Topic::Events => event::decode(value, entry.received_at).map(|event| Some(Fact::Event(event))),
        Topic::Change(table) => {
            match change::decode(mapping, table, &entry.record.key, value, entry.received_at)? {
                change::Decoded::Change { change, unknown_columns } => {
                    metrics::columns_passed_over(unknown_columns);
                    Ok(Some(Fact::Change(change)))
                }
                change::Decoded::Skipped(_) => Ok(None),
            }
        }
    }
}
