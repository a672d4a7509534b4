//! People, posts and what they do, by the ids that the service gave them.

use std::time::Duration;

use bytes::Bytes;
use hyper::Method;
use serde_json::{Value, json};
use tokio::time::Instant;

use crate::answer::Answer;
use crate::http::Http;

/// A page may take this long in these tests: `server.request_ms`, and what a busy machine adds.
pub(crate) const REQUEST_MS: u64 = 10_000;
const ANSWER_MAX: Duration = Duration::from_millis(REQUEST_MS + 3_000);

/// Requests of one caller.
pub(crate) struct By<'a>(pub(crate) &'a Http, pub(crate) &'a str);

impl By<'_> {
    pub(crate) async fn send(&self, method: Method, path: &str, body: Option<Value>) -> Answer {
        let started = Instant::now();
        let headers: &[(&str, &str)] = if self.1.is_empty() { &[] } else { &[("x-nova-user", self.1)] };
        let body = body.map_or_else(Bytes::new, |body| body.to_string().into());
        let answer = self.0.attempt(method, &format!("/api/v1{path}"), headers, body).await;
        let answer = answer.unwrap_or_else(|error| panic!("{path}: {error:?}"));
        let took = started.elapsed();
        assert!(took < ANSWER_MAX, "{path} was answered after {took:?}: {}", answer.text());
        answer
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.send(Method::GET, path, None).await
    }

    pub(crate) async fn put(&self, path: &str) -> Answer {
        self.send(Method::PUT, path, None).await
    }

    pub(crate) async fn delete(&self, path: &str) -> Answer {
        self.send(Method::DELETE, path, None).await
    }

    pub(crate) async fn post(&self, path: &str, body: Value) -> Answer {
        self.send(Method::POST, path, Some(body)).await
    }

    /// A new post; gives its id.
    pub(crate) async fn write(&self, text: &str) -> String {
        self.post("/posts", json!({"text": text})).await.expect(201).id()
    }

    /// `verb` is `follow`, `block` or `mute`.
    pub(crate) async fn join(&self, verb: &str, other: &str) {
        self.put(&format!("/users/{other}/{verb}")).await.expect(204);
    }

    pub(crate) async fn like(&self, post: &str) {
        self.put(&format!("/posts/{post}/like")).await.expect(204);
    }

    pub(crate) async fn report(&self, events: Value) -> Answer {
        self.post("/events", json!({ "events": events })).await
    }

    pub(crate) async fn feed(&self, query: &str) -> Feed {
        Feed(self.get(&format!("/feed?{query}")).await.expect(200).json())
    }
}

/// A page of a feed.
#[derive(Debug)]
pub(crate) struct Feed(pub(crate) Value);

impl Feed {
    pub(crate) fn items(&self) -> &[Value] {
        self.0["items"].as_array().expect("a page has items")
    }

    pub(crate) fn posts(&self) -> Vec<&str> {
        self.items().iter().map(|item| item["post_id"].as_str().expect("an id")).collect()
    }

    /// The posts, in the order of their ids: those of a service rise with time.
    pub(crate) fn sorted(&self) -> Vec<&str> {
        let mut posts = self.posts();
        posts.sort_unstable();
        posts
    }

    pub(crate) fn item(&self, post: &str) -> Option<&Value> {
        self.items().iter().find(|item| item["post_id"] == post)
    }

    pub(crate) fn likes(&self, post: &str) -> Option<u64> {
        self.item(post)?["counts"]["likes"].as_u64()
    }

    pub(crate) fn lacks(&self, part: &str) -> bool {
        self.0["degraded"].as_array().expect("a list").iter().any(|missing| missing == part)
    }

    pub(crate) fn is_whole(&self) -> bool {
        self.0["degraded"] == json!([])
    }
}

/// A new account; gives its id.
pub(crate) async fn person(http: &Http, handle: &str) -> String {
    let body = json!({"handle": handle, "display_name": handle});
    By(http, "").post("/users", body).await.expect(201).id()
}

/// An event with an id of its own.
pub(crate) fn event(id: u128, action: &str, post: &str) -> Value {
    let id = uuid::Uuid::from_u128(1 << 64 | id);
    json!({"event_id": id.to_string(), "action": action, "post_id": post})
}

/// 503, when to come again, and nothing of the inside.
#[track_caller]
pub(crate) fn turned_away(answer: Answer) {
    assert_eq!(answer.header("retry-after"), "1", "{}: {}", answer.request, answer.text());
    answer.expect(503);
}

/// The state of each part by `/health/ready`, and the status of the answer.
pub(crate) async fn ready(http: &Http) -> (u16, Value) {
    let answer = http.get(0, "/health/ready").await;
    let body = answer.json();
    let parts = body["parts"].as_array().expect("parts").iter();
    let states = parts.map(|part| {
        let name = part["name"].as_str().expect("a name");
        (name.to_owned(), part["state"].clone())
    });
    (answer.status, Value::Object(states.collect()))
}

/// Until a viewer's page is as wanted; shows the last one if it never is.
pub(crate) async fn until_page(what: &str, by: &By<'_>, query: &str, wanted: impl Fn(&Feed) -> bool) -> Feed {
    let mut last = None;
    let came = crate::wait::until_or_none(async || {
        let page = by.feed(query).await;
        if wanted(&page) {
            return Some(page);
        }
        last = Some(page);
        None
    });
    came.await.unwrap_or_else(|| panic!("{what} did not come: {last:?}"))
}
