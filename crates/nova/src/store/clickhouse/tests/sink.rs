//! What the consumer of the log rests on.

use nova_core::model::{Action, EventId, Table, Timestamp};
use nova_core::pipeline::Features;

use super::{OnClickHouse, open};
use crate::log::Topic;
use crate::project::exactly_once::{Block, Entry, Held, Mark, Range, Sink as _};
use crate::store::clickhouse::ClickHouseStore;
use crate::store::clickhouse::testing::Scratch;
use crate::store::contract::Trial;
use crate::store::contract::history::{HOUR, History, ago, user};
use crate::store::{Fact, Placed};

/// A store with post 1 of author 1.
pub(super) async fn with_a_post(scratch: &Scratch) -> std::sync::Arc<ClickHouseStore> {
    let store = open(scratch).await;
    let mut history = History::default();
    history.post(1, 1, ago(HOUR));
    store.put(Table::Posts, &history.facts).await.expect("put");
    store
}

/// `count` shares of post 1, each by another user, from offset 0 on.
pub(super) fn shares(count: u64) -> Block {
    let mut history = History::default();
    for number in 0..count {
        history.event(100 + number, 1, Action::Share, ago(number));
    }
    block(history.facts)
}

pub(super) fn block(events: Vec<Placed>) -> Block {
    let offsets = || events.iter().map(|placed| placed.place.offset);
    let range = Range {
        topic: Topic::Events,
        epoch: 3,
        partition: 0,
        first: offsets().min().expect("an event"),
        last: offsets().max().expect("an event"),
    };
    Block { range, events }
}

pub(super) async fn features(
    store: &std::sync::Arc<ClickHouseStore>,
    scratch: Scratch,
    viewer: u64,
) -> Features {
    let twin = OnClickHouse { store: std::sync::Arc::clone(store), scratch };
    Trial::new(Box::new(twin)).features(viewer, 1).await
}

#[tokio::test]
async fn a_token_counts_once_in_the_table_and_behind_every_view() {
    let scratch = Scratch::migrated().await;
    let store = with_a_post(&scratch).await;
    let block = shares(20);
    for _ in 0..3 {
        store.insert(&block, "a").await.expect("inserted");
    }
    assert_eq!(store.standing(&block.range).await.expect("asked"), (0..20).collect::<Vec<_>>());
    // nothing in a block is written, and that is well
    store.insert(&Block { range: block.range, events: Vec::new() }, "b").await.expect("inserted");
    let days = crate::store::FeedStore::size(&*store).await.expect("size");
    assert_eq!(days.events, 20);
    let features = features(&store, scratch, 100).await;
    assert_eq!((features.shares, features.interactions), (20, 1));
}

#[tokio::test]
async fn what_stands_of_a_range_is_known_by_epoch_partition_and_offset() {
    let scratch = Scratch::migrated().await;
    let store = with_a_post(&scratch).await;
    let block = shares(20);
    store.insert(&block, "a").await.expect("inserted");
    let all = block.range;
    for (range, offsets) in [
        (Range { first: 5, last: 9, ..all }, vec![5, 6, 7, 8, 9]),
        (Range { first: 19, last: 99, ..all }, vec![19]),
        (Range { first: 20, last: 99, ..all }, vec![]),
        (Range { epoch: 2, ..all }, vec![]),
        (Range { partition: 1, ..all }, vec![]),
    ] {
        assert_eq!(store.standing(&range).await.expect("asked"), offsets, "{range:?}");
    }
    // under a token that is not known each stands twice
    store.insert(&block, "b").await.expect("inserted");
    let twice = store.standing(&Range { first: 18, last: 19, ..all }).await.expect("asked");
    assert_eq!(twice, [18, 18, 19, 19]);
}

#[tokio::test]
async fn what_was_kept_is_found_by_offset_and_by_identity() {
    let scratch = Scratch::migrated().await;
    let store = with_a_post(&scratch).await;
    let block = shares(20);
    store.insert(&block, "a").await.expect("inserted");
    let expected: Vec<Mark> = block
        .events
        .iter()
        .map(|placed| {
            let Fact::Event(event) = &placed.fact else { panic!("an event") };
            let Placed { place, received_at, .. } = placed;
            Mark {
                user: event.user,
                event: event.id,
                epoch: 3,
                offset: place.offset,
                received_at: *received_at,
            }
        })
        .collect();
    let mut found = Vec::new();
    let mut after = None;
    loop {
        let page = store.marks(0, Timestamp::MIN, after, 7).await.expect("marks");
        let Some(last) = page.last() else { break };
        after = Some((last.epoch, last.offset));
        found.extend(page);
    }
    assert_eq!(found, expected);
    let since = expected[12].received_at;
    assert_eq!(store.marks(0, since, None, 99).await.expect("marks"), expected[12..]);
    assert_eq!(store.marks(1, Timestamp::MIN, None, 99).await.expect("marks"), []);

    // offsets begin again with an epoch, and come behind all of the one before
    let anew = Block { range: Range { epoch: 4, ..block.range }, events: block.events[..2].to_vec() };
    store.insert(&anew, "anew").await.expect("inserted");
    let behind = store.marks(0, Timestamp::MIN, Some((3, 18)), 99).await.expect("marks");
    let places: Vec<_> = behind.iter().map(|mark| (mark.epoch, mark.offset)).collect();
    assert_eq!(places, [(3, 19), (4, 0), (4, 1)]);

    let stranger = (user(100), EventId::from_integer(1));
    let asked = [(expected[3].user, expected[3].event), stranger, (user(99), expected[3].event)];
    assert_eq!(
        store.kept(&asked).await.expect("kept"),
        [Some(Held { epoch: 3, partition: 0, offset: 3 }), None, None]
    );
    // more than one question holds
    let many: Vec<_> = (0..4_000).map(|number| (user(number), EventId::from_integer(number))).collect();
    assert!(store.kept(&many).await.expect("kept").iter().all(Option::is_none));
}

#[tokio::test]
async fn the_ledger_and_the_tables_know_how_far_it_went() {
    let scratch = Scratch::migrated().await;
    let store = with_a_post(&scratch).await;
    let reached =
        async |topic, epoch, partition| store.reached(topic, epoch, partition).await.expect("asked");
    assert_eq!(reached(Topic::Events, 3, 0).await, None);
    let block = shares(20);
    store.insert(&block, "a").await.expect("inserted");
    assert_eq!(reached(Topic::Events, 3, 0).await, Some(19));
    assert_eq!(reached(Topic::Events, 4, 0).await, None, "offsets of another epoch mean other records");
    let entry = Entry {
        range: Range { last: 24, ..block.range },
        records: 25,
        kept: 20,
        duplicates: 3,
        buried: 1,
        skipped: 1,
        hash: u64::MAX,
        sealed_at: ago(0),
        attempts: 1,
    };
    let likes = Range { topic: Topic::Change(Table::Likes), epoch: 1, partition: 5, first: 0, last: 7 };
    for _ in 0..2 {
        store.record(&[entry, Entry { range: likes, ..entry }]).await.expect("recorded");
    }
    assert_eq!(reached(Topic::Events, 3, 0).await, Some(24));
    assert_eq!(reached(Topic::Change(Table::Likes), 1, 5).await, Some(7));
    let held: u64 = store
        .db
        .row("test", store.db.query("SELECT count() FROM ingest_batches FINAL"))
        .await
        .expect("counted");
    assert_eq!(held, 2, "a range that is recorded again replaces itself");
}

#[tokio::test]
async fn authors_are_found_for_what_came_before_its_post() {
    let scratch = Scratch::migrated().await;
    let store = open(&scratch).await;
    let mut history = History::default();
    for number in 0..5 {
        history.event(2, 1, Action::Click, ago(number));
    }
    history.event(2, 77, Action::Click, ago(1));
    history.event(1, 1, Action::Click, ago(1));
    store.insert(&block(history.facts), "a").await.expect("inserted");
    assert_eq!(store.sweep_authors(99).await.expect("swept"), 0, "no post is known");
    let mut history = History::default();
    history.post(1, 1, ago(HOUR));
    store.put(Table::Posts, &history.facts).await.expect("put");
    for moved in [4, 2, 0, 0] {
        assert_eq!(store.sweep_authors(4).await.expect("swept"), moved);
    }
    assert_eq!(features(&store, scratch, 2).await.interactions, 5);
}
