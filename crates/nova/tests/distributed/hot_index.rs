//! An index of its own before the shared store: who answers when.

use std::sync::Arc;
use std::time::Duration;

use nova::app::{App, Roles, SystemClock};
use nova::config::Config;
use nova::log::{EventLog as _, KafkaLog, Topic};
use nova::project::exactly_once::begin_epochs;
use nova::store::clickhouse::{ClickHouseStore, ClickHouseStoreConfig};
use nova::store::{Fact, MemoryStore, Placed, Projection as _};
use nova_core::clock::Clock as _;
use nova_core::model::{Action, Event, EventId};
use rdkafka::admin::AdminOptions;
use rdkafka::{Offset, TopicPartitionList};
use serde_json::json;
use tempfile::TempDir;

use crate::community::{By, event, person, ready, until_page};
use crate::faulty::{Faults, Mode};
use crate::http::Http;
use crate::system::System;
use crate::testbed;

/// The number of an event that was imported.
const IMPORTED: u128 = 10;
const PATIENCE: Duration = Duration::from_secs(30);

const API: Roles = Roles { api: true, project: false, jobs: false };

fn hot(config: &mut Config) {
    config.store.hot_index = true;
}

async fn opened(system: &System, dir: &TempDir) -> (App, Http) {
    let config = system.config(dir.path(), hot);
    let mut app = App::open_as(API, config, Arc::new(SystemClock)).await.expect("it opens");
    let address = app.serve(None, axum::Router::new()).await.expect("a port");
    (app, Http::new(address))
}

async fn is_hot(app: &App) {
    testbed::until("the index", async || app.services().fence.has_started().then_some(())).await;
}

/// Events of the shared store and of the index: whoever answers is told apart by them.
async fn events(app: &App) -> u64 {
    app.ports().store.size().await.expect("a size").events
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_index_answers_once_it_is_ready_and_goes_on_from_its_snapshot() {
    let system = System::captured().await;
    let carrier = system.replica(|_| {}).await;
    let (author, viewer) = (person(&carrier.http, "author").await, person(&carrier.http, "viewer").await);
    let post = By(&carrier.http, &author).write("there").await;
    By(&carrier.http, &viewer).join("follow", &author).await;
    By(&carrier.http, &author).report(json!([event(1, "share", &post)])).await.expect(202);
    let shares = |count: u64| {
        let post = post.clone();
        move |page: &crate::community::Feed| {
            page.item(&post).is_some_and(|item| item["counts"]["shares"] == count)
        }
    };
    until_page("a share", &By(&carrier.http, &viewer), "", shares(1)).await;
    system.consumed().await;

    // made of the shared store, and the tail of the log behind it
    let dir = TempDir::new().expect("a directory");
    let (app, http) = opened(&system, &dir).await;
    is_hot(&app).await;
    let page = until_page("the share in the index", &By(&http, &viewer), "", shares(1)).await;
    assert!(page.is_whole(), "{page:?}");
    // whoever reports to a process with an index reads it there in the very next page
    By(&http, &viewer).report(json!([event(2, "share", &post)])).await.expect(202);
    assert!(shares(2)(&By(&http, &viewer).feed("").await), "read back at once");
    assert!(app.stop().await);

    // what came while it was away is the tail behind its snapshot
    By(&carrier.http, &author).report(json!([event(3, "share", &post)])).await.expect(202);
    let (app, http) = opened(&system, &dir).await;
    is_hot(&app).await;
    until_page("the tail", &By(&http, &viewer), "", shares(3)).await;
    assert_eq!(events(&app).await, 3, "each once");
    assert!(app.stop().await);

    // the log no longer reaches back to where the snapshot stands: made of the shared store again
    By(&carrier.http, &author).report(json!([event(4, "share", &post)])).await.expect(202);
    system.consumed().await;
    forgets_everything(&system).await;
    let (app, http) = opened(&system, &dir).await;
    is_hot(&app).await;
    until_page("the same shares", &By(&http, &viewer), "", shares(4)).await;
    By(&http, &author).report(json!([event(5, "share", &post)])).await.expect(202);
    until_page("what came since", &By(&http, &viewer), "", shares(5)).await;
    assert!(app.stop().await);
    carrier.stop().await;
}

/// What is not in the log any more is in the index all the same, and a copy of it counts neither here nor there.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_index_of_new_topics_holds_what_came_by_the_old_ones_and_by_imports() {
    let system = System::captured().await;
    let carrier = system.replica(|_| {}).await;
    let (author, viewer) = (person(&carrier.http, "author").await, person(&carrier.http, "viewer").await);
    let post = By(&carrier.http, &author).write("there").await;
    By(&carrier.http, &viewer).join("follow", &author).await;
    let old = json!([event(1, "share", &post), event(2, "click", &post)]);
    By(&carrier.http, &viewer).report(old.clone()).await.expect(202);
    system.consumed().await;
    imported(&system, &author, &post).await;
    carrier.stop().await;

    events_are_made_anew(&system).await;
    let carrier = system.replica(|_| {}).await;
    By(&carrier.http, &viewer).report(old.clone()).await.expect(202);
    By(&carrier.http, &viewer).report(json!([event(3, "share", &post)])).await.expect(202);
    system.consumed().await;
    let shares = |count: u64| {
        let post = post.clone();
        move |page: &crate::community::Feed| {
            page.is_whole() && page.item(&post).is_some_and(|item| item["counts"]["shares"] == count)
        }
    };
    until_page("every share", &By(&carrier.http, &viewer), "", shares(3)).await;

    let dir = TempDir::new().expect("a directory");
    let (app, http) = opened(&system, &dir).await;
    is_hot(&app).await;
    until_page("the same of the index", &By(&http, &viewer), "", shares(3)).await;
    assert_eq!(events(&app).await, 4, "two before, one imported, one since");
    assert!(app.stop().await);
    assert!(is_written(&dir), "also where nothing came since it was made");

    let (app, http) = opened(&system, &dir).await;
    is_hot(&app).await;
    assert_eq!(events(&app).await, 4, "from its snapshot");
    By(&http, &viewer).report(old).await.expect(202);
    By(&http, &author).report(json!([event(IMPORTED, "share", &post)])).await.expect(202);
    By(&http, &viewer).report(json!([event(4, "share", &post)])).await.expect(202);
    app.caught_up(PATIENCE).await.expect("applied");
    assert_eq!(events(&app).await, 5, "copies count nothing");
    until_page("one more", &By(&http, &viewer), "", shares(4)).await;
    system.consumed().await;
    until_page("as many as of the shared store", &By(&carrier.http, &viewer), "", shares(4)).await;
    assert!(app.stop().await);
    carrier.stop().await;
}

/// Is there a snapshot of an index in this data directory?
fn is_written(dir: &TempDir) -> bool {
    let folders = std::fs::read_dir(dir.path()).expect("a directory");
    folders.filter_map(Result::ok).any(|folder| MemoryStore::is_kept_in(&folder.path()))
}

/// A share, as an import writes it: of no topic, at an offset that others have too.
async fn imported(system: &System, user: &str, post: &str) {
    let store =
        ClickHouseStore::open(system.database(), ClickHouseStoreConfig::default()).await.expect("opens");
    let now = SystemClock.now();
    let event = Event {
        id: EventId::from_bits(1 << 64 | IMPORTED),
        time: now,
        user: user.parse().expect("an id"),
        post: post.parse().expect("an id"),
        author: None,
        action: Action::Share,
        dwell_ms: None,
        device: None,
        app_ver: None,
    };
    let place = nova::log::Place { topic: Topic::Events, partition: 0, offset: 0 };
    let fact = Placed { place, received_at: now, fact: Fact::Event(event) };
    let applied = store.apply(&[fact], &nova::log::Positions::default()).await.expect("applied");
    assert_eq!(applied.events, 1);
}

/// What was in them was consumed; the group begins anew with them.
async fn events_are_made_anew(system: &System) {
    let config = system.place.log.config();
    system
        .place
        .admin()
        .delete_topics(&[&config.topic(Topic::Events)], &AdminOptions::new())
        .await
        .expect("deleted");
    // made by whoever comes first; until the old one is gone it cannot be
    testbed::until("another topic under the old name", async || {
        let log = KafkaLog::open(config.clone()).await.ok()?;
        let anew = begin_epochs(&log, &system.database(), SystemClock.now()).await.ok()?;
        (!anew.is_empty()).then_some(())
    })
    .await;
}

/// As retention does, of all that there is.
async fn forgets_everything(system: &System) {
    let log = &system.place.log;
    let mut upto = TopicPartitionList::new();
    let name = log.config().topic(Topic::Events);
    let end = log.ends().await.expect("ends").get(Topic::Events, 0).expect("events");
    upto.add_partition_offset(&name, 0, Offset::Offset(end as i64)).expect("an offset");
    system.place.admin().delete_records(&upto, &AdminOptions::new()).await.expect("dropped");
    assert_eq!(log.starts().await.expect("starts").get(Topic::Events, 0), Some(end));
}

/// Until the index is ready, and after it has stopped, the shared store answers.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_its_index_a_process_answers_from_the_shared_store() {
    let system = System::captured().await;
    let carrier = system.replica(|_| {}).await;
    let (author, viewer) = (person(&carrier.http, "author").await, person(&carrier.http, "viewer").await);
    let post = By(&carrier.http, &author).write("there").await;
    By(&carrier.http, &viewer).join("follow", &author).await;
    By(&carrier.http, &author).report(json!([event(1, "share", &post)])).await.expect(202);
    system.consumed().await;
    let shared = |count: u64| {
        let post = post.clone();
        move |page: &crate::community::Feed| {
            page.is_whole() && page.item(&post).is_some_and(|item| item["counts"]["shares"] == count)
        }
    };
    until_page("a share", &By(&carrier.http, &viewer), "", shared(1)).await;
    for (call, stops) in [("projection.apply", false), ("log.read", true)] {
        let faults = Faults::new();
        faults.set(&[call], Mode::Fails);
        let dir = TempDir::new().expect("a directory");
        let config = system.config(dir.path(), hot);
        let clock = Arc::new(SystemClock);
        let mut app =
            App::open_with(API, config, clock, |twins| faults.around(twins)).await.expect("it opens");
        let http = Http::new(app.serve(None, axum::Router::new()).await.expect("a port"));
        let count = if stops { 2 } else { 1 };
        until_page("the shares of the store", &By(&http, &viewer), "", shared(count)).await;
        let (status, parts) = ready(&http).await;
        assert_eq!((status, &parts["store"]), (200, &json!("ok")), "{call}: {parts}");
        By(&carrier.http, &author)
            .report(json!([event(count as u128 + 1, "share", &post)]))
            .await
            .expect(202);
        until_page("and what came since", &By(&http, &viewer), "", shared(count + 1)).await;
        faults.heal();
        drop(app);
    }
    carrier.stop().await;
}
