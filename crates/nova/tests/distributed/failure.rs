//! One system at a time is cut off, frozen or slow: what goes on, what says so, and that it comes back by itself.

use std::time::Duration;

use serde_json::json;

use crate::community::{By, Feed, person, ready, turned_away, until_page};
use crate::services;
use crate::system::{Replica, System, quick};
use crate::testbed::{self, Proxy, Way};

/// Ended, hanging, and slower than any deadline.
const WAYS: [Way; 3] = [Way::Cut, Way::Blocked, Way::Slow(Duration::from_secs(3))];

/// A viewer who follows an author of three posts, of which one is liked; one part is reached through a proxy.
struct Scene {
    system: System,
    replica: Replica,
    proxy: Proxy,
    author: String,
    viewer: String,
    posts: Vec<String>,
}

async fn scene(key: &'static str) -> Scene {
    let mut system = System::captured().await;
    let url = match key {
        "social" => system.place.url(),
        "store" => system.clickhouse().to_owned(),
        _ => testbed::redis(),
    };
    let (proxy, url) = services::on_the_way(&url).await;
    system.reached_by(key, url);
    let replica = system.replica(quick).await;
    let http = &replica.http;
    let (author, viewer) = (person(http, "author").await, person(http, "viewer").await);
    let mut posts = Vec::new();
    for text in ["one", "two", "three"] {
        posts.push(By(http, &author).write(text).await);
    }
    // two of one millisecond are in no order
    posts.sort_unstable();
    // by plain SQL: the service does not know that the viewer wrote
    let follow = format!("insert into follows values ('{viewer}', '{author}', now())");
    system.place.client().await.batch_execute(&follow).await.expect("a row");
    By(http, &author).like(&posts[0]).await;
    let scene = Scene { system, replica, proxy, author, viewer, posts };
    scene.is_well().await;
    scene
}

impl Scene {
    fn viewer(&self) -> By<'_> {
        By(&self.replica.http, &self.viewer)
    }

    /// Until a page is made of the store, with everything.
    async fn is_well(&self) {
        let whole = |page: &Feed| {
            page.is_whole()
                && page.sorted() == self.posts
                && page.likes(&self.posts[0]) == Some(1)
                && page.items().iter().all(|item| item["reason"] == "follow" && item["text"].is_string())
        };
        until_page("a whole feed", &self.viewer(), "", whole).await;
    }

    async fn breaker(&self, part: &str) -> f64 {
        self.replica.http.metric("nova_breaker_state", &[&format!("part=\"{part}\"")]).await
    }

    async fn end(self) {
        self.replica.stop().await;
        drop(self.system);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_clickhouse_the_feed_is_chronological_and_comes_back() {
    let scene = scene("store").await;
    for way in WAYS {
        scene.proxy.set(way);
        for _ in 0..6 {
            let page = scene.viewer().feed("").await;
            let newest: Vec<&str> = scene.posts.iter().rev().map(String::as_str).collect();
            assert_eq!((page.posts(), &page.0["degraded"]), (newest, &json!(["store"])), "{way:?}");
            assert!(page.items().iter().all(|item| item["text"].is_string()), "{way:?}");
        }
        assert!(scene.breaker("follow").await > 0.0, "{way:?}: it is left alone");
        let (status, parts) = ready(&scene.replica.http).await;
        assert_eq!((status, &parts["store"], &parts["social"]), (200, &json!("failed"), &json!("ok")));
        // the tables hold what is written meanwhile
        By(&scene.replica.http, &scene.author).write("meanwhile").await;
        let hidden = scene.viewer().feed("limit=1").await.posts()[0].to_owned();
        scene.viewer().put(&format!("/posts/{hidden}/hide")).await.expect(204);
        assert!(!scene.viewer().feed("").await.posts().contains(&hidden.as_str()), "{way:?}");
        scene.proxy.set(Way::Open);
        scene.is_well().await;
    }
    scene.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_redis_feeds_are_made_and_have_one_page() {
    let scene = scene("cache").await;
    let other = person(&scene.replica.http, "other").await;
    let elsewhere = By(&scene.replica.http, &other).write("elsewhere").await;
    for way in WAYS {
        let first = scene.viewer().feed("limit=1").await;
        let cursor = first.0["next_cursor"].as_str().expect("more").to_owned();
        scene.proxy.set(way);
        for _ in 0..4 {
            let page = scene.viewer().feed("limit=1").await;
            assert_eq!((&page.0["degraded"], &page.0["next_cursor"]), (&json!(["cache"]), &json!(null)));
            assert_eq!(page.items().len(), 1, "{way:?}");
        }
        assert!(scene.breaker("cache").await > 0.0, "{way:?}: it is left alone");
        turned_away(scene.viewer().get(&format!("/feed?limit=1&cursor={cursor}")).await);
        let (status, parts) = ready(&scene.replica.http).await;
        assert_eq!((status, &parts["cache"]), (200, &json!("failed")), "{way:?}");
        // own writes are right also where nobody can tell that they were made
        scene.viewer().join("follow", &other).await;
        let page = scene.viewer().feed("").await;
        assert_eq!(page.item(&elsewhere).expect("followed")["reason"], "follow", "{way:?}");
        scene.viewer().join("block", &other).await;
        assert_eq!(scene.viewer().feed("").await.sorted(), scene.posts, "{way:?}");
        scene.viewer().delete(&format!("/users/{other}/block")).await.expect(204);
        scene.proxy.set(Way::Open);
        let pages = |page: &Feed| page.is_whole() && page.0["next_cursor"].is_string();
        until_page("a feed of several pages", &scene.viewer(), "limit=1", pages).await;
    }
    scene.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_postgresql_the_store_answers_with_ids() {
    let scene = scene("social").await;
    for way in WAYS {
        scene.proxy.set(way);
        let without_texts = |page: &Feed| page.items().iter().all(|item| item.get("text").is_none());
        // texts are remembered for a moment
        let page = until_page("a page of ids", &scene.viewer(), "", without_texts).await;
        assert!(page.lacks("social") && !page.lacks("store"), "{way:?}: {page:?}");
        assert_eq!((page.sorted(), page.likes(&scene.posts[0])), (scene.refs(), Some(1)), "{way:?}");
        turned_away(scene.viewer().post("/posts", json!({"text": "x"})).await);
        let (status, parts) = ready(&scene.replica.http).await;
        assert_eq!((status, &parts["social"], &parts["store"]), (503, &json!("failed"), &json!("ok")));
        if way == Way::Cut {
            for _ in 0..5 {
                scene.viewer().feed("").await;
            }
            assert!(scene.breaker("social").await > 0.0, "it is left alone");
        }
        scene.proxy.set(Way::Open);
        scene.is_well().await;
    }
    scene.end().await;
}

impl Scene {
    fn refs(&self) -> Vec<&str> {
        self.posts.iter().map(String::as_str).collect()
    }
}

/// Neither the store nor the tables: nobody can tell what may be shown.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn when_nobody_can_tell_what_may_be_seen_nothing_is_shown() {
    let mut system = System::new().await;
    let (tables, url) = services::on_the_way(&system.place.url()).await;
    system.reached_by("social", url);
    let (store, url) = services::on_the_way(system.clickhouse()).await;
    system.reached_by("store", url);
    let replica = system.replica(quick).await;
    let viewer = person(&replica.http, "viewer").await;
    for way in [Way::Cut, Way::Blocked] {
        tables.set(way);
        store.set(way);
        for path in ["/feed", "/feed?algo=time"] {
            turned_away(By(&replica.http, &viewer).get(path).await);
        }
        tables.set(Way::Open);
        store.set(Way::Open);
        until_page("a feed", &By(&replica.http, &viewer), "", Feed::is_whole).await;
    }
    replica.stop().await;
}
