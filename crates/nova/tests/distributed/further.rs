//! Further pages of a slate in Redis: what they hold, whom they ask, and who may be away meanwhile.

use nova::app::Roles;
use nova::config::Config;
use serde_json::json;
use uuid::Uuid;

use crate::community::{By, Feed, event, person, turned_away, until_page};
use crate::services;
use crate::system::{Replica, System, quick};
use crate::testbed::{self, Proxy, Way};

const API: Roles = Roles { api: true, project: false, jobs: false };
const POSTS: usize = 8;

/// A replica that carries the log, and one beside it that reaches tables and store through proxies.
struct Scene {
    system: System,
    carrier: Replica,
    replica: Replica,
    tables: Proxy,
    store: Proxy,
    author: String,
    /// Follows the author.
    viewer: String,
    posts: Vec<String>,
}

async fn scene(set: impl FnOnce(&mut Config)) -> Scene {
    let mut system = System::captured().await;
    let carrier = system.replica(quick).await;
    let (tables, url) = services::on_the_way(&system.place.url()).await;
    system.reached_by("social", url);
    let (store, url) = services::on_the_way(system.clickhouse()).await;
    system.reached_by("store", url);
    let replica = system
        .replica_as(API, |config| {
            quick(config);
            set(config);
        })
        .await;
    let http = &carrier.http;
    let (author, viewer) = (person(http, "author").await, person(http, "viewer").await);
    let mut posts = Vec::new();
    for number in 0..POSTS {
        posts.push(By(http, &author).write(&format!("number {number}")).await);
    }
    // two of one millisecond are in no order
    posts.sort_unstable();
    // by plain SQL: the service does not know that the viewer wrote
    let follow = format!("insert into follows values ('{viewer}', '{author}', now())");
    system.place.client().await.batch_execute(&follow).await.expect("a row");
    let scene = Scene { system, carrier, replica, tables, store, author, viewer, posts };
    let whole = |page: &Feed| {
        page.is_whole()
            && page.sorted() == scene.posts
            && page.items().iter().all(|item| item["reason"] == "follow")
    };
    until_page("a whole feed", &scene.there(), "", whole).await;
    scene
}

impl Scene {
    /// The viewer, asking the replica.
    fn here(&self) -> By<'_> {
        By(&self.replica.http, &self.viewer)
    }

    /// The viewer, asking the other one.
    fn there(&self) -> By<'_> {
        By(&self.carrier.http, &self.viewer)
    }

    async fn end(self) {
        self.replica.stop().await;
        self.carrier.stop().await;
        drop(self.system);
    }
}

/// A first page of two, the cursor behind it, and what follows.
async fn begun(by: &By<'_>) -> (String, Vec<String>) {
    let first = by.feed("limit=2").await;
    let cursor = first.0["next_cursor"].as_str().expect("more than a page").to_owned();
    let rest = by.feed(&format!("limit=100&cursor={cursor}")).await;
    (cursor, rest.posts().into_iter().map(str::to_owned).collect())
}

async fn rest(by: &By<'_>, cursor: &str) -> Feed {
    by.feed(&format!("limit=100&cursor={cursor}")).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_viewer_does_between_two_pages_holds_on_the_second_on_any_replica() {
    let scene = scene(|_| {}).await;
    let (here, there) = (scene.here(), scene.there());
    let (cursor, behind) = begun(&here).await;
    assert_eq!(behind.len(), POSTS - 2);

    // somebody with an account: the tables take an event's hide, and everything else that is written
    there.report(json!([event(1, "hide", &behind[0])])).await.expect(202);
    assert_eq!(rest(&here, &cursor).await.posts(), behind[1..]);
    there.put(&format!("/posts/{}/hide", behind[1])).await.expect(204);
    By(&scene.carrier.http, &scene.author).delete(&format!("/posts/{}", behind[2])).await.expect(204);
    assert_eq!(rest(&here, &cursor).await.posts(), behind[3..]);
    there.delete(&format!("/posts/{}/hide", behind[1])).await.expect(204);
    assert_eq!(rest(&here, &cursor).await.posts(), [&behind[1..2], &behind[3..]].concat());

    // own likes, whichever way they come
    let liked = async |post: &str| {
        let page = rest(&here, &cursor).await;
        let item = page.item(post).expect("shown");
        (item["viewer"]["liked"].as_bool().expect("counted"), page.likes(post).expect("counted"))
    };
    let [by_row, by_event] = [&behind[3], &behind[4]];
    there.like(by_row).await;
    assert_eq!(liked(by_row).await, (true, 1));
    there.report(json!([event(2, "like", by_event)])).await.expect(202);
    assert_eq!(liked(by_event).await, (true, 1));
    there.report(json!([event(3, "unlike", by_row)])).await.expect(202);
    assert_eq!(liked(by_row).await, (false, 0));
    there.like(by_row).await;
    assert_eq!(liked(by_row).await, (true, 1));
    for post in [by_row, by_event] {
        there.delete(&format!("/posts/{post}/like")).await.expect(204);
        assert_eq!(liked(post).await, (false, 0));
    }

    // somebody without an account, whose hides no table takes
    let nobody = Uuid::from_u128(7 << 96 | 1 << 76 | 1 << 63).to_string();
    let (here, there) = (By(&scene.replica.http, &nobody), By(&scene.carrier.http, &nobody));
    let (cursor, behind) = begun(&here).await;
    there.report(json!([event(4, "hide", &behind[0]), event(5, "hide", &behind[2])])).await.expect(202);
    let left = [&behind[1..2], &behind[3..]].concat();
    assert_eq!(rest(&here, &cursor).await.posts(), left);
    let first = here.feed("").await;
    assert!([&behind[0], &behind[2]].iter().all(|hidden| first.item(hidden).is_none()), "{first:?}");
    // the tables cannot be asked: what was hidden is known all the same, what was removed once the store has it
    scene.tables.set(Way::Cut);
    let known = |page: &Feed| page.lacks("social") && page.posts() == left;
    until_page("a page by the store's word", &here, &format!("limit=100&cursor={cursor}"), known).await;
    scene.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_further_page_asks_the_store_nothing_and_is_whole_without_it() {
    let scene = scene(|config| config.cache.page_fresh_ms = 60_000).await;
    let here = scene.here();
    By(&scene.carrier.http, &scene.author).like(&scene.posts[0]).await;
    until_page("a like", &scene.there(), "", |page| page.likes(&scene.posts[0]) == Some(1)).await;
    let (cursor, behind) = begun(&here).await;
    for way in [Way::Open, Way::Blocked, Way::Cut] {
        scene.store.set(way);
        let asked = scene.store.asked();
        for _ in 0..3 {
            let page = rest(&here, &cursor).await;
            assert!(page.is_whole() && page.posts() == behind, "{way:?}: {page:?}");
            let shown = |item: &serde_json::Value| item["text"].is_string() && item["counts"].is_object();
            assert!(page.items().iter().all(shown), "{way:?}: {page:?}");
            assert!(page.0["as_of"]["counts"].is_string(), "{way:?}: counts are those of the slate");
        }
        // a first page that is young enough is read from the slate as well
        let page = here.feed("limit=2").await;
        assert!(page.is_whole() && page.0["cached"] == true, "{way:?}: {page:?}");
        assert_eq!(scene.store.asked(), asked, "{way:?}");
    }
    // what somebody followed has posted since is known to the tables first
    By(&scene.carrier.http, &scene.author).write("meanwhile").await;
    assert!(here.feed("limit=2").await.0["cached"] == false, "a first page is made anew");
    scene.store.set(Way::Open);
    scene.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_the_tables_the_stores_verdicts_hold_and_without_both_there_is_no_page() {
    let scene = scene(|_| {}).await;
    let here = scene.here();
    let (cursor, behind) = begun(&here).await;
    scene.there().put(&format!("/posts/{}/hide", behind[0])).await.expect(204);
    until_page("the hide, by the store", &here, "", |page| {
        page.items().len() == POSTS - 1 && page.item(&behind[0]).is_none()
    })
    .await;
    scene.system.consumed().await;
    for way in [Way::Cut, Way::Blocked] {
        scene.tables.set(way);
        let page = until_page("a page of ids", &here, &format!("limit=100&cursor={cursor}"), |page| {
            page.items().iter().all(|item| item.get("text").is_none())
        })
        .await;
        assert!(page.lacks("social") && !page.lacks("store"), "{way:?}: {page:?}");
        assert_eq!(page.posts(), behind[1..], "{way:?}");
        assert!(page.items().iter().all(|item| item["counts"].is_object()), "{way:?}: {page:?}");
        scene.store.set(way);
        // what the store said a moment ago is remembered for as long
        let refused = testbed::until("an end of pages", async || {
            let answer = here.get(&format!("/feed?limit=2&cursor={cursor}")).await;
            (answer.status != 200).then_some(answer)
        });
        turned_away(refused.await);
        scene.tables.set(Way::Open);
        scene.store.set(Way::Open);
        let whole = |page: &Feed| page.is_whole() && page.posts() == behind[1..];
        until_page("a whole page", &here, &format!("limit=100&cursor={cursor}"), whole).await;
    }
    scene.end().await;
}
