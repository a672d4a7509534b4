//! Where a partition goes on, and whether it may.

use uuid::Uuid;

use super::intent::{Intent, Pending};
use super::{Manifest, Why};
use crate::log::Topic;

/// What is known of a partition at the moment it is assigned.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// The group's offset and its metadata.
    pub committed: Option<(u64, String)>,
    /// The oldest record.
    pub low: u64,
    /// Where the next record goes.
    pub high: u64,
    /// The topic's id.
    pub id: Uuid,
    /// Partitions of the topic.
    pub partitions: u16,
    /// What the store knows of this epoch, asked where [`Found::asks_the_store`].
    pub reached: Option<u64>,
}

impl Found {
    /// Does what the store knows decide where to go on? Where the group has no place in this epoch, or one that the log
    /// does not reach back to.
    #[must_use]
    pub fn asks_the_store(&self, topic: Topic, manifest: Manifest) -> bool {
        match (&self.committed, place(topic, manifest, self)) {
            (None, _) | (_, Ok(None)) => true,
            (_, Ok(Some((next, _)))) => next < self.low,
            (_, Err(_)) => false,
        }
    }
}

/// Where it goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Start {
    /// The next record.
    pub next: u64,
    /// The range that begins there and may have been written: it is read again exactly.
    pub replay: Option<Pending>,
}

/// Decides it. A group that has forgotten its place, or has it in an earlier life of the topic, goes on behind what the
/// store knows, never from the start of what the store holds already. What the ledger has need not be read: that a gap
/// was accepted is an entry of it.
///
/// # Errors
/// What only an operator can decide.
pub fn start(topic: Topic, manifest: Manifest, found: &Found) -> Result<Start, Why> {
    if found.id != manifest.id {
        return Err(Why::Anew { found: found.id, manifest: manifest.id });
    }
    if found.partitions != manifest.partitions {
        return Err(Why::Partitions { found: found.partitions, manifest: manifest.partitions });
    }
    let behind = found.reached.map(|reached| reached.saturating_add(1));
    // rows carry versions: where a table's place is forgotten, all of it is read again
    let known = behind.filter(|_| topic == Topic::Events);
    let (mut next, mut replay) =
        place(topic, manifest, found)?.unwrap_or_else(|| (known.unwrap_or(found.low), None));
    if next < found.low {
        let passed = behind.filter(|behind| *behind >= found.low);
        next = passed.ok_or(Why::Trimmed { next, low: found.low })?;
        replay = None;
    }
    let behind = replay.map_or(next, |pending| pending.last.saturating_add(1));
    if behind > found.high {
        return Err(Why::Ahead { next: behind, high: found.high });
    }
    Ok(Start { next, replay })
}

/// Where the group stands in this epoch, and what it was about to write there.
fn place(topic: Topic, manifest: Manifest, found: &Found) -> Result<Option<(u64, Option<Pending>)>, Why> {
    let Some((offset, metadata)) = &found.committed else { return Ok(None) };
    // an operator's tool sets an offset without any
    if metadata.is_empty() {
        return Ok(Some((*offset, None)));
    }
    let intent = Intent::parse(metadata).filter(|intent| intent.topic == topic).ok_or(Why::Foreign)?;
    if intent.epoch > manifest.epoch {
        return Err(Why::Epoch { committed: intent.epoch, manifest: manifest.epoch });
    }
    // an epoch is only begun by somebody who knows that what the one before held unread is lost
    if intent.epoch < manifest.epoch {
        return Ok(None);
    }
    match intent.pending {
        Some(pending) if pending.first != *offset => Err(Why::Foreign),
        pending => Ok(Some((*offset, pending))),
    }
}

#[cfg(test)]
mod tests {
    use nova_core::model::Timestamp;

    use super::*;

    const MANIFEST: Manifest = Manifest { id: Uuid::nil(), epoch: 2, partitions: 12 };
    const PENDING: Pending = Pending {
        first: 40,
        last: 49,
        records: 10,
        kept: 9,
        hash: 1,
        codec: 1,
        sealed_at: Timestamp::from_millis(1_000),
    };

    fn found(committed: Option<(u64, Option<Intent>)>) -> Found {
        let committed = committed
            .map(|(offset, intent)| (offset, intent.map_or_else(String::new, |intent| intent.to_string())));
        Found { committed, low: 10, high: 100, id: Uuid::nil(), partitions: 12, reached: None }
    }

    fn of(epoch: u32, pending: Option<Pending>) -> Option<Intent> {
        Some(Intent { topic: Topic::Events, epoch, pending })
    }

    fn decide(found: &Found) -> Result<Start, Why> {
        start(Topic::Events, MANIFEST, found)
    }

    #[test]
    fn it_goes_on_where_the_group_stands_and_repeats_what_was_intended() {
        assert_eq!(decide(&found(Some((40, of(2, None))))), Ok(Start { next: 40, replay: None }));
        assert_eq!(
            decide(&found(Some((40, of(2, Some(PENDING)))))),
            Ok(Start { next: 40, replay: Some(PENDING) })
        );
        assert_eq!(decide(&found(Some((40, None)))), Ok(Start { next: 40, replay: None }));
        assert_eq!(decide(&found(Some((100, of(2, None))))), Ok(Start { next: 100, replay: None }));
    }

    #[test]
    fn a_group_without_a_place_goes_on_behind_what_the_store_knows() {
        assert_eq!(decide(&found(None)), Ok(Start { next: 10, replay: None }));
        let known = Found { reached: Some(59), ..found(None) };
        assert_eq!(decide(&known), Ok(Start { next: 60, replay: None }));
        let elsewhere = Found { reached: Some(100), ..found(None) };
        assert_eq!(decide(&elsewhere), Err(Why::Ahead { next: 101, high: 100 }));
    }

    #[test]
    fn a_place_in_an_earlier_life_of_the_topic_is_none() {
        let earlier = found(Some((40, of(1, Some(PENDING)))));
        assert!(earlier.asks_the_store(Topic::Events, MANIFEST));
        assert_eq!(decide(&earlier), Ok(Start { next: 10, replay: None }));
        let known = Found { reached: Some(19), ..earlier };
        assert_eq!(decide(&known), Ok(Start { next: 20, replay: None }));
    }

    #[test]
    fn a_gap_that_is_in_the_ledger_is_passed() {
        for place in [None, Some(Pending { first: 4, last: 30, ..PENDING })] {
            let gone = found(Some((4, of(2, place))));
            assert!(gone.asks_the_store(Topic::Events, MANIFEST));
            let gap = Why::Trimmed { next: 4, low: 10 };
            assert_eq!(decide(&gone), Err(gap.clone()));
            assert_eq!(decide(&Found { reached: Some(8), ..gone.clone() }), Err(gap));
            let accepted = Found { reached: Some(9), ..gone };
            assert_eq!(decide(&accepted), Ok(Start { next: 10, replay: None }));
            assert_eq!(
                decide(&Found { reached: Some(30), ..accepted }),
                Ok(Start { next: 31, replay: None })
            );
        }
        assert!(!found(Some((40, of(2, None)))).asks_the_store(Topic::Events, MANIFEST));
    }

    #[test]
    fn a_topic_that_was_made_anew_stops_whatever_its_offsets_say() {
        let id = Uuid::from_u128(7);
        for found in [found(None), found(Some((40, of(2, None)))), found(Some((101, None)))] {
            let anew = Found { id, reached: Some(9), ..found };
            assert_eq!(decide(&anew), Err(Why::Anew { found: id, manifest: Uuid::nil() }));
        }
    }

    #[test]
    fn what_does_not_fit_stops() {
        let other = Found { partitions: 13, ..found(None) };
        assert_eq!(decide(&other), Err(Why::Partitions { found: 13, manifest: 12 }));
        assert_eq!(decide(&found(Some((9, of(2, None))))), Err(Why::Trimmed { next: 9, low: 10 }));
        assert_eq!(decide(&found(Some((101, of(2, None))))), Err(Why::Ahead { next: 101, high: 100 }));
        let later = decide(&found(Some((40, of(3, None)))));
        assert_eq!(later, Err(Why::Epoch { committed: 3, manifest: 2 }));
        assert_eq!(decide(&found(Some((41, of(2, Some(PENDING)))))), Err(Why::Foreign));
        let cut = Found { high: 49, ..found(Some((40, of(2, Some(PENDING))))) };
        assert_eq!(decide(&cut), Err(Why::Ahead { next: 50, high: 49 }));
        let foreign = Found { committed: Some((40, "hello".to_owned())), ..found(None) };
        assert_eq!(decide(&foreign), Err(Why::Foreign));
    }
}
