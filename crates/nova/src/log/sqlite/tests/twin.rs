//! What only this twin promises: times by the clock, retention, several processes, damage, a full disk.

use std::time::Duration;

use nova_core::error::Kind;
use nova_core::model::{Table, Timestamp};
use tokio::time::Instant;

use super::super::{Home, expire, frame, trim};
use super::{RETENTION, Twin, now, open, records};
use crate::log::{
    BatchLimit, DeadLetter, DeadLetters, Entry, EventLog, LogReader, Place, Positions, Reason, Topic,
};
use crate::sqlite::{self, Committer};

const POSTS: Topic = Topic::Change(Table::Posts);

fn limit(wait_max: Duration) -> BatchLimit {
    BatchLimit { records_max: 1_000, wait_max }
}

async fn next(reader: &mut Box<dyn LogReader>) -> Vec<Entry> {
    reader.next(limit(Duration::from_secs(20))).await.unwrap().entries
}

fn at(topic: Topic, offset: u64) -> Positions {
    let mut positions = Positions::default();
    positions.advance(topic, frame::PARTITION, offset);
    positions
}

#[tokio::test]
async fn times_come_from_the_clock_and_never_decrease() {
    let twin = Twin::new();
    let later = now().plus(Duration::from_secs(60));
    for time in [now(), later, now()] {
        twin.clock.set(time);
        twin.log.append(Topic::Events, records("u", 2)).await.unwrap();
    }
    let twin = twin.reopened();
    twin.clock.set(Timestamp::MIN);
    twin.log.append(Topic::Events, records("u", 1)).await.unwrap();
    twin.log.append(POSTS, records("p", 1)).await.unwrap();
    let mut reader = twin.log.read(&[Topic::Events], &Positions::default()).await.unwrap();
    let times: Vec<_> = next(&mut reader).await.into_iter().map(|entry| entry.received_at).collect();
    assert_eq!(times, [now(), now(), later, later, later, later, later]);
    let mut reader = twin.log.read(&[POSTS], &Positions::default()).await.unwrap();
    assert_eq!(next(&mut reader).await[0].received_at, Timestamp::MIN, "each topic has its own time");
}

#[tokio::test]
async fn what_is_old_and_held_by_every_group_goes_in_whole_frames() {
    let twin = Twin::new();
    for topic in [Topic::Events, POSTS] {
        twin.log.append(topic, records("a", 10)).await.unwrap();
        twin.log.append(topic, records("a", 10)).await.unwrap();
    }
    let mut all = at(Topic::Events, 20);
    all.advance_all(&at(POSTS, 20));
    twin.log.commit("index", &all).await.unwrap();
    let past = now().plus(RETENTION);
    assert_eq!(twin.log.trim(past).await.unwrap(), 0, "exactly as old as the retention: still there");

    let past = past.plus(Duration::from_micros(1));
    twin.log.commit("backup", &at(Topic::Events, 15)).await.unwrap();
    assert_eq!(twin.log.trim(past).await.unwrap(), 10, "half a frame is no frame, and backup holds no posts");
    assert_eq!(twin.log.starts().await.unwrap().get(Topic::Events, 0), Some(10));
    let refused = twin.log.read(&[Topic::Events], &at(Topic::Events, 9)).await.map(drop).unwrap_err();
    assert_eq!((refused.kind(), refused.detail()), (Kind::Corrupt, "events starts at 10, 9 was dropped"));

    // held by all of them now: everything goes, and offsets go on all the same
    twin.log.commit("backup", &all).await.unwrap();
    assert_eq!(twin.log.trim(past).await.unwrap(), 30);
    assert_eq!(twin.log.starts().await.unwrap(), twin.log.ends().await.unwrap());
    let mut reader = twin.log.read(&Topic::ALL, &all).await.unwrap();
    let twin = twin.reopened();
    assert_eq!(twin.log.append(Topic::Events, records("b", 1)).await.unwrap(), at(Topic::Events, 21));
    assert_eq!(next(&mut reader).await[0].place.offset, 20);
}

#[tokio::test]
async fn a_call_drops_a_bounded_amount() {
    let twin = Twin::new();
    let frames = trim::CALL_FRAMES_MAX + 300;
    let many = move |transaction: &rusqlite::Transaction<'_>| {
        (0..frames)
            .try_for_each(|_| frame::append(transaction, Topic::Events, &records("u", 1), now()).map(drop))
    };
    twin.log.writer(Home::Events).submit("test", many).await.unwrap();
    twin.log.commit("index", &at(Topic::Events, frames as u64)).await.unwrap();
    assert_eq!(twin.log.trim(Timestamp::MAX).await.unwrap(), trim::CALL_FRAMES_MAX as u64);
    assert_eq!(twin.log.trim(Timestamp::MAX).await.unwrap(), 300);
}

#[tokio::test]
async fn a_call_forgets_a_bounded_number_of_letters() {
    let twin = Twin::new();
    let letter = |offset: u64| DeadLetter {
        place: Place { topic: Topic::Events, partition: 0, offset },
        reason: Reason::Malformed,
        detail: String::new(),
        key: bytes::Bytes::new(),
        value: None,
        headers: Vec::new(),
        received_at: now(),
        buried_at: now(),
        requeued_at: None,
    };
    let most = expire::CALL_LETTERS_MAX;
    twin.log.bury((0..most + 50).map(letter).collect()).await.unwrap();
    assert_eq!(twin.log.expire(Timestamp::MAX, most).await.unwrap().aged, most);
    assert_eq!(twin.log.expire(Timestamp::MAX, most).await.unwrap().aged, 50);
}

#[tokio::test]
async fn the_file_of_a_log_that_is_trimmed_stops_growing() {
    let twin = Twin::new();
    let mut pages = Vec::new();
    for round in 1..=6_u64 {
        for _ in 0..10 {
            twin.log.append(Topic::Events, records(&"key".repeat(50), 200)).await.unwrap();
        }
        twin.log.commit("index", &at(Topic::Events, round * 2_000)).await.unwrap();
        assert_eq!(twin.log.trim(Timestamp::MAX).await.unwrap(), 2_000);
        let count = twin.log.ask("test", Home::Events, |connection| {
            Ok(connection.query_row("pragma page_count", [], |row| row.get::<_, i64>(0)).unwrap())
        });
        pages.push(count.await.unwrap());
    }
    assert!(pages[0] > 80, "a round fills many pages: {pages:?}");
    assert!(pages[5] <= pages[1] + 2, "freed pages are written again: {pages:?}");
}

#[tokio::test]
async fn a_reader_that_was_overtaken_by_the_trimming_is_told() {
    let twin = Twin::new();
    twin.log.append(Topic::Events, records("u", 1)).await.unwrap();
    let mut reader = twin.log.read(&[Topic::Events], &Positions::default()).await.unwrap();
    twin.log.append(Topic::Events, records("u", 1)).await.unwrap();
    twin.log.commit("another", &at(Topic::Events, 2)).await.unwrap();
    twin.log.trim(Timestamp::MAX).await.unwrap();
    twin.log.append(Topic::Events, records("u", 1)).await.unwrap();
    for _ in 0..2 {
        let refused = reader.next(limit(Duration::ZERO)).await.unwrap_err();
        assert_eq!((refused.kind(), refused.detail()), (Kind::Corrupt, "events goes on at 2, 0 was dropped"));
    }
}

#[tokio::test]
async fn partitions_other_than_the_only_one_are_refused() {
    let twin = Twin::new();
    let place = Place { topic: Topic::Events, partition: 3, offset: 0 };
    let refused = twin.log.read(&Topic::ALL, &Positions::after(place)).await.map(drop).unwrap_err();
    assert_eq!((refused.kind(), refused.detail()), (Kind::Corrupt, "events has no partition 3"));
    let refused = twin.log.commit("index", &Positions::after(place)).await.unwrap_err();
    assert_eq!((refused.kind(), refused.field()), (Kind::Rejected, "positions"));
    assert_eq!(twin.log.committed("index").await.unwrap(), None);
}

/// As the social twin does it: a row of its own and the change record, in one transaction on another connection.
#[tokio::test]
async fn a_social_write_and_its_change_record_are_one() {
    let twin = Twin::new();
    let mut reader = twin.log.read(&Topic::ALL, &Positions::default()).await.unwrap();
    let connection = sqlite::open(&twin.dir.path().join("social.db")).unwrap();
    connection.execute_batch("create table rows (id integer primary key) strict").unwrap();
    let wake = twin.log.wake();
    let social = Committer::start("social", connection, move || wake.ring()).unwrap();
    let write = |id: i64, fail: bool| {
        social.submit("test", move |transaction| {
            transaction.execute("insert into rows (id) values (?)", [id]).unwrap();
            let end = frame::append(transaction, POSTS, &records("p", 1), now())?;
            if fail { Err(sqlite::failure("test", rusqlite::Error::InvalidQuery)) } else { Ok(end) }
        })
    };
    assert_eq!(write(1, false).await.unwrap(), at(POSTS, 1));
    write(2, true).await.unwrap_err();
    // another door to the same topic, through the log itself
    assert_eq!(twin.log.append(POSTS, records("q", 1)).await.unwrap(), at(POSTS, 2));
    assert_eq!(write(3, false).await.unwrap(), at(POSTS, 3));
    let mut offsets = Vec::new();
    while offsets.len() < 3 {
        offsets.extend(next(&mut reader).await.into_iter().map(|entry| entry.place.offset));
    }
    assert_eq!(offsets, [0, 1, 2]);
}

/// `nova dead-letters requeue` beside a running server.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_processes_may_write_and_read_one_directory() {
    let twin = Twin::new();
    let other = open(twin.dir.path(), &twin.clock).unwrap();
    let mut reader = twin.log.read(&[Topic::Events], &Positions::default()).await.unwrap();
    assert!(reader.next(limit(Duration::ZERO)).await.unwrap().entries.is_empty());
    let write = async |log: &super::SqliteLog, key: &str| {
        for _ in 0..20 {
            log.append(Topic::Events, records(key, 3)).await.unwrap();
        }
    };
    tokio::join!(write(&twin.log, "here"), write(&other, "there"));
    let mut read = Vec::new();
    while read.len() < 120 {
        read.extend(next(&mut reader).await);
    }
    assert!(read.iter().zip(0..).all(|(entry, offset)| entry.place.offset == offset));
    // nothing rings for what another process writes: it is seen by looking
    let (seen, ()) = tokio::join!(next(&mut reader), async {
        other.append(Topic::Events, records("there", 1)).await.unwrap();
    });
    assert_eq!(seen[0].place.offset, 120);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_waiting_reader_is_woken_not_left_to_look() {
    let twin = Twin::new();
    let mut reader = twin.log.read(&Topic::ALL, &Positions::default()).await.unwrap();
    let start = Instant::now();
    for _ in 0..60 {
        let (entries, appended) = tokio::join!(next(&mut reader), twin.log.append(POSTS, records("p", 1)));
        assert_eq!(entries.len(), 1);
        appended.unwrap();
    }
    // by looking alone this takes 15 s
    assert!(start.elapsed() < Duration::from_secs(7), "{:?}", start.elapsed());
}

#[tokio::test]
async fn damage_is_named_after_everything_before_it_was_given() {
    let twin = Twin::new();
    for _ in 0..4 {
        twin.log.append(Topic::Events, records("u", 5)).await.unwrap();
    }
    let file = sqlite::open(&twin.dir.path().join("events.db")).unwrap();
    let frame_3 = [
        "update log_frames set body = substr(body, 1, length(body) - 1) where seq = 3",
        "update log_frames set body = zeroblob(0) where seq = 3",
        "update log_frames set body = zeroblob(length(body)) where seq = 3",
        "update log_frames set records = 4 where seq = 3",
        "update log_frames set records = -1 where seq = 3",
        "update log_frames set first_offset = -1 where seq = 3",
    ];
    for damage in frame_3 {
        let mut reader = twin.log.read(&Topic::ALL, &at(Topic::Events, 2)).await.unwrap();
        file.execute_batch(damage).unwrap();
        assert_eq!(next(&mut reader).await.len(), 8, "{damage}");
        let refused = reader.next(limit(Duration::ZERO)).await.unwrap_err();
        assert_eq!(refused.kind(), Kind::Corrupt, "{damage}");
        assert!(refused.detail().starts_with("frame 3 of the log is damaged: "), "{}", refused.detail());
        let mend = "update log_frames set (records, first_offset) = (5, 10), \
                    body = (select body from log_frames where seq = 2) where seq = 3";
        file.execute_batch(mend).unwrap();
    }
    let mut reader = twin.log.read(&Topic::ALL, &Positions::default()).await.unwrap();
    assert_eq!(next(&mut reader).await.len(), 20, "mended");
}

#[tokio::test]
async fn a_full_disk_refuses_everything_and_recovers_by_itself() {
    let twin = Twin::new();
    let limit_pages = |pages: i64| {
        twin.log.writer(Home::Events).submit("test", move |transaction| {
            transaction.pragma_update(None, "max_page_count", pages).unwrap();
            Ok(())
        })
    };
    limit_pages(60).await.unwrap();
    let mut whole = 0;
    let refused = loop {
        match twin.log.append(Topic::Events, records("user", 1_000)).await {
            Ok(_) => whole += 1,
            Err(error) => break error,
        }
    };
    assert_eq!((refused.kind(), refused.detail()), (Kind::Unavailable, "the disk is full"));
    assert!(whole > 0);
    let letters = (0..2_000)
        .map(|offset| DeadLetter {
            place: Place { topic: Topic::Events, partition: 0, offset },
            reason: Reason::Malformed,
            detail: "x".repeat(100),
            key: bytes::Bytes::new(),
            value: None,
            headers: Vec::new(),
            received_at: now(),
            buried_at: now(),
            requeued_at: None,
        })
        .collect();
    assert_eq!(twin.log.bury(letters).await.unwrap_err().kind(), Kind::Unavailable);
    assert_eq!(twin.log.waiting().await.unwrap(), 0, "nothing half written");

    limit_pages(1_000_000).await.unwrap();
    assert_eq!(
        twin.log.append(Topic::Events, records("user", 7)).await.unwrap(),
        at(Topic::Events, whole * 1_000 + 7)
    );
    let mut reader = twin.log.read(&[Topic::Events], &Positions::default()).await.unwrap();
    let mut read = Vec::new();
    while (read.len() as u64) < whole * 1_000 + 7 {
        read.extend(next(&mut reader).await);
    }
    assert!(read.iter().zip(0..).all(|(entry, offset)| entry.place.offset == offset));
}

/// The log looks at a newer version's files and leaves them as they are.
#[test]
fn a_directory_of_a_newer_version_is_refused() {
    for file in ["social.db", "events.db"] {
        let dir = tempfile::tempdir().unwrap();
        let clock = std::sync::Arc::new(super::ManualClock::new(now()));
        drop(open(dir.path(), &clock).unwrap());
        sqlite::open(&dir.path().join(file)).unwrap().pragma_update(None, "user_version", 9).unwrap();
        let refused = open(dir.path(), &clock).unwrap_err();
        assert_eq!(refused.kind(), Kind::Rejected);
        assert!(
            refused.detail().contains(file) && refused.detail().contains("format 9"),
            "{}",
            refused.detail()
        );
    }
}

#[test]
fn a_directory_that_cannot_be_is_named() {
    let file = tempfile::NamedTempFile::new().unwrap();
    let clock = std::sync::Arc::new(super::ManualClock::new(now()));
    let refused = open(&file.path().join("data"), &clock).unwrap_err();
    assert_eq!(refused.kind(), Kind::Unavailable);
    let said = format!("{}: the data directory cannot be created", file.path().join("data").display());
    assert_eq!(refused.detail(), said);
}
