//! The events API: what is taken, what is refused and how it is named.

use serde_json::{Value, json};

use crate::service::Service;

const EVENT: &str = "0190a1b2-c3d4-7e5f-8a9b-0c1d2e3f4a5b";

#[tokio::test]
async fn good_events_are_taken_and_bad_ones_named() {
    let app = Service::start().await;
    let ann = app.user("ann").await;
    let cases = [
        (json!({"action": "view", "post_id": "1"}), ""),
        (json!({"action": "lick", "post_id": "1"}), "action_unknown"),
        (json!({"action": "served", "post_id": "1"}), "action_not_reported"),
        (json!({"post_id": "1"}), "action_missing"),
        (json!({"action": "view"}), "post_id_missing"),
        (json!({"action": "view", "post_id": "x"}), "post_id_invalid"),
        (json!({"action": "view", "post_id": 5}), ""),
        (json!({"action": "view", "post_id": 1e30}), "post_id_invalid"),
        (json!({"action": "view", "post_id": "1", "event_id": "x"}), "event_id_invalid"),
        (json!({"action": "view", "post_id": "1", "event_id": EVENT}), ""),
        (json!({"action": "view", "post_id": "1", "event_time": "yesterday"}), "event_time_invalid"),
        (json!({"action": "view", "post_id": "1", "event_time": "2026-06-01T12:05:00+00:00"}), ""),
        (json!({"action": "view", "post_id": "1", "event_time": "2026-06-01T12:06:00Z"}), "event_time_ahead"),
        (json!({"action": "view", "post_id": "1", "event_time": "2026-05-31T12:00:01Z"}), ""),
        (json!({"action": "view", "post_id": "1", "event_time": "2026-05-31T11:59:59Z"}), "event_time_old"),
        (json!({"action": "dwell", "post_id": "1"}), "dwell_ms_missing"),
        (json!({"action": "dwell", "post_id": "1", "dwell_ms": 0}), ""),
        (json!({"action": "dwell", "post_id": "1", "dwell_ms": 3_600_000}), ""),
        (json!({"action": "dwell", "post_id": "1", "dwell_ms": 3_600_001}), "dwell_ms_invalid"),
        (json!({"action": "dwell", "post_id": "1", "dwell_ms": -1}), "dwell_ms_invalid"),
        (json!({"action": "dwell", "post_id": "1", "dwell_ms": "5"}), "dwell_ms_invalid"),
        (json!({"action": "view", "post_id": "1", "dwell_ms": 5}), "dwell_ms_unexpected"),
        (json!({"action": "view", "post_id": "1", "device": "x".repeat(65)}), "device_too_long"),
        (json!({"action": "view", "post_id": "1", "app_ver": 5}), "app_ver_invalid"),
        (json!({"action": "view", "post_id": "1", "author_id": []}), "author_id_invalid"),
        (json!({"action": "view", "post_id": "1", "from_the_future": {"a": 1}}), ""),
        (json!(7), "event_invalid"),
        (json!(null), "event_invalid"),
    ];
    let events: Vec<&Value> = cases.iter().map(|(event, _)| event).collect();
    let answer = app.by(&ann).post("/events", json!({"events": events})).await.expect(202).json();
    let mut named = vec![""; cases.len()];
    for rejected in answer["rejected"].as_array().expect("rejected") {
        named[rejected["index"].as_u64().expect("an index") as usize] =
            rejected["code"].as_str().expect("a code");
        assert!(!rejected["detail"].as_str().expect("a sentence").is_empty());
    }
    let expected: Vec<&str> = cases.iter().map(|(_, code)| *code).collect();
    assert_eq!(named, expected);
    assert_eq!(answer["accepted"], expected.iter().filter(|code| code.is_empty()).count());
}

#[tokio::test]
async fn when_all_are_refused_it_is_422_with_the_same_members() {
    let app = Service::start().await;
    let body = json!({"events": [{"action": "x", "post_id": "1", "event_id": EVENT}]});
    let problem = app.by("1").post("/events", body).await.problem(422, "all_rejected");
    assert_eq!((&problem["accepted"], &problem["duplicates"]), (&json!(0), &json!(0)));
    assert_eq!(
        (&problem["rejected"][0]["index"], &problem["rejected"][0]["event_id"]),
        (&json!(0), &json!(EVENT))
    );
}

#[tokio::test]
async fn a_call_must_be_a_list_of_events() {
    let app = Service::start().await;
    for bad in [json!([]), json!(7), json!({}), json!({"events": {}}), json!({"events": null})] {
        app.by("1").post("/events", bad).await.problem(400, "json_malformed");
    }
    app.by("1").post("/events", json!({"events": [], "more": 1})).await.problem(422, "unknown_field");
    let none = app.by("1").post("/events", json!({"events": []})).await.expect(202).json();
    assert_eq!(none, json!({"accepted": 0, "duplicates": 0, "rejected": []}));
}

#[tokio::test]
async fn a_call_has_at_most_a_hundred_events() {
    let app = Service::start().await;
    let event = json!({"action": "view", "post_id": "1"});
    let taken =
        app.by("1").post("/events", json!({"events": vec![event.clone(); 100]})).await.expect(202).json();
    assert_eq!(taken["accepted"], 100);
    app.by("1").post("/events", json!({"events": vec![event; 101]})).await.problem(422, "too_many_events");
}

#[tokio::test]
async fn a_call_has_at_most_256_kib() {
    let app = Service::start().await;
    let event = json!({"action": "view", "post_id": "1", "ignored": "x".repeat(262_144)});
    app.by("1").post("/events", json!({"events": [event]})).await.problem(413, "body_too_large");
}

#[tokio::test]
async fn a_repeated_event_counts_once_and_is_said_to_be_one() {
    let app = Service::start().await;
    let (ann, bob) = (app.user("ann").await, app.user("bob").await);
    let post = app.post(&bob, "x").await;
    let call = json!({"events": [{"event_id": EVENT, "action": "share", "post_id": post}]});
    let first = app.by(&ann).post("/events", call.clone()).await.expect(202).json();
    let again = app.by(&ann).post("/events", call.clone()).await.expect(202).json();
    assert_eq!(
        (&first["duplicates"], &again["accepted"], &again["duplicates"]),
        (&json!(0), &json!(1), &json!(1))
    );
    // the same id of another user is another event
    app.by("7").post("/events", call).await.expect(202);
    app.by("7").get("/feed").await.expect(200);
    let item = app.by(&ann).get("/feed").await.json()["items"][0].clone();
    assert_eq!(item["counts"]["shares"], 2, "{item}");
}

#[tokio::test]
async fn ones_own_events_are_read_back() {
    let app = Service::start().await;
    let (ann, bob) = (app.user("ann").await, app.user("bob").await);
    app.join(&ann, "follow", &bob).await;
    let (first, second) = (app.post(&bob, "a").await, app.post(&bob, "b").await);
    app.by(&ann).report("hide", &first).await.expect(202);
    assert_eq!(app.by(&ann).get("/feed").await.items("post_id"), [second.as_str()]);
    app.by(&ann).report("view", &second).await.expect(202);
    assert!(app.by(&ann).get("/feed").await.items("post_id").is_empty(), "seen is not shown again");
}

#[tokio::test]
async fn nobody_reports_for_another_without_the_scope() {
    let app = Service::start_jwt().await;
    let call = json!({"events": [{"action": "view", "post_id": "1", "user_id": "2"}, {"action": "view", "post_id": "1"}]});
    let mixed = app.token("1", "").post("/events", call.clone()).await.expect(202).json();
    assert_eq!((&mixed["accepted"], &mixed["rejected"][0]["code"]), (&json!(1), &json!("user_forbidden")));
    let service = app.token("1", "nova:events").post("/events", call).await.expect(202).json();
    assert_eq!(service["accepted"], 2);
    app.anonymous().post("/events", json!({"events": []})).await.problem(401, "caller_missing");
}

#[tokio::test]
async fn in_open_mode_every_event_may_name_its_user() {
    let app = Service::start().await;
    let named = json!({"events": [{"action": "view", "post_id": "1", "user_id": "2"}]});
    app.anonymous().post("/events", named).await.expect(202);
    let nameless = json!({"events": [{"action": "view", "post_id": "1"}]});
    app.anonymous().post("/events", nameless).await.problem(401, "caller_missing");
}

#[tokio::test]
async fn an_event_waits_for_its_post() {
    let app = Service::start().await;
    let (ann, bob) = (app.user("ann").await, app.user("bob").await);
    app.by(&ann).report("share", "77").await.expect(202);
    app.by(&bob).post("/posts", json!({"text": "x", "id": "77"})).await.expect(201);
    let item = app.by(&ann).get("/feed").await.json()["items"][0].clone();
    assert_eq!((&item["post_id"], &item["counts"]["shares"]), (&json!("77"), &json!(1)));
}
