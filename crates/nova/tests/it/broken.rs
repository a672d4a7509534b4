//! One part at a time is down: what goes on, what says so, and what a client is told.

use serde_json::{Value, json};

use crate::answer::Answer;
use crate::faulty::{Faults, Mode};
use crate::service::Service;

struct Scene {
    app: Service,
    faults: Faults,
    ann: String,
    posts: Vec<String>,
}

/// A viewer who follows one author with three posts.
async fn scene() -> Scene {
    let faults = Faults::new();
    let limits = |config: &mut nova::config::Config| {
        config.server.request_ms = 1_500;
        config.server.read_your_writes_ms = 1_000;
        config.server.page_wait_ms = 300;
    };
    let app = Service::start_wrapped(limits, |twins| faults.around(twins)).await;
    let (ann, bob) = (app.user("ann").await, app.user("bob").await);
    app.join(&ann, "follow", &bob).await;
    let mut posts = Vec::new();
    for text in ["one", "two", "three"] {
        posts.push(app.post(&bob, text).await);
    }
    posts.reverse();
    app.like(&bob, &posts[0]).await;
    app.refresh_trending().await;
    Scene { app, faults, ann, posts }
}

/// 503 with Retry-After and nothing of the inside.
#[track_caller]
fn turned_away(answer: Answer, code: &str) {
    assert_eq!(answer.header("retry-after"), "1");
    assert!(!answer.text().contains("SECRET") && !answer.text().contains("social."), "{}", answer.text());
    answer.problem(503, code);
}

async fn ready(app: &Service) -> (u16, Value) {
    let answer = app.anonymous().send(hyper::Method::GET, "/health/ready", &[], bytes::Bytes::new()).await;
    (answer.status, answer.json())
}

#[tokio::test]
async fn events_are_refused_when_the_log_takes_none() {
    let scene = scene().await;
    scene.faults.set(&["log"], Mode::Fails);
    turned_away(scene.app.by(&scene.ann).report("view", &scene.posts[0]).await, "unavailable");
    assert_eq!(
        scene.app.by(&scene.ann).get("/feed").await.expect(200).items("post_id").len(),
        3,
        "nothing counted"
    );
    let (status, parts) = ready(&scene.app).await;
    assert_eq!((status, &parts["status"]), (503, &json!("not_ready")));
    assert_eq!(
        parts["parts"][1],
        json!({"name": "log", "state": "failed", "required": true, "detail": "a part does not answer"})
    );
    scene.faults.heal();
    scene.app.by(&scene.ann).report("view", &scene.posts[0]).await.expect(202);
    assert_eq!(ready(&scene.app).await.0, 200);
}

#[tokio::test]
async fn without_the_store_the_feed_is_chronological_and_says_so() {
    let scene = scene().await;
    scene.faults.set(&["store"], Mode::Fails);
    // the trending list is remembered, and nobody can say who may see what stands in it
    let trending = scene.app.by(&scene.ann).get("/feed/trending").await.expect(200);
    assert_eq!(trending.items("post_id"), scene.posts[..1], "the tables are asked instead");
    let page = scene.app.by(&scene.ann).get("/feed?limit=2").await.expect(200);
    assert_eq!(page.items("post_id"), scene.posts[..2]);
    assert_eq!(page.items("reason"), ["recent", "recent"]);
    assert_eq!(page.json()["degraded"], json!(["store"]));
    let cursor = page.json()["next_cursor"].as_str().expect("more").to_owned();
    let second = scene.app.by(&scene.ann).get(&format!("/feed?cursor={cursor}")).await.expect(200);
    assert_eq!(second.items("post_id"), scene.posts[2..]);
    scene.app.by(&scene.ann).put(&format!("/posts/{}/hide", scene.posts[0])).await.expect(204);
    assert_eq!(scene.app.by(&scene.ann).get("/feed").await.expect(200).items("post_id"), scene.posts[1..]);
    turned_away(scene.app.by(&scene.ann).get("/discover/suggested-users").await, "unavailable");
    assert_eq!(ready(&scene.app).await.0, 503);
}

#[tokio::test]
async fn a_feed_is_not_empty_because_nobody_could_be_asked() {
    let faults = Faults::new();
    let app = Service::start_wrapped(|_| {}, |twins| faults.around(twins)).await;
    let (ann, bob) = (app.user("ann").await, app.user("bob").await);
    let post = app.post(&bob, "nobody engages with it").await;
    faults.set(&["store"], Mode::Fails);
    for viewer in [&ann, "7"] {
        let page = app.by(viewer).get("/feed").await.expect(200);
        assert_eq!(page.items("post_id"), [post.as_str()]);
        assert_eq!(page.json()["degraded"], json!(["store"]));
    }
}

#[tokio::test]
async fn a_scroll_that_began_before_goes_on_without_the_store() {
    let scene = scene().await;
    let first = scene.app.by(&scene.ann).get("/feed?limit=1").await.expect(200);
    let cursor = first.json()["next_cursor"].as_str().expect("more").to_owned();
    scene.app.by(&scene.ann).put(&format!("/posts/{}/hide", scene.posts[1])).await.expect(204);
    scene.faults.set(&["store"], Mode::Fails);
    let second = scene.app.by(&scene.ann).get(&format!("/feed?cursor={cursor}")).await.expect(200);
    let shown = [first.items("post_id"), second.items("post_id")].concat();
    assert!(!second.items("post_id").contains(&scene.posts[1]), "hidden: {shown:?}");
    assert_eq!(second.json()["degraded"][0], "store");
}

#[tokio::test]
async fn when_nobody_can_tell_what_may_be_seen_nothing_is_shown() {
    let scene = scene().await;
    scene.faults.set(&["store"], Mode::Fails);
    scene.faults.set(&["social"], Mode::Fails);
    for path in ["/feed", "/feed?algo=time", "/feed/trending"] {
        turned_away(scene.app.by(&scene.ann).get(path).await, "unavailable");
    }
}

#[tokio::test]
async fn without_the_tables_ranked_feeds_go_on() {
    let scene = scene().await;
    scene.faults.set(&["social"], Mode::Fails);
    let page = scene.app.by(&scene.ann).get("/feed").await.expect(200);
    assert_eq!(page.items("post_id").len(), 3);
    assert!(page.json()["items"][0].get("text").is_none(), "texts are in the tables");
    turned_away(scene.app.by(&scene.ann).get(&format!("/posts/{}", scene.posts[0])).await, "unavailable");
    turned_away(scene.app.by(&scene.ann).post("/posts", json!({"text": "x"})).await, "unavailable");
    turned_away(
        scene.app.by(&scene.ann).put(&format!("/posts/{}/like", scene.posts[0])).await,
        "unavailable",
    );
}

#[tokio::test]
async fn without_the_cache_a_feed_has_one_page_and_says_so() {
    let scene = scene().await;
    scene.faults.set(&["cache"], Mode::Fails);
    let page = scene.app.by(&scene.ann).get("/feed?limit=1").await.expect(200).json();
    assert_eq!((&page["degraded"], &page["next_cursor"]), (&json!(["cache"]), &Value::Null));
    let (status, parts) = ready(&scene.app).await;
    assert_eq!((status, &parts["parts"][3]["state"]), (200, &json!("failed")), "the cache is not required");
}

#[tokio::test]
async fn a_request_that_takes_too_long_ends() {
    let scene = scene().await;
    scene.faults.set(&["log"], Mode::Hangs);
    turned_away(scene.app.by(&scene.ann).report("view", &scene.posts[0]).await, "timeout");
}

#[tokio::test]
async fn a_write_that_cannot_be_read_back_yet_says_so() {
    let scene = scene().await;
    scene.faults.set(&["projection"], Mode::Fails);
    let written = scene.app.by(&scene.ann).put(&format!("/posts/{}/hide", scene.posts[0])).await;
    turned_away(written, "projection_lagging");
    for path in ["/feed", "/feed/trending"] {
        let page = scene.app.by(&scene.ann).get(path).await.expect(200);
        assert!(!page.items("post_id").contains(&scene.posts[0]), "{path}: hidden, as the tables know");
    }
    turned_away(scene.app.by(&scene.ann).get("/discover/suggested-users").await, "projection_lagging");
    scene.faults.heal();
    scene.app.caught_up().await;
    assert_eq!(scene.app.by(&scene.ann).get("/feed").await.expect(200).items("post_id"), scene.posts[1..]);
}

#[tokio::test]
async fn a_panic_is_a_500_and_the_process_goes_on() {
    let scene = scene().await;
    scene.faults.set(&["social"], Mode::Panics);
    let answer = scene.app.by(&scene.ann).get(&format!("/posts/{}", scene.posts[0])).await;
    assert!(!answer.text().contains("SECRET"), "{}", answer.text());
    answer.problem(500, "internal");
    scene.faults.heal();
    scene.app.by(&scene.ann).get(&format!("/posts/{}", scene.posts[0])).await.expect(200);
}
