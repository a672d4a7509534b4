//! How much is asked for one page, and how long it is remembered.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use clickhouse::Row;
use futures_util::try_join;
use nova_core::model::Action;
use nova_core::pipeline::Candidate;
use serde::Deserialize;

use super::OnClickHouse;
use super::sink::{shares, with_a_post};
use crate::project::exactly_once::Sink as _;
use crate::store::FeedStore as _;
use crate::store::clickhouse::testing::Scratch;
use crate::store::clickhouse::{ClickHouseStore, ClickHouseStoreConfig};
use crate::store::contract::Trial;
use crate::store::contract::history::{HOUR, NOW, ago, post, user};
use crate::store::contract::trial::candidate;
use crate::testbed;

/// Asked on the way in.
const WRITING: [&str; 6] =
    ["store.open", "store.kept", "store.authors", "store.put", "store.migrate", "store.sweep_authors"];

#[derive(Debug, Row, Deserialize)]
struct Asked {
    name: String,
    n: u64,
}

#[tokio::test]
async fn the_parts_of_a_page_do_not_ask_for_the_same() {
    let scratch = Scratch::migrated().await;
    let db = scratch.store();
    // longer than the test takes
    let config =
        ClickHouseStoreConfig { remembered: Duration::from_secs(3_600), ..ClickHouseStoreConfig::default() };
    let store = Arc::new(ClickHouseStore::open(scratch.store(), config).await.expect("opened"));
    let mut trial = Trial::new(Box::new(OnClickHouse { store: Arc::clone(&store), scratch }));
    trial.follow(2, 10);
    for number in 1..=20 {
        trial.post(number, 10 + number % 2, ago(number));
        trial.event(2, number, Action::Click, ago(HOUR));
    }
    trial.play().await;

    let query = Trial::query(2, 500);
    let (followed, close) =
        try_join!(store.follow(&query), store.affinity(user(2), NOW, query.since, 500)).expect("asked");
    assert_eq!((followed.len(), close.len()), (10, 20));
    let mut found: Vec<Candidate> = (1..=30).map(candidate).collect();
    for _ in 0..2 {
        store.judge(Some(user(2)), NOW, &mut found).await.expect("judged");
        store.measure(Some(user(2)), NOW, &mut found[..20]).await.expect("measured");
    }
    assert_eq!(found[19].features.interactions, 10);

    db.run("test", "SYSTEM FLUSH LOGS").await.expect("flushed");
    let sql = "SELECT log_comment AS name, count() AS n FROM system.query_log
               WHERE type = 'QueryFinish' AND current_database = currentDatabase() AND query_kind = 'Select'
                 AND log_comment LIKE 'store.%' AND log_comment NOT IN {writing:Array(String)}
               GROUP BY name ORDER BY name";
    let asked: Vec<Asked> =
        db.rows("test", db.query(sql).param("writing", &WRITING[..])).await.expect("counted");
    let asked: BTreeMap<String, u64> = asked.into_iter().map(|Asked { name, n }| (name, n)).collect();
    let most = [
        ("store.viewer", 1),
        // for both sources
        ("store.posts_of", 1),
        ("store.gone", 1),
        // those that no source has named
        ("store.posts", 1),
        ("store.counts", 1),
    ];
    for (name, n) in &asked {
        let allowed = most.iter().find(|(it, _)| it == name).map_or(0, |&(_, most)| most);
        assert!(*n <= allowed, "{name} was asked {n} times: {asked:?}");
    }
    assert_eq!(asked.get("store.viewer"), Some(&1), "{asked:?}");
}

#[tokio::test]
async fn what_the_consumer_writes_shows_when_its_moment_has_passed() {
    let scratch = Scratch::migrated().await;
    let store = with_a_post(&scratch).await;
    let shared = async || {
        let mut found = [candidate(1)];
        store.measure(None, NOW, &mut found).await.expect("measured");
        found[0].features.shares
    };
    assert_eq!(shared().await, 0);
    store.insert(&shares(20), "a").await.expect("inserted");
    testbed::until("the shares", async || (shared().await == 20).then_some(())).await;
}

#[tokio::test]
async fn more_likes_than_are_read_with_the_rest_are_asked_for_by_post() {
    let scratch = Scratch::migrated().await;
    let store = with_a_post(&scratch).await;
    let liked = async |viewer: u64| {
        let mut found = [candidate(1)];
        store.measure(Some(user(viewer)), NOW, &mut found).await.expect("measured");
        found[0].features.liked
    };
    for (viewer, first) in [(2, 1), (3, 2)] {
        let sql = format!(
            "INSERT INTO user_likes SELECT toUInt128('{}'), toUInt128('{}') + number, 'event', now64(6), 1, 1
             FROM numbers(5000)",
            user(viewer).bits(),
            post(first).bits()
        );
        scratch.store().run("test", &sql).await.expect("inserted");
    }
    assert!(liked(2).await);
    assert!(!liked(3).await);
}
