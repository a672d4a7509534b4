//! The way of the data, part by part and whole: what enters comes out ranked.

use std::path::Path;
use std::time::Duration;

use bytes::Bytes;
use nova::log::{Record, Topic};
use nova_core::model::Table;
use nova_core::testkit::ManualClock;
use serde_json::{Value, json};

use crate::faulty::Faults;
use crate::http::{Page, event, post_of};
use crate::service::{START, Service};

/// A record of the real connector.
fn recorded(name: &str) -> Record {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("tests/fixtures/debezium/{name}.json"));
    let record: Value = serde_json::from_slice(&std::fs::read(path).expect("the fixture")).expect("JSON");
    let bytes = |value: &Value| Bytes::from(value.to_string());
    Record {
        key: bytes(&record["key"]),
        value: (!record["value"].is_null()).then(|| bytes(&record["value"])),
    }
}

/// A change record in the connector's shape.
fn change(op: &str, table: &str, lsn: u64, key: &Value, row: &Value) -> Record {
    let (before, after) = if op == "d" { (row, &Value::Null) } else { (&Value::Null, row) };
    let envelope = json!({
        "before": before, "after": after, "op": op, "ts_ms": 1_767_326_400_000_u64,
        "source": {"schema": "public", "table": table, "lsn": lsn, "snapshot": "false", "ts_ms": 1_767_326_400_000_u64},
    });
    Record { key: Bytes::from(key.to_string()), value: Some(Bytes::from(envelope.to_string())) }
}

#[tokio::test(flavor = "multi_thread")]
async fn cdc_consumer_reads_changes() {
    let service = Service::start().await;
    service.clock.set("2026-01-02T04:00:00Z".parse().expect("a time"));
    let append = async |table, record| {
        service.ports().log.append(Topic::Change(table), vec![record]).await.expect("the log takes it");
        service.caught_up().await;
    };
    let follow = json!({"follower_id": 7, "followee_id": "11111111-1111-4111-8111-111111111111",
        "created_at": "2026-01-01T00:00:00Z"});
    let key = json!({"follower_id": 7, "followee_id": "11111111-1111-4111-8111-111111111111"});
    append(Table::Follows, change("r", "follows", 1, &key, &follow)).await;
    append(Table::Posts, recorded("posts_create")).await;

    let post = "00000000-0000-4000-8000-000000000010";
    let page = service.http.feed(7, "").await;
    assert_eq!(page.0["items"][0]["post_id"], post, "{}", page.0);
    assert_eq!(page.0["items"][0]["created_at"], "2026-01-02T03:04:05.600000Z");
    assert_eq!(page.0["items"][0]["reason"], "follow");

    let like = json!({"post_id": post, "user_id": 9, "created_at": "2026-01-02T03:30:00Z"});
    let key = json!({"post_id": post, "user_id": 9});
    append(Table::Likes, change("c", "likes", 5, &key, &like)).await;
    append(Table::Likes, change("c", "likes", 5, &key, &like)).await;
    assert_eq!(service.http.feed(7, "").await.0["items"][0]["counts"]["likes"], 1, "the same record twice");
    append(Table::Likes, change("d", "likes", 6, &key, &like)).await;
    append(Table::Likes, change("c", "likes", 5, &key, &like)).await;
    assert_eq!(
        service.http.feed(7, "").await.0["items"][0]["counts"]["likes"],
        0,
        "an older record changes nothing"
    );

    // what cannot be read is put aside, and what comes after it is read
    append(
        Table::Posts,
        Record { key: Bytes::from_static(b"{}"), value: Some(Bytes::from_static(b"{\"op\":")) },
    )
    .await;
    append(Table::Posts, recorded("posts_update_full")).await;
    assert!(service.http.feed(7, "").await.items().is_empty(), "the update deleted it");
    append(Table::Posts, recorded("posts_delete")).await;
    append(Table::Posts, recorded("posts_tombstone")).await;
    assert!(service.http.feed(7, "").await.items().is_empty());
    assert_eq!(service.ports().dead.waiting().await.expect("answers"), 1);
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn events_consumer_ingests_events() {
    let service = Service::start().await;
    let http = &service.http;
    http.people([1, 2, 3]).await;
    http.write(1, 10).await;
    http.follow(3, 1).await;
    let dwell = json!({"action": "dwell", "post_id": 10, "dwell_ms": 1_500});
    let events = [
        event(1, "impression", 10),
        event(2, "view", 10),
        event(3, "click", 10),
        event(4, "like", 10),
        event(5, "share", 10),
        dwell,
        json!({"action": "stare", "post_id": 10}),
        json!({"action": "view"}),
    ];
    let answer = http.report(2, &events).await.expect(202).json();
    assert_eq!(answer["accepted"], 6);
    let rejected = answer["rejected"].as_array().expect("a list");
    assert_eq!(rejected.iter().map(|event| &event["index"]).collect::<Vec<_>>(), [6, 7]);

    service.caught_up().await;
    let item = http.feed(3, "").await.item(10).expect("it is followed");
    assert_eq!(item["counts"], json!({"likes": 1, "comments": 0, "shares": 1, "impressions": 1}));
    let own = http.feed(2, "explain=true").await;
    assert!(own.item(10).is_none(), "the reporter has seen it: {}", own.0);
    let day = http.get(2, "/api/v1/feed/metrics?from=2026-06-01&to=2026-06-01").await.expect(200).json();
    let day = &day["items"][0];
    assert_eq!((&day["impressions"], &day["clicks"]), (&json!(1), &json!(1)), "{day}");
    let p50 = day["dwell_ms_p50"].as_f64().expect("somebody dwelt");
    assert!((1_350.0..=1_650.0).contains(&p50), "{p50} is within a tenth of 1500");
    service.stop().await;
}

/// ClickHouse's part is played by the index: what it holds must be what happened, counted independently.
#[tokio::test(flavor = "multi_thread")]
async fn clickhouse_receives_correct_data() {
    const ACTIONS: [&str; 4] = ["impression", "share", "like", "unlike"];
    let service = Service::start().await;
    let http = &service.http;
    http.people(1..=8).await;
    for post in 101..=110 {
        http.write(1, post).await;
    }
    http.follow(8, 1).await;
    let (mut shares, mut impressions, mut liked) = ([0_u64; 10], [0_u64; 10], [[false; 8]; 10]);
    for step in 0..40_usize {
        let user = 2 + step % 6;
        // one event a call and moment: likes are decided by time
        service.advance(Duration::from_secs(1));
        let (post, action) = (step * 7 % 10, ACTIONS[step / 3 % 4]);
        match action {
            "impression" => impressions[post] += 1,
            "share" => shares[post] += 1,
            "like" => liked[post][user] = true,
            _ => liked[post][user] = false,
        }
        let events = [event(step as u128, action, 101 + post as u64)];
        http.report(user as u64, &events).await.expect(202);
    }
    service.caught_up().await;
    let page = http.feed(8, "limit=50").await;
    for post in 0..10 {
        let likes = liked[post].iter().filter(|liked| **liked).count();
        let item = page.item(101 + post as u64).expect("it is followed");
        let counts =
            json!({"likes": likes, "comments": 0, "shares": shares[post], "impressions": impressions[post]});
        assert_eq!(item["counts"], counts, "post {post}");
    }
    let size = service.ports().store.size().await.expect("answers");
    assert_eq!((size.users, size.posts, size.follows, size.events), (8, 10, 1, 40));
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn feed_api_returns_sorted_posts() {
    let service = Service::start().await;
    let http = &service.http;
    http.people(1..=9).await;
    for author in 1..=8 {
        http.follow(9, author).await;
        http.write(author, 100 + author).await;
        service.advance(Duration::from_secs(1_800));
    }
    // the older half is liked, shared and seen by others; the viewer likes author 1's
    for post in 101..=104 {
        for user in 5..5 + (post - 100) {
            http.like(user, post).await;
            let events = [event(u128::from(post * 10 + user), "impression", post)];
            http.report(user, &events).await.expect(202);
        }
    }
    http.report(6, &[event(1, "share", 102)]).await.expect(202);
    http.like(9, 101).await;
    service.caught_up().await;

    let page = http.feed(9, "explain=true").await;
    let items = page.items();
    assert_eq!(items.len(), 8, "{}", page.0);
    assert!(page.degraded().is_empty());
    for item in &items {
        agrees_with_the_formula(item);
    }
    let scores: Vec<f64> = items.iter().map(|item| item["score"].as_f64().expect("a number")).collect();
    assert!(
        scores.is_sorted_by(|a, b| a >= b),
        "eight authors, one post each: no rule moves any: {scores:?}"
    );
    assert_eq!(page.item(101).expect("followed")["explain"]["features"]["interactions_90d"], 1);
    assert_eq!(page.item(101).expect("followed")["viewer"]["liked"], true);
    service.stop().await;
}

/// `spec.md`, section 4, computed here from what the item itself says.
fn agrees_with_the_formula(item: &Value) {
    let feature = |name: &str| item["explain"]["features"][name].as_f64().expect("a number");
    let engaged = feature("likes") + 2.0 * feature("comments") + 3.0 * feature("shares");
    let expected = [
        ("freshness", 0.30, (-0.10 * feature("age_hours")).exp()),
        ("engagement", 0.40, (engaged / feature("impressions").max(1.0)).ln_1p()),
        ("affinity", 0.30, feature("interactions_90d").ln_1p()),
    ];
    let mut sum = 0.0;
    for (term, (name, weight, value)) in
        item["explain"]["terms"].as_array().expect("terms").iter().zip(expected)
    {
        assert_eq!(term["name"], name);
        let part = term["part"].as_f64().expect("a number");
        assert!((part - weight * value).abs() < 1e-9, "{name}: {part} is not {weight} * {value}");
        sum += part;
    }
    let score = item["score"].as_f64().expect("a number");
    assert!((score - sum).abs() < 1e-9, "the parts of {score} add up to {sum}");
}

/// Redis' part is played by the cache in this process.
#[tokio::test(flavor = "multi_thread")]
async fn redis_cache_works() {
    let faults = Faults::new();
    let service = Service::start_wrapped(|_| {}, |twins| faults.around(twins)).await;
    let http = &service.http;
    http.people([1, 2]).await;
    http.follow(2, 1).await;
    for post in 1..=6 {
        http.write(1, post).await;
    }
    let first = http.feed(2, "limit=2").await;
    assert_eq!(first.0["cached"], false);
    let cursor = first.cursor().expect("more");
    let ranked = faults.asked("store.follow");
    let second = http.feed(2, &format!("limit=2&cursor={cursor}")).await;
    assert_eq!((&second.0["cached"], &second.0["slate_id"]), (&json!(true), &first.0["slate_id"]));
    assert_eq!(faults.asked("store.follow"), ranked, "a further page ranks nothing");

    // 30 minutes from the last page on, not from the first
    for _ in 0..3 {
        service.advance(Duration::from_secs(20 * 60));
        let again = http.feed(2, &format!("limit=2&cursor={cursor}")).await;
        assert_eq!(again.posts(), second.posts());
    }
    service.advance(Duration::from_secs(31 * 60));
    let gone = http.get(2, &format!("/api/v1/feed?limit=2&cursor={cursor}")).await.expect(400);
    assert_eq!(gone.code(), "cursor_expired");
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn dedup_prevents_duplicates() {
    let service = Service::start().await;
    let http = &service.http;
    http.people([1, 2, 3, 4]).await;
    http.write(1, 10).await;
    http.follow(4, 1).await;
    let twice = [event(1, "share", 10), event(1, "share", 10)];
    let reports = (0..20).map(|_| http.report(2, &twice));
    for answer in futures_util::future::join_all(reports).await {
        assert_eq!(answer.expect(202).json()["accepted"], 2, "duplicates are accepted");
    }
    // the same id is another event when another user reports it
    http.report(3, &twice).await.expect(202);
    service.caught_up().await;
    assert_eq!(http.feed(4, "").await.item(10).expect("followed")["counts"]["shares"], 2);

    let dir = service.stop().await.expect("its directory");
    let clock = std::sync::Arc::new(ManualClock::new(START.parse().expect("a time")));
    let again = Service::open(dir.path(), clock, |_| {}, |twins| twins).await;
    again.http.report(2, &twice).await.expect(202);
    again.caught_up().await;
    let item = again.http.feed(4, "").await.item(10).expect("followed");
    assert_eq!(item["counts"]["shares"], 2, "a restart forgets nothing");
    again.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn full_event_to_feed_flow() {
    let service = Service::start().await;
    let http = &service.http;
    http.people(1..=9).await;
    http.follow(9, 1).await;
    http.follow(9, 2).await;
    http.write(1, 10).await;
    service.advance(Duration::from_secs(600));
    http.write(2, 20).await;
    assert_eq!(http.feed(9, "").await.posts(), [20, 10], "the newer one first");

    for user in 3..=8 {
        http.report(user, &[event(u128::from(user), "like", 10)]).await.expect(202);
    }
    service.caught_up().await;
    let page = http.feed(9, "").await;
    assert_eq!(page.posts(), [10, 20], "six likes weigh more than ten minutes");
    assert_eq!(page.items()[0]["counts"]["likes"], 6);

    // a post of somebody not followed comes by trending once its list is made anew, or as a reserve before
    http.write(3, 30).await;
    assert_eq!(sorted(&http.feed(9, "").await), [10, 20, 30]);

    // what was seen is not shown again; the chronological feed shows it
    http.report(9, &[event(100, "impression", 10)]).await.expect(202);
    assert_eq!(sorted(&http.feed(9, "").await), [20, 30]);
    assert_eq!(http.feed(9, "algo=time").await.posts(), [20, 10]);

    // a hide by event works like one by the API
    http.report(9, &[event(101, "hide", 20)]).await.expect(202);
    assert_eq!(http.feed(9, "").await.posts(), [30]);
    assert_eq!(http.feed(9, "algo=time").await.posts(), [10]);
    service.stop().await;
}

fn sorted(page: &Page) -> Vec<u64> {
    let mut posts: Vec<u64> = page.items().iter().map(post_of).collect();
    posts.sort_unstable();
    posts
}
