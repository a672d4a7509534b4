//! The suite that every twin passes: what [`EventLog`] and [`DeadLetters`] promise, and nothing that only one twin
//! does. Partitions may be many, order holds for each key, a log may expire by itself.
//!
//! A twin runs it with `crate::log::contract::suite!(Twin)` in its tests, where `Twin` is a [`Fixture`].

mod letters;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use futures_util::FutureExt;
use futures_util::future::join_all;
use nova_core::error::Kind;
use nova_core::model::{Table, Timestamp};

use super::{Batch, BatchLimit, DeadLetters, Entry, EventLog, LogReader, Place, Positions, Record, Topic};

/// A log of a twin, empty at first.
#[async_trait]
pub(crate) trait Fixture: Send + Sync + Sized {
    /// A new, empty log.
    async fn open() -> Self;

    /// The same log through new connections, as after a restart.
    async fn reopen(self) -> Self;

    /// The log.
    fn log(&self) -> Arc<dyn EventLog>;

    /// Its dead letters.
    fn dead(&self) -> Arc<dyn DeadLetters>;
}

/// Runs every function of the suite as a test of its own.
macro_rules! suite {
    ($twin:ty) => {
        $crate::log::contract::suite!(
            $twin,
            gives_back_what_was_written,
            gives_the_same_again,
            goes_on_where_a_reader_stood,
            begins_at_its_start_and_tells_its_end,
            survives_a_restart,
            keeps_the_order_of_each_key_under_concurrency,
            wakes_a_reader_that_waits,
            consumes_nothing_by_a_call_that_is_dropped,
            holds_to_the_limit_of_a_batch,
            starves_no_topic,
            refuses_a_position_of_another_log,
            writes_nothing_when_nothing_is_given,
            takes_large_records_and_calls,
            remembers_what_a_group_committed,
            drops_nothing_that_a_group_may_need,
            answers_when_asked_for_its_health,
            buries_once,
            lists_the_newest_letters_first,
            puts_a_letter_back,
            forgets_a_letter,
            forgets_what_is_too_old_or_too_much,
            says_which_letter_is_not_there,
            keeps_letters_over_a_restart,
        );
    };
    ($twin:ty, $($promise:ident),+ $(,)?) => {
        $(
            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $promise() {
                let twin = <$twin as $crate::log::contract::Fixture>::open().await;
                $crate::log::contract::$promise(twin).await;
            }
        )+
    };
}
pub(crate) use letters::*;
pub(crate) use suite;

const POSTS: Topic = Topic::Change(Table::Posts);
const LIKES: Topic = Topic::Change(Table::Likes);
/// Longer than any twin needs; a test that waits so long has failed.
const SOON: Duration = Duration::from_secs(20);

fn record(key: &str, value: &str) -> Record {
    Record {
        key: Bytes::copy_from_slice(key.as_bytes()),
        value: Some(Bytes::copy_from_slice(value.as_bytes())),
    }
}

/// Records `from..to` of one key, told apart by their value.
fn numbered(key: &str, from: usize, to: usize) -> Vec<Record> {
    (from..to).map(|number| record(key, &number.to_string())).collect()
}

fn soon(records_max: usize) -> BatchLimit {
    BatchLimit { records_max, wait_max: SOON }
}

async fn reader(log: &Arc<dyn EventLog>, from: &Positions) -> Box<dyn LogReader> {
    log.read(&Topic::ALL, from).await.unwrap()
}

/// Reads until everything before `end` was given.
async fn read_to(reader: &mut Box<dyn LogReader>, end: &Positions) -> Batch {
    let mut read = Batch::default();
    while !read.upto.covers(end) {
        let mut batch = reader.next(soon(1_000)).await.unwrap();
        assert!(
            !batch.entries.is_empty() || batch.upto.covers(end),
            "nothing came before {end}: {}",
            batch.upto
        );
        read.entries.append(&mut batch.entries);
        read.upto = batch.upto;
    }
    read
}

async fn read_all(log: &Arc<dyn EventLog>) -> Vec<Entry> {
    let end = log.ends().await.unwrap();
    read_to(&mut reader(log, &Positions::default()).await, &end).await.entries
}

/// Records of each topic and key, in the order they were given.
fn by_key(entries: &[Entry]) -> BTreeMap<(Topic, Bytes), Vec<Option<Bytes>>> {
    let mut keys = BTreeMap::<_, Vec<_>>::new();
    for entry in entries {
        keys.entry((entry.place.topic, entry.record.key.clone()))
            .or_default()
            .push(entry.record.value.clone());
    }
    keys
}

/// Per partition: offsets without a gap, times that never decrease.
fn assert_ordered(entries: &[Entry]) {
    let mut last = BTreeMap::<(Topic, u16), &Entry>::new();
    for entry in entries {
        let partition = (entry.place.topic, entry.place.partition);
        if let Some(before) = last.insert(partition, entry) {
            assert_eq!(entry.place.offset, before.place.offset + 1, "after {:?}", before.place);
            assert!(entry.received_at >= before.received_at, "{:?}", entry.place);
        }
    }
}

pub(crate) async fn gives_back_what_was_written(twin: impl Fixture) {
    let log = twin.log();
    let odd = vec![
        record("a", r#"{"n":1}"#),
        Record { key: Bytes::from_static(b"a"), value: None },
        record("a", ""),
        Record { key: Bytes::from_static(&[0, 255, 10]), value: Some(Bytes::from_static(&[0xc3, 0x28, 0])) },
    ];
    let mut end = log.append(POSTS, odd.clone()).await.unwrap();
    end.advance_all(&log.append(Topic::Events, numbered("u", 0, 300)).await.unwrap());

    let read = read_to(&mut reader(&log, &Positions::default()).await, &end).await;
    assert_ordered(&read.entries);
    let keys = by_key(&read.entries);
    assert_eq!(keys[&(POSTS, odd[0].key.clone())], [odd[0].value.clone(), None, Some(Bytes::new())]);
    assert_eq!(keys[&(POSTS, odd[3].key.clone())], [odd[3].value.clone()]);
    let events: Vec<_> = numbered("u", 0, 300).into_iter().map(|it| it.value).collect();
    assert_eq!(keys[&(Topic::Events, Bytes::from_static(b"u"))], events);
    assert_eq!(read.entries.len(), 304);
    assert_eq!(read.upto, end);
}

pub(crate) async fn gives_the_same_again(twin: impl Fixture) {
    let log = twin.log();
    for number in 0..10 {
        log.append(Topic::Events, numbered("u", number * 7, number * 7 + 7)).await.unwrap();
        log.append(LIKES, numbered("l", number, number + 1)).await.unwrap();
    }
    let sorted = |mut entries: Vec<Entry>| {
        entries.sort_by_key(|entry| entry.place);
        entries
    };
    let first = sorted(read_all(&log).await);
    assert_eq!(first.len(), 80);
    assert_eq!(sorted(read_all(&log).await), first);
}

pub(crate) async fn goes_on_where_a_reader_stood(twin: impl Fixture) {
    let log = twin.log();
    for number in 0..20 {
        log.append(Topic::Events, numbered("u", number * 5, number * 5 + 5)).await.unwrap();
    }
    let (mut stood, mut seen) = (Positions::default(), Vec::new());
    let end = log.ends().await.unwrap();
    // a new reader for each batch, and batches that end inside of what was one append
    while !stood.covers(&end) {
        let batch = reader(&log, &stood).await.next(soon(3)).await.unwrap();
        seen.extend(batch.entries);
        stood = batch.upto;
    }
    assert_ordered(&seen);
    let values: Vec<_> = seen.into_iter().map(|entry| entry.record).collect();
    assert_eq!(values, numbered("u", 0, 100));
    // an old position gives what came after it again
    let place = read_all(&log).await[41].place;
    let again = reader(&log, &Positions::after(place)).await.next(soon(1)).await.unwrap();
    assert_eq!(again.entries[0].place.offset, place.offset + 1);
}

pub(crate) async fn begins_at_its_start_and_tells_its_end(twin: impl Fixture) {
    let log = twin.log();
    assert!(log.ends().await.unwrap().is_empty());
    assert!(log.starts().await.unwrap().is_empty());
    let first = log.append(POSTS, numbered("p", 0, 3)).await.unwrap();
    let second = log.append(Topic::Events, numbered("u", 0, 2)).await.unwrap();
    let ends = log.ends().await.unwrap();
    assert!(ends.covers(&first) && ends.covers(&second));
    assert_eq!(ends.lag_of(&log.starts().await.unwrap()), 5);
    let later = log.append(Topic::Events, numbered("u", 2, 3)).await.unwrap();
    assert!(later.covers(&second) && !second.covers(&later), "offsets rise");
}

pub(crate) async fn survives_a_restart(twin: impl Fixture) {
    let log = twin.log();
    log.append(POSTS, numbered("p", 0, 3)).await.unwrap();
    let end = log.append(Topic::Events, numbered("u", 0, 50)).await.unwrap();
    log.commit("index", &end).await.unwrap();
    let before = (read_all(&log).await.len(), log.ends().await.unwrap());
    drop(log);

    let twin = twin.reopen().await;
    let log = twin.log();
    assert_eq!((read_all(&log).await.len(), log.ends().await.unwrap()), before);
    assert_eq!(log.committed("index").await.unwrap(), Some(end.clone()));
    let later = log.append(Topic::Events, numbered("u", 50, 51)).await.unwrap();
    assert_eq!(later.lag_of(&end), 1, "offsets go on where they were");
}

pub(crate) async fn keeps_the_order_of_each_key_under_concurrency(twin: impl Fixture) {
    let log = twin.log();
    let writers = (0..8).map(|writer| {
        let log = Arc::clone(&log);
        let topic = if writer % 2 == 0 { Topic::Events } else { LIKES };
        async move {
            for call in 0..20 {
                log.append(topic, numbered(&format!("w{writer}"), call * 5, call * 5 + 5)).await.unwrap();
            }
        }
    });
    join_all(writers).await;
    let entries = read_all(&log).await;
    assert_ordered(&entries);
    let keys = by_key(&entries);
    assert_eq!(keys.len(), 8);
    let values: Vec<_> = numbered("", 0, 100).into_iter().map(|it| it.value).collect();
    assert!(keys.values().all(|of_key| *of_key == values));
}

pub(crate) async fn wakes_a_reader_that_waits(twin: impl Fixture) {
    let log = twin.log();
    let mut reader = reader(&log, &Positions::default()).await;
    let nothing = reader.next(BatchLimit { records_max: 10, wait_max: Duration::ZERO }).await.unwrap();
    assert!(nothing.entries.is_empty());
    for (number, topic) in [Topic::Events, POSTS, Topic::Events].into_iter().enumerate() {
        let (batch, appended) =
            tokio::join!(reader.next(soon(10)), log.append(topic, numbered("k", number, number + 1)));
        let batch = batch.unwrap();
        assert_eq!(batch.entries.len(), 1, "it came within the wait");
        assert!(batch.upto.covers(&appended.unwrap()));
    }
}

pub(crate) async fn consumes_nothing_by_a_call_that_is_dropped(twin: impl Fixture) {
    let log = twin.log();
    let mut reader = reader(&log, &Positions::default()).await;
    let mut seen = Vec::new();
    for call in 0..30 {
        log.append(Topic::Events, numbered("u", call * 10, call * 10 + 10)).await.unwrap();
        // looked at a few times and dropped: some are ready, most are not
        for _ in 0..3 {
            if let Some(batch) = reader.next(soon(4)).now_or_never() {
                seen.extend(batch.unwrap().entries);
            }
            tokio::task::yield_now().await;
        }
    }
    while seen.len() < 300 {
        seen.extend(reader.next(soon(4)).await.unwrap().entries);
    }
    assert_ordered(&seen);
    assert_eq!(seen.into_iter().map(|entry| entry.record).collect::<Vec<_>>(), numbered("u", 0, 300));
}

pub(crate) async fn holds_to_the_limit_of_a_batch(twin: impl Fixture) {
    let log = twin.log();
    for call in 0..10 {
        log.append(Topic::Events, numbered("u", call * 100, call * 100 + 100)).await.unwrap();
    }
    let mut reader = reader(&log, &Positions::default()).await;
    let mut left = 1_000;
    while left > 0 {
        let batch = reader.next(soon(7)).await.unwrap();
        // one frame more than the limit is allowed, and no frame here has more than a call's records
        assert!((1..=107).contains(&batch.entries.len()));
        left -= batch.entries.len();
    }
}

pub(crate) async fn starves_no_topic(twin: impl Fixture) {
    let log = twin.log();
    log.append(Topic::Events, numbered("u", 0, 5_000)).await.unwrap();
    log.append(POSTS, numbered("p", 0, 1)).await.unwrap();
    let mut reader = reader(&log, &Positions::default()).await;
    // events come faster than they are read: the one post must not wait until they end
    for _ in 0..500 {
        log.append(Topic::Events, numbered("u", 0, 20)).await.unwrap();
        let batch = reader.next(soon(10)).await.unwrap();
        if batch.entries.iter().any(|entry| entry.place.topic == POSTS) {
            return;
        }
    }
    panic!("the post waits behind the events");
}

pub(crate) async fn refuses_a_position_of_another_log(twin: impl Fixture) {
    let log = twin.log();
    log.append(Topic::Events, numbered("u", 0, 10)).await.unwrap();
    let place = read_all(&log).await[0].place;
    let beyond = Positions::after(Place { offset: 1_000, ..place });
    let mut refused = log.read(&Topic::ALL, &beyond).await.map(|_| ());
    if refused.is_ok() {
        // a twin may find out when it first reads
        refused = reader(&log, &beyond).await.next(soon(10)).await.map(|_| ());
    }
    assert_eq!(refused.unwrap_err().kind(), Kind::Corrupt);
    // topics that hold nothing are read from nothing
    let (end, mut nothing) = (log.ends().await.unwrap(), Positions::default());
    nothing.advance(POSTS, 0, 0);
    assert_eq!(read_to(&mut reader(&log, &nothing).await, &end).await.entries.len(), 10);
}

pub(crate) async fn writes_nothing_when_nothing_is_given(twin: impl Fixture) {
    let log = twin.log();
    log.append(Topic::Events, Vec::new()).await.unwrap();
    assert!(log.ends().await.unwrap().is_empty());
    log.append(Topic::Events, numbered("u", 0, 1)).await.unwrap();
    log.append(Topic::Events, Vec::new()).await.unwrap();
    assert_eq!(read_all(&log).await.len(), 1);
}

pub(crate) async fn takes_large_records_and_calls(twin: impl Fixture) {
    let log = twin.log();
    let large = Record { key: Bytes::from_static(b"p"), value: Some(Bytes::from(vec![b'x'; 900_000])) };
    log.append(POSTS, vec![large.clone()]).await.unwrap();
    log.append(Topic::Events, numbered("u", 0, 12_345)).await.unwrap();
    let entries = read_all(&log).await;
    assert_ordered(&entries);
    let (posts, events): (Vec<_>, Vec<_>) = entries.into_iter().partition(|entry| entry.place.topic == POSTS);
    assert_eq!(posts[0].record, large);
    assert_eq!(events.into_iter().map(|it| it.record).collect::<Vec<_>>(), numbered("u", 0, 12_345));
}

pub(crate) async fn remembers_what_a_group_committed(twin: impl Fixture) {
    let log = twin.log();
    assert_eq!(log.committed("index").await.unwrap(), None);
    let early = log.append(Topic::Events, numbered("u", 0, 5)).await.unwrap();
    let mut late = log.append(Topic::Events, numbered("u", 5, 9)).await.unwrap();
    log.commit("index", &late).await.unwrap();
    log.commit("index", &early).await.unwrap();
    assert_eq!(log.committed("index").await.unwrap(), Some(late.clone()), "never moves back");
    let posts = log.append(POSTS, numbered("p", 0, 1)).await.unwrap();
    log.commit("index", &posts).await.unwrap();
    late.advance_all(&posts);
    assert_eq!(log.committed("index").await.unwrap(), Some(late), "other topics stay");
    assert_eq!(log.committed("another").await.unwrap(), None);
}

pub(crate) async fn drops_nothing_that_a_group_may_need(twin: impl Fixture) {
    let log = twin.log();
    log.append(Topic::Events, numbered("u", 0, 10)).await.unwrap();
    // no group: nobody has read it yet
    assert_eq!(log.trim(Timestamp::MAX).await.unwrap(), 0);
    let first = read_all(&log).await[0].place;
    log.commit("behind", &Positions::after(first)).await.unwrap();
    log.commit("ahead", &log.ends().await.unwrap()).await.unwrap();
    log.trim(Timestamp::MAX).await.unwrap();
    let end = log.ends().await.unwrap();
    let left = read_to(&mut reader(&log, &Positions::after(first)).await, &end).await;
    assert_eq!(left.entries.len(), 9);
}

pub(crate) async fn answers_when_asked_for_its_health(twin: impl Fixture) {
    twin.log().check().await.unwrap();
    assert!(twin.log().ends().await.unwrap().is_empty(), "asking writes no record");
}
