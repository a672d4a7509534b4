//! The way of the data through the real systems, part by part and whole.

use nova::app::Roles;
use serde_json::json;

use crate::community::{By, Feed, event, person, until_page};
use crate::system::{Replica, System};

const API: Roles = Roles { api: true, project: false, jobs: false };

/// An author with posts, and a viewer who follows by plain SQL: nothing of it is known but by capture.
async fn followed(posts: usize) -> (System, Replica, String, String, Vec<String>) {
    let system = System::captured().await;
    let replica = system.replica(|_| {}).await;
    let http = &replica.http;
    let (author, viewer) = (person(http, "author").await, person(http, "viewer").await);
    let mut written = Vec::new();
    for number in 0..posts {
        written.push(By(http, &author).write(&format!("post {number}")).await);
    }
    let follow = format!("insert into follows values ('{viewer}', '{author}', now())");
    system.place.client().await.batch_execute(&follow).await.expect("a row");
    let all =
        |page: &Feed| page.is_whole() && page.items().len() == posts && page.items()[0]["reason"] == "follow";
    until_page("the followed posts", &By(http, &viewer), "", all).await;
    (system, replica, author, viewer, written)
}

/// The real chain: a row in PostgreSQL, Debezium, Kafka, the consumer, ClickHouse, the feed.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn cdc_consumer_reads_changes() {
    let (system, replica, author, viewer, posts) = followed(2).await;
    let (by, client) = (By(&replica.http, &viewer), system.place.client().await);
    let sql = async |sql: String| client.batch_execute(&sql).await.expect("done");
    sql(format!("insert into likes values ('{}', '{author}', now())", posts[0])).await;
    until_page("a like", &by, "", |page| page.likes(&posts[0]) == Some(1)).await;
    sql(format!("delete from likes where post_id = '{}'", posts[0])).await;
    until_page("no like", &by, "", |page| page.likes(&posts[0]) == Some(0)).await;
    sql(format!("update posts set deleted_at = now(), updated_at = now() where id = '{}'", posts[0])).await;
    until_page("one post", &by, "", |page| page.posts() == [posts[1].as_str()]).await;
    sql(format!("insert into blocks values ('{author}', '{viewer}', now())")).await;
    until_page("nothing", &by, "", |page| page.posts().is_empty()).await;
    replica.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn events_consumer_ingests_events() {
    let (system, replica, author, viewer, posts) = followed(1).await;
    let post = &posts[0];
    let dwell = json!({"action": "dwell", "post_id": post, "dwell_ms": 1_500});
    let events = json!([
        event(1, "impression", post),
        event(2, "view", post),
        event(3, "like", post),
        event(4, "share", post),
        dwell,
        json!({"action": "stare", "post_id": post}),
    ]);
    let answer = By(&replica.http, &author).report(events).await.expect(202).json();
    assert_eq!((&answer["accepted"], &answer["rejected"][0]["index"]), (&json!(5), &json!(5)));
    let counts = json!({"likes": 1, "comments": 0, "shares": 1, "impressions": 1});
    let counted = |page: &Feed| page.item(post).is_some_and(|item| item["counts"] == counts);
    until_page("the counts", &By(&replica.http, &viewer), "", counted).await;
    system.consumed().await;
    replica.stop().await;
}

/// What ClickHouse holds is what happened, counted independently.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn clickhouse_receives_correct_data() {
    let (system, replica, _, viewer, posts) = followed(3).await;
    let mut expected = vec![[0_i64; 3]; posts.len()];
    for step in 0..60_usize {
        let (post, action) = (step * 7 % posts.len(), step / 5 % 3);
        expected[post][action] += 1;
        let events = json!([event(step as u128, ["impression", "view", "share"][action], &posts[post])]);
        By(&replica.http, &viewer).report(events).await.expect(202);
    }
    system.consumed().await;
    let database = system.database();
    for (post, expected) in posts.iter().zip(expected) {
        let ask = format!(
            "select countIf(action = 'impression'), countIf(action = 'view'), countIf(action = 'share') from events
             where post_id = reinterpretAsUInt128(reverse(unhex(replaceAll('{post}', '-', ''))))"
        );
        let (impressions, views, shares): (u64, u64, u64) =
            database.row("test", database.query(&ask)).await.expect("a row");
        assert_eq!([impressions as i64, views as i64, shares as i64], expected, "{post}");
        let ask = ask.replace(
            "countIf(action = 'impression'), countIf(action = 'view'), countIf(action = 'share') from events",
            "sum(impressions), sum(views), sum(shares) from post_metrics_1h",
        );
        let (impressions, views, shares): (i64, i64, i64) =
            database.row("test", database.query(&ask)).await.expect("a row");
        assert_eq!([impressions, views, shares], expected, "{post}, by the hour");
    }
    replica.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn feed_api_returns_sorted_posts() {
    let (_system, replica, author, viewer, posts) = followed(4).await;
    By(&replica.http, &author).like(&posts[0]).await;
    By(&replica.http, &author).report(json!([event(1, "share", &posts[0])])).await.expect(202);
    let by = By(&replica.http, &viewer);
    let counted = |page: &Feed| {
        page.item(&posts[0]).is_some_and(|item| item["counts"]["likes"] == 1 && item["counts"]["shares"] == 1)
    };
    let page = until_page("the counts", &by, "explain=true", counted).await;
    for item in page.items() {
        let parts = item["explain"]["terms"].as_array().expect("terms").iter();
        let sum: f64 = parts.map(|term| term["part"].as_f64().expect("a number")).sum();
        assert!((item["score"].as_f64().expect("a score") - sum).abs() < 1e-9, "{item}");
    }
    let scores: Vec<f64> = page
        .items()
        .iter()
        .filter(|item| item["relaxed"] == false)
        .map(|item| item["score"].as_f64().expect("a score"))
        .collect();
    assert!(scores.is_sorted_by(|a, b| a >= b), "{scores:?}");
    assert_eq!(page.posts()[0], posts[0], "what is liked and shared comes first");
    replica.stop().await;
}

/// A scroll is read from Redis, and ends when Redis forgets it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn redis_cache_works() {
    let (system, replica, _, viewer, _) = followed(6).await;
    let by = By(&replica.http, &viewer);
    let first = by.feed("limit=2").await;
    assert_eq!(first.0["cached"], false);
    let cursor = first.0["next_cursor"].as_str().expect("more").to_owned();
    let second = by.feed(&format!("limit=2&cursor={cursor}")).await;
    assert_eq!((&second.0["cached"], &second.0["slate_id"]), (&json!(true), &first.0["slate_id"]));
    assert!(second.posts().iter().all(|post| !first.posts().contains(post)));
    // what Redis forgets costs the scroll, never an answer
    let url = crate::testbed::redis();
    let key = format!("{}:slate:v1:{}", system.place.database, first.0["slate_id"].as_str().expect("an id"));
    let mut redis = redis::Client::open(url).expect("a URL").get_connection().expect("Redis answers");
    let gone: u64 = redis::cmd("DEL").arg(key).query(&mut redis).expect("deleted");
    assert_eq!(gone, 1, "the slate was there");
    let expired = by.get(&format!("/feed?limit=2&cursor={cursor}")).await;
    expired.problem(400, "cursor_expired");
    assert!(by.feed("").await.is_whole());
    replica.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn dedup_prevents_duplicates() {
    let (system, replica, author, viewer, posts) = followed(1).await;
    let other = system.replica_as(API, |_| {}).await;
    let twice = json!([event(1, "share", &posts[0]), event(1, "share", &posts[0])]);
    let (a, b) = (By(&replica.http, &author), By(&other.http, &author));
    let reports =
        (0..20).map(|call| if call % 2 == 0 { a.report(twice.clone()) } else { b.report(twice.clone()) });
    for answer in futures_util::future::join_all(reports).await {
        assert_eq!(answer.expect(202).json()["accepted"], 2, "duplicates are accepted");
    }
    // the same id is another event when another user reports it
    By(&replica.http, &viewer).report(json!([event(1, "share", &posts[0])])).await.expect(202);
    system.consumed().await;
    let shares = |count: u64| {
        let post = posts[0].clone();
        move |page: &Feed| page.item(&post).is_some_and(|item| item["counts"]["shares"] == count)
    };
    until_page("both", &By(&other.http, &viewer), "", shares(2)).await;
    // a restart of the consumer forgets nothing
    replica.stop().await;
    let again = system.replica(|_| {}).await;
    By(&again.http, &author).report(twice).await.expect(202);
    system.consumed().await;
    assert!(shares(2)(&By(&again.http, &viewer).feed("").await));
    other.stop().await;
    again.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn full_event_to_feed_flow() {
    let (_system, replica, author, viewer, posts) = followed(2).await;
    let by = By(&replica.http, &viewer);
    for number in 0..6 {
        let fan = person(&replica.http, &format!("fan_{number}")).await;
        By(&replica.http, &fan).report(json!([event(1, "like", &posts[0])])).await.expect(202);
    }
    let first = |page: &Feed| page.posts() == [&*posts[0], &*posts[1]] && page.likes(&posts[0]) == Some(6);
    until_page("the liked one first", &by, "", first).await;
    by.report(json!([event(1, "impression", &posts[0])])).await.expect(202);
    until_page("the other one", &by, "", |page| page.posts() == [posts[1].as_str()]).await;
    by.report(json!([event(2, "hide", &posts[1])])).await.expect(202);
    until_page("nothing", &by, "", |page| page.posts().is_empty()).await;
    let timeline = by.feed("algo=time").await;
    assert_eq!(timeline.posts(), [posts[0].as_str()], "what was seen is there, what was hidden is not");
    let own = By(&replica.http, &author).feed("algo=time").await;
    assert!(own.posts().is_empty());
    replica.stop().await;
}
