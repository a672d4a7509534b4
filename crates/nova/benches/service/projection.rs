//! The projection alone, beside SQLite's bulk insert of the same rows.

use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::Result;
use nova::app::{App, SystemClock};
use nova::config::{Config, Overrides};
use nova::ingest::event;
use nova::log::{EventLog, Record, SqliteLog, SqliteLogConfig, Topic};
use nova::social::{NewPost, NewUser, Social, Write};
use nova_core::clock::Clock as _;
use nova_core::model::{Action, Event, EventId, PostId, UserId};

use crate::line;

/// Records of one append while the log is filled.
const APPEND: usize = 1_000;
/// People and posts that the events are about.
const USERS: u64 = 100_000;
const POSTS: u64 = 100_000;
/// How long the projection may stand still.
const PATIENCE: Duration = Duration::from_secs(600);

pub(crate) fn run(count: usize) -> Result<()> {
    let dir = tempfile::tempdir()?;
    let events: Vec<Event> = (0..count as u64).map(event).collect();
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let config = || {
        let flags = Overrides { listen: None, data_dir: Some(dir.path().to_owned()) };
        Config::load(None, &flags)
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
        for chunk in events.chunks(APPEND) {
            let records: Vec<Record> = chunk.iter().map(event::encode).collect();
            log.append(Topic::Events, records).await?;
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
    anyhow::ensure!(applied == count as u64, "{applied} of {count} events counted");
    let ours = count as f64 / elapsed.as_secs_f64();
    let theirs = count as f64 / bulk(&events)?.as_secs_f64();
    line(
        "projection alone: log to index",
        &format!("{ours:.0} events/s"),
        &format!("{:.2}x of SQLite's bulk insert, {theirs:.0} rows/s; {count} events", ours / theirs),
    );
    Ok(())
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

fn event(number: u64) -> Event {
    let mixed = number.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    Event {
        id: EventId::from_bits((u128::from(mixed) << 64) | 0x8000_0000_0000_0000 | u128::from(number)),
        time: SystemClock.now(),
        user: UserId::from_integer(mixed % USERS),
        post: PostId::from_integer((mixed >> 20) % POSTS),
        author: None,
        action: Action::ALL[(mixed >> 40) as usize % 3],
        dwell_ms: None,
        device: None,
        app_ver: None,
    }
}

/// What a plain table would take: the same columns, prepared statement, large transactions, synced.
fn bulk(events: &[Event]) -> Result<Duration> {
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
