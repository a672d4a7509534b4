//! Events as they stand in their table.

use clickhouse::Row;
use nova_core::error::Kind;
use nova_core::model::{Action, Event, EventId, PostId, Timestamp, UserId};
use serde::Deserialize;

use super::open;
use super::sink::{block, shares};
use crate::log::{Place, Topic};
use crate::project::exactly_once::Sink as _;
use crate::store::clickhouse::testing::Scratch;
use crate::store::{Fact, FeedStore as _, Placed};

#[derive(Debug, PartialEq, Eq, Row, Deserialize)]
struct Stands {
    user_id: u128,
    event_id: u128,
    post_id: u128,
    author_id: u128,
    action: String,
    dwell_ms: u32,
    device: String,
    app_ver: String,
    event_time: i64,
    received_at: i64,
    k_epoch: u32,
    k_partition: u16,
    k_offset: u64,
}

const STANDING: &str = "SELECT user_id, event_id, post_id, author_id, toString(action) AS action, dwell_ms, device,
    app_ver, toUnixTimestamp64Micro(event_time) AS event_time, toUnixTimestamp64Micro(received_at) AS received_at,
    k_epoch, k_partition, k_offset FROM events ORDER BY k_offset";

/// More than are turned into columns at once.
const MANY: u64 = 1_300;

/// An event whose columns are all others than those of its neighbours.
fn odd(number: u64, received_at: Timestamp) -> Placed {
    let edge = |number: u64| if number == 0 { 0 } else { u128::MAX - u128::from(number) };
    let text =
        |of: &str| (!number.is_multiple_of(3)).then(|| of.repeat(number as usize % 9).into_boxed_str());
    let action = Action::ALL[number as usize % Action::ALL.len()];
    let event = Event {
        id: EventId::from_bits(edge(number)),
        time: Timestamp::from_micros(received_at.micros() - number as i64 * 7_654_321),
        user: UserId::from_bits(edge(number * 3)),
        post: PostId::from_bits(edge(number * 5)),
        author: None,
        action,
        dwell_ms: (action == Action::Dwell).then_some(number as u32 * 2_700),
        device: text("\u{1f4f1} a"),
        app_ver: text("'1\t\\N"),
    };
    let place = Place { topic: Topic::Events, partition: u16::MAX, offset: u64::MAX - MANY + number };
    Placed { place, received_at, fact: Fact::Event(event) }
}

#[tokio::test]
async fn every_column_of_an_event_stands_as_it_came() {
    let scratch = Scratch::migrated().await;
    let store = open(&scratch).await;
    let received_at = Timestamp::from_micros(1_790_000_000_123_457);
    let events: Vec<Placed> = (0..MANY).map(|number| odd(number, received_at)).collect();
    store.insert(&block(events.clone()), "a").await.expect("inserted");
    let standing: Vec<Stands> = store.db.rows("test", store.db.query(STANDING)).await.expect("asked");
    let sent: Vec<Stands> = events.iter().map(stands).collect();
    assert_eq!(standing.len(), sent.len());
    assert!(standing.iter().eq(&sent), "{:?}", standing.iter().zip(&sent).find(|(one, other)| one != other));
}

fn stands(Placed { place, received_at, fact }: &Placed) -> Stands {
    let Fact::Event(event) = fact else { panic!("an event") };
    Stands {
        user_id: event.user.bits(),
        event_id: event.id.bits(),
        post_id: event.post.bits(),
        author_id: 0,
        action: event.action.name().to_owned(),
        dwell_ms: event.dwell_ms.unwrap_or(0),
        device: event.device.as_deref().unwrap_or_default().to_owned(),
        app_ver: event.app_ver.as_deref().unwrap_or_default().to_owned(),
        event_time: event.time.micros(),
        received_at: received_at.micros(),
        k_epoch: 3,
        k_partition: place.partition,
        k_offset: place.offset,
    }
}

/// Nothing is wrong with the events: they wait, and go in once the tables are right.
#[tokio::test]
async fn a_table_without_one_of_the_columns_takes_no_event_and_refuses_none() {
    let scratch = Scratch::migrated().await;
    let store = open(&scratch).await;
    let run = async |sql: &str| store.db.run("test", sql).await.expect("altered");
    run("ALTER TABLE events DROP COLUMN app_ver").await;
    let error = store.insert(&shares(3), "a").await.expect_err("no such column");
    assert_eq!(error.kind(), Kind::Unavailable, "{error:?}");
    assert!(error.detail().contains("nova migrate"), "{error:?}");
    assert_eq!(store.size().await.expect("size").events, 0);
    run("ALTER TABLE events ADD COLUMN app_ver LowCardinality(String) AFTER device").await;
    store.insert(&shares(3), "a").await.expect("inserted");
    assert_eq!(store.size().await.expect("size").events, 3);
}
