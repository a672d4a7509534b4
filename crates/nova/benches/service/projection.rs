//! The projection alone: where all identities fit into memory, beside SQLite's bulk insert of the same rows; and where
//! ten times as many arrive within the hour.

use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::Result;
use futures_util::future::try_join_all;
use nova::app::{App, SystemClock};
use nova::config::{Config, Overrides};
use nova::ingest::event;
use nova::log::{EventLog, Record, SqliteLog, SqliteLogConfig, Topic};
use nova::social::{NewPost, NewUser, Social, Write};
use nova_core::clock::Clock as _;
use nova_core::model::{Action, Event, EventId, PostId, Timestamp, UserId};

use crate::line;

/// Records of one append while the log is filled, and appends under way at once.
const APPEND: u64 = 1_000;
const APPENDS: u64 = 16;
/// People and posts that the events are about.
const USERS: u64 = 100_000;
const POSTS: u64 = 100_000;
/// Where there are copies, one event in so many is one.
const COPY_EVERY: u64 = 100;
/// How long the projection may stand still.
const PATIENCE: Duration = Duration::from_secs(600);

/// What stands in the log.
#[derive(Debug, Clone, Copy)]
struct Case {
    events: u64,
    /// Identities that may be in memory; `None`: as many as usual.
    memory: Option<u64>,
    start: Timestamp,
}

pub(crate) fn run(count: usize) -> Result<()> {
    let count = count as u64;
    let usual = Case { events: count, memory: None, start: SystemClock.now() };
    let ours = projected(usual)?;
    let theirs = count as f64 / bulk(usual)?.as_secs_f64();
    line(
        "projection alone: log to index",
        &format!("{ours:.0} events/s"),
        &format!("{:.2}x of SQLite's bulk insert, {theirs:.0} rows/s; {count} events", ours / theirs),
    );
    let beyond = Case { events: count * 5, memory: Some(count / 2), start: SystemClock.now() };
    let rate = projected(beyond)?;
    line(
        "the same, 10x of what fits into memory, 1 % copies",
        &format!("{rate:.0} events/s"),
        &format!("{:.2}x of what fits; {} events, {} in memory", rate / ours, count * 5, count / 2),
    );
    Ok(())
}

/// Events that the projection carries in a second.
fn projected(case: Case) -> Result<f64> {
    let dir = tempfile::tempdir()?;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let config = || -> Result<Config> {
        let flags = Overrides { listen: None, data_dir: Some(dir.path().to_owned()) };
        let mut config = Config::load(None, &flags)?;
        if let Some(memory) = case.memory {
            config.events.dedup_events_max = usize::try_from(memory)?;
        }
        Ok(config)
    };
    runtime.block_on(async {
        let app = App::open(config()?, Arc::new(SystemClock)).await?;
        posts(&*app.ports().social).await?;
        app.caught_up(PATIENCE).await?;
        app.stop().await;
        anyhow::Ok(())
    })?;
    runtime.block_on(async {
        let log = SqliteLog::open(dir.path(), SqliteLogConfig::default(), Arc::new(SystemClock))?;
        let calls: Vec<u64> = (0..case.events.div_ceil(APPEND)).collect();
        for calls in calls.chunks(APPENDS as usize) {
            let append = |call: &u64| {
                let numbers = call * APPEND..((call + 1) * APPEND).min(case.events);
                let records: Vec<Record> = numbers.map(|number| event::encode(&case.event(number))).collect();
                log.append(Topic::Events, records)
            };
            // they are taken in the order of the calls
            drop(try_join_all(calls.iter().map(append)).await?);
        }
        anyhow::Ok(())
    })?;
    let (elapsed, applied) = runtime.block_on(async {
        let started = Instant::now();
        let app = App::open(config()?, Arc::new(SystemClock)).await?;
        app.caught_up(PATIENCE).await?;
        let elapsed = started.elapsed();
        let applied = app.ports().store.size().await?.events;
        app.stop().await;
        anyhow::Ok((elapsed, applied))
    })?;
    anyhow::ensure!(applied == case.distinct(), "{applied} of {} counted", case.distinct());
    Ok(case.events as f64 / elapsed.as_secs_f64())
}

/// The posts that the events are about, by one author each hundred.
async fn posts(social: &dyn Social) -> Result<()> {
    let now = SystemClock.now();
    let users = (0..POSTS / 100).map(|number| {
        let (id, handle) = (UserId::from_integer(number), format!("author{number}"));
        Write::User(NewUser { id, display_name: handle.clone(), handle }, now)
    });
    let posts = (0..POSTS).map(|number| {
        let new = NewPost {
            id: PostId::from_integer(number),
            author: UserId::from_integer(number / 100),
            text: "a post".to_owned(),
            media: "[]".to_owned(),
            lang: None,
            topics: Vec::new(),
        };
        Write::Post(new, now)
    });
    let writes: Vec<Write> = users.chain(posts).collect();
    for chunk in writes.chunks(10_000) {
        for written in social.write(chunk.to_vec()).await? {
            written?;
        }
    }
    Ok(())
}

impl Case {
    fn distinct(self) -> u64 {
        self.events - if self.memory.is_some() { self.events / COPY_EVERY } else { 0 }
    }

    fn event(self, number: u64) -> Event {
        let number = if self.memory.is_some() { first(number) } else { number };
        let mixed = mixed(number);
        Event {
            id: EventId::from_bits((u128::from(mixed) << 64) | 0x8000_0000_0000_0000 | u128::from(number)),
            // a minute of them, all within the hour
            time: self.start.minus(Duration::from_millis(60_000 - number * 60_000 / self.events)),
            user: UserId::from_integer(mixed % USERS),
            post: PostId::from_integer((mixed >> 20) % POSTS),
            author: None,
            action: Action::ALL[(mixed >> 40) as usize % 3],
            dwell_ms: None,
            device: None,
            app_ver: None,
        }
    }
}

/// Of which event this one is a copy: of itself, or of any before it.
const fn first(number: u64) -> u64 {
    if number % COPY_EVERY != COPY_EVERY - 1 {
        return number;
    }
    let before = (mixed(number) >> 8) % number;
    before - (before % COPY_EVERY == COPY_EVERY - 1) as u64
}

const fn mixed(number: u64) -> u64 {
    number.wrapping_mul(0x9e37_79b9_7f4a_7c15)
}

/// What a plain table would take: the same columns, prepared statement, large transactions, synced.
fn bulk(case: Case) -> Result<Duration> {
    let events: Vec<Event> = (0..case.events).map(|number| case.event(number)).collect();
    let dir = tempfile::tempdir()?;
    let mut database = rusqlite::Connection::open(dir.path().join("bulk.db"))?;
    database.execute_batch(
        "pragma journal_mode = wal; pragma synchronous = full;
         create table events (id blob, time integer, user integer, post integer, action integer)",
    )?;
    let started = Instant::now();
    for chunk in events.chunks(50_000) {
        let transaction = database.transaction()?;
        {
            let mut insert = transaction.prepare("insert into events values (?, ?, ?, ?, ?)")?;
            for event in chunk {
                insert.execute((
                    event.id.bits().to_be_bytes(),
                    event.time.micros(),
                    event.user.0.as_integer().map(|id| id as i64),
                    event.post.0.as_integer().map(|id| id as i64),
                    event.action as u8,
                ))?;
            }
        }
        transaction.commit()?;
    }
    Ok(started.elapsed())
}
