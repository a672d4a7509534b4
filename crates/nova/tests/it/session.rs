//! A service as its callers know it: by name, one request at a time, paths without `/api/v1`.

use std::time::Duration;

use bytes::Bytes;
use hyper::Method;
use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
use nova::config::AuthMode;
use nova_core::clock::Clock as _;
use nova_core::model::Timestamp;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::answer::Answer;
use crate::service::Service;
use crate::wait::PATIENCE;

pub(crate) const SECRET: &str = "a test's key of thirty-two bytes";

impl Service {
    /// With tokens.
    pub(crate) async fn start_jwt() -> Self {
        Self::start_with(|config| {
            config.auth.mode = AuthMode::Jwt;
            config.auth.secret = serde_json::from_value(json!(SECRET)).expect("a text");
        })
        .await
    }

    /// Later; writes that must stand in an order are a second apart.
    pub(crate) fn pass(&self, seconds: u64) {
        self.clock.advance(Duration::from_secs(seconds));
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.clock.now()
    }

    pub(crate) fn by(&self, user: &str) -> Session<'_> {
        Session { service: self, header: Some(("x-nova-user", user.to_owned())) }
    }

    pub(crate) fn anonymous(&self) -> Session<'_> {
        Session { service: self, header: None }
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
        Session { service: self, header: Some(("authorization", format!("Bearer {token}"))) }
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
        for job in self.jobs().into_iter().filter(|job| job.name().starts_with("trending")) {
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
            let mut stream = TcpStream::connect(self.http.address()).await.expect("connects");
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

/// Requests of one caller.
pub(crate) struct Session<'a> {
    service: &'a Service,
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
        let own = self.header.iter().map(|(name, value)| (*name, value.as_str()));
        let headers: Vec<(&str, &str)> = own.chain(headers.iter().copied()).collect();
        self.service.http.attempt(method, path, &headers, body).await.expect("an answer")
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
