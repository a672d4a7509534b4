//! What went wrong in systems like this one before, and must not come back; on the real systems. What an outage of each
//! does stands in `failure.rs`.

use futures_util::future::join_all;
use nova::app::Roles;
use serde_json::json;
use tokio::time::Instant;

use crate::community::{By, Feed, event, person, until_page};
use crate::services;
use crate::system::{Replica, System};
use crate::testbed::{self, Way};

const API: Roles = Roles { api: true, project: false, jobs: false };

async fn pair(system: &System, replica: &Replica) -> (String, String) {
    let (author, viewer) = (person(&replica.http, "author").await, person(&replica.http, "viewer").await);
    let follow = format!("insert into follows values ('{viewer}', '{author}', now())");
    system.place.client().await.batch_execute(&follow).await.expect("a row");
    (author, viewer)
}

/// A copy that comes when its first is long out of memory is looked up: the window here is of two seconds.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn dedup_prevents_duplicates() {
    let system = System::new().await;
    let replica = system.replica(|config| config.events.dedup_events_max = 16).await;
    let (who, post) = (uuid::Uuid::new_v4().to_string(), uuid::Uuid::new_v4().to_string());
    let by = By(&replica.http, &who);
    let time = replica.now().to_string();
    let call = |call: u128| -> serde_json::Value {
        let mut events: Vec<_> = (0..50).map(|index| event(call * 50 + index, "share", &post)).collect();
        events.iter_mut().for_each(|event| event["event_time"] = json!(time));
        json!(events)
    };
    for _ in 0..3 {
        for number in 0..20 {
            by.report(call(number)).await.expect(202);
        }
        system.consumed().await;
    }
    let database = system.database();
    let ask = "select count(), uniqExact(event_id) from events";
    let counts: (u64, u64) = database.row("test", database.query(ask)).await.expect("a row");
    assert_eq!(counts, (1_000, 1_000));
    let ask = "select sum(shares) from post_totals";
    let shares: i64 = database.row("test", database.query(ask)).await.expect("a row");
    assert_eq!(shares, 1_000);
    replica.stop().await;
}

/// The breaker opens, closes by itself, and opens again.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn fallback_recovery() {
    let mut system = System::captured().await;
    let (proxy, url) = services::on_the_way(system.clickhouse()).await;
    system.reached_by("store", url);
    let replica = system
        .replica(|config| {
            config.breaker.open_ms = 300;
            config.breaker.open_ms_max = 600;
        })
        .await;
    let (author, viewer) = pair(&system, &replica).await;
    let post = By(&replica.http, &author).write("there").await;
    let by = By(&replica.http, &viewer);
    let well = |page: &Feed| page.is_whole() && page.items().iter().any(|item| item["reason"] == "follow");
    until_page("a whole page", &by, "", well).await;
    for _ in 0..3 {
        proxy.set(Way::Cut);
        for _ in 0..6 {
            let page = by.feed("").await;
            assert!(page.lacks("store") && page.posts() == [post.as_str()], "{page:?}");
        }
        proxy.set(Way::Open);
        until_page("a whole page again", &by, "", well).await;
    }
    replica.stop().await;
}

/// From the answer to an event until another's feed shows it; and the like of the real chain.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn event_to_visible_latency() {
    let system = System::captured().await;
    let replica = system.replica(|_| {}).await;
    let (author, viewer) = pair(&system, &replica).await;
    let post = By(&replica.http, &author).write("there").await;
    let by = By(&replica.http, &viewer);
    until_page("the post", &by, "", |page| page.item(&post).is_some()).await;
    let mut slowest = std::time::Duration::ZERO;
    for round in 0..10_u64 {
        By(&replica.http, &author)
            .report(json!([event(u128::from(round), "share", &post)]))
            .await
            .expect(202);
        let started = Instant::now();
        let shared = |page: &Feed| {
            page.item(&post).is_some_and(|item| item["counts"]["shares"].as_u64() == Some(round + 1))
        };
        until_page("a share", &by, "", shared).await;
        slowest = slowest.max(started.elapsed());
    }
    assert!(slowest.as_secs() < 5, "{slowest:?}");
    replica.stop().await;
}

/// What is kept for later shows nothing that must not be shown: on the replica that was not told either.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn cache_invalidation() {
    let system = System::captured().await;
    let a = system.replica(|config| config.cache.page_fresh_ms = 60_000).await;
    let b = system.replica_as(API, |config| config.cache.page_fresh_ms = 60_000).await;
    let viewer = person(&a.http, "viewer").await;
    let (here, there) = (By(&a.http, &viewer), By(&b.http, &viewer));
    let mut authors = Vec::new();
    for name in ["blocked", "blocking", "muted", "deleting", "staying"] {
        let author = person(&a.http, name).await;
        let post = By(&a.http, &author).write(name).await;
        here.join("follow", &author).await;
        authors.push((author, post));
    }
    let all = |page: &Feed| page.is_whole() && page.items().len() == 5;
    until_page("all of them", &there, "", all).await;
    assert_eq!(there.feed("").await.0["cached"], true, "nothing happened since");
    let [blocked, blocking, muted, deleting, staying] = &authors[..] else { panic!("five") };
    here.join("block", &blocked.0).await;
    By(&a.http, &blocking.0).join("block", &viewer).await;
    here.join("mute", &muted.0).await;
    By(&a.http, &deleting.0).delete(&format!("/posts/{}", deleting.1)).await.expect(204);
    assert_eq!(there.feed("").await.posts(), [staying.1.as_str()]);
    assert_eq!(there.feed("algo=time").await.posts(), [staying.1.as_str()]);
    b.stop().await;
    a.stop().await;
}

/// Many open the same feed at the moment when nothing is cached: everybody has it, and it is whole.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn cache_stampede() {
    let system = System::captured().await;
    let replica = system
        .replica(|config| {
            config.store.deadline_ms = 20_000;
            config.server.request_ms = 100_000;
        })
        .await;
    let (author, viewer) = pair(&system, &replica).await;
    let post = By(&replica.http, &author).write("there").await;
    let by = By(&replica.http, &viewer);
    until_page("the post", &by, "", |page| page.is_whole() && page.item(&post).is_some()).await;
    let headers = [("x-nova-user", viewer.as_str())];
    let at_once = || {
        let ask = || replica.http.attempt(hyper::Method::GET, "/api/v1/feed", &headers, Default::default());
        join_all((0..60).map(|_| ask()))
    };
    let whole = |page: &Feed| page.is_whole() && page.posts() == [post.as_str()];
    // nothing is cached below, but the connections to PostgreSQL are there
    testbed::until("sixty pages at once", async || {
        let pages = at_once().await.into_iter().map(|answer| Feed(answer.expect("an answer").json()));
        pages.into_iter().all(|page| page.0["items"].is_array() && whole(&page)).then_some(())
    })
    .await;
    let url = testbed::redis();
    let mut redis = redis::Client::open(url).expect("a URL").get_connection().expect("Redis answers");
    for _ in 0..3 {
        let keys: Vec<String> =
            redis::cmd("KEYS").arg(format!("{}:*", system.place.database)).query(&mut redis).expect("keys");
        for key in keys {
            let _: u64 = redis::cmd("DEL").arg(key).query(&mut redis).expect("deleted");
        }
        for answer in at_once().await {
            let page = Feed(answer.expect("an answer").expect(200).json());
            assert!(whole(&page), "{page:?}");
        }
    }
    replica.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn edge_case_empty_feed() {
    let system = System::new().await;
    let replica = system.replica(|_| {}).await;
    let known = person(&replica.http, "nobody").await;
    let stranger = uuid::Uuid::new_v4().to_string();
    for user in [&known, &stranger] {
        for query in ["", "limit=1", "algo=time", "explain=true", "cursor="] {
            let page = By(&replica.http, user).feed(query).await;
            assert!(page.items().is_empty() && page.is_whole(), "{query}: {page:?}");
            assert_eq!(page.0["next_cursor"], json!(null));
        }
        for path in ["/feed/trending?window=7d", "/discover/suggested-users"] {
            let list = By(&replica.http, user).get(path).await.expect(200).json();
            assert_eq!(list["items"], json!([]), "{path}");
        }
    }
    replica.stop().await;
}

/// A store that does not answer is asked as often as the breaker says, and left alone from then on.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn circuit_breaker_fallback() {
    let mut system = System::captured().await;
    let (proxy, url) = services::on_the_way(system.clickhouse()).await;
    system.reached_by("store", url);
    // the consumer would ask it too, for ever
    let behind = system.replica_as(Roles { api: false, project: true, jobs: true }, |_| {}).await;
    let replica = system
        .replica_as(API, |config| {
            config.breaker.open_ms = 600_000;
            config.breaker.open_ms_max = 600_000;
        })
        .await;
    let (author, viewer) = pair(&system, &replica).await;
    let mut posts = Vec::new();
    for text in ["one", "two", "three"] {
        posts.push(By(&replica.http, &author).write(text).await);
    }
    posts.sort_unstable();
    let by = By(&replica.http, &viewer);
    let well = |page: &Feed| page.is_whole() && page.items().len() == 3;
    until_page("a whole page", &by, "", well).await;
    behind.stop().await;
    proxy.set(Way::Mute);
    let page = async || {
        let page = by.feed("").await;
        assert!(page.lacks("store") && page.sorted() == posts, "{page:?}");
        assert!(page.items().iter().all(|item| item["reason"] == "recent"), "{page:?}");
    };
    let before = proxy.asked();
    for _ in 0..10 {
        page().await;
    }
    let asked = proxy.asked();
    assert!(asked > before, "it was asked");
    for _ in 0..20 {
        page().await;
    }
    assert_eq!(proxy.asked(), asked, "the breaker is open: nobody asks");
    replica.stop().await;
}

/// One who posts all the time, and many who posted once, earlier: nobody fills a feed.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn author_saturation_rule() {
    const OTHERS: usize = 28;
    let system = System::captured().await;
    let replica = system.replica(|_| {}).await;
    let http = &replica.http;
    let viewer = person(http, "viewer").await;
    let busy = person(http, "busy").await;
    let mut sql = format!("insert into follows values ('{viewer}', '{busy}', now());");
    let post = |author: &str, minutes: usize| {
        let id = uuid::Uuid::now_v7();
        format!(
            "insert into posts (id, author_id, text, created_at)
             values ('{id}', '{author}', 'a post', now() - interval '{minutes} minutes');"
        )
    };
    for number in 0..OTHERS {
        let other = uuid::Uuid::now_v7().to_string();
        sql.push_str(&format!(
            "insert into users values ('{other}', 'other_{number}', '', now(), now());
             insert into follows values ('{viewer}', '{other}', now());"
        ));
        sql.push_str(&post(&other, 60 + number));
    }
    (0..20).for_each(|number| sql.push_str(&post(&busy, number)));
    system.place.client().await.batch_execute(&sql).await.expect("rows");
    let by = By(http, &viewer);
    let all = |page: &Feed| page.is_whole() && page.items().len() == OTHERS + 20;
    until_page("all of them", &by, "limit=100", all).await;
    // page by page, as people read
    let (mut items, mut query) = (Vec::new(), "limit=10".to_owned());
    loop {
        let page = by.feed(&query).await;
        items.extend_from_slice(page.items());
        match page.0["next_cursor"].as_str() {
            Some(cursor) => query = format!("limit=10&cursor={cursor}"),
            None => break,
        }
    }
    assert_eq!(items.len(), OTHERS + 20, "everything is there");
    let kept: Vec<&str> = items
        .iter()
        .take_while(|item| item["relaxed"] == false)
        .map(|item| item["author_id"].as_str().expect("an id"))
        .collect();
    assert!(kept.len() >= OTHERS + 3, "the others and three of the busy one keep every rule: {}", kept.len());
    let of = |part: &[&str]| part.iter().filter(|author| **author == busy).count();
    assert!(kept.windows(3).all(|part| of(part) <= 1), "{kept:?}");
    assert!(kept.windows(50.min(kept.len())).all(|part| of(part) <= 3), "{kept:?}");
    assert!(
        items[kept.len()..].iter().all(|item| item["relaxed"] == true),
        "the rest is said to be against the rules"
    );
    replica.stop().await;
}

/// What was read a moment ago is not the first thing again, on any replica, also where the store has not heard of it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_seen_a_moment_ago_is_not_shown_again() {
    let system = System::captured().await;
    let all = system.replica(|_| {}).await;
    let (here, there) = (system.replica_as(API, |_| {}).await, system.replica_as(API, |_| {}).await);
    let (author, viewer) = pair(&system, &all).await;
    let seen = By(&all.http, &author).write("seen").await;
    let unseen = By(&all.http, &author).write("unseen").await;
    let by = By(&there.http, &viewer);
    until_page("both", &by, "", |page| page.is_whole() && page.items().len() == 2).await;
    // nobody carries events into the store any more
    all.stop().await;
    By(&here.http, &viewer).report(json!([event(1, "view", &seen)])).await.expect(202);
    assert_eq!(by.feed("").await.posts(), [unseen.as_str()]);
    assert_eq!(by.feed("algo=time").await.items().len(), 2, "what is only by time shows everything");
    let database = system.database();
    let known: u64 =
        database.row("test", database.query("select count() from user_seen_7d")).await.expect("a row");
    assert_eq!(known, 0);
    // only what was seen counts: whoever liked may see it again
    By(&here.http, &viewer).report(json!([event(2, "like", &unseen)])).await.expect(202);
    assert_eq!(by.feed("").await.posts(), [unseen.as_str()]);
    here.stop().await;
    there.stop().await;
}

/// Whoever asks another replica again after a failure is told what was taken before; it counts once either way.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_copy_is_told_by_the_other_replica_too() {
    let system = System::new().await;
    let (a, b) = (system.replica(|_| {}).await, system.replica_as(API, |_| {}).await);
    let (who, post) = (uuid::Uuid::now_v7().to_string(), uuid::Uuid::now_v7().to_string());
    let report = async |replica: &Replica, ids: std::ops::Range<u128>| {
        let events: Vec<_> = ids.map(|id| event(id, "share", &post)).collect();
        let answer = By(&replica.http, &who).report(json!(events)).await.expect(202).json();
        (answer["accepted"].as_u64(), answer["duplicates"].as_u64())
    };
    assert_eq!(report(&a, 0..20).await, (Some(20), Some(0)));
    assert_eq!(report(&b, 10..30).await, (Some(20), Some(10)));
    assert_eq!(report(&a, 20..40).await, (Some(20), Some(10)));
    system.consumed().await;
    let database = system.database();
    let sum = "select sum(shares) from post_totals";
    let shares: i64 = database.row("test", database.query(sum)).await.expect("a row");
    assert_eq!(shares, 40);
    a.stop().await;
    b.stop().await;
}
