//! A like is one thing, whether a row or an event speaks of it: what was asked for last is what holds.

use std::time::Duration;

use nova::log::Positions;
use serde_json::{Value, json};

use crate::faulty::{Faults, Mode};
use crate::service::Service;

/// What can be done with a like, and what it asks for. Words are events.
const WAYS: [(&str, bool); 4] = [("PUT", true), ("DELETE", false), ("like", true), ("unlike", false)];

async fn ask(app: &Service, viewer: &str, post: &str, way: &str) {
    let (by, path) = (app.by(viewer), format!("/posts/{post}/like"));
    match way {
        "PUT" => by.put(&path).await.expect(204),
        "DELETE" => by.delete(&path).await.expect(204),
        event => by.report(event, post).await.expect(202),
    };
}

/// The newest post as a feed shows it: its likes, and whether the viewer's is among them.
async fn newest(app: &Service, viewer: &str) -> Value {
    let page = app.by(viewer).get("/feed?algo=time&limit=1").await.expect(200).json();
    json!([page["items"][0]["counts"]["likes"], page["items"][0]["viewer"]["liked"]])
}

async fn log_ends(app: &Service) -> Positions {
    app.ports().log.ends().await.expect("the log")
}

#[tokio::test]
async fn the_last_word_holds_whichever_way_it_came() {
    let app = Service::start().await;
    let (ann, bob) = (app.user("ann").await, app.user("bob").await);
    app.join(&ann, "follow", &bob).await;
    for number in 0..WAYS.len().pow(3) {
        let post = app.post(&bob, "x").await;
        let ways = [number % 4, number / 4 % 4, number / 16].map(|way| WAYS[way]);
        for (way, wanted) in ways {
            app.pass(1);
            ask(&app, &ann, &post, way).await;
            let held = newest(&app, &ann).await;
            assert_eq!(held, json!([u32::from(wanted), wanted]), "{ways:?} up to {way}");
        }
    }
    assert_eq!(app.ports().dead.waiting().await.expect("dead letters"), 0);
}

#[tokio::test]
async fn what_is_as_it_was_asked_for_leaves_no_record() {
    let app = Service::start().await;
    let (ann, bob) = (app.user("ann").await, app.user("bob").await);
    let post = app.post(&bob, "x").await;
    ask(&app, &ann, &post, "like").await;
    ask(&app, &ann, &post, "DELETE").await;
    let before = log_ends(&app).await;
    ask(&app, &ann, &post, "DELETE").await;
    // a post that nobody knows must not become a dead letter
    ask(&app, &ann, "7", "DELETE").await;
    assert_eq!(log_ends(&app).await, before);
    ask(&app, &ann, &post, "PUT").await;
    let before = log_ends(&app).await;
    ask(&app, &ann, &post, "PUT").await;
    assert_eq!(log_ends(&app).await, before);
}

#[tokio::test]
async fn a_clock_that_goes_back_takes_no_last_word() {
    let app = Service::start().await;
    let (ann, bob) = (app.user("ann").await, app.user("bob").await);
    app.join(&ann, "follow", &bob).await;
    let post = app.post(&bob, "x").await;
    app.pass(60);
    for (way, wanted) in [("like", true), ("DELETE", false), ("PUT", true), ("unlike", false), ("PUT", true)]
    {
        if way == "unlike" {
            app.pass(60);
        }
        ask(&app, &ann, &post, way).await;
        assert_eq!(newest(&app, &ann).await, json!([u32::from(wanted), wanted]), "{way}");
        app.clock.set(app.now().minus(Duration::from_secs(5)));
    }
}

#[tokio::test]
async fn a_store_that_cannot_say_who_likes_what_keeps_nobody_from_taking_it_back() {
    let faults = Faults::new();
    let app = Service::start_wrapped(|_| {}, |twins| faults.around(twins)).await;
    let (ann, bob) = (app.user("ann").await, app.user("bob").await);
    app.join(&ann, "follow", &bob).await;
    let post = app.post(&bob, "x").await;
    ask(&app, &ann, &post, "like").await;
    app.pass(1);
    faults.set(&["store.measure"], Mode::Fails);
    ask(&app, &ann, &post, "DELETE").await;
    faults.heal();
    assert_eq!(newest(&app, &ann).await, json!([0, false]));
}

#[tokio::test]
async fn a_log_that_takes_nothing_is_said_and_the_request_can_be_repeated() {
    let faults = Faults::new();
    let app = Service::start_wrapped(|_| {}, |twins| faults.around(twins)).await;
    let (ann, bob) = (app.user("ann").await, app.user("bob").await);
    app.join(&ann, "follow", &bob).await;
    let post = app.post(&bob, "x").await;
    ask(&app, &ann, &post, "like").await;
    app.pass(1);
    faults.set(&["log.append"], Mode::Fails);
    app.by(&ann).delete(&format!("/posts/{post}/like")).await.expect(503);
    faults.heal();
    ask(&app, &ann, &post, "DELETE").await;
    assert_eq!(newest(&app, &ann).await, json!([0, false]));
}
