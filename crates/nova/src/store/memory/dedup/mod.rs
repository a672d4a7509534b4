//! One event, one count: deduplication by (user, event id) as a pure function of the log.
//!
//! ```text
//!   arrival --> memory: received within the hour? --yes--> duplicate
//!                  | no, or it is not there                                  [ archive: dedup.db ]
//!                  v                                                           seen: first offset, for ever
//!               could a copy have left memory? --no--> new                     recent: what left early, for the hour
//!                  | perhaps                                                         ^              ^
//!                  v                                                                 | ask, once    | flush
//!               archive: within the hour, or the same event time, at a smaller offset? a batch
//!                  |--yes--> duplicate
//!                  `---no---> new
//! ```
//!
//! **The rule.** An arrival at offset `o` is *taken* unless the same identity was taken within the hour before it: at
//! an offset `p < o` of the same partition, with `received(o) - received(p) <= window` in log time. What is not taken
//! is a duplicate. What is taken is new, unless an earlier one that was taken carries the same event time (to the
//! second): then it is a duplicate as well. How many fit into memory is no part of it: only the log decides, and the
//! length of the window.
//!
//! **What is in memory.** Everything taken within the hour, but at most `Limits::entries_max` of a partition. What
//! is beyond the hour has left, what is pushed out by number has left *early*. Both wait in memory for the next
//! flush and are answered from there as the archive would, so that nothing hangs on when it comes. A flush writes the
//! first offset of each identity under its event time (`seen`), and what is still within the hour also as a *run* with
//! its receipts (`recent`). Of runs there are filters in memory (`early`).
//!
//! **Why no mark can be lost.** Nothing is written when an event is taken. Windows are saved with the store's
//! snapshot, at its positions; after a crash the tail of the log is decided again and gives the same decisions. What
//! the lost run had flushed carries the offsets of the tail and receipts that are the log's: an offset is never a copy
//! of itself, nor of a later one, and the lost run took what this one takes. Its runs are asked by nobody: a snapshot
//! names those that it needs, and is refused where they are not all there. `recent` keeps each offset that was
//! taken, not the last of an identity: the lost run's last may lie after the arrival that asks. It drops what came
//! more than an hour before the older of the two snapshots that may be gone back to (`Dedup::saved`). Without a
//! snapshot the whole log is decided again, with the archive standing.
//!
//! **When the archive is asked.** Before the batch is decided, and nothing is flushed until it is: the answer holds at
//! every place of it, and where it fails nothing has changed. What left early is asked for when its filters say
//! "perhaps", which they always do for what is there. All else is asked for when the event is no newer than the newest
//! that ever left otherwise: live traffic is newer, so it is late events and history that is imported.
//!
//! **What it costs.** Ordinarily two comparisons an event. When more than `entries_max` arrive within the hour, two or
//! three filters more, and 65 bytes on disk for each event that leaves early, half of them until the hour and two
//! snapshots are over. The figures are in `docs/performance.md`.
//!
//! **The hole.** A client that reuses an event id with another event time more than an hour after it was taken is
//! counted twice. Nothing that looks up by a key which includes the time can see it; an event id is for one event.

mod fingerprint;
mod ring;
mod receipts;
mod filter;
mod archive;
mod early;
mod window;
mod generations;
mod snapshot;
#[cfg(test)]
mod tests;

pub use archive::Archive;
pub use fingerprint::Key;
// for the consumer of the distributed mode, which remembers in memory alone
pub(crate) use self::fingerprint::Fingerprint;
#[cfg(feature = "distributed")]
pub(crate) use self::{
    receipts::Receipts,
    ring::{Entry, Ring},
};

use std::collections::BTreeMap;
use std::io::{self, Read, Write};
use std::time::Duration;

use nova_core::error::Result;
use nova_core::model::{EventId, Timestamp, UserId};

use self::archive::{Questions, Told, Written};
use self::generations::{Generations, Times};
use self::window::{Sighting, Span, Window};

/// Entries that left a window and are written together: a quarter of what may be in memory, within these. As many as
/// make a commit worth its sync and the runs of an hour few; few enough to be taken up within milliseconds.
const FLUSH_ENTRIES_MIN: usize = 16_384;
const FLUSH_ENTRIES_MAX: usize = 262_144;

/// How much is remembered, and for how long.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// How long after its receipt an identity is known whatever event time a copy carries, in log time; whole seconds.
    pub window: Duration,
    /// The most identities in memory, per partition: 33 bytes each, at most 2^30. Half as many again, 32,768 to
    /// 524,288, may wait to be written. What exceeds it is looked up: no decision depends on it.
    pub entries_max: usize,
    /// The most bytes of the filters in front of what left early, all partitions together: 26 bits (3.25 bytes) for
    /// each identity of the last hour that is not in memory. Beyond it each event is looked up: no decision depends on
    /// it.
    pub filter_bytes_max: usize,
    /// How old an event may be at its receipt and still be told from a duplicate: what is older is
    /// [`Decision::TooOld`], and the archive may forget it ([`Dedup::prune`]). `None` keeps everything for ever.
    pub keep: Option<Duration>,
}

impl Default for Limits {
    /// One hour, 10 million, 256 MiB (80 million more), for ever.
    fn default() -> Self {
        Self {
            window: Duration::from_secs(3_600),
            entries_max: 10_000_000,
            filter_bytes_max: 256 << 20,
            keep: None,
        }
    }
}

impl Limits {
    fn span(&self) -> Span {
        let seconds = |duration: Duration| u32::try_from(duration.as_secs()).unwrap_or(u32::MAX);
        Span {
            seconds: seconds(self.window),
            entries_max: self.entries_max.min(ring::ENTRIES_MAX),
            keep_seconds: self.keep.map(seconds),
        }
    }
}

/// An event as it stands in the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Arrival {
    /// Partition of the topic `events`.
    pub partition: u16,
    /// Its offset there; below 2^62.
    pub offset: u64,
    /// Whose event.
    pub user: UserId,
    /// Which of them.
    pub id: EventId,
    /// When it happened.
    pub time: Timestamp,
    /// When the log received it; one that lies before the partition's latest counts as the latest.
    pub received_at: Timestamp,
}

/// What becomes of an arrival.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Decision {
    /// The first of its identity: it counts.
    New,
    /// It counted before.
    Duplicate,
    /// Older than [`Limits::keep`]: nobody can tell any more.
    TooOld,
}

/// The deduplication of the topic `events`, all partitions. For one task; calls read and write a database.
#[derive(Debug)]
pub struct Dedup {
    key: Key,
    span: Span,
    filter_bytes_max: usize,
    windows: BTreeMap<u16, Window>,
    archive: Archive,
    /// The newest event time of the archive when a life without a snapshot began.
    gone_before: Option<u32>,
    generations: Generations,
}

impl Dedup {
    /// Begins without a snapshot: the log is decided from its start. What the archive holds from an earlier life
    /// still counts.
    ///
    /// # Errors
    /// As the archive's.
    pub fn new(limits: &Limits, key: Key, archive: Archive) -> Result<Self> {
        let gone_before = archive.newest()?;
        let mut dedup = Self {
            key,
            span: limits.span(),
            filter_bytes_max: limits.filter_bytes_max,
            windows: BTreeMap::new(),
            gone_before,
            archive,
            generations: Generations::default(),
        };
        for (partition, run) in dedup.archive.runs()? {
            let prints = dedup.archive.prints(&run)?;
            let room = dedup.filter_room();
            let window = dedup.windows.entry(partition).or_insert_with(|| Window::new(gone_before));
            window.early.file(run, prints.into_iter(), room);
        }
        Ok(dedup)
    }

    /// Goes on from what [`Frozen::save`] wrote; the next arrivals are those after the snapshot's positions.
    ///
    /// # Errors
    /// `Corrupt` when the bytes are not what was saved, or were saved under another key or with another archive.
    /// Never panics.
    pub fn load(limits: &Limits, key: Key, archive: Archive, from: &mut impl Read) -> Result<Self> {
        let span = limits.span();
        let mut windows = snapshot::load(key, from)?;
        let runs = archive.runs()?;
        for (partition, window) in &mut windows {
            // it may have been saved under a longer span
            window.pass(span.seconds);
            if !window.early.runs().all(|run| runs.contains(&(*partition, *run))) {
                return Err(snapshot::corrupt("the archive lacks what the windows refer to"));
            }
        }
        let generations = Generations::from_snapshot(times(&windows));
        let filter_bytes_max = limits.filter_bytes_max;
        Ok(Self { key, span, filter_bytes_max, windows, archive, gone_before: None, generations })
    }

    /// Decides on arrivals, in the order of the log for each partition, and remembers those it sees for the first
    /// time. An arrival that was decided before changes nothing and is decided the same again (one older than
    /// [`Limits::keep`] is [`Decision::TooOld`] then, if its copy has left memory meanwhile).
    ///
    /// # Errors
    /// `Unavailable` and the like from the archive, before anything is decided: call again with the same arrivals.
    pub fn decide_batch(&mut self, arrivals: &[Arrival]) -> Result<Vec<Decision>> {
        let together = (self.span.entries_max / 4).clamp(FLUSH_ENTRIES_MIN, FLUSH_ENTRIES_MAX);
        // more than arrive: so they never pile up
        self.flush(together.max(arrivals.len()))?;
        let hasher = self.key.hasher();
        let sighting = |arrival: &Arrival| Sighting {
            print: Fingerprint::new(&hasher, arrival.partition, arrival.user, arrival.id),
            second: second(arrival.time),
            received: second(arrival.received_at),
            offset: arrival.offset,
        };
        let seen: Vec<(u16, Sighting)> =
            arrivals.iter().map(|arrival| (arrival.partition, sighting(arrival))).collect();
        let told = self.ask(&seen)?;
        let mut decisions = Vec::with_capacity(seen.len());
        for (index, (partition, sighting)) in seen.into_iter().enumerate() {
            let told = told.get(index).copied().unwrap_or_default();
            let window = self.windows.entry(partition).or_insert_with(|| Window::new(self.gone_before));
            decisions.push(window.see(sighting, told, self.span));
        }
        Ok(decisions)
    }

    /// What the archive has to say about each event of a batch, or about none when it need not be asked. It says the
    /// same at any place of the batch, for nothing is flushed meanwhile.
    fn ask(&self, seen: &[(u16, Sighting)]) -> Result<Vec<Told>> {
        let horizon = seen.iter().map(|(_, sighting)| sighting.received).max().unwrap_or(0);
        let unmet = Window::new(self.gone_before);
        let mut questions = Questions::default();
        for (index, (partition, sighting)) in seen.iter().enumerate() {
            let window = self.windows.get(partition).unwrap_or(&unmet);
            window.ask(index, *sighting, horizon, self.span, &mut questions);
        }
        if questions.is_empty() { Ok(Vec::new()) } else { self.archive.tell(questions, seen.len()) }
    }

    /// Has written what left the windows, where there is enough of it, and lets go of what is. Decisions go on
    /// meanwhile; they wait for the disk only where as much again has gathered.
    fn flush(&mut self, together: usize) -> Result<()> {
        self.land(false)?;
        let crowded: Vec<(u16, usize)> = self
            .windows
            .iter()
            .map(|(partition, window)| (*partition, window.ring.leaving_count()))
            .filter(|(_, count)| *count >= together)
            .collect();
        for (partition, count) in crowded {
            if count >= together.saturating_mul(2) {
                self.land(true)?;
            }
            self.take_off(partition, together)?;
        }
        Ok(())
    }

    /// Begins to write the oldest of what left a partition, at most so many, unless something is being written.
    fn take_off(&mut self, partition: u16, count_max: usize) -> Result<()> {
        if self.archive.writer().is_busy() {
            return Ok(());
        }
        let Some(window) = self.windows.get(&partition) else { return Ok(()) };
        let leaving = window.leaving(count_max, self.span.seconds);
        let reached = self.generations.reached(partition).unwrap_or(0);
        self.archive.writer().begin(partition, leaving, reached.saturating_sub(self.span.seconds))
    }

    /// Forgets what is durable in the archive by now, or waits until what was begun is. What could not be written stays
    /// in memory and is tried again.
    fn land(&mut self, wait: bool) -> Result<()> {
        let Some(Written { partition, leaving, run }) = self.archive.writer().done(wait)? else {
            return Ok(());
        };
        let (run, room, seconds) = (run?, self.filter_room(), self.span.seconds);
        if let Some(window) = self.windows.get_mut(&partition) {
            window.left(&leaving, run, room, seconds);
        }
        Ok(())
    }

    /// Bytes that filters may still take.
    fn filter_room(&self) -> usize {
        self.filter_bytes_max.saturating_sub(self.filter_bytes())
    }

    /// The windows as they are now, for the snapshot that holds the store at the same positions: quick, and written
    /// while more is decided. Tell `saved` when it is durable.
    pub fn freeze(&mut self) -> Frozen {
        self.generations.written(times(&self.windows));
        let freeze = |(&partition, window): (&u16, &Window)| (partition, window.freeze());
        Frozen { key: self.key, windows: self.windows.iter().map(freeze).collect() }
    }

    /// What [`Dedup::freeze`] gave last is durable. From now on the archive may drop what is of no use to it, nor to
    /// the durable one before it.
    pub fn saved(&mut self) {
        self.generations.durable();
    }

    /// Drops from the archive what is older than [`Limits::keep`] for every arrival after the last durable snapshot
    /// but one, a bounded number a call; gives how many, 0 when there is nothing more.
    ///
    /// # Errors
    /// As the archive's.
    pub fn prune(&mut self) -> Result<usize> {
        self.land(true)?;
        match (self.span.keep_seconds, self.generations.reached_by_all()) {
            (Some(keep), Some(reached)) => self.archive.prune(reached.saturating_sub(keep)),
            _ => Ok(0),
        }
    }

    /// Identities in memory.
    #[must_use]
    pub fn remembered(&self) -> usize {
        self.windows.values().map(|window| window.ring.live_count() + window.ring.leaving_count()).sum()
    }

    /// Bytes of the filters in front of what left early; at most [`Limits::filter_bytes_max`], or what a snapshot
    /// holds that was written under a greater one.
    #[must_use]
    pub fn filter_bytes(&self) -> usize {
        self.windows.values().map(|window| window.early.filter_bytes()).sum()
    }

    /// The archive, for figures.
    #[must_use]
    pub const fn archive(&self) -> &Archive {
        &self.archive
    }
}

/// The windows at one moment.
#[derive(Debug)]
pub struct Frozen {
    key: Key,
    windows: BTreeMap<u16, window::Frozen>,
}

impl Frozen {
    /// Writes them; [`Dedup::load`] reads them.
    ///
    /// # Errors
    /// Those of `to`.
    pub fn save(&self, to: &mut impl Write) -> io::Result<()> {
        snapshot::save(&self.windows, self.key, to)
    }
}

fn times(windows: &BTreeMap<u16, Window>) -> Times {
    windows.iter().map(|(partition, window)| (*partition, window.last)).collect()
}

/// Whole seconds since 1970; what lies outside of 1970 to 2106 is the nearest end.
fn second(time: Timestamp) -> u32 {
    let seconds = time.micros().div_euclid(1_000_000);
    u32::try_from(seconds.max(0)).unwrap_or(u32::MAX)
}
