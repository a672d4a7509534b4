//! Every part made to fail or to hang in turn: what the answer says, what it never shows, and the way back.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use nova::app::Twins;
use nova::config::Config;
use nova::log::{Record, Topic};
use nova_core::model::Table;
use serde_json::json;

use crate::faulty::{Faults, Mode};
use crate::http::{Http, event};
use crate::service::Service;
use crate::wait::until;

const MODES: [Mode; 2] = [Mode::Fails, Mode::Hangs];
/// Longer than the longest wait of a breaker.
const BREAKER_WAIT: Duration = Duration::from_secs(31);
/// Who looks: follows 1 and 2, blocks 3, is blocked by 4, likes a post of 5.
const VIEWER: u64 = 9;
/// Posts that the viewer may see in a feed, all of which one source or another finds.
const SEEN: [u64; 3] = [10, 20, 50];
/// Posts that must never be in any answer to the viewer.
const NEVER: [u64; 3] = [30, 40, 21];

fn patient_for_little(config: &mut Config) {
    config.store.deadline_ms = 50;
    config.server.read_your_writes_ms = 1_000;
    config.server.page_wait_ms = 500;
    config.server.request_ms = 5_000;
    config.server.shutdown_s = 2;
}

/// A small community, its service, and the faults around its twins.
async fn community(broken_from_the_start: &[&'static str]) -> (Service, Faults) {
    let faults = Faults::new();
    faults.set(broken_from_the_start, Mode::Fails);
    let service = Service::start_wrapped(patient_for_little, |twins: Twins| faults.around(twins)).await;
    let http = &service.http;
    http.people(1..=9).await;
    for author in 1..=5 {
        http.write(author, author * 10).await;
    }
    http.follow(VIEWER, 1).await;
    http.follow(VIEWER, 2).await;
    http.follow(VIEWER, 3).await;
    http.like(VIEWER, 50).await;
    http.write(2, 21).await;
    http.put(VIEWER, "posts/21/hide").await.expect(204);
    http.put(VIEWER, "users/3/block").await.expect(204);
    http.put(4, "users/9/block").await.expect(204);
    (service, faults)
}

/// The page of the viewer; whatever is broken, what must not be shown is not.
async fn page(http: &Http, query: &str) -> (Vec<u64>, Vec<String>) {
    let page = http.feed(VIEWER, query).await;
    let posts = page.posts();
    assert!(NEVER.iter().all(|post| !posts.contains(post)), "{posts:?} holds what must never be shown");
    (posts, page.degraded())
}

async fn healthy(service: &Service) {
    service.advance(BREAKER_WAIT);
    // a breaker closes after a probe or two
    until("health", async || page(&service.http, "").await.1.is_empty().then_some(())).await;
    let (mut posts, _) = page(&service.http, "").await;
    posts.sort_unstable();
    assert_eq!(posts, SEEN);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_feed_goes_on_without_a_source_and_says_so() {
    let (service, faults) = community(&[]).await;
    let http = &service.http;
    for (call, part) in [("store.follow", "follow"), ("store.affinity", "affinity")] {
        for mode in MODES {
            let label = format!("part=\"{part}\"");
            let before = http.metric("nova_feed_degraded_total", &[&label]).await;
            faults.set(&[call], mode);
            for _ in 0..7 {
                let (posts, degraded) = page(http, "").await;
                assert_eq!(degraded, [part], "{call} {mode:?}");
                assert!(!posts.is_empty());
            }
            assert!(http.metric("nova_feed_degraded_total", &[&label]).await >= before + 7.0);
            let asked = faults.asked(call);
            page(http, "").await;
            assert_eq!(faults.asked(call), asked, "its breaker is open");
            faults.heal();
            healthy(&service).await;
        }
    }
    service.stop().await;
}

/// The trending list is remembered in this process: only where it was never made can it be missing.
#[tokio::test(flavor = "multi_thread")]
async fn a_feed_goes_on_without_trending() {
    let (service, faults) = community(&["store.trending", "cache.get"]).await;
    let (posts, degraded) = page(&service.http, "").await;
    assert_eq!(degraded, ["trending"]);
    assert!(posts.contains(&10));
    service.http.get(VIEWER, "/api/v1/feed/trending").await.expect(503);
    faults.heal();
    healthy(&service).await;
    service.http.get(VIEWER, "/api/v1/feed/trending").await.expect(200);
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_feed_is_ranked_without_counts() {
    let (service, faults) = community(&[]).await;
    let http = &service.http;
    for mode in MODES {
        faults.set(&["store.measure"], mode);
        // more often than a breaker bears: what may be seen is still known
        for _ in 0..30 {
            let (posts, degraded) = page(http, "").await;
            assert_eq!(degraded, ["features"], "{mode:?}");
            assert_eq!(posts.len(), SEEN.len());
        }
        let item = http.feed(VIEWER, "").await.items()[0].clone();
        assert!(item.get("counts").is_none(), "counts that nobody read are not given: {item}");
        faults.heal();
        healthy(&service).await;
    }
    service.stop().await;
}

/// The rule above all others: what may be seen is known, from the store or from the tables, or there is no page.
#[tokio::test(flavor = "multi_thread")]
async fn visibility_fails_closed() {
    let (service, faults) = community(&[]).await;
    let http = &service.http;
    let first = http.feed(VIEWER, "limit=1").await;
    let further = format!("limit=5&cursor={}", first.cursor().expect("more"));
    for mode in MODES {
        faults.set(&["store.judge"], mode);
        for query in ["", &further] {
            let (posts, degraded) = page(http, query).await;
            assert_eq!(degraded, ["store"], "the tables know, {query} {mode:?}");
            assert!(!posts.is_empty());
        }
        faults.set(&["social"], Mode::Fails);
        for path in [
            "/api/v1/feed".to_owned(),
            format!("/api/v1/feed?{further}"),
            "/api/v1/feed?algo=time".to_owned(),
        ] {
            let answer = http.get(VIEWER, &path).await.expect(503);
            assert_eq!(answer.headers["retry-after"], "1", "{path}");
            assert!(answer.json().get("items").is_none());
        }
        faults.heal();
        healthy(&service).await;
    }
    faults.set(&["store.hidden_users"], Mode::Fails);
    http.get(VIEWER, "/api/v1/discover/suggested-users").await.expect(503);
    faults.set(&["social"], Mode::Fails);
    for path in ["posts/10", "users/1", "users/1/posts", "posts/10/comments", "posts/10/likes", "me/blocks"] {
        http.get(VIEWER, &format!("/api/v1/{path}")).await.expect(503);
    }
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn without_the_store_the_feed_is_chronological() {
    let (service, faults) = community(&[]).await;
    let http = &service.http;
    let first = http.feed(VIEWER, "limit=1").await;
    let further = format!("limit=5&cursor={}", first.cursor().expect("more"));
    for mode in MODES {
        faults.set(&["store"], mode);
        for _ in 0..7 {
            assert_eq!(page(http, "").await, (vec![20, 10], vec!["store".to_owned()]), "{mode:?}");
        }
        // a scroll begun before goes on, one begun now too
        assert_eq!(page(http, &further).await.1, ["store"]);
        let fallback = http.feed(VIEWER, "limit=1").await;
        let cursor = fallback.cursor().expect("more");
        let next = http.feed(VIEWER, &format!("limit=1&cursor={cursor}")).await;
        assert_eq!((next.posts(), next.degraded()), (vec![10], vec!["store".to_owned()]));
        http.report(VIEWER, &[event(1, "click", 10)]).await.expect(202);
        let ready = http.get(0, "/health/ready").await.expect(503).json();
        let part = ready["parts"].as_array().expect("parts").iter().find(|part| part["name"] == "store");
        assert_eq!(part.expect("named")["state"], "failed");
        faults.heal();
        healthy(&service).await;
        http.get(0, "/health/ready").await.expect(200);
    }
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn without_the_tables_ranked_feeds_go_on() {
    let (service, faults) = community(&[]).await;
    let http = &service.http;
    for mode in MODES {
        faults.set(&["social"], mode);
        // nothing of these was read before, so nothing is remembered
        let page = http.feed(VIEWER, "").await;
        let mut posts = page.posts();
        posts.sort_unstable();
        assert_eq!(posts, SEEN, "{mode:?}");
        assert!(page.items().iter().all(|item| item["counts"].is_object()));
        http.report(VIEWER, &[event(1, "click", 10)]).await.expect(202);
        if mode == Mode::Fails {
            assert!(page.items().iter().all(|item| item.get("text").is_none()), "ids only");
            assert_eq!(page.degraded(), ["social"]);
            let refused = http.put(VIEWER, "users/5/follow").await.expect(503);
            assert_eq!(refused.headers["retry-after"], "1");
        }
        http.get(0, "/health/ready").await.expect(503);
        faults.heal();
        http.put(VIEWER, "posts/20/like").await.expect(204);
        healthy(&service).await;
    }
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn without_the_cache_feeds_are_computed() {
    let (service, faults) = community(&[]).await;
    let http = &service.http;
    let first = http.feed(VIEWER, "limit=1").await;
    let further = format!("/api/v1/feed?limit=1&cursor={}", first.cursor().expect("more"));
    for mode in MODES {
        faults.set(&["cache"], mode);
        let page = http.feed(VIEWER, "limit=1").await;
        assert_eq!((page.posts().len(), page.degraded(), page.cursor()), (1, vec!["cache".to_owned()], None));
        let refused = http.get(VIEWER, &further).await.expect(503);
        assert_eq!(refused.headers["retry-after"], "1", "a scroll cannot go on and says so");
        assert_eq!(http.feed(VIEWER, "algo=time").await.posts(), [20, 10]);
        http.get(VIEWER, "/api/v1/feed/trending").await.expect(200);
        http.get(VIEWER, "/api/v1/discover/suggested-users").await.expect(200);
        http.report(VIEWER, &[event(1, "click", 10)]).await.expect(202);
        http.like(8, 10).await;
        let ready = http.get(0, "/health/ready").await.expect(200).json();
        let part = ready["parts"].as_array().expect("parts").iter().find(|part| part["name"] == "cache");
        assert_eq!(part.expect("named")["state"], "failed");
        faults.heal();
        healthy(&service).await;
        http.get(VIEWER, &further).await.expect(200);
    }
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_log_that_takes_nothing_refuses_events_and_nothing_else() {
    let (service, faults) = community(&[]).await;
    let http = &service.http;
    faults.set(&["log.append"], Mode::Fails);
    for _ in 0..3 {
        let refused = http.report(VIEWER, &[event(1, "share", 10)]).await.expect(503);
        assert_eq!(refused.headers["retry-after"], "1");
        assert!(refused.json().get("accepted").is_none(), "nothing is named as accepted");
        assert!(page(http, "").await.1.is_empty());
    }
    faults.heal();
    http.report(VIEWER, &[event(1, "share", 10)]).await.expect(202);
    service.caught_up().await;
    let item = http.feed(8, "").await.item(10).expect("recent");
    assert_eq!(item["counts"]["shares"], 1, "what was refused was not taken");
    service.stop().await;
}

/// The index stands still: nobody is told that a write is done everywhere, and whoever wrote sees what was written,
/// because the tables hold it.
#[tokio::test(flavor = "multi_thread")]
async fn a_projection_that_stands_still_promises_nothing_and_hides_no_write_from_its_writer() {
    let store = vec!["store".to_owned()];
    for call in ["projection.apply", "reader.next"] {
        let (service, faults) = community(&[]).await;
        let http = &service.http;
        http.write(VIEWER, 90).await;
        let first = http.feed(VIEWER, "limit=1").await;
        let further = format!("limit=5&cursor={}", first.cursor().expect("more"));
        assert!(http.feed(2, "").await.posts().contains(&90));
        let retries = http.metric("nova_projection_retries_total", &[]).await;
        faults.set(&[call], Mode::Fails);
        // the reader holds a wait that began in health: this ends it, and nothing else may still come with it
        http.report(8, &[event(1, "share", 10)]).await.expect(202);
        until("a retry", async || {
            (http.metric("nova_projection_retries_total", &[]).await > retries).then_some(())
        })
        .await;

        let blocked = http.put(VIEWER, "users/2/block").await.expect(503);
        assert_eq!(
            (blocked.code().as_str(), &blocked.headers["retry-after"]),
            ("projection_lagging", &"1".parse().unwrap())
        );
        // repeated it is no news to the tables, but the index knows as little as before
        http.put(VIEWER, "users/2/block").await.expect(503);
        assert_eq!(page(http, "").await, (vec![10], store.clone()), "the block holds, {call}");
        let (posts, degraded) = page(http, &further).await;
        assert!(!posts.contains(&20) && degraded == store, "in a scroll begun before too: {posts:?}");
        assert_eq!(page(http, "algo=time").await, (vec![10], store.clone()));
        let other = http.feed(2, "").await;
        assert!(!other.posts().contains(&90) && other.degraded() == store, "it holds for the other too");

        http.put(VIEWER, "users/5/follow").await.expect(503);
        http.put(VIEWER, "posts/50/like").await.expect(503);
        let followed = http.feed(VIEWER, "").await;
        assert_eq!((followed.posts(), followed.degraded()), (vec![50, 10], store.clone()));
        let item = followed.item(50).expect("there");
        assert!(item.get("viewer").is_none(), "what the index says of likes is from before: {item}");
        http.delete(VIEWER, "users/5/follow").await.expect(503);
        http.report(VIEWER, &[event(2, "hide", 10)]).await.expect(202);
        assert_eq!(page(http, "algo=time").await.0, [0; 0], "hidden by an event: the tables know it too");
        let body = json!({"id": 91, "text": "said while the index stood still"});
        http.post(VIEWER, "/api/v1/posts", body).await.expect(503);
        http.get(VIEWER, "/api/v1/posts/91").await.expect(200);

        // whoever did nothing has a ranked feed
        let stranger = http.feed(7, "").await;
        assert!(stranger.posts().contains(&10) && stranger.degraded().is_empty());
        faults.heal();
        service.caught_up().await;
        http.put(VIEWER, "users/2/block").await.expect(204);
        assert_eq!(page(http, "").await, (vec![50], vec![]), "the way back needs nobody");
        let item = http.feed(7, "").await.item(10).expect("recent");
        assert_eq!(item["counts"]["shares"], 1, "everything was applied, once");
        service.stop().await;
    }
}

/// One page waits, and those after it know that it is in vain.
#[tokio::test(flavor = "multi_thread")]
async fn a_projection_that_is_known_to_be_late_is_not_waited_for() {
    let (service, faults) = community(&[]).await;
    let http = &service.http;
    let waits = async |outcome: &str| {
        http.metric("nova_projection_waits_total", &[&format!("outcome=\"{outcome}\"")]).await
    };
    faults.set(&["projection.apply"], Mode::Hangs);
    http.report(VIEWER, &[event(1, "view", 10)]).await.expect(202);
    let (late, known_late) = (waits("late").await, waits("known_late").await);
    for _ in 0..20 {
        assert_eq!(page(http, "").await.1, ["store"]);
    }
    assert!(waits("late").await > late);
    assert!(waits("known_late").await >= known_late + 19.0);
    faults.heal();
    service.caught_up().await;
    assert_eq!(page(http, "").await.1, [""; 0]);
    service.stop().await;
}

/// Poison must be durable in the dead letters before the index moves past it.
#[tokio::test(flavor = "multi_thread")]
async fn poison_waits_for_the_dead_letters() {
    let (service, faults) = community(&[]).await;
    let http = &service.http;
    faults.set(&["dead.bury"], Mode::Fails);
    let poison = Record { key: Bytes::from_static(b"k"), value: Some(Bytes::from_static(b"{\"op\": ")) };
    service.ports().log.append(Topic::Change(Table::Likes), vec![poison]).await.expect("it takes anything");
    until("a try", async || (faults.asked("dead.bury") > 1).then_some(())).await;
    http.put(8, "posts/10/like").await.expect(503);
    faults.heal();
    service.caught_up().await;
    assert_eq!(service.ports().dead.waiting().await.expect("answers"), 1);
    assert_eq!(http.feed(7, "").await.item(10).expect("recent")["counts"]["likes"], 1);
    service.stop().await;
}

/// What cannot be written as a snapshot is still in the log.
#[tokio::test(flavor = "multi_thread")]
async fn without_snapshots_nothing_is_lost() {
    let faults = Faults::new();
    faults.set(&["projection.persist"], Mode::Fails);
    let set = |config: &mut Config| config.store.snapshot_s = 1;
    let service = Service::start_wrapped(set, |twins| faults.around(twins)).await;
    let http = &service.http;
    http.people([1, 2]).await;
    http.write(1, 10).await;
    http.report(2, &[event(1, "share", 10)]).await.expect(202);
    until("a try", async || (faults.asked("projection.persist") > 0).then_some(())).await;
    until("its failure in the metrics", async || {
        (http.metric("nova_snapshot_failures_total", &[]).await > 0.0).then_some(())
    })
    .await;
    let clock = Arc::clone(&service.clock);
    let dir = service.stop().await.expect("its directory");

    let again = Service::open(dir.path(), clock, |_| {}, |twins| twins).await;
    again.caught_up().await;
    let item = again.http.feed(2, "").await.item(10).expect("recent");
    assert_eq!(item["counts"], json!({"likes": 0, "comments": 0, "shares": 1, "impressions": 0}));
    again.stop().await;
}

/// A snapshot that takes its time holds up nobody.
#[tokio::test(flavor = "multi_thread")]
async fn a_write_is_read_back_while_a_snapshot_is_written() {
    let faults = Faults::new();
    faults.set(&["projection.persist"], Mode::Hangs);
    let set = |config: &mut Config| config.store.snapshot_s = 1;
    let service = Service::start_wrapped(set, |twins| faults.around(twins)).await;
    let http = &service.http;
    http.people([1, 2]).await;
    http.write(1, 10).await;
    until("a snapshot", async || (faults.asked("projection.persist") > 0).then_some(())).await;
    http.put(2, "posts/10/like").await.expect(204);
    assert_eq!(http.feed(2, "").await.item(10).expect("recent")["counts"]["likes"], 1);
    faults.heal();
    service.stop().await;
}

/// A service that was killed starts behind the log: until it is through, the index does not know every block.
#[tokio::test(flavor = "multi_thread")]
async fn a_start_asks_the_tables_before_the_log_is_applied() {
    let (service, _) = community(&[]).await;
    let clock = Arc::clone(&service.clock);
    let dir = service.stop().await.expect("its directory");
    for snapshot in std::fs::read_dir(dir.path()).expect("a directory") {
        let path = snapshot.expect("an entry").path();
        if path.file_name().is_some_and(|name| name.to_string_lossy().starts_with("snapshot-")) {
            std::fs::remove_file(path).expect("removed");
        }
    }
    let faults = Faults::new();
    faults.set(&["projection.apply"], Mode::Hangs);
    let behind = Service::open(dir.path(), clock, patient_for_little, |twins| faults.around(twins)).await;
    assert_eq!(
        page(&behind.http, "").await,
        (vec![20, 10], vec!["store".to_owned()]),
        "the tables know them"
    );
    for path in ["feed/trending", "discover/suggested-users"] {
        let answer = behind.http.get(VIEWER, &format!("/api/v1/{path}")).await.expect(503);
        assert_eq!((answer.code().as_str(), path), ("projection_lagging", path));
    }
    behind.http.get(0, "/health/live").await.expect(200);
    behind.http.get(0, "/health/ready").await.expect(503);
    faults.heal();
    behind.caught_up().await;
    healthy(&behind).await;
    behind.http.get(0, "/health/ready").await.expect(200);
    behind.stop().await;
}

/// Whoever ends the process is not kept waiting by an index that cannot go on; what it had not applied is in the log.
#[tokio::test(flavor = "multi_thread")]
async fn a_stop_ends_at_its_deadline_and_the_next_start_goes_on() {
    let (service, faults) = community(&[]).await;
    faults.set(&["projection.apply"], Mode::Fails);
    service.http.report(8, &[event(1, "share", 10)]).await.expect(202);
    until("a try", async || (faults.asked("projection.apply") > 0).then_some(())).await;
    let clock = Arc::clone(&service.clock);
    let dir = service.give_up().await.expect("its directory");
    let again = Service::open(dir.path(), clock, |_| {}, |twins| twins).await;
    let item = again.http.feed(7, "").await.item(10).expect("recent");
    assert_eq!(item["counts"]["shares"], 1);
    again.stop().await;
}
