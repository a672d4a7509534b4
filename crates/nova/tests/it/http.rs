//! Speaks to a running service as its clients do, whoever started it.

use std::net::SocketAddr;
use std::time::Duration;

use bytes::Bytes;
use hyper::Method;
use nova_lab::client::{Client, ClientError};
use parking_lot::Mutex;
use serde_json::{Value, json};

use crate::answer::Answer;

/// Longer than any request may take.
const DEADLINE: Duration = Duration::from_secs(30);

/// A service at an address. Users and posts go by plain numbers here.
pub(crate) struct Http {
    address: SocketAddr,
    /// Kept connections that nobody uses now.
    idle: Mutex<Vec<Client>>,
}

impl Http {
    pub(crate) fn new(address: SocketAddr) -> Self {
        Self { address, idle: Mutex::default() }
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    /// One exchange that may break, as it does when the process is killed. Sent once.
    pub(crate) async fn attempt(
        &self,
        method: Method,
        path: &str,
        headers: &[(&str, &str)],
        body: Bytes,
    ) -> Result<Answer, ClientError> {
        let mut client = self.idle.lock().pop().unwrap_or_else(|| Client::new(self.address, DEADLINE));
        let request = format!("{method} {path}");
        let answer = client.request(method, path, headers, body).await?;
        self.idle.lock().push(client);
        Ok(Answer { request, status: answer.status, headers: answer.headers, body: answer.body })
    }

    pub(crate) async fn send(&self, method: Method, path: &str, user: u64, body: Option<&Value>) -> Answer {
        let user = user.to_string();
        let named = [("x-nova-user", user.as_str())];
        let headers = if user == "0" { &named[..0] } else { &named[..] };
        let body = body.map_or_else(Bytes::new, |body| body.to_string().into());
        self.attempt(method, path, headers, body).await.unwrap_or_else(|error| panic!("{path}: {error:?}"))
    }

    /// `user` 0 is nobody.
    pub(crate) async fn get(&self, user: u64, path: &str) -> Answer {
        self.send(Method::GET, path, user, None).await
    }

    pub(crate) async fn post(&self, user: u64, path: &str, body: Value) -> Answer {
        self.send(Method::POST, path, user, Some(&body)).await
    }

    /// Sets an edge, as in `"posts/7/like"`.
    pub(crate) async fn put(&self, user: u64, edge: &str) -> Answer {
        self.send(Method::PUT, &format!("/api/v1/{edge}"), user, None).await
    }

    /// Unsets an edge, or deletes what the path names.
    pub(crate) async fn delete(&self, user: u64, path: &str) -> Answer {
        self.send(Method::DELETE, &format!("/api/v1/{path}"), user, None).await
    }

    /// Makes accounts, each with a handle made of its number.
    pub(crate) async fn people(&self, ids: impl IntoIterator<Item = u64>) {
        for id in ids {
            let body =
                json!({"id": id, "handle": format!("user_{id}"), "display_name": format!("User {id}")});
            self.post(id, "/api/v1/users", body).await.expect(201);
        }
    }

    /// Writes a post.
    pub(crate) async fn write(&self, author: u64, id: u64) {
        let body = json!({"id": id, "text": format!("post {id} of user {author}")});
        self.post(author, "/api/v1/posts", body).await.expect(201);
    }

    pub(crate) async fn follow(&self, who: u64, whom: u64) {
        self.put(who, &format!("users/{whom}/follow")).await.expect(204);
    }

    pub(crate) async fn like(&self, who: u64, post: u64) {
        self.put(who, &format!("posts/{post}/like")).await.expect(204);
    }

    /// Reports events in a user's name.
    pub(crate) async fn report(&self, user: u64, events: &[Value]) -> Answer {
        self.post(user, "/api/v1/events", json!({ "events": events })).await
    }

    /// A page of a feed; `query` as in `"limit=5&explain=true"`.
    pub(crate) async fn feed(&self, user: u64, query: &str) -> Page {
        Page::of(self.get(user, &format!("/api/v1/feed?{query}")).await.expect(200))
    }

    /// The whole feed, from the first page to the end.
    pub(crate) async fn scroll(&self, user: u64, limit: usize) -> Vec<Value> {
        let mut page = self.feed(user, &format!("limit={limit}")).await;
        let mut items = page.items();
        while let Some(cursor) = page.cursor() {
            page = self.feed(user, &format!("limit={limit}&cursor={cursor}")).await;
            items.extend(page.items());
        }
        items
    }

    /// The value of a metric, summed over the label sets that have all of `labels` (as in `part="follow"`).
    pub(crate) async fn metric(&self, name: &str, labels: &[&str]) -> f64 {
        let text = self.get(0, "/metrics").await.expect(200);
        let text = String::from_utf8(text.body.to_vec()).expect("metrics are text");
        let lines = text.lines().filter(|line| line.split(['{', ' ']).next() == Some(name));
        lines
            .filter(|line| labels.iter().all(|label| line.contains(label)))
            .filter_map(|line| line.rsplit(' ').next()?.parse::<f64>().ok())
            .sum()
    }
}

/// A page of a feed or of trending.
#[derive(Debug, Clone)]
pub(crate) struct Page(pub(crate) Value);

impl Page {
    pub(crate) fn of(answer: Answer) -> Self {
        Self(answer.json())
    }

    pub(crate) fn items(&self) -> Vec<Value> {
        self.0["items"].as_array().expect("a page has items").clone()
    }

    /// The posts, in order.
    pub(crate) fn posts(&self) -> Vec<u64> {
        self.items().iter().map(post_of).collect()
    }

    pub(crate) fn item(&self, post: u64) -> Option<Value> {
        self.items().into_iter().find(|item| post_of(item) == post)
    }

    pub(crate) fn cursor(&self) -> Option<String> {
        self.0["next_cursor"].as_str().map(str::to_owned)
    }

    pub(crate) fn degraded(&self) -> Vec<String> {
        serde_json::from_value(self.0["degraded"].clone()).expect("a page says what was missing")
    }
}

/// The post of an item.
pub(crate) fn post_of(item: &Value) -> u64 {
    number(&item["post_id"])
}

/// An id as the number it was made from.
pub(crate) fn number(id: &Value) -> u64 {
    id.as_str().and_then(|id| id.parse().ok()).unwrap_or_else(|| panic!("{id} is no number"))
}

/// An event with an id of its own: the number decides it, so that the same number is the same event.
pub(crate) fn event(id: u128, action: &str, post: u64) -> Value {
    // any but the nil one
    let id = uuid::Uuid::from_u128(1 << 64 | id);
    json!({"event_id": id.to_string(), "action": action, "post_id": post})
}
