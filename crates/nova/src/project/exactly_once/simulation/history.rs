//! Records as the world writes them, and what one reader without a care would make of them.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use nova_core::model::{Action, Event, EventId, PostId, Timestamp, UserId};
use rand::RngExt as _;
use rand::rngs::StdRng;

use super::SPAN;
use crate::ingest::event;

/// A record of a partition.
#[derive(Debug, Clone)]
pub(super) struct Line {
    pub(super) offset: u64,
    pub(super) received_at: Timestamp,
    pub(super) value: Option<Vec<u8>>,
}

/// One partition: its records, by offset, with holes.
#[derive(Debug, Default)]
pub(super) struct Log {
    pub(super) lines: Vec<Line>,
    /// Of the topic before it was made anew: gone from the log, kept in the store.
    pub(super) earlier: Vec<Line>,
    pub(super) high: u64,
}

/// What became of one record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fate {
    Kept(UserId, EventId),
    Copy,
    Buried,
    /// Well as it is, and refused by the store.
    Refused,
    /// A copy of that: told where the other is of the same range, refused otherwise.
    RefusedCopy,
}

/// Is this one of the events that the store never takes?
pub(super) const fn is_refused(event: EventId) -> bool {
    event.bits().is_multiple_of(23)
}

impl Log {
    /// Empty, of a topic that had records before it was made anew.
    pub(super) fn anew(rng: &mut StdRng, partition: u16, now: Timestamp) -> Self {
        let mut earlier = Self { high: rng.random_range(0..100), ..Self::default() };
        for _ in 0..rng.random_range(0..12) {
            earlier.write(rng, partition, now);
        }
        Self { earlier: earlier.lines, ..Self::default() }
    }

    /// Writes one more: an event, a copy of an earlier record, an old or undated event, poison.
    pub(super) fn write(&mut self, rng: &mut StdRng, partition: u16, now: Timestamp) {
        if rng.random_ratio(1, 40) {
            self.high += 1;
        }
        let mut before =
            |seconds: std::ops::Range<u64>| now.minus(Duration::from_secs(rng.random_range(seconds)));
        let (lately, once) = (before(0..30), before(1..SPAN.keep.as_secs()));
        let value = match rng.random_range(0..100) {
            0..25 if !self.lines.is_empty() => {
                self.lines[rng.random_range(0..self.lines.len())].value.clone()
            }
            // the writer was not answered before the topic was made anew, and sends it again
            25..32 if !self.earlier.is_empty() => {
                self.earlier[rng.random_range(0..self.earlier.len())].value.clone()
            }
            32..36 => Some(b"{\"event_id\":".to_vec()),
            36 => None,
            37..47 => Some(encoded(rng, partition, once)),
            47..50 => Some(encoded(rng, partition, now.minus(SPAN.keep + Duration::from_secs(5)))),
            50..55 => event::encode_undated(&some(rng, partition, now)).value.map(|value| value.to_vec()),
            _ => Some(encoded(rng, partition, lately)),
        };
        self.lines.push(Line { offset: self.high, received_at: now, value });
        self.high += 1;
    }

    /// Each record's fate: the first of an identity counts, whenever the others come.
    pub(super) fn fates(&self) -> BTreeMap<u64, Fate> {
        self.of_both().1
    }

    /// The same of the earlier records.
    pub(super) fn earlier_fates(&self) -> BTreeMap<u64, Fate> {
        self.of_both().0
    }

    fn of_both(&self) -> (BTreeMap<u64, Fate>, BTreeMap<u64, Fate>) {
        let mut seen = BTreeSet::new();
        let mut fate = |line: &Line| match event::decode(line.value.as_deref(), line.received_at) {
            Ok(event) if event.time < line.received_at.minus(SPAN.keep) => Fate::Buried,
            Ok(event) => match (seen.insert((event.user, event.id)), is_refused(event.id)) {
                (true, false) => Fate::Kept(event.user, event.id),
                (false, false) => Fate::Copy,
                (true, true) => Fate::Refused,
                (false, true) => Fate::RefusedCopy,
            },
            Err(_) => Fate::Buried,
        };
        let mut fates = |lines: &[Line]| lines.iter().map(|line| (line.offset, fate(line))).collect();
        (fates(&self.earlier), fates(&self.lines))
    }
}

fn some(rng: &mut StdRng, partition: u16, time: Timestamp) -> Event {
    Event {
        id: EventId::from_bits(rng.random::<u128>() | 1 << 63),
        time,
        // users of one partition alone: the key decides it
        user: UserId::from_integer(u64::from(partition) * 100 + rng.random_range(1..8_u64)),
        post: PostId::from_integer(rng.random_range(1..50_u64)),
        author: None,
        action: Action::Click,
        dwell_ms: None,
        device: None,
        app_ver: None,
    }
}

fn encoded(rng: &mut StdRng, partition: u16, time: Timestamp) -> Vec<u8> {
    event::encode(&some(rng, partition, time)).value.expect("an event has one").to_vec()
}
