//! What must not go back, told by counts: the figures themselves are measured by `cargo xtask bench --stack`.

use futures_util::future::join_all;

use nova::app::Roles;
use nova::config::Config;
use serde_json::json;

use crate::community::{By, Feed, event, person, until_page};
use crate::system::System;
use crate::testbed;

/// A thousand people open their feeds at the same moment; everybody has theirs.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn concurrent_user_requests() {
    const VIEWERS: usize = 1_000;
    const AUTHORS: usize = 10;
    let system = System::captured().await;
    // the question is whose page it is, not how long a test's machine takes for a thousand at once
    let patient = |config: &mut Config| {
        config.store.deadline_ms = 20_000;
        config.server.request_ms = 100_000;
        // as a service of this size has it
        config.store.hot_index = true;
    };
    // two, because one alone works on 512 requests at once and turns away the others
    let replica = system.replica(patient).await;
    let other = system.replica_as(Roles { api: true, project: false, jobs: false }, patient).await;
    let http = &replica.http;
    let mut authors = Vec::new();
    for number in 0..AUTHORS {
        let author = person(http, &format!("author_{number}")).await;
        let post = By(http, &author).write(&format!("of {number}")).await;
        authors.push((author, post));
    }
    let viewers: Vec<String> = (0..VIEWERS).map(|_| uuid::Uuid::new_v4().to_string()).collect();
    // each follows one of them
    let mut sql = String::new();
    for (number, viewer) in viewers.iter().enumerate() {
        let author = &authors[number % AUTHORS].0;
        sql.push_str(&format!(
            "insert into users values ('{viewer}', 'viewer_{number}', '', now(), now());
             insert into follows values ('{viewer}', '{author}', now());"
        ));
    }
    system.place.client().await.batch_execute(&sql).await.expect("rows");
    for http in [http, &other.http] {
        let last = By(http, &viewers[VIEWERS - 1]);
        let follows = |page: &Feed| page.items().iter().any(|item| item["reason"] == "follow");
        until_page("the last one's follow", &last, "", follows).await;
    }
    // nobody is served from the first connection on
    for http in [http, &other.http] {
        testbed::until("every connection to PostgreSQL", async || {
            let pages = join_all((0..32).map(|number| {
                let viewer = &viewers[number * 7];
                async move { By(http, viewer).feed("").await.is_whole() }
            }));
            pages.await.into_iter().all(|whole| whole).then_some(())
        })
        .await;
    }
    let (here, there) = viewers.split_at(VIEWERS / 2);
    let here = here.iter().map(|viewer| (http, viewer));
    let there = there.iter().map(|viewer| (&other.http, viewer));
    let pages = join_all(here.chain(there).map(|(http, viewer)| async move {
        let headers = [("x-nova-user", viewer.as_str())];
        let answer = http.attempt(hyper::Method::GET, "/api/v1/feed?limit=20", &headers, Default::default());
        Feed(answer.await.expect("an answer").expect(200).json())
    }));
    for (number, page) in pages.await.into_iter().enumerate() {
        assert!(page.is_whole(), "{number}: {page:?}");
        assert_eq!(page.items().len(), AUTHORS, "{number}");
        let followed: Vec<&str> = page
            .items()
            .iter()
            .filter(|item| item["reason"] == "follow")
            .map(|item| item["post_id"].as_str().expect("an id"))
            .collect();
        assert_eq!(followed, [authors[number % AUTHORS].1.as_str()], "the page of {number} is another's");
    }
    other.stop().await;
    replica.stop().await;
}

/// A page asks the store the same questions, however large the community.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn feed_api_performance_regression() {
    const FOLLOWED: usize = 20;
    const PAGES: u64 = 20;
    let mut measured = Vec::new();
    for authors in [50, 800] {
        let system = System::captured().await;
        let replica = system.replica(|config| config.store.deadline_ms = 20_000).await;
        let viewers: Vec<String> = (0..PAGES).map(|_| uuid::Uuid::now_v7().to_string()).collect();
        let mut sql = String::new();
        for number in 0..authors {
            let author = uuid::Uuid::now_v7();
            sql.push_str(&format!(
                "insert into users values ('{author}', 'author_{number}', '', now(), now());"
            ));
            for post in 0..3 {
                let (id, minutes) = (uuid::Uuid::now_v7(), (number * 7 + post * 13) % 1_440);
                sql.push_str(&format!(
                    "insert into posts (id, author_id, text, created_at)
                     values ('{id}', '{author}', 'a post', now() - interval '{minutes} minutes');"
                ));
            }
            for viewer in viewers.iter().filter(|_| number < FOLLOWED) {
                sql.push_str(&format!("insert into follows values ('{viewer}', '{author}', now());"));
            }
        }
        let people = viewers.iter().enumerate().map(|(number, viewer)| {
            format!("insert into users values ('{viewer}', 'viewer_{number}', '', now(), now());")
        });
        let sql = people.collect::<String>() + &sql;
        system.place.client().await.batch_execute(&sql).await.expect("rows");
        system.consumed().await;
        let database = system.database();
        let posts = "select uniqExact(id) from posts_cdc";
        testbed::until("the posts", async || {
            let count: u64 = database.row("test", database.query(posts)).await.ok()?;
            (count == authors as u64 * 3).then_some(())
        })
        .await;
        let follows = "select uniqExact(follower_id, followee_id) from follows_cdc";
        testbed::until("the follows", async || {
            let count: u64 = database.row("test", database.query(follows)).await.ok()?;
            (count == FOLLOWED as u64 * PAGES).then_some(())
        })
        .await;
        let since = replica.now().micros();
        for viewer in &viewers {
            let page = By(&replica.http, viewer).feed("limit=20").await;
            assert!(page.is_whole() && page.items().len() == 20, "{page:?}");
        }
        database.run("test", "system flush logs").await.expect("flushed");
        let asked = "select log_comment, count() from system.query_log
             where type = 'QueryFinish' and current_database = currentDatabase() and log_comment like 'store.%'
               and event_time_microseconds >= fromUnixTimestamp64Micro({since:Int64}) group by log_comment";
        let asked = database.query(asked).param("since", since);
        let mut asked: Vec<(String, u64)> = database.rows("test", asked).await.expect("rows");
        asked.sort_unstable();
        measured.push(asked);
        replica.stop().await;
    }
    let [small, large] = &measured[..] else { panic!("two sizes") };
    let count = |of: &[(String, u64)]| of.iter().map(|(_, count)| count).sum::<u64>();
    assert!(count(small) > 0 && count(small) <= 6 * PAGES, "a handful a page: {small:?}");
    // what a process remembers for a second differs a little
    assert!(count(large) <= count(small) + PAGES, "{small:?}, {large:?}");
}

/// Calls one after another and at once: each confirmed, each counted, once, and the store through at the end.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn events_throughput_sustained() {
    const CALLERS: u64 = 8;
    const CALLS: u64 = 50;
    let system = System::new().await;
    let replica = system.replica(|_| {}).await;
    let posts: Vec<String> = (0..5).map(|_| uuid::Uuid::now_v7().to_string()).collect();
    let caller = async |caller: u64| {
        let who = uuid::Uuid::now_v7().to_string();
        for call in 0..CALLS {
            let id = |index: u64| u128::from((caller * CALLS + call) * 100 + index);
            let events: Vec<_> =
                (0..100).map(|index| event(id(index), "share", &posts[index as usize % 5])).collect();
            let answer = By(&replica.http, &who).report(json!(events)).await.expect(202).json();
            assert_eq!((answer["accepted"].as_u64(), answer["duplicates"].as_u64()), (Some(100), Some(0)));
        }
    };
    join_all((0..CALLERS).map(caller)).await;
    system.consumed().await;
    let database = system.database();
    let all = CALLERS * CALLS * 100;
    let ask = "select count(), uniqExact(user_id, event_id) from events";
    let counts: (u64, u64) = database.row("test", database.query(ask)).await.expect("a row");
    assert_eq!(counts, (all, all));
    let ask = "select post_id, sum(shares) from post_totals group by post_id";
    let sums: Vec<(u128, i64)> = database.rows("test", database.query(ask)).await.expect("rows");
    assert!(sums.len() == 5 && sums.iter().all(|(_, shares)| *shares as u64 == all / 5), "{sums:?}");
    let ask =
        "select sum(records), sum(kept), sum(duplicates) from ingest_batches final where topic = 'events'";
    let ledger: (u64, u64, u64) = database.row("test", database.query(ask)).await.expect("a row");
    assert_eq!(ledger, (all, all, 0));
    replica.stop().await;
}
