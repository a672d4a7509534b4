//! One reader over the files of the log, each read ahead on a blocking thread.

use std::path::PathBuf;
use std::time::Duration;

use async_trait::async_trait;
use futures_util::future::select_all;
use nova_core::error::{Error, Kind, Result};
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep_until, timeout_at};

use super::scan::{Found, Scan};
use crate::log::order::due;
use crate::log::{Batch, BatchLimit, Entry, LogReader, Positions, Topic};

/// How often a file is looked at unasked: another process may write to it, and rings nothing here.
const LOOK_EVERY: Duration = Duration::from_millis(250);
/// The longest wait of one call: a day, which any clock can add.
const WAIT_MAX: Duration = Duration::from_secs(86_400);
/// Records read ahead at least, so that a small batch is not a scan of its own.
const AHEAD_RECORDS_MIN: usize = 1_024;

/// Reads some topics; see [`LogReader`]. Holds at most two scans of each file in memory.
///
/// The files have no common order but the time at which they received a record. While days are read again, an event
/// must not come hours of log time before its post only because there are more events than posts: entries come by
/// time, see [`due`].
#[derive(Debug)]
pub(super) struct Reader {
    /// One for each file.
    files: Vec<File>,
    upto: Positions,
}

#[derive(Debug)]
struct File {
    state: State,
    ready: std::vec::IntoIter<Entry>,
    /// The last scan did not reach the end.
    more: bool,
    rung: watch::Receiver<u64>,
    look_at: Instant,
}

#[derive(Debug)]
enum State {
    Idle(Box<Scan>),
    Scanning(JoinHandle<(Box<Scan>, Result<Found>)>),
    /// The thread of the scan broke down and took it along.
    Lost,
}

impl Reader {
    /// Starts to read; blocks shortly.
    pub(super) fn start(
        files: Vec<(PathBuf, Vec<Topic>, watch::Receiver<u64>)>,
        from: &Positions,
    ) -> Result<Self> {
        let mut reader = Self { files: Vec::new(), upto: Positions::default() };
        for (path, topics, rung) in files {
            let (scan, positions) = Scan::start(&path, &topics, from)?;
            reader.upto.advance_all(&positions);
            reader.files.push(File {
                state: State::Idle(Box::new(scan)),
                ready: Vec::new().into_iter(),
                more: true,
                rung,
                look_at: Instant::now(),
            });
        }
        Ok(reader)
    }

    /// Entries of all files by the time of their receipt, as far as it is known what comes next in each.
    fn take(&mut self, records_max: usize) -> Batch {
        let mut entries = Vec::new();
        while entries.len() < records_max && self.files.iter().all(File::is_known) {
            let heads = || self.files.iter().map(|file| file.ready.as_slice().first().map(due));
            let first = heads().enumerate().filter_map(|(index, due)| Some((due?, index))).min();
            let Some((_, index)) = first else { break };
            let other = heads().enumerate().filter(|&(at, _)| at != index).filter_map(|(_, due)| due).min();
            let ready = &mut self.files[index].ready;
            let left = records_max - entries.len();
            let before_other = |entry: &&Entry| other.is_none_or(|other| due(entry) <= other);
            let count = ready.as_slice().iter().take(left).take_while(before_other).count();
            entries.extend(ready.by_ref().take(count));
        }
        for run in entries.chunk_by(|a, b| a.place.topic == b.place.topic) {
            if let Some(last) = run.last() {
                self.upto.advance_all(&Positions::after(last.place));
            }
        }
        Batch { entries, upto: self.upto.clone() }
    }
}

#[async_trait]
impl LogReader for Reader {
    async fn next(&mut self, limit: BatchLimit) -> Result<Batch> {
        let records_max = limit.records_max.max(1);
        let deadline = Instant::now() + limit.wait_max.min(WAIT_MAX);
        if self.files.is_empty() {
            sleep_until(deadline).await;
            return Ok(Batch::default());
        }
        let first = select_all(self.files.iter_mut().map(|file| Box::pin(file.fill(records_max))));
        let filled = timeout_at(deadline, first).await.map(|(filled, _, _)| filled);
        if let Ok(filled) = filled {
            filled?;
        }
        // what is being read already, or is there to be read, comes in a moment: without it a caller that never waits
        // would see nothing, and nobody knew which entry is the next
        for file in &mut self.files {
            file.look(records_max).await?;
        }
        Ok(self.take(records_max))
    }
}

impl File {
    /// Is it known what comes next here? Nothing more, as far as the last scan saw, is an answer too.
    fn is_known(&self) -> bool {
        self.ready.len() > 0 || !self.more
    }

    /// Scans as far as need be to know what comes next. May be dropped at any point and called again.
    async fn look(&mut self, records_max: usize) -> Result<()> {
        self.settle().await?;
        while !self.is_known() {
            self.scan(records_max);
            self.settle().await?;
        }
        Ok(())
    }

    /// Returns once there are entries. May be dropped at any point and called again.
    async fn fill(&mut self, records_max: usize) -> Result<()> {
        while self.ready.len() == 0 {
            match self.state {
                State::Scanning(_) => {
                    self.settle().await?;
                    continue;
                }
                State::Lost => return Err(lost()),
                State::Idle(_) => {}
            }
            if !self.more {
                tokio::select! {
                    rung = self.rung.changed() => if rung.is_err() { sleep_until(self.look_at).await },
                    () = sleep_until(self.look_at) => {}
                }
            }
            self.scan(records_max);
        }
        // the next entries are read while these are used
        if self.more {
            self.scan(records_max);
        }
        Ok(())
    }

    /// Starts a scan, unless one is on its way.
    fn scan(&mut self, records_max: usize) {
        let state = std::mem::replace(&mut self.state, State::Lost);
        let State::Idle(mut scan) = state else {
            self.state = state;
            return;
        };
        // heard before reading: what is written from here on rings anew
        self.rung.mark_unchanged();
        self.look_at = Instant::now() + LOOK_EVERY;
        let records_max = records_max.max(AHEAD_RECORDS_MIN);
        self.state = State::Scanning(tokio::task::spawn_blocking(move || {
            let found = scan.next(records_max);
            (scan, found)
        }));
    }

    /// Takes in the scan that is on its way, if the entries before it are used up.
    async fn settle(&mut self) -> Result<()> {
        let State::Scanning(scanning) = &mut self.state else { return Ok(()) };
        if self.ready.len() > 0 {
            return Ok(());
        }
        let (scan, found) = match scanning.await {
            Ok(done) => done,
            Err(broken) => {
                self.state = State::Lost;
                return Err(lost().with_source(broken));
            }
        };
        self.state = State::Idle(scan);
        // a failure is met again by the next call
        self.more = true;
        let found = found?;
        self.more = found.more;
        self.ready = found.entries.into_iter();
        Ok(())
    }
}

fn lost() -> Error {
    Error::new(Kind::Unavailable, "log.read", "the reader broke down; start another")
}
