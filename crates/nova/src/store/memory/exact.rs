//! The deduplication behind the index: exact within a window of log time, by the archive in `dedup.db` beyond it.

use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use hashbrown::HashMap;
use nova_core::error::Result;
use nova_core::model::{Event, EventId, UserId};

use super::dedup::{self, Archive, Decision, Dedup, Key, Limits};
use super::identity::{Arrival, Frozen, Identities, Identity, Life};
use crate::log::Place;

/// Events that were new, never counted and may come again, at most. Beyond it an event that is given up stays
/// remembered as counted: putting it back has no effect.
const FORGOTTEN_MAX: usize = 1_000_000;

/// Where the offsets of the log begin that is read now, where there were others before: more than any of those had.
const LATER: u64 = 1 << 48;

/// By user and event id. Shared with a snapshot that is being written: then it is copied before it changes, once.
type Forgotten = HashMap<(UserId, EventId), Option<(u16, u64)>>;

/// Exact identities.
#[derive(Debug)]
pub struct Exact {
    dedup: Dedup,
    /// Remembered as met, but the next to come counts; with the place of the one that did, so that it is decided the
    /// same when it is given again.
    forgotten: Arc<Forgotten>,
    archive: PathBuf,
    limits: Limits,
    key: Key,
    /// Added to the offsets of the log that is read now.
    first: u64,
}

impl Exact {
    /// Opens the archive in `dir`, or creates it. `key` belongs to the directory.
    ///
    /// # Errors
    /// As the archive's.
    pub fn open(dir: &Path, limits: Limits, key: Key) -> Result<Self> {
        let archive = dir.join("dedup.db");
        let dedup = Dedup::new(&limits, key, Archive::open(&archive, key)?)?;
        Ok(Self { dedup, forgotten: Arc::default(), archive, limits, key, first: 0 })
    }

    /// There may have been other logs before. The same in every life of the directory.
    #[must_use]
    pub const fn after_others(mut self) -> Self {
        self.first = LATER;
        self
    }

    /// A number that rises over all lives.
    fn offset(&self, arrival: &Arrival<'_>) -> u64 {
        match arrival.life {
            Life::Earlier => arrival.place.offset.min(self.first.saturating_sub(1)),
            Life::Present => arrival.place.offset.saturating_add(self.first),
        }
    }

    /// A copy of what was given up counts, once.
    fn counts_after_all(&mut self, arrival: &Arrival<'_>) -> bool {
        let place = (arrival.place.partition, self.offset(arrival));
        let key = (arrival.event.user, arrival.event.id);
        match self.forgotten.get(&key) {
            None => false,
            Some(Some(counted)) => *counted == place,
            Some(None) => {
                Arc::make_mut(&mut self.forgotten).insert(key, Some(place));
                true
            }
        }
    }
}

impl Identities for Exact {
    fn decide(&mut self, arrivals: &[Arrival<'_>]) -> Result<Vec<Identity>> {
        let asked: Vec<dedup::Arrival> = arrivals
            .iter()
            .map(|arrival| dedup::Arrival {
                partition: arrival.place.partition,
                offset: self.offset(arrival),
                user: arrival.event.user,
                id: arrival.event.id,
                time: arrival.event.time,
                received_at: arrival.received_at,
            })
            .collect();
        let decisions = self.dedup.decide_batch(&asked)?;
        let identity = |(decision, arrival): (Decision, &Arrival<'_>)| match decision {
            Decision::New => Identity::New,
            Decision::Duplicate if self.counts_after_all(arrival) => Identity::New,
            Decision::Duplicate => Identity::Duplicate,
            Decision::TooOld => Identity::TooOld,
        };
        Ok(decisions.into_iter().zip(arrivals).map(identity).collect())
    }

    fn forget(&mut self, _: Place, event: &Event) {
        if self.forgotten.len() < FORGOTTEN_MAX {
            Arc::make_mut(&mut self.forgotten).insert((event.user, event.id), None);
        }
    }

    fn freeze(&mut self) -> Box<dyn Frozen> {
        Box::new(FrozenExact { forgotten: Arc::clone(&self.forgotten), windows: self.dedup.freeze() })
    }

    fn saved(&mut self) {
        self.dedup.saved();
    }

    fn restore(&mut self, mut input: &mut dyn Read) -> io::Result<()> {
        let invalid = |error: nova_core::error::Error| io::Error::new(io::ErrorKind::InvalidData, error);
        let mut forgotten = Forgotten::new();
        let count = u64::from_le_bytes(bytes(input)?);
        if count > FORGOTTEN_MAX as u64 {
            return Err(io::Error::new(
                io::ErrorKind::InvalidData,
                "more forgotten events than are ever kept",
            ));
        }
        for _ in 0..count {
            let user = UserId::from_bits(u128::from_le_bytes(bytes(input)?));
            let id = EventId::from_bits(u128::from_le_bytes(bytes(input)?));
            let place = (u16::from_le_bytes(bytes(input)?), u64::from_le_bytes(bytes(input)?));
            forgotten.insert((user, id), (place != (u16::MAX, u64::MAX)).then_some(place));
        }
        self.forgotten = Arc::new(forgotten);
        let archive = Archive::open(&self.archive, self.key).map_err(invalid)?;
        self.dedup = Dedup::load(&self.limits, self.key, archive, &mut input).map_err(invalid)?;
        Ok(())
    }
}

/// As they were at one moment.
#[derive(Debug)]
struct FrozenExact {
    forgotten: Arc<Forgotten>,
    windows: dedup::Frozen,
}

impl Frozen for FrozenExact {
    fn save(&self, mut out: &mut dyn Write) -> io::Result<()> {
        out.write_all(&(self.forgotten.len() as u64).to_le_bytes())?;
        for ((user, id), counted) in &*self.forgotten {
            let (partition, offset) = counted.unwrap_or((u16::MAX, u64::MAX));
            out.write_all(&user.bits().to_le_bytes())?;
            out.write_all(&id.bits().to_le_bytes())?;
            out.write_all(&partition.to_le_bytes())?;
            out.write_all(&offset.to_le_bytes())?;
        }
        self.windows.save(&mut out)
    }
}

fn bytes<const N: usize>(input: &mut dyn Read) -> io::Result<[u8; N]> {
    let mut bytes = [0; N];
    input.read_exact(&mut bytes)?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::log::Topic;
    use nova_core::model::{Action, PostId, Timestamp};

    fn event() -> Event {
        Event {
            id: EventId::from_integer(1),
            time: Timestamp::from_micros(1_800_000_000_000_000),
            user: UserId::from_integer(2),
            post: PostId::from_integer(3),
            author: None,
            action: Action::View,
            dwell_ms: None,
            device: None,
            app_ver: None,
        }
    }

    fn decide(exact: &mut Exact, offset: u64) -> Identity {
        let event = event();
        let place = Place { topic: Topic::Events, partition: 0, offset };
        let arrival = Arrival { place, life: Life::Present, received_at: event.time, event: &event };
        exact.decide(&[arrival]).expect("decided")[0]
    }

    #[test]
    fn what_was_given_up_counts_once_when_it_is_put_back() {
        let dir = tempfile::tempdir().expect("dir");
        let mut exact = Exact::open(dir.path(), Limits::default(), Key::new([7; 16])).expect("open");
        assert_eq!(decide(&mut exact, 0), Identity::New);
        assert_eq!(decide(&mut exact, 1), Identity::Duplicate);
        exact.forget(Place { topic: Topic::Events, partition: 0, offset: 0 }, &event());
        assert_eq!(decide(&mut exact, 2), Identity::New, "put back");
        assert_eq!(decide(&mut exact, 2), Identity::New, "given again");
        assert_eq!(decide(&mut exact, 3), Identity::Duplicate, "put back twice");
        let mut saved = Vec::new();
        exact.freeze().save(&mut saved).expect("saved");
        let mut again = Exact::open(dir.path(), Limits::default(), Key::new([7; 16])).expect("open");
        again.restore(&mut saved.as_slice()).expect("restored");
        assert_eq!(decide(&mut again, 2), Identity::New, "the same after a restart");
        assert_eq!(decide(&mut again, 4), Identity::Duplicate);
    }

    #[test]
    fn what_came_in_an_earlier_life_is_before_every_offset() {
        let dir = tempfile::tempdir().expect("dir");
        let exact = Exact::open(dir.path(), Limits::default(), Key::new([7; 16])).expect("open");
        let mut exact = exact.after_others();
        let event = event();
        let mut decide = |life, offset, id| {
            let event = Event { id: EventId::from_integer(id), ..event.clone() };
            let place = Place { topic: Topic::Events, partition: 0, offset };
            exact.decide(&[Arrival { place, life, received_at: event.time, event: &event }]).expect("decided")
                [0]
        };
        assert_eq!(decide(Life::Earlier, 900, 1), Identity::New);
        assert_eq!(decide(Life::Earlier, 901, 2), Identity::New);
        assert_eq!(decide(Life::Present, 0, 1), Identity::Duplicate);
        assert_eq!(decide(Life::Present, 1, 3), Identity::New);
        assert_eq!(decide(Life::Present, 900, 3), Identity::Duplicate);
        assert_eq!(decide(Life::Present, 1, 3), Identity::New, "given again");
    }

    /// An event of its own at each offset.
    fn decide_all(exact: &mut Exact, offsets: std::ops::Range<u64>) {
        let events: Vec<_> =
            offsets.map(|offset| (offset, Event { id: EventId::from_integer(offset), ..event() })).collect();
        let mut arrivals = Vec::new();
        for &(offset, ref event) in &events {
            let place = Place { topic: Topic::Events, partition: 0, offset };
            arrivals.push(Arrival { place, life: Life::Present, received_at: event.time, event });
        }
        exact.decide(&arrivals).expect("decided");
    }

    #[test]
    fn what_is_frozen_stays_as_it_was() {
        let dir = tempfile::tempdir().expect("dir");
        let limits = Limits { entries_max: 1_000, ..Limits::default() };
        let mut exact = Exact::open(dir.path(), limits, Key::new([7; 16])).expect("open");
        let saved = |frozen: &dyn Frozen| {
            let mut bytes = Vec::new();
            frozen.save(&mut bytes).expect("a Vec takes all");
            bytes
        };
        // more than a chunk of the ring, and not a whole number of them
        (0..10).for_each(|turn| decide_all(&mut exact, turn * 8_000..(turn + 1) * 8_000));
        exact.forget(Place { topic: Topic::Events, partition: 0, offset: 5 }, &event());
        let frozen = exact.freeze();
        let before = saved(&*frozen);
        // the last chunk goes on, those before it leave memory
        (10..30).for_each(|turn| decide_all(&mut exact, turn * 8_000..(turn + 1) * 8_000));
        exact.forget(
            Place { topic: Topic::Events, partition: 0, offset: 6 },
            &Event { user: UserId::from_integer(9), ..event() },
        );
        assert!(saved(&*frozen) == before, "as it was");
        assert!(saved(&*exact.freeze()) != before, "it went on");
    }
}
