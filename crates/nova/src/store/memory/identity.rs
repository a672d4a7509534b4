//! Which events are the first of their identity: the seam to the deduplication.

use std::fmt;
use std::io::{self, Read, Write};

use hashbrown::HashMap;
use nova_core::error::Result;
use nova_core::model::{Event, EventId, Timestamp, UserId};

use crate::log::Place;

/// What an event is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Identity {
    /// The first with this user and id: it counts.
    New,
    /// It counted before.
    Duplicate,
    /// Too old to be told from a duplicate.
    TooOld,
}

/// Which log an offset is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Life {
    /// Of none that can be read any more: of an import, or of a topic that was made anew since. All of it came before
    /// everything that is read now, and its offsets are numbers that rise, no more.
    Earlier,
    /// Of the one that is read now.
    Present,
}

/// An event as it stands in the log.
#[derive(Debug, Clone, Copy)]
pub struct Arrival<'a> {
    /// Where.
    pub place: Place,
    /// In which log that is.
    pub life: Life,
    /// When the log received it.
    pub received_at: Timestamp,
    /// What.
    pub event: &'a Event,
}

/// Decides, in the order of the log and from the log alone, which events count. One for all partitions of `events`.
pub trait Identities: Send + fmt::Debug {
    /// Decides on events, in their order, and remembers them. An event that was decided before (the same place) is
    /// decided the same again.
    ///
    /// # Errors
    /// When what was put aside on disk cannot be read: nothing of the batch is applied, and the same events are
    /// asked about again.
    fn decide(&mut self, arrivals: &[Arrival<'_>]) -> Result<Vec<Identity>>;

    /// Forgets an event that was new but never counted (its post did not come), so that it counts when it is put
    /// back into the log.
    fn forget(&mut self, place: Place, event: &Event);

    /// Everything that [`Identities::restore`] needs, as it is now: the caller writes it while more is decided. Quick
    /// whatever is remembered: milliseconds.
    fn freeze(&mut self) -> Box<dyn Frozen>;

    /// Takes up what [`Frozen::save`] wrote; `input` ends where that ended.
    ///
    /// # Errors
    /// `InvalidData` or `UnexpectedEof` for bytes that were not written so, and those of `input`.
    fn restore(&mut self, input: &mut dyn Read) -> io::Result<()>;

    /// What was frozen last is durable: nothing before it will be asked for.
    fn saved(&mut self) {}
}

/// Identities as they were at one moment.
pub trait Frozen: Send + fmt::Debug {
    /// Writes them.
    ///
    /// # Errors
    /// Those of `out`.
    fn save(&self, out: &mut dyn Write) -> io::Result<()>;
}

/// Remembers every event for ever: exact, and without a bound. For tests and benches.
#[derive(Debug, Clone, Default)]
pub struct EveryEvent(HashMap<(UserId, EventId), (u16, u64)>);

impl Identities for EveryEvent {
    fn decide(&mut self, arrivals: &[Arrival<'_>]) -> Result<Vec<Identity>> {
        let decide = |arrival: &Arrival<'_>| {
            let place = (arrival.place.partition, arrival.place.offset);
            let first = *self.0.entry((arrival.event.user, arrival.event.id)).or_insert(place);
            if first == place { Identity::New } else { Identity::Duplicate }
        };
        Ok(arrivals.iter().map(decide).collect())
    }

    fn forget(&mut self, _: Place, event: &Event) {
        self.0.remove(&(event.user, event.id));
    }

    fn freeze(&mut self) -> Box<dyn Frozen> {
        Box::new(self.clone())
    }

    fn restore(&mut self, input: &mut dyn Read) -> io::Result<()> {
        let (mut ids, mut partition, mut offset) = ([[0; 16]; 2], [0; 2], [0; 8]);
        while input.read(&mut ids[0][..1])? > 0 {
            input.read_exact(&mut ids[0][1..])?;
            input.read_exact(&mut ids[1])?;
            input.read_exact(&mut partition)?;
            input.read_exact(&mut offset)?;
            let [user, id] = ids.map(u128::from_le_bytes);
            let first = (u16::from_le_bytes(partition), u64::from_le_bytes(offset));
            self.0.insert((UserId::from_bits(user), EventId::from_bits(id)), first);
        }
        Ok(())
    }
}

impl Frozen for EveryEvent {
    fn save(&self, out: &mut dyn Write) -> io::Result<()> {
        self.0.iter().try_for_each(|((user, id), (partition, offset))| {
            out.write_all(&user.bits().to_le_bytes())?;
            out.write_all(&id.bits().to_le_bytes())?;
            out.write_all(&partition.to_le_bytes())?;
            out.write_all(&offset.to_le_bytes())
        })
    }
}
