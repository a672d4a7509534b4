use std::collections::HashSet;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::time::Duration;

use nova_core::model::Timestamp;
use serde_json::{Value, json};

use super::*;
use crate::testserver::{Received, Reply, TestServer};
use crate::world::WorldConfig;

fn world() -> Arc<World> {
    World::new(WorldConfig::new(60, 7, Timestamp::from_millis(1_780_000_000_000)))
}

/// As fast as it goes.
const FLAT_OUT: Pace = Pace { events_per_s: 50_000.0, sessions: 3 };

/// Lives on `server` until `enough` says so of the figures; fails the test after 20 s.
async fn live(server: &TestServer, world: Arc<World>, enough: impl Fn(&Figures) -> bool) -> Figures {
    let (stop, stats) = (CancellationToken::new(), Arc::new(Stats::default()));
    let running = run(server.address().into(), world, FLAT_OUT, stop.clone(), Arc::clone(&stats));
    let watching = async {
        while !enough(&stats.figures()) {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        stop.cancel();
    };
    let both = async { tokio::join!(running, watching) };
    let ended = tokio::time::timeout(Duration::from_secs(20), both).await;
    assert!(ended.is_ok(), "not there yet: {:?}", stats.figures());
    stats.figures()
}

/// A Nova that shows everybody the first 20 posts of the community, and three pages of them.
fn nova(world: &Arc<World>, request: &Received) -> Reply {
    let (method, path) = request.line.split_once(' ').expect("a request line");
    let user = request.header("x-nova-user");
    assert!(world.person(user.parse().expect("an id")).is_some(), "{user} is nobody");
    match (method, path.split(['?']).next().unwrap_or_default()) {
        ("GET", "/api/v1/feed") => {
            let item = |post: &crate::world::post::Planned| {
                json!({ "post_id": post.id, "author_id": world.people()[post.author as usize].id,
                        "created_at": post.at, "reason": "trending", "viewer": { "liked": false }, "score": 1.0 })
            };
            let items: Vec<Value> = world.posts()[..20].iter().map(item).collect();
            let next = if path.contains("&cursor=c2") {
                None
            } else {
                Some(if path.contains("=c1") { "c2" } else { "c1" })
            };
            Reply::new(200, json!({ "items": items, "next_cursor": next }).to_string())
        }
        ("GET", "/api/v1/discover/suggested-users") => {
            let users: Vec<Value> =
                world.people().iter().map(|person| json!({ "user_id": person.id })).collect();
            Reply::new(200, json!({ "items": users }).to_string())
        }
        ("POST", "/api/v1/events") => {
            let sent: Value = serde_json::from_slice(&request.body).expect("json");
            let count = sent["events"].as_array().expect("events").len();
            Reply::new(202, json!({ "accepted": count, "duplicates": 0, "rejected": [] }).to_string())
        }
        ("POST", "/api/v1/posts") => {
            let sent: Value = serde_json::from_slice(&request.body).expect("json");
            assert!(sent["text"].as_str().is_some_and(|text| text.len() >= 40) && sent["topics"].is_array());
            Reply::new(201, json!({ "id": "0190a1b2-c3d4-7e5f-8a9b-0c1d2e3f4a5b" }).to_string())
        }
        ("POST", path) if path.ends_with("/comments") => Reply::new(201, "{}"),
        ("PUT", path) if ["/like", "/hide", "/follow"].iter().any(|end| path.ends_with(end)) => {
            Reply::new(204, "")
        }
        _ => panic!("nothing the API has: {}", request.line),
    }
}

#[tokio::test]
async fn people_read_react_write_and_go_on_to_the_next_page() {
    let world = world();
    let served = Arc::clone(&world);
    let (lines, bodies) = (Arc::new(Mutex::new(Vec::new())), Arc::new(Mutex::new(Vec::new())));
    let (seen, sent) = (Arc::clone(&lines), Arc::clone(&bodies));
    let server = TestServer::start(move |request| {
        seen.lock().expect("lock").push(request.line.clone());
        if request.line == "POST /api/v1/events" {
            sent.lock().expect("lock").push(request.body.clone());
        }
        nova(&served, request)
    });
    let enough = |figures: &Figures| {
        figures.events > 400
            && [figures.likes, figures.comments, figures.posts, figures.follows]
                .iter()
                .all(|count| *count > 0)
            && figures.pages > figures.visits
    };
    let figures = live(&server, world, enough).await;
    assert_eq!((figures.errors(), figures.retries), (0, 0), "{figures:?}");
    assert_eq!(server.connections(), FLAT_OUT.sessions, "connections are kept");
    assert!(figures.feed_p50 > Duration::ZERO && figures.feed_p50 <= figures.feed_p99);
    assert!(lines.lock().expect("lock").iter().any(|line| line.contains("cursor=c1")));

    let mut ids = HashSet::new();
    for body in bodies.lock().expect("lock").iter() {
        let batch: Value = serde_json::from_slice(body).expect("json");
        let events = batch["events"].as_array().expect("events");
        assert!((1..=16).contains(&events.len()), "{} in a batch", events.len());
        for event in events {
            let id = event["event_id"].as_str().expect("an id").to_owned();
            assert_eq!(&id[14..15], "4");
            assert!(ids.insert(id), "an event id twice");
            assert_eq!(event["action"] == "dwell", event.get("dwell_ms").is_some(), "{event}");
        }
    }
}

#[tokio::test]
async fn whatever_the_server_answers_the_community_lives_on() {
    let world = world();
    let served = Arc::clone(&world);
    let turn = AtomicUsize::new(0);
    let server = TestServer::start(move |request| match turn.fetch_add(1, SeqCst) % 9 {
        0 => Reply::new(503, "{}").header("Retry-After", "0"),
        1 => Reply::new(429, "{}").header("Retry-After", "0"),
        2 => Reply::raw("garbage\r\n\r\n"),
        3 => Reply::new(200, "{\"not\": \"a page\""),
        4 => Reply::new(404, "{}"),
        5 => Reply::raw("HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\ncut"),
        _ => nova(&served, request),
    });
    let enough = |figures: &Figures| {
        let kinds =
            [figures.failed, figures.limited, figures.unreachable, figures.malformed, figures.refused];
        kinds.iter().all(|count| *count > 1) && figures.events > 50
    };
    let figures = live(&server, world, enough).await;
    assert!(figures.retries > 0, "{figures:?}");
}

#[tokio::test]
async fn it_stops_at_once_even_where_nobody_answers() {
    let server = TestServer::start(|_| Reply::silence());
    let (stop, stats) = (CancellationToken::new(), Arc::new(Stats::default()));
    let running = run(server.address().into(), world(), FLAT_OUT, stop.clone(), stats);
    let stopping = async {
        while server.connections() < FLAT_OUT.sessions {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        stop.cancel();
    };
    let both = async { tokio::join!(running, stopping) };
    tokio::time::timeout(Duration::from_secs(5), both)
        .await
        .expect("it ends, although every request still waits");
}

#[tokio::test]
async fn the_pace_is_kept() {
    let world = world();
    let served = Arc::clone(&world);
    let server = TestServer::start(move |request| nova(&served, request));
    let (stop, stats) = (CancellationToken::new(), Arc::new(Stats::default()));
    let pace = Pace { events_per_s: 200.0, sessions: 4 };
    let running = run(server.address().into(), world, pace, stop.clone(), Arc::clone(&stats));
    let began = tokio::time::Instant::now();
    let watching = async {
        while stats.figures().done() < 150 {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        stop.cancel();
        began.elapsed()
    };
    let ((), took) = tokio::join!(running, watching);
    // ahead of their moment are at most the batches under way, one of up to 16 a session
    let done = stats.figures().done();
    let due = took.as_secs_f64() * pace.events_per_s;
    assert!(done as f64 <= due + 4.0 * 16.0, "{done} done, {due} were due");
}
