use std::collections::{HashMap, HashSet};
use std::path::PathBuf;

use nova_core::error::Kind;
use proptest::prelude::*;
use tempfile::TempDir;

use super::archive::Layout;
use super::*;

mod crashes;
mod filters;
mod kept;
mod rules;

const KEY: Key = Key::new([7; 16]);
const MAX: usize = usize::MAX;

/// A place for an archive that outlives the processes of a test.
struct Disk {
    dir: TempDir,
}

impl Disk {
    fn new() -> Self {
        Self { dir: tempfile::tempdir().expect("a directory") }
    }

    fn path(&self) -> PathBuf {
        self.dir.path().join("dedup.db")
    }

    fn archive(&self) -> Archive {
        Archive::open(&self.path(), KEY).expect("an archive").without_sync()
    }

    /// One that makes pages and groups of a few entries.
    fn dense_archive(&self) -> Archive {
        self.archive().with_layout(Layout { page_entries: 2, group_entries_min: 2, groups_max: 2 })
    }

    /// Asks or changes the archive behind its back.
    fn sql<T>(&self, work: impl FnOnce(&rusqlite::Connection) -> rusqlite::Result<T>) -> T {
        rusqlite::Connection::open(self.path()).and_then(|it| work(&it)).expect("the archive takes it")
    }

    fn count(&self, query: &str) -> u32 {
        self.sql(|it| it.query_row(query, [], |row| row.get(0)))
    }
}

fn limits(window: u64, entries_max: usize) -> Limits {
    Limits { window: Duration::from_secs(window), entries_max, ..Limits::default() }
}

fn seconds(second: u32) -> Timestamp {
    Timestamp::from_micros(i64::from(second) * 1_000_000)
}

fn arrival(offset: u64, id: u64, time: u32, received: u32) -> Arrival {
    Arrival {
        partition: 0,
        offset,
        user: UserId::from_integer(id % 3),
        id: EventId::from_integer(id),
        time: seconds(time),
        received_at: seconds(received),
    }
}

fn decide(dedup: &mut Dedup, arrivals: &[Arrival]) -> Vec<Decision> {
    dedup.decide_batch(arrivals).expect("the archive answers")
}

fn saved(dedup: &mut Dedup) -> Vec<u8> {
    let mut bytes = Vec::new();
    dedup.freeze().save(&mut bytes).expect("a Vec takes all");
    bytes
}

/// One that is known to be durable.
fn durable(dedup: &mut Dedup) -> Vec<u8> {
    let bytes = saved(dedup);
    dedup.saved();
    bytes
}

impl Dedup {
    /// Flushes whatever has left the windows: what traffic does once there is enough of it.
    fn flush_all(&mut self) {
        self.begin_flush();
        self.land(true).expect("the archive takes them");
    }

    /// The same, but for the last partition nobody looks whether it is done.
    fn begin_flush(&mut self) {
        for partition in self.windows.keys().copied().collect::<Vec<_>>() {
            self.land(true).expect("the archive takes them");
            self.take_off(partition, MAX).expect("the archive takes them");
        }
    }
}
