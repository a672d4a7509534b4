//! The records of one range: gathered and decoded, then decided.

use std::hash::Hasher as _;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use nova_core::model::{EventId, Timestamp, UserId};
use siphasher::sip::SipHasher13;

use super::intent::{CODEC, Pending};
use super::records::Raw;
use super::window::{Span, Window};
use super::{Block, Entry, Held, Range};
use crate::ingest::{Undecodable, event};
use crate::log::{DeadLetter, Place, Reason, Topic};
use crate::store::{Fact, Placed};

/// When a range is closed, whichever comes first; a change of day (UTC, of receipt) closes it too: one insert is one
/// part. And for how long its token is relied on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Records of it, at most.
    pub records_max: usize,
    /// Bytes of its records, at most, and one record more.
    pub bytes_max: usize,
    /// Since its first record was taken.
    pub age_max: Duration,
    /// A token is taken to be remembered while the store took fewer blocks than this since its range was closed.
    pub blocks_max: u64,
}

/// A tenth of what every table remembers (`non_replicated_deduplication_window`, 100,000). The ledger, which is asked,
/// has an entry for each range: a margin for the parts of those that were halved, for fresh tokens, for what is not in
/// the ledger yet, and for clocks that differ.
const BLOCKS_MAX: u64 = 10_000;

impl Default for Limits {
    /// 50,000 records, 16 MiB, 800 ms, so that of a thin stream too most is visible within a second; 10,000 blocks.
    fn default() -> Self {
        Self {
            records_max: 50_000,
            bytes_max: 16 << 20,
            age_max: Duration::from_millis(800),
            blocks_max: BLOCKS_MAX,
        }
    }
}

/// Records that follow each other, decoded, in the order of the log.
#[derive(Debug)]
pub(super) struct Batch {
    /// Right behind the range before it, whether a record stands there or not.
    first: u64,
    last: u64,
    records: usize,
    bytes: usize,
    day: i32,
    /// When its first record was taken.
    pub(super) began: Timestamp,
    events: Vec<Placed>,
    /// Places among the events of which the store must be asked.
    late: Vec<u32>,
    pub(super) letters: Vec<DeadLetter>,
}

impl Batch {
    /// Empty; `like` is how many events it may hold.
    pub(super) fn new(first: u64, like: usize) -> Self {
        Self {
            first,
            last: first,
            records: 0,
            bytes: 0,
            day: 0,
            began: Timestamp::from_micros(0),
            events: Vec::with_capacity(like),
            late: Vec::new(),
            letters: Vec::new(),
        }
    }

    pub(super) const fn is_empty(&self) -> bool {
        self.records == 0
    }

    /// Does this record still belong to it? Of a range that is read again nothing decides but the range.
    pub(super) fn takes(&self, record: &Raw<'_>, limits: &Limits, replay: Option<&Pending>) -> bool {
        if let Some(pending) = replay {
            return record.offset <= pending.last;
        }
        self.is_empty() || !self.is_full(limits) && record.received_at.day() == self.day
    }

    pub(super) const fn is_full(&self, limits: &Limits) -> bool {
        self.records >= limits.records_max || self.bytes >= limits.bytes_max
    }

    /// The last record taken.
    pub(super) const fn last(&self) -> u64 {
        self.last
    }

    /// Where it begins.
    pub(super) const fn first(&self) -> u64 {
        self.first
    }

    /// The next offset it may take.
    pub(super) const fn due(&self) -> u64 {
        if self.is_empty() { self.first } else { self.last + 1 }
    }

    /// How many events the next one may have.
    pub(super) const fn size_hint(&self) -> usize {
        self.events.len()
    }

    /// Takes the next record; `true` when it is to be put aside.
    pub(super) fn take(&mut self, partition: u16, record: &Raw<'_>, span: &Span, now: Timestamp) -> bool {
        if self.is_empty() {
            self.began = now;
            self.day = record.received_at.day();
        }
        self.last = record.offset;
        self.records += 1;
        self.bytes += record.bytes();
        let place = Place { topic: Topic::Events, partition, offset: record.offset };
        let received_at = record.received_at;
        let why = match event::decode(record.value, received_at) {
            Ok(event) if span.is_too_old(&event, received_at) => {
                Undecodable::new(Reason::TooOld, "event_time: lies before what the store still holds")
            }
            Ok(event) => {
                if span.is_late(&event, received_at) {
                    // a batch has at most `records_max` of them
                    self.late.push(self.events.len() as u32);
                }
                self.events.push(Placed { place, received_at, fact: Fact::Event(event) });
                return false;
            }
            Err(why) => why,
        };
        self.letters.push(letter(place, record, why, now));
        true
    }

    /// Identities that the store is to be asked about: of what is late, or of all.
    pub(super) fn questions(&self, all: bool) -> Vec<(UserId, EventId)> {
        let identity = |placed: &Placed| match &placed.fact {
            Fact::Event(event) => Some((event.user, event.id)),
            Fact::Change(_) => None,
        };
        if all {
            return self.events.iter().filter_map(identity).collect();
        }
        self.late.iter().filter_map(|at| self.events.get(*at as usize).and_then(identity)).collect()
    }

    /// Takes the copies out. `told` answers [`Batch::questions`], in order.
    pub(super) fn decide(
        self,
        window: &mut Window,
        all: bool,
        told: &[Option<Held>],
        range: Range,
        now: Timestamp,
    ) -> Decided {
        let Self { records, mut events, late, letters, .. } = self;
        let decoded = events.len();
        let (mut place, mut late) = (0, late.into_iter().peekable());
        let mut told = told.iter().copied();
        let mut hash = SipHasher13::new();
        events.retain(|placed| {
            let Fact::Event(event) = &placed.fact else { return false };
            let asked = all || late.next_if_eq(&place).is_some();
            place += 1;
            let told = if asked { told.next().flatten() } else { None };
            let kept = window.keeps(event, placed.place.offset, placed.received_at, told);
            if kept {
                hash.write(&event.user.bits().to_be_bytes());
                hash.write(&event.id.bits().to_be_bytes());
            }
            kept
        });
        window.bound();
        let kept = events.len();
        let entry = Entry {
            range,
            records: records as u64,
            kept: kept as u64,
            duplicates: (decoded - kept) as u64,
            buried: letters.len() as u64,
            skipped: 0,
            hash: hash.finish(),
            sealed_at: Timestamp::from_millis(now.micros().div_euclid(1_000)),
            attempts: 0,
        };
        Decided { entry, block: Arc::new(Block { range, events }), letters: Arc::new(letters) }
    }

    pub(super) fn range(&self, epoch: u32, partition: u16) -> Range {
        Range { topic: Topic::Events, epoch, partition, first: self.first, last: self.last }
    }
}

/// A range of which it is decided what is written.
#[derive(Debug, Clone)]
pub(super) struct Decided {
    pub(super) entry: Entry,
    pub(super) block: Arc<Block>,
    pub(super) letters: Arc<Vec<DeadLetter>>,
}

impl Decided {
    /// What the next commit says of it.
    pub(super) const fn pending(&self) -> Pending {
        Pending {
            first: self.entry.range.first,
            last: self.entry.range.last,
            records: self.entry.records,
            kept: self.entry.kept,
            hash: self.entry.hash,
            codec: CODEC,
            sealed_at: self.entry.sealed_at,
        }
    }
}

/// A record that is put aside.
pub(super) fn letter(place: Place, record: &Raw<'_>, why: Undecodable, now: Timestamp) -> DeadLetter {
    DeadLetter {
        place,
        reason: why.reason,
        detail: why.detail,
        key: Bytes::copy_from_slice(record.key),
        value: record.value.map(Bytes::copy_from_slice),
        headers: record.headers.unpack(),
        received_at: record.received_at,
        buried_at: now,
        requeued_at: None,
    }
}
