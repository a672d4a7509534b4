//! What went wrong in systems like this one before, and must not come back.

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::{Value, json};

use crate::faulty::{Faults, Mode};
use crate::http::{event, number, post_of};
use crate::service::{Service, at};
use crate::wait::until;

/// Ids that left memory long ago are looked up: the promise does not depend on how much is remembered.
#[tokio::test(flavor = "multi_thread")]
async fn dedup_prevents_duplicates() {
    let service = Service::start_with(|config| config.events.dedup_events_max = 16).await;
    let http = &service.http;
    http.people([1, 2, 3]).await;
    http.write(1, 10).await;
    http.follow(3, 1).await;
    // a copy is the same event at the same time, whenever it arrives
    let call = |call: u128| -> Vec<Value> {
        let mut events: Vec<Value> = (0..50).map(|index| event(call * 50 + index, "share", 10)).collect();
        events.iter_mut().for_each(|event| event["event_time"] = json!(at(call as i64)));
        events
    };
    for round in 0..3 {
        for number in 0..20 {
            http.report(2, &call(number)).await.expect(202);
        }
        // within the hour, and past it
        service.advance(Duration::from_secs(40 * 60 * round));
    }
    service.caught_up().await;
    let item = http.feed(3, "").await.item(10).expect("followed");
    assert_eq!(item["counts"]["shares"], 1_000);
    assert_eq!(service.ports().store.size().await.expect("answers").events, 1_000);
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn circuit_breaker_fallback() {
    let faults = Faults::new();
    let service = Service::start_wrapped(|_| {}, |twins| faults.around(twins)).await;
    let http = &service.http;
    followed_posts(&service, 3).await;
    faults.set(&["store"], Mode::Fails);
    for _ in 0..10 {
        let page = http.feed(9, "").await;
        assert_eq!((page.degraded(), page.posts()), (vec!["store".to_owned()], vec![3, 2, 1]));
        assert!(page.items().iter().all(|item| item["reason"] == "recent"));
    }
    let asked = faults.asked("store.follow");
    assert_eq!(asked, 5, "breaker.failures_max calls, then it is left alone");
    assert!(http.metric("nova_breaker_state", &["part=\"follow\""]).await >= 2.0, "open");
    assert!(http.metric("nova_feed_pages_total", &["path=\"fallback\""]).await >= 10.0);
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn fallback_recovery() {
    let faults = Faults::new();
    let service = Service::start_wrapped(|_| {}, |twins| faults.around(twins)).await;
    let http = &service.http;
    followed_posts(&service, 3).await;
    let healthy = http.feed(9, "").await;
    for _ in 0..3 {
        faults.set(&["store"], Mode::Fails);
        for _ in 0..6 {
            assert_eq!(http.feed(9, "").await.degraded(), ["store"]);
        }
        faults.heal();
        // longer than the longest wait of a breaker
        service.advance(Duration::from_secs(31));
        let page = http.feed(9, "").await;
        assert!(page.degraded().is_empty(), "back without anybody's doing: {}", page.0);
        assert_eq!(page.posts(), healthy.posts());
        assert_eq!(page.items()[0]["reason"], "follow");
    }
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn author_saturation_rule() {
    let service = Service::start().await;
    let http = &service.http;
    http.people(1..=30).await;
    // one who posts all the time, and many who posted once, earlier
    for author in 2..=29 {
        http.follow(30, author).await;
        http.write(author, 100 + author).await;
    }
    http.follow(30, 1).await;
    service.advance(Duration::from_secs(3_600));
    for post in 1..=20 {
        http.write(1, post).await;
    }
    let items = http.scroll(30, 10).await;
    assert_eq!(items.len(), 48, "everything is there");
    let kept = items.iter().take_while(|item| item["relaxed"] == false).count();
    assert!(kept >= 31, "28 others and three of the first keep every rule: {kept}");
    let authors: Vec<u64> = items[..kept].iter().map(|item| number(&item["author_id"])).collect();
    let repeated = |window: usize, at_most: usize| {
        let most = |part: &[u64]| {
            let mut counts = BTreeMap::<u64, usize>::new();
            part.iter().for_each(|author| *counts.entry(*author).or_default() += 1);
            counts.into_values().max().unwrap_or(0)
        };
        assert!(authors.windows(window.min(authors.len())).all(|part| most(part) <= at_most), "{authors:?}");
    };
    repeated(3, 1);
    repeated(50, 3);
    assert_eq!(authors[..5].iter().filter(|author| **author == 1).count(), 1);
    assert_eq!(authors[0], 1, "the newest is still the best");
    assert!(
        items[kept..].iter().all(|item| item["relaxed"] == true),
        "the rest is said to be against the rules"
    );
    service.stop().await;
}

/// Not in seconds, which depend on the machine, but in requests: the next one of whoever acted, and one soon after
/// of everybody else.
#[tokio::test(flavor = "multi_thread")]
async fn event_to_visible_latency() {
    let service = Service::start().await;
    let http = &service.http;
    followed_posts(&service, 2).await;
    http.follow(8, 1).await;
    let measured = http.metric("nova_visible_seconds_count", &[]).await;
    for round in 0..20_u64 {
        let (action, liked) = if round % 2 == 0 { ("like", true) } else { ("unlike", false) };
        service.advance(Duration::from_secs(1));
        http.report(9, &[event(u128::from(round), action, 1)]).await.expect(202);
        let own = http.feed(9, "").await.item(1).expect("followed");
        assert_eq!(own["viewer"]["liked"], liked, "the very next request of the one who acted");
        until("the like in another's feed", async || {
            let item = http.feed(8, "").await.item(1).expect("followed");
            (item["counts"]["likes"] == u64::from(liked)).then_some(())
        })
        .await;
    }
    assert!(http.metric("nova_visible_seconds_count", &[]).await >= measured + 20.0, "each was measured");
    service.stop().await;
}

/// Whatever is kept for later, what must not be shown is not shown in the next answer.
#[tokio::test(flavor = "multi_thread")]
async fn cache_invalidation() {
    let service = Service::start_with(|config| config.cache.page_fresh_ms = 5_000).await;
    let http = &service.http;
    http.people(1..=9).await;
    for author in 1..=6 {
        http.follow(9, author).await;
        for post in 0..3 {
            http.write(author, author * 10 + post).await;
        }
    }
    let first = http.feed(9, "limit=2").await;
    let reused = http.feed(9, "limit=2").await;
    assert_eq!(
        (&reused.0["cached"], reused.posts()),
        (&json!(true), first.posts()),
        "nothing happened since"
    );

    let gone_from = async |posts: &[u64]| {
        let cursor = first.cursor().expect("more");
        let further = http.feed(9, &format!("limit=50&cursor={cursor}")).await.posts();
        let fresh = http.feed(9, "limit=50").await.posts();
        let timeline = http.feed(9, "algo=time&limit=50").await.posts();
        for post in posts {
            for shown in [&further, &fresh, &timeline] {
                assert!(!shown.contains(post), "{post} is still in {shown:?}");
            }
        }
        (further, fresh)
    };
    let kept: Vec<u64> = first.posts();
    let of = |author: u64| [author * 10, author * 10 + 1, author * 10 + 2];
    let authors: Vec<u64> = (1..=6).filter(|author| kept.iter().all(|post| post / 10 != *author)).collect();
    let [blocked, blocking, muted, deleting] = authors[..4] else { panic!("{authors:?}") };
    http.put(9, &format!("users/{blocked}/block")).await.expect(204);
    gone_from(&of(blocked)).await;
    http.put(blocking, "users/9/block").await.expect(204);
    gone_from(&of(blocking)).await;
    http.put(9, &format!("users/{muted}/mute")).await.expect(204);
    gone_from(&of(muted)).await;
    http.delete(deleting, &format!("posts/{}", of(deleting)[0])).await.expect(204);
    http.put(9, &format!("posts/{}/hide", of(deleting)[1])).await.expect(204);
    let (further, _) = gone_from(&of(deleting)[..2]).await;
    assert!(further.contains(&of(deleting)[2]), "and nothing else");

    // what one follows anew is there at once, and what one asked to forget is made anew
    http.people([50]).await;
    http.write(50, 500).await;
    http.follow(9, 50).await;
    assert!(http.feed(9, "limit=50").await.posts().contains(&500));
    http.post(9, "/api/v1/feed/invalidate", json!({"user_id": "9"})).await.expect(204);
    assert_eq!(http.feed(9, "limit=50").await.0["cached"], false);
    // a scroll goes on all the same
    http.feed(9, &format!("limit=2&cursor={}", first.cursor().expect("more"))).await;
    service.stop().await;
}

/// A first page that may be reused is not reused across what its viewer did or what concerns them.
#[tokio::test(flavor = "multi_thread")]
async fn cache_invalidation_by_own_events_and_new_posts() {
    let service = Service::start_with(|config| config.cache.page_fresh_ms = 60_000).await;
    let http = &service.http;
    followed_posts(&service, 2).await;
    http.feed(9, "").await;
    http.report(9, &[event(1, "impression", 1)]).await.expect(202);
    assert_eq!(http.feed(9, "").await.posts(), [2], "the viewer has seen the other");
    http.like(9, 2).await;
    assert_eq!(http.feed(9, "").await.items()[0]["viewer"]["liked"], true);
    http.write(1, 3).await;
    assert_eq!(http.feed(9, "").await.posts(), [2, 3], "somebody followed wrote a post");
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn edge_case_empty_feed() {
    let service = Service::start().await;
    let http = &service.http;
    for user in [404, 9] {
        for query in ["", "limit=1", "algo=time", "explain=true", "cursor="] {
            let page = http.feed(user, query).await;
            assert_eq!((page.items().len(), page.cursor()), (0, None), "an empty house, {query}");
            assert!(page.degraded().is_empty());
        }
    }
    for path in ["/api/v1/feed/trending?window=7d", "/api/v1/discover/suggested-users"] {
        assert_eq!(http.get(9, path).await.expect(200).json()["items"], json!([]), "{path}");
    }

    // nobody followed: what is new; only the own posts: nothing; everything seen: nothing; everybody blocked: nothing
    http.people([1, 9]).await;
    http.write(1, 10).await;
    let page = http.feed(9, "").await;
    assert_eq!((page.posts(), &page.items()[0]["reason"]), (vec![10], &json!("recent")));
    assert!(http.feed(1, "").await.posts().is_empty());
    http.report(9, &[event(1, "view", 10)]).await.expect(202);
    assert!(http.feed(9, "").await.posts().is_empty());
    http.write(1, 11).await;
    http.put(9, "users/1/block").await.expect(204);
    assert!(http.feed(9, "").await.posts().is_empty());
    assert!(http.feed(9, "algo=time").await.posts().is_empty());

    // the end of a scroll at the very last item
    http.delete(9, "users/1/block").await.expect(204);
    let page = http.feed(9, "limit=1").await;
    assert_eq!((page.items().iter().map(post_of).collect::<Vec<_>>(), page.cursor()), (vec![11], None));
    service.stop().await;
}

/// Users 1 and 9; 9 follows 1, who wrote posts 1, 2, ... a minute apart.
async fn followed_posts(service: &Service, posts: u64) {
    service.http.people([1, 8, 9]).await;
    service.http.follow(9, 1).await;
    for post in 1..=posts {
        service.http.write(1, post).await;
        service.advance(Duration::from_secs(60));
    }
}
