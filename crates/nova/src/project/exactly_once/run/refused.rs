//! Letters of what was read well and the store will never take: with the bytes that stand in the log.

use bytes::Bytes;
use nova_core::error::{Error, Result};

use super::Ground;
use crate::ingest::event;
use crate::log::kafka::{Original, originals};
use crate::log::{DeadLetter, Headers, Reason, Record};
use crate::project::exactly_once::Refused;
use crate::store::{Fact, Placed};

/// Characters that are kept of what the store said; it may quote what it was sent.
const SAID_CHARS_MAX: usize = 500;

/// What the store said, on one line: its own words, which name the rule or the column, or the sentence where it had none.
pub(in crate::project::exactly_once) fn said(error: &Error) -> String {
    let own = std::error::Error::source(error).map_or_else(|| error.detail().to_owned(), ToString::to_string);
    let line = |c: char| if c.is_control() { ' ' } else { c };
    own.chars().map(line).take(SAID_CHARS_MAX).collect()
}

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

#[cfg(test)]
mod tests {
    use nova_core::error::Kind;

    use super::*;

    #[test]
    fn the_stores_own_words_are_kept_on_one_line_and_bounded() {
        let error = || Error::new(Kind::Rejected, "store.insert", "it cannot be read");
        assert_eq!(said(&error()), "it cannot be read");
        assert_eq!(
            said(&error().with_source("Code: 469.\nConstraint `rule`")),
            "Code: 469. Constraint `rule`"
        );
        assert_eq!(said(&error().with_source("\u{e4}".repeat(9_000))), "\u{e4}".repeat(SAID_CHARS_MAX));
    }
}
