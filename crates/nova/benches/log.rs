//! How fast the embedded log takes and gives records: `cargo bench -p nova --bench log`.
//!
//! Appends are durable before they are answered (a sync a commit); the same rows through a bare SQLite table, one
//! statement each and one transaction for as many as a commit holds, stand beside them as the yardstick.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use nova::log::{BatchLimit, EventLog, Positions, Record, SqliteLog, SqliteLogConfig, Topic};
use nova_core::model::Timestamp;
use nova_core::testkit::ManualClock;
use tokio::runtime::Runtime;
use tokio::task::JoinSet;
use tokio::time::Instant;

const EVENTS: usize = 2_000_000;
const EVENT_BYTES: usize = 200;
const CALLERS: usize = 16;

fn main() {
    let runtime = Runtime::new().expect("a runtime");
    let dir = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).expect("a directory to write to");
    for call in [1, 10, 100, 1_000] {
        // small calls are bound by the disk's sync: fewer of them tell as much
        let events = if call < 100 { EVENTS / 20 } else { EVENTS };
        let dir = dir.path().join(call.to_string());
        let seconds = runtime.block_on(append(&dir, call, events));
        report(&format!("append, {CALLERS} callers, calls of {call}"), events, seconds);
        let seconds = runtime.block_on(read(&dir, events));
        report(&format!("read back, frames of {call}"), events, seconds);
        let (records, seconds) = runtime.block_on(trim(&dir));
        report(&format!("trim, one call, frames of {call}"), records, seconds);
    }
    let seconds = bare(&dir.path().join("bare.db"));
    report("bare SQLite, a row each, 1,600 rows a transaction", EVENTS, seconds);
}

fn record() -> Record {
    Record { key: Bytes::from(vec![b'k'; 36]), value: Some(Bytes::from(vec![b'v'; EVENT_BYTES])) }
}

fn open(dir: &Path) -> SqliteLog {
    let clock = Arc::new(ManualClock::new(Timestamp::from_millis(1_800_000_000_000)));
    SqliteLog::open(dir, SqliteLogConfig::default(), clock).expect("the log opens")
}

async fn append(dir: &Path, call: usize, events: usize) -> f64 {
    let log = Arc::new(open(dir));
    let start = Instant::now();
    let mut callers = JoinSet::new();
    for _ in 0..CALLERS {
        let log = Arc::clone(&log);
        callers.spawn(async move {
            for _ in 0..events / CALLERS / call {
                let records = vec![record(); call];
                drop(log.append(Topic::Events, records).await.expect("there is room"));
            }
        });
    }
    drop(callers.join_all().await);
    start.elapsed().as_secs_f64()
}

async fn read(dir: &Path, events: usize) -> f64 {
    let log = open(dir);
    let mut reader = log.read(&Topic::ALL, &Positions::default()).await.expect("the log reads");
    let limit = BatchLimit { records_max: 10_000, wait_max: Duration::from_secs(1) };
    let start = Instant::now();
    let (mut read, mut seconds) = (0, 0.0);
    while read < events / CALLERS * CALLERS / 1_000 * 1_000 {
        read += reader.next(limit).await.expect("the log reads").entries.len();
        seconds = start.elapsed().as_secs_f64();
    }
    seconds
}

async fn trim(dir: &Path) -> (usize, f64) {
    let log = open(dir);
    log.commit("bench", &log.ends().await.expect("it has ends")).await.expect("there is room");
    let start = Instant::now();
    let records = log.trim(Timestamp::MAX).await.expect("it is trimmed");
    (usize::try_from(records).expect("a count of records"), start.elapsed().as_secs_f64())
}

fn bare(path: &Path) -> f64 {
    let mut connection = rusqlite::Connection::open(path).expect("a database");
    connection
        .execute_batch(
            "pragma journal_mode = wal; pragma synchronous = full; \
             create table rows (id integer primary key, key blob not null, value blob not null);",
        )
        .expect("a table");
    let (record, start) = (record(), Instant::now());
    let value = record.value.expect("it has one");
    for _ in 0..EVENTS / 1_600 {
        let transaction = connection.transaction().expect("a transaction");
        {
            let mut insert = transaction
                .prepare_cached("insert into rows (key, value) values (?, ?)")
                .expect("a statement");
            for _ in 0..1_600 {
                insert.execute((record.key.as_ref(), value.as_ref())).expect("there is room");
            }
        }
        transaction.commit().expect("there is room");
    }
    start.elapsed().as_secs_f64()
}

#[expect(clippy::print_stdout, reason = "the report is what it is for")]
fn report(what: &str, events: usize, seconds: f64) {
    println!("{what:<55} {:>9.0} records/s  ({seconds:.2} s)", events as f64 / seconds);
}
