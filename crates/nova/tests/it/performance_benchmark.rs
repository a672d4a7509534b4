//! Performance that must not go back, told by ratios within a run and by counts: no time of day decides. The figures
//! themselves are measured by `cargo xtask bench`.

use std::sync::Arc;
use std::time::Duration;

use nova::app::Ports;
use nova::feed::{Algo, FeedRequest};
use nova::social::{NewPost, NewUser, Write};
use nova_core::model::{PostId, UserId};
use serde_json::Value;
use tokio::time::Instant;

use crate::faulty::Faults;
use crate::http::event;
use crate::service::{Service, at};

/// Authors that the viewer follows, whatever the size of the community.
const FOLLOWED: u64 = 20;

/// A community of so many authors with three posts each; the viewer follows the first few.
async fn community(ports: &Ports, authors: u64) -> UserId {
    let viewer = UserId::from_integer(1_000_000);
    let user = |id: u64| {
        let handle = format!("user_{id}");
        Write::User(
            NewUser { id: UserId::from_integer(id), display_name: handle.clone(), handle },
            at(-86_400),
        )
    };
    let post = |author: u64, index: u64| {
        let post = NewPost {
            id: PostId::from_integer(author * 10 + index),
            author: UserId::from_integer(author),
            text: "a post".to_owned(),
            media: "[]".to_owned(),
            lang: None,
            topics: Vec::new(),
        };
        // spread over the last day, so that the sources have to choose
        Write::Post(post, at(-(((author * 7 + index * 13) % 1_440) as i64) * 60))
    };
    let mut writes: Vec<Write> = (1..=authors).chain([1_000_000]).map(user).collect();
    writes.extend((1..=authors).flat_map(|author| (0..3).map(move |index| post(author, index))));
    let follow = |author| Write::Follow(viewer, UserId::from_integer(author), at(-3_600));
    writes.extend((1..=FOLLOWED).map(follow));
    for outcome in ports.social.write(writes).await.expect("the tables take them") {
        outcome.expect("each is valid");
    }
    viewer
}

/// A feed costs what its candidates cost, not what the community holds: eight times the posts, the same questions,
/// and about the same time.
#[tokio::test(flavor = "multi_thread")]
async fn feed_api_performance_regression() {
    const FEEDS: usize = 60;
    let mut measured = Vec::new();
    for authors in [250, 2_000] {
        let faults = Faults::new();
        let service = Service::start_wrapped(|_| {}, |twins| faults.around(twins)).await;
        let viewer = community(service.ports(), authors).await;
        service.caught_up().await;
        let request = FeedRequest { viewer, limit: 20, cursor: None, algo: Algo::Ranked, explain: false };
        let before = faults.asked("store");
        let mut best = Duration::MAX;
        for _ in 0..FEEDS {
            let started = Instant::now();
            let page = service.services().feed.page(&request).await.expect("a page");
            best = best.min(started.elapsed());
            assert_eq!(page.items.len(), 20);
        }
        measured.push((best, faults.asked("store.judge") + faults.asked("store.follow"), before));
        assert!(
            faults.asked("social.timeline") == 0 && faults.asked("social.judge") == 0,
            "nothing but the index"
        );
        service.stop().await;
    }
    let [(small, asked_small, _), (large, asked_large, _)] = measured[..] else { unreachable!("two sizes") };
    assert_eq!(asked_small, asked_large, "the same questions");
    assert_eq!(asked_small, 2 * FEEDS as u64, "candidates and verdicts, once a feed");
    // the best of many, so that a busy machine does not decide; a walk over everything would be eight times as long
    let ratio = large.as_secs_f64() / small.as_secs_f64();
    assert!(ratio < 4.0, "{large:?} is {ratio:.1} times {small:?}");
}

/// Calls one after another and at once: each confirmed, each counted, once, and the index through at the end.
#[tokio::test(flavor = "multi_thread")]
async fn events_throughput_sustained() {
    const CALLERS: u64 = 8;
    const CALLS: u64 = 10;
    let service = Service::start().await;
    let http = &service.http;
    http.people([1, 2]).await;
    for post in 1..=5 {
        http.write(1, post).await;
    }
    let caller = async |caller: u64| {
        for call in 0..CALLS {
            let id = |index: u64| u128::from((caller * CALLS + call) * 100 + index);
            let events: Vec<Value> = (0..100).map(|index| event(id(index), "share", 1 + index % 5)).collect();
            let answer = http.report(100 + caller, &events).await.expect(202).json();
            assert_eq!((answer["accepted"].as_u64(), answer["duplicates"].as_u64()), (Some(100), Some(0)));
        }
    };
    futures_util::future::join_all((0..CALLERS).map(caller)).await;
    service.caught_up().await;
    let page = http.feed(2, "").await;
    for post in 1..=5 {
        assert_eq!(page.item(post).expect("recent")["counts"]["shares"], CALLERS * CALLS * 20);
    }
    let ends = service.ports().log.ends().await.expect("answers");
    assert_eq!(ends.lag_of(&service.services().progress.applied()), 0);
    service.stop().await;
}

/// A thousand people open their feeds at the same moment; everybody has theirs.
#[tokio::test(flavor = "multi_thread")]
async fn concurrent_user_requests() {
    const USERS: u64 = 1_000;
    let service = Arc::new(Service::start().await);
    let http = &service.http;
    http.people(1..=10).await;
    for author in 1..=10 {
        http.write(author, author).await;
    }
    for viewer in 1..=10 {
        http.follow(viewer, viewer % 10 + 1).await;
    }
    let pages = (1..=USERS).map(|user| http.feed(user, "limit=20"));
    for (user, page) in (1..).zip(futures_util::future::join_all(pages).await) {
        assert_eq!(page.posts().len(), if user <= 10 { 9 } else { 10 }, "user {user}");
        assert!(page.degraded().is_empty());
        assert!(!page.posts().contains(&user), "their own");
        if user <= 10 {
            let followed = user % 10 + 1;
            assert_eq!(page.item(followed).expect("followed")["reason"], "follow", "the feed of {user}");
        }
    }
}
