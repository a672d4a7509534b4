//! `ranking.seen.on = "served"`: what stood in a page is not shown again, and nothing else comes of it.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use nova::app::Twins;
use nova::config::Config;
use nova_core::ranking::config::SeenOn;
use serde_json::json;

use crate::faulty::{Faults, Mode};
use crate::http::{Http, post_of};
use crate::replay::copy;
use crate::service::Service;

/// Who looks, and follows the others.
const VIEWER: u64 = 9;
const AUTHORS: u64 = 5;
/// Of each author.
const POSTS: u64 = 6;

fn served(config: &mut Config) {
    config.ranking.seen.on = SeenOn::Served;
}

async fn community(set: impl FnOnce(&mut Config), wrap: impl FnOnce(Twins) -> Twins) -> Service {
    let set = |config: &mut Config| {
        served(config);
        set(config);
    };
    let service = Service::start_wrapped(set, wrap).await;
    let http = &service.http;
    http.people((1..=AUTHORS).chain([VIEWER])).await;
    for author in 1..=AUTHORS {
        http.follow(VIEWER, author).await;
        for post in 0..POSTS {
            http.write(author, author * 10 + post).await;
            service.advance(Duration::from_secs(60));
        }
    }
    service
}

async fn first_page(http: &Http) -> Vec<u64> {
    http.feed(VIEWER, "limit=5").await.posts()
}

fn distinct(posts: &[u64]) -> usize {
    posts.iter().collect::<BTreeSet<_>>().len()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_first_page_shows_other_posts_and_a_scroll_has_no_gaps() {
    // pages that were made a moment ago would be reused otherwise
    let service = community(|config| config.cache.page_fresh_ms = 60_000, |twins| twins).await;
    let http = &service.http;
    let mut page = http.feed(VIEWER, "limit=5").await;
    let mut scrolled = page.posts();
    let second = first_page(http).await;
    assert_eq!(distinct(&[scrolled.clone(), second.clone()].concat()), 10, "{scrolled:?} {second:?}");

    while let Some(cursor) = page.cursor() {
        page = http.feed(VIEWER, &format!("limit=5&cursor={cursor}")).await;
        scrolled.extend(page.posts());
    }
    assert_eq!(scrolled.len(), (AUTHORS * POSTS) as usize, "to the end of the slate");
    assert_eq!(distinct(&scrolled), scrolled.len());
    assert!(second.iter().all(|post| scrolled.contains(post)), "what other pages served meanwhile too");
    assert_eq!(first_page(http).await, [0; 0], "everything was served");

    let time = http.feed(VIEWER, "algo=time&limit=100").await;
    assert_eq!(time.posts().len(), scrolled.len(), "whoever asks for everything by time gets everything");
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_served_counts_nowhere() {
    let service = community(|_| {}, |twins| twins).await;
    let http = &service.http;
    let shown = http.scroll(VIEWER, 7).await;
    assert_eq!(shown.len(), (AUTHORS * POSTS) as usize);
    http.people([7]).await;
    for item in http.scroll(7, 100).await {
        let none = json!({"likes": 0, "comments": 0, "shares": 0, "impressions": 0});
        assert_eq!(item["counts"], none, "{}", post_of(&item));
    }
    let days = http.get(1, "/api/v1/feed/metrics?from=2026-01-05&to=2026-01-05").await.expect(200).json();
    let day = &days["items"][0];
    assert_eq!((&day["impressions"], &day["recommended_impressions"]), (&json!(0), &json!(0)));
    let size = service.ports().store.size().await.expect("size");
    assert_eq!(size.events, 0);
    let explained = http.feed(8, "explain=true&limit=1").await;
    assert_eq!(explained.items()[0]["explain"]["features"]["interactions_90d"], 0);
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn it_survives_a_restart_and_a_replay_alike() {
    let service = community(|_| {}, |twins| twins).await;
    let first = first_page(&service.http).await;
    let second = first_page(&service.http).await;
    let clock = Arc::clone(&service.clock);
    let dir = service.stop().await.expect("its directory");
    let mut told = Vec::new();
    for snapshots in [true, false] {
        let copy = copy(dir.path(), snapshots);
        let again = Service::open(copy.path(), Arc::clone(&clock), served, |twins| twins).await;
        told.push(first_page(&again.http).await);
        again.stop().await;
    }
    assert_eq!(told[0], told[1]);
    assert_eq!(distinct(&[first, second, told.remove(0)].concat()), 15);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_degraded_page_served_counts_too() {
    let faults = Faults::new();
    let service = community(|_| {}, |twins| faults.around(twins)).await;
    let http = &service.http;
    faults.set(&["store"], Mode::Fails);
    let fallback = http.feed(VIEWER, "limit=5").await;
    assert_eq!((fallback.posts().len(), fallback.degraded()), (5, vec!["store".to_owned()]));
    faults.heal();
    let ranked = http.feed(VIEWER, "limit=5").await;
    assert_eq!(ranked.degraded(), [""; 0]);
    assert_eq!(distinct(&[fallback.posts(), ranked.posts()].concat()), 10);
    service.stop().await;
}

/// Seeing a post again is better than no page.
#[tokio::test(flavor = "multi_thread")]
async fn a_log_that_takes_nothing_holds_up_no_feed() {
    let quick = |config: &mut Config| config.server.page_wait_ms = 20;
    for mode in [Mode::Fails, Mode::Hangs] {
        let faults = Faults::new();
        let service = community(quick, |twins| faults.around(twins)).await;
        let http = &service.http;
        let dropped = http.metric("nova_served_posts_total", &["outcome=\"dropped\""]).await;
        faults.set(&["log.append"], mode);
        for _ in 0..3 {
            let page = http.feed(VIEWER, "limit=5").await;
            assert_eq!((page.posts().len(), page.degraded()), (5, Vec::<String>::new()), "{mode:?}");
        }
        if mode == Mode::Fails {
            crate::wait::until("what was dropped in the metrics", async || {
                let now = http.metric("nova_served_posts_total", &["outcome=\"dropped\""]).await;
                (now >= dropped + 5.0).then_some(())
            })
            .await;
        }
        faults.heal();
        service.stop().await;
    }
}

/// An index that stands still shows served posts again, and that is all: nobody's page is worse for it.
#[tokio::test(flavor = "multi_thread")]
async fn an_index_that_stands_still_degrades_no_page_for_what_was_served() {
    let faults = Faults::new();
    let quick = |config: &mut Config| config.server.page_wait_ms = 20;
    let service = community(quick, |twins| faults.around(twins)).await;
    faults.set(&["projection.apply"], Mode::Fails);
    for _ in 0..3 {
        let page = service.http.feed(VIEWER, "limit=5").await;
        assert_eq!((page.posts().len(), page.degraded()), (5, Vec::<String>::new()));
    }
    faults.heal();
    service.caught_up().await;
    service.stop().await;
}
