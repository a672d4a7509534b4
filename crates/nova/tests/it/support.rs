//! A whole service in a directory of its own, with a clock that is set by hand.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use hyper::{HeaderMap, Method};
use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
use nova::app::{App, Twins};
use nova::config::{AuthMode, Config, Overrides};
use nova_core::clock::Clock as _;
use nova_core::model::Timestamp;
use nova_core::testkit::ManualClock;
use nova_lab::client::Client;
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

pub(crate) const SECRET: &str = "a test's key of thirty-two bytes";
/// When every test begins.
pub(crate) const NOON: &str = "2026-06-01T12:00:00Z";
/// No answer takes longer; it is not waited for, only a bound.
const PATIENCE: Duration = Duration::from_secs(20);

pub(crate) struct TestApp {
    // stopped before its directory goes
    pub(crate) app: App,
    pub(crate) clock: Arc<ManualClock>,
    address: SocketAddr,
    _dir: TempDir,
}

impl TestApp {
    /// Embedded, without authentication.
    pub(crate) async fn start() -> Self {
        Self::start_with(|_| {}).await
    }

    /// Embedded, with tokens.
    pub(crate) async fn start_jwt() -> Self {
        Self::start_with(|config| {
            config.auth.mode = AuthMode::Jwt;
            config.auth.secret = serde_json::from_value(json!(SECRET)).expect("a text");
        })
        .await
    }

    pub(crate) async fn start_with(change: impl FnOnce(&mut Config)) -> Self {
        Self::start_wrapped(change, |twins| twins).await
    }

    /// With something around the twins.
    pub(crate) async fn start_wrapped(
        change: impl FnOnce(&mut Config),
        wrap: impl FnOnce(Twins) -> Twins,
    ) -> Self {
        let dir = tempfile::tempdir().expect("a directory");
        let flags = Overrides {
            listen: Some("127.0.0.1:0".parse().expect("an address")),
            data_dir: Some(dir.path().to_owned()),
        };
        let mut config = Config::load(None, &flags).expect("the defaults");
        // a busy machine may take longer than a reader would wait
        config.server.page_wait_ms = 2_500;
        change(&mut config);
        let clock = Arc::new(ManualClock::new(NOON.parse().expect("a time")));
        let mut app = App::open_with(config, Arc::clone(&clock) as _, wrap).await.expect("opens");
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = app.serve(Some(listener), axum::Router::new()).await.expect("serves");
        Self { app, clock, address, _dir: dir }
    }

    /// Later; writes that must stand in an order are a second apart.
    pub(crate) fn pass(&self, seconds: u64) {
        self.clock.advance(Duration::from_secs(seconds));
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.clock.now()
    }

    pub(crate) fn by(&self, user: &str) -> Session<'_> {
        Session { app: self, header: Some(("x-nova-user", user.to_owned())) }
    }

    pub(crate) fn anonymous(&self) -> Session<'_> {
        Session { app: self, header: None }
    }

    /// With a valid token.
    pub(crate) fn token(&self, user: &str, scope: &str) -> Session<'_> {
        let exp = self.now().micros() / 1_000_000 + 3_600;
        self.claims(&json!({"sub": user, "exp": exp, "scope": scope}))
    }

    /// With a well-signed token that says this.
    pub(crate) fn claims(&self, claims: &Value) -> Session<'_> {
        let key = EncodingKey::from_secret(SECRET.as_bytes());
        self.bearer(&encode(&Header::new(Algorithm::HS256), claims, &key).expect("a token"))
    }

    pub(crate) fn bearer(&self, token: &str) -> Session<'_> {
        Session { app: self, header: Some(("authorization", format!("Bearer {token}"))) }
    }

    /// A new account; gives its id.
    pub(crate) async fn user(&self, handle: &str) -> String {
        self.pass(1);
        let body = json!({"handle": handle, "display_name": handle});
        self.anonymous().post("/users", body).await.expect(201).id()
    }

    /// A new post; gives its id.
    pub(crate) async fn post(&self, author: &str, text: &str) -> String {
        self.pass(1);
        self.by(author).post("/posts", json!({"text": text})).await.expect(201).id()
    }

    pub(crate) async fn comment(&self, author: &str, post: &str, text: &str) -> String {
        self.pass(1);
        self.by(author).post(&format!("/posts/{post}/comments"), json!({"text": text})).await.expect(201).id()
    }

    /// `verb` is `follow`, `block` or `mute`.
    pub(crate) async fn join(&self, from: &str, verb: &str, to: &str) {
        self.pass(1);
        self.by(from).put(&format!("/users/{to}/{verb}")).await.expect(204);
    }

    pub(crate) async fn like(&self, user: &str, post: &str) {
        self.pass(1);
        self.by(user).put(&format!("/posts/{post}/like")).await.expect(204);
    }

    /// The trending lists as they are now; the service makes them on a timer.
    pub(crate) async fn refresh_trending(&self) {
        for job in self.app.jobs().into_iter().filter(|job| job.name().starts_with("trending")) {
            job.run().await.expect("a list");
        }
    }

    /// Bytes to the server as they are, the answer as text; for what no client would send. The server must close.
    pub(crate) async fn raw(&self, request: impl AsRef<[u8]>) -> String {
        self.exchange(request.as_ref(), false).await
    }

    /// The same, with the end of the request where the bytes end.
    pub(crate) async fn cut(&self, request: impl AsRef<[u8]>) -> String {
        self.exchange(request.as_ref(), true).await
    }

    async fn exchange(&self, request: &[u8], cut: bool) -> String {
        let exchange = async {
            let mut stream = TcpStream::connect(self.address).await.expect("connects");
            // the server may have answered and closed before all of it is written
            drop(stream.write_all(request).await);
            if cut {
                drop(stream.shutdown().await);
            }
            let mut answer = Vec::new();
            drop(stream.read_to_end(&mut answer).await);
            String::from_utf8_lossy(&answer).into_owned()
        };
        tokio::time::timeout(PATIENCE, exchange).await.expect("an answer")
    }
}

/// Requests of one caller; paths without `/api/v1`.
pub(crate) struct Session<'a> {
    app: &'a TestApp,
    header: Option<(&'static str, String)>,
}

impl Session<'_> {
    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.send(Method::GET, &format!("/api/v1{path}"), &[], Bytes::new()).await
    }

    pub(crate) async fn put(&self, path: &str) -> Answer {
        self.send(Method::PUT, &format!("/api/v1{path}"), &[], Bytes::new()).await
    }

    pub(crate) async fn delete(&self, path: &str) -> Answer {
        self.send(Method::DELETE, &format!("/api/v1{path}"), &[], Bytes::new()).await
    }

    pub(crate) async fn post(&self, path: &str, body: Value) -> Answer {
        self.send(Method::POST, &format!("/api/v1{path}"), &[], body.to_string().into()).await
    }

    pub(crate) async fn patch(&self, path: &str, body: Value) -> Answer {
        self.send(Method::PATCH, &format!("/api/v1{path}"), &[], body.to_string().into()).await
    }

    /// One event of this caller.
    pub(crate) async fn report(&self, action: &str, post: &str) -> Answer {
        self.post("/events", json!({"events": [{"action": action, "post_id": post}]})).await
    }

    pub(crate) async fn send(
        &self,
        method: Method,
        path: &str,
        headers: &[(&str, &str)],
        body: Bytes,
    ) -> Answer {
        let mut client = Client::new(self.app.address, PATIENCE);
        let own = self.header.iter().map(|(name, value)| (*name, value.as_str()));
        let headers: Vec<(&str, &str)> = own.chain(headers.iter().copied()).collect();
        let request = format!("{method} {path}");
        let answer = client.request(method, path, &headers, body).await.expect("an answer");
        Answer { request, status: answer.status, headers: answer.headers, body: answer.body }
    }

    /// Every item of a list, page by page.
    pub(crate) async fn walk(&self, path: &str, limit: usize) -> Vec<Value> {
        let (mut items, mut cursor) = (Vec::new(), String::new());
        let gap = if path.contains('?') { '&' } else { '?' };
        for _ in 0..200 {
            let page =
                self.get(&format!("{path}{gap}limit={limit}&cursor={cursor}")).await.expect(200).json();
            items.extend(page["items"].as_array().expect("items").iter().cloned());
            match page["next_cursor"].as_str() {
                Some(next) => cursor = next.to_owned(),
                None => return items,
            }
        }
        panic!("{path} does not end");
    }
}

#[derive(Debug)]
pub(crate) struct Answer {
    request: String,
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

impl Answer {
    #[track_caller]
    pub(crate) fn expect(self, status: u16) -> Self {
        assert_eq!(self.status, status, "{}: {}", self.request, self.text());
        self
    }

    /// A problem with this status and code, as RFC 9457 and the contract want it.
    #[track_caller]
    pub(crate) fn problem(self, status: u16, code: &str) -> Value {
        let answer = self.expect(status);
        assert_eq!(answer.header("content-type"), "application/problem+json", "{}", answer.request);
        let body = answer.json();
        assert_eq!(body["code"], code, "{}: {body}", answer.request);
        assert_eq!(body["status"], status, "{body}");
        assert_eq!(body["request_id"], answer.header("x-request-id"), "{body}");
        for member in ["type", "title", "detail"] {
            assert!(body[member].as_str().is_some_and(|text| !text.is_empty()), "{member}: {body}");
        }
        body
    }

    #[track_caller]
    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body)
            .unwrap_or_else(|error| panic!("{}: {error}: {}", self.request, self.text()))
    }

    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().expect("text"))
    }

    #[track_caller]
    pub(crate) fn id(&self) -> String {
        self.json()["id"].as_str().expect("an id").to_owned()
    }

    /// A member of every item, in order.
    #[track_caller]
    pub(crate) fn items(&self, member: &str) -> Vec<String> {
        let body = self.json();
        let items = body["items"].as_array().unwrap_or_else(|| panic!("{}: {body}", self.request));
        items.iter().map(|item| item[member].as_str().expect("text").to_owned()).collect()
    }
}

/// A whole answer as text, with what differs from run to run named instead: ids, request ids, cursors.
pub(crate) fn redacted(mut value: Value) -> String {
    fn walk(value: &mut Value) {
        match value {
            Value::Object(map) => {
                for (name, value) in map.iter_mut() {
                    let text = value.as_str().unwrap_or_default();
                    let id = text.len() == 36 && text.bytes().filter(|&b| b == b'-').count() == 4;
                    match name.as_str() {
                        "request_id" | "slate_id" | "next_cursor" | "config_version" if value.is_string() => {
                            *value = json!(format!("[{name}]"));
                        }
                        _ if id => *value = json!("[uuid]"),
                        _ => walk(value),
                    }
                }
            }
            Value::Array(values) => values.iter_mut().for_each(walk),
            _ => {}
        }
    }
    walk(&mut value);
    serde_json::to_string_pretty(&value).expect("json")
}
