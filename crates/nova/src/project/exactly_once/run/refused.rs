//! Letters of what was read well and the store will never take: with the bytes that stand in the log.

use bytes::Bytes;
use nova_core::error::Result;

use super::Ground;
use crate::ingest::event;
use crate::log::kafka::{Original, originals};
use crate::log::{DeadLetter, Headers, Reason, Record};
use crate::project::exactly_once::Refused;
use crate::store::{Fact, Placed};

impl Ground {
    /// A letter for each, of one partition, by offset; `None` when the log could not be asked.
    pub(in crate::project::exactly_once) async fn refused(
        &self,
        refused: &[Refused],
    ) -> Option<Vec<DeadLetter>> {
        self.within("read again", self.letters(refused)).await
    }

    /// The same with the error.
    pub(in crate::project::exactly_once) async fn letters(
        &self,
        refused: &[Refused],
    ) -> Result<Vec<DeadLetter>> {
        let Some(place) = refused.first().map(|refused| refused.placed.place) else { return Ok(Vec::new()) };
        let offsets = refused.iter().map(|refused| refused.placed.place.offset).collect();
        let mut found = originals(&self.config.kafka, place.topic, place.partition, offsets).await?;
        let now = self.clock.now();
        let letter = |Refused { placed, detail }: &Refused| {
            let original = found.remove(&placed.place.offset).unwrap_or_else(|| rebuilt(placed));
            let Original { record, headers, received_at } = original;
            DeadLetter {
                place: placed.place,
                reason: Reason::Refused,
                detail: detail.clone(),
                key: record.key,
                value: record.value,
                headers,
                received_at,
                buried_at: now,
                requeued_at: None,
            }
        };
        Ok(refused.iter().map(letter).collect())
    }
}

/// What the log has dropped meanwhile: an event as it would be written, of a change nothing but its place. That row is
/// the source's to send again.
fn rebuilt(placed: &Placed) -> Original {
    let record = match &placed.fact {
        Fact::Event(it) => event::encode(it),
        Fact::Change(_) => Record { key: Bytes::new(), value: None },
    };
    Original { record, headers: Headers::new(), received_at: placed.received_at }
}
