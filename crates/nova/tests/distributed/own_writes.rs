//! Two replicas, and a viewer who writes to one and reads from the other.

use std::time::Duration;

use nova::app::Roles;
use serde_json::json;
use tokio::time::Instant;

use crate::community::{By, event, person, until_page};
use crate::system::System;

/// What the product promises of a change that comes by capture, and of an event.
const VISIBLE_MAX: Duration = Duration::from_secs(5);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_written_to_one_replica_is_seen_on_the_other() {
    let system = System::captured().await;
    let a = system.replica(|_| {}).await;
    let b = system.replica_as(Roles { api: true, project: false, jobs: false }, |_| {}).await;
    let (ann, bob, eve) =
        (person(&a.http, "ann").await, person(&a.http, "bob").await, person(&a.http, "eve").await);
    let (here, there) = (By(&a.http, &ann), By(&b.http, &ann));
    let post = By(&a.http, &bob).write("of bob").await;
    let evil = By(&b.http, &eve).write("of eve").await;

    // at once: the tables are read for whoever wrote
    here.join("follow", &bob).await;
    assert_eq!(there.feed("").await.item(&post).expect("followed")["reason"], "follow");
    here.delete(&format!("/users/{bob}/follow")).await.expect(204);
    let page = there.feed("").await;
    assert!(page.item(&post).is_none_or(|item| item["reason"] != "follow"), "{page:?}");
    here.join("follow", &bob).await;
    here.join("follow", &eve).await;
    let mut both = [&*post, &*evil];
    both.sort_unstable();
    assert_eq!(there.feed("").await.sorted(), both);
    here.join("block", &eve).await;
    assert_eq!(there.feed("").await.posts(), [&*post]);
    here.put(&format!("/posts/{post}/hide")).await.expect(204);
    assert!(there.feed("").await.posts().is_empty());
    here.delete(&format!("/posts/{post}/hide")).await.expect(204);
    assert_eq!(there.feed("").await.posts(), [&*post]);
    let own = here.write("of ann").await;
    let of_ann = there.get(&format!("/users/{ann}/posts")).await.expect(200);
    assert_eq!(of_ann.items("id"), [own.as_str()]);
    here.like(&post).await;
    let liked = |page: &crate::community::Feed| page.likes(&post) == Some(1);
    until_page("the own like, counted", &there, "", liked).await;

    // by change capture
    let like = format!("insert into likes values ('{post}', '{eve}', now())");
    system.place.client().await.batch_execute(&like).await.expect("a row");
    let started = Instant::now();
    until_page("a like of plain SQL", &there, "", |page| page.likes(&post) == Some(2)).await;
    assert!(started.elapsed() < VISIBLE_MAX, "a like took {:?}", started.elapsed());

    // by the log
    By(&a.http, &bob).report(json!([event(1, "share", &post)])).await.expect(202);
    let started = Instant::now();
    let shared =
        |page: &crate::community::Feed| page.item(&post).is_some_and(|item| item["counts"]["shares"] == 1);
    until_page("a share", &there, "", shared).await;
    assert!(started.elapsed() < VISIBLE_MAX, "a share took {:?}", started.elapsed());
    here.report(json!([event(2, "view", &post)])).await.expect(202);
    let started = Instant::now();
    until_page("a feed without what was seen", &there, "", |page| page.posts().is_empty()).await;
    assert!(started.elapsed() < VISIBLE_MAX, "a view took {:?}", started.elapsed());
    b.stop().await;
    a.stop().await;
}
