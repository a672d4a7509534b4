//! A process that starts while something is away.

use std::sync::Arc;

use nova::app::{App, Roles, SystemClock};
use serde_json::json;
use tempfile::TempDir;

use crate::community::{By, Feed, REQUEST_MS, event, person, ready, turned_away, until_page};
use crate::services;
use crate::system::System;
use crate::testbed::{self, Way};

const API: Roles = Roles { api: true, project: false, jobs: false };

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_answers_requests_needs_postgresql_alone() {
    let mut system = System::new().await;
    let mut ways = Vec::new();
    let urls =
        [("store", system.clickhouse().to_owned()), ("log", testbed::kafka()), ("cache", testbed::redis())];
    for (key, url) in urls {
        let (proxy, url) = services::on_the_way(&url).await;
        proxy.set(Way::Cut);
        system.reached_by(key, url);
        ways.push(proxy);
    }
    let replica = system
        .replica_as(API, |config| {
            config.server.request_ms = REQUEST_MS;
            config.breaker.open_ms_max = 1_000;
        })
        .await;
    let http = &replica.http;
    let (author, viewer) = (person(http, "author").await, person(http, "viewer").await);
    let post = By(http, &author).write("there").await;
    By(http, &viewer).join("follow", &author).await;
    let page = By(http, &viewer).feed("").await;
    assert!(page.lacks("store") && page.posts() == [post.as_str()], "{page:?}");
    turned_away(By(http, &viewer).report(json!([event(1, "view", &post)])).await);
    let (status, parts) = ready(http).await;
    let failed = json!({"social": "ok", "log": "failed", "store": "failed", "cache": "failed"});
    assert_eq!((status, parts), (200, failed));

    ways.iter().for_each(|way| way.set(Way::Open));
    testbed::until("an event that is taken", async || {
        let answer = By(http, &viewer).report(json!([event(1, "view", &post)])).await;
        (answer.status == 202).then_some(())
    })
    .await;
    until_page("a page of the store", &By(http, &viewer), "", Feed::is_whole).await;
    testbed::until("all parts", async || {
        let well = json!({"social": "ok", "log": "ok", "store": "ok", "cache": "ok"});
        (ready(http).await.1 == well).then_some(())
    })
    .await;
    replica.stop().await;
}

/// Whoever carries the log into the store can do nothing without both, and says which is missing.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_carries_the_log_needs_log_and_store() {
    for key in ["store", "log"] {
        let mut system = System::new().await;
        let url = if key == "store" { system.clickhouse().to_owned() } else { testbed::kafka() };
        let (proxy, url) = services::on_the_way(&url).await;
        proxy.set(Way::Cut);
        system.reached_by(key, url);
        let dir = TempDir::new().expect("a directory");
        let config = system.config(dir.path(), |_| {});
        let refused = App::open_as(Roles::ALL, config, Arc::new(SystemClock)).await;
        let why = format!("{:#}", refused.err().expect("it does not start"));
        assert!(why.starts_with(&format!("{key}.url ")) && !why.contains('\n'), "{why}");
    }
}
