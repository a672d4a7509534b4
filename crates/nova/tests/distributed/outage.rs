//! The servers themselves are frozen and killed: what can be done without them goes on, and nothing that was taken is
//! lost.

use std::collections::BTreeMap;

use serde_json::json;

use crate::community::{By, Feed, event, person, ready, turned_away, until_page};
use crate::services;
use crate::system::{System, quick};
use crate::testbed;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_kafka_events_are_refused_and_nothing_taken_is_lost() {
    let Some(breaking) = services::broken().await else { return };
    let system = System::alone(&breaking).await;
    let replica = system
        .replica(|config| {
            config.server.request_ms = 5_000;
            config.breaker.open_ms = 1_000;
            config.breaker.open_ms_max = 1_000;
        })
        .await;
    let http = &replica.http;
    let (author, viewer) = (person(http, "author").await, person(http, "viewer").await);
    let post = By(http, &author).write("there").await;
    By(http, &viewer).join("follow", &author).await;
    let mut next = 0;
    let mut report = async |id: Option<u128>| {
        let id = id.unwrap_or_else(|| {
            next += 1;
            next
        });
        let answer = By(http, &viewer).report(json!([event(id, "share", &post)])).await;
        (id, answer)
    };
    let mut taken = Vec::new();
    for (breaks, mends) in [("freeze", "thaw"), ("kill", "start")] {
        for _ in 0..20 {
            let (id, answer) = report(None).await;
            answer.expect(202);
            taken.push(id);
        }
        breaking.does(breaks, "kafka");
        let refused = futures_util::future::join_all((0..6).map(|call| {
            let id = 1_000 * (taken.len() as u128) + call;
            let by = By(http, &viewer);
            let events = json!([event(id, "share", &post)]);
            async move { (id, by.report(events).await) }
        }));
        let mut again = Vec::new();
        for (id, answer) in refused.await {
            turned_away(answer);
            again.push(id);
        }
        let open = http.metric("nova_breaker_state", &["part=\"log\""]).await;
        assert!(open > 0.0, "{breaks}: it is left alone");
        let (status, parts) = ready(http).await;
        assert_eq!((status, &parts["log"]), (200, &json!("failed")), "{breaks}");
        // the tables need no log
        let other = By(http, &author).write("meanwhile").await;
        By(http, &viewer).like(&other).await;
        assert_eq!(By(http, &viewer).feed("algo=time").await.posts()[0], other, "{breaks}");
        breaking.does(mends, "kafka");
        // whoever was refused asks again, and counts once, whatever became of the first time
        for id in again {
            testbed::until("an event that is taken", async || {
                (report(Some(id)).await.1.status == 202).then_some(())
            })
            .await;
            taken.push(id);
        }
    }
    system.consumed().await;
    let database = system.database();
    let found: Vec<u128> = database
        .rows("test", database.query("select event_id from events limit 100000"))
        .await
        .expect("rows");
    let mut held = BTreeMap::<u128, u32>::new();
    found.into_iter().for_each(|id| *held.entry(id).or_default() += 1);
    let expected: BTreeMap<u128, u32> = taken.into_iter().map(|id| (1 << 64 | id, 1)).collect();
    assert_eq!(held, expected);
    replica.stop().await;
}

/// The servers themselves stand still and die, one after the other: pages say what they lack and come back by
/// themselves, and every event that was taken counts once.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn servers_that_stand_still_or_die_are_missed_in_pages_and_come_back() {
    let Some(breaking) = services::broken().await else { return };
    let system = System::alone(&breaking).await.capture().await;
    let replica = system.replica(quick).await;
    let http = &replica.http;
    let (author, viewer) = (person(http, "author").await, person(http, "viewer").await);
    // a page that is all there is needs no cache
    let post = By(http, &author).write("there").await;
    let other = By(http, &author).write("there too").await;
    let by = By(http, &viewer);
    by.join("follow", &author).await;
    let ours = |page: &Feed| page.posts() == [post.as_str()] || page.posts() == [other.as_str()];
    let whole = |page: &Feed| page.is_whole() && ours(page) && page.0["next_cursor"].is_string();
    until_page("a whole page", &by, "limit=1", whole).await;
    let mut taken = 0;
    for (service, part) in [("clickhouse", "store"), ("redis", "cache"), ("postgres", "social")] {
        for (breaks, mends) in [("freeze", "thaw"), ("kill", "start")] {
            breaking.does(breaks, service);
            let what = format!("a page without {service}: {breaks}");
            let page = until_page(&what, &by, "limit=1", |page| page.lacks(part)).await;
            assert!(ours(&page), "{what}: {page:?}");
            for _ in 0..5 {
                taken += 1;
                by.report(json!([event(taken, "share", &post)])).await.expect(202);
            }
            breaking.does(mends, service);
            until_page(&format!("a whole page with {service} again"), &by, "limit=1", whole).await;
        }
    }
    system.consumed().await;
    let database = system.database();
    let ask = "select count(), uniqExact(event_id) from events";
    let counts: (u64, u64) = database.row("test", database.query(ask)).await.expect("a row");
    assert_eq!(counts, (taken as u64, taken as u64));
    let ask = "select sum(shares) from post_totals";
    let shares: i64 = database.row("test", database.query(ask)).await.expect("a row");
    assert_eq!(shares, taken as i64);
    replica.stop().await;
}
