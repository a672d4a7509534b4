//! Inserts of which nobody knows whether they were done.

use std::sync::Arc;
use std::time::Duration;

use nova_core::error::Kind;
use nova_core::model::Action;

use super::sink::{block, features, shares, with_a_post};
use crate::project::exactly_once::Sink as _;
use crate::store::clickhouse::testing::Scratch;
use crate::store::clickhouse::{ClickHouseStore, ClickHouseStoreConfig};
use crate::store::contract::history::{History, ago};
use crate::store::{FeedStore as _, Projection as _};
use crate::testbed::{Proxy, Way, host, until};

/// The same database through a proxy; `deadline` for an answer.
async fn through(proxy: &Proxy, scratch: &Scratch, deadline: Duration) -> Arc<ClickHouseStore> {
    let url = scratch.url().replace(host(scratch.url()), &proxy.address().to_string());
    let db = Scratch::at(url, deadline);
    Arc::new(ClickHouseStore::open(db, ClickHouseStoreConfig::default()).await.expect("opened"))
}

#[tokio::test]
async fn an_insert_whose_answer_is_lost_is_repeated_and_counts_once() {
    let scratch = Scratch::migrated().await;
    let patient = with_a_post(&scratch).await;
    let proxy = Proxy::before(host(scratch.url())).await;
    let store = through(&proxy, &scratch, Duration::from_millis(500)).await;
    let all = shares(50);
    let standing = async || patient.standing(&all.range).await.expect("asked").len();
    let (first, rest) = all.events.split_at(1);
    let (first, rest) = (block(first.to_vec()), block(rest.to_vec()));
    // the author is remembered from here on: nothing but the insert goes through the proxy
    until("an answer", async || store.insert(&first, "z").await.ok()).await;
    for (way, kind) in
        [(Way::Mute, Kind::Timeout), (Way::Blocked, Kind::Timeout), (Way::Cut, Kind::Unavailable)]
    {
        proxy.set(way);
        let error = store.insert(&rest, "a").await.expect_err("no answer");
        assert_eq!(error.kind(), kind, "{way:?}: {error:?}");
        // what was asked arrived, whatever became of the answer
        until("the rows", async || (standing().await == 50).then_some(())).await;
        proxy.set(Way::Open);
    }
    until("an answer", async || store.insert(&rest, "a").await.ok()).await;
    assert_eq!(standing().await, 50);
    let features = features(&patient, scratch, 120).await;
    assert_eq!((features.shares, features.interactions), (50, 1));
}

#[tokio::test]
async fn an_insert_whose_view_fails_is_completed_by_its_token() {
    let scratch = Scratch::migrated().await;
    let store = with_a_post(&scratch).await;
    let break_it = "CREATE MATERIALIZED VIEW broken TO post_totals AS
                    SELECT post_id, toInt64(throwIf(action = 'share')) AS impressions FROM events";
    store.db.run("test", break_it).await.expect("made");
    let block = shares(20);
    let error = store.insert(&block, "a").await.expect_err("a view fails");
    assert!(error.kind().retry(), "{error:?}");
    store.db.run("test", "DROP VIEW broken").await.expect("dropped");
    for _ in 0..2 {
        store.insert(&block, "a").await.expect("inserted");
    }
    assert_eq!(store.standing(&block.range).await.expect("asked").len(), 20);
    assert_eq!(store.size().await.expect("size").events, 20);
    let features = features(&store, scratch, 100).await;
    assert_eq!((features.shares, features.interactions), (20, 1));
}

#[tokio::test]
async fn an_import_goes_on_after_an_answer_was_lost() {
    let scratch = Scratch::migrated().await;
    with_a_post(&scratch).await;
    let proxy = Proxy::before(host(scratch.url())).await;
    let store = through(&proxy, &scratch, Duration::from_secs(20)).await;
    let mut history = History::default();
    for number in 0..30 {
        history.event(100 + number, 1, Action::Share, ago(number));
    }
    store.apply(&history.facts[..1], &crate::log::Positions::default()).await.expect("applied");
    let facts = &history.facts[1..];
    proxy.set(Way::Cut);
    store.apply(facts, &history.ends).await.expect_err("it cannot even be asked");
    proxy.set(Way::Open);
    // two at once: one batch waits for the other
    let (one, two) = tokio::join!(store.apply(facts, &history.ends), store.apply(facts, &history.ends));
    let (one, two) = (one.expect("applied"), two.expect("applied"));
    assert_eq!((one.events + two.events, one.duplicates + two.duplicates), (29, 29));
    assert_eq!(store.positions(), history.ends);
    assert_eq!(features(&store, scratch, 100).await.shares, 30);
}
