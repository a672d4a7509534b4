//! The whole embedded service in this process, with a small community, asked without a socket between.

use std::cell::RefCell;
use std::mem::ManuallyDrop;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::http::{Method, Request, StatusCode};
use http_body_util::BodyExt as _;
use nova::api::cursor::Signer;
use nova::app::App;
use nova::config::{Config, Overrides};
use nova::social::{NewComment, NewPost, NewUser, Write};
use nova_core::model::{CommentId, PostId, Timestamp, UserId};
use nova_core::testkit::ManualClock;
use serde_json::Value;
use tempfile::TempDir;
use tokio::runtime::{Builder, Runtime};
use tower::Service as _;

const NOW: Timestamp = Timestamp::from_micros(1_767_323_045_000_000);
const PATIENCE: Duration = Duration::from_secs(20);
/// More than any page has.
const BODY_BYTES_MAX: usize = 4 << 20;

/// A service; user 1 is the one who asks.
pub(crate) struct Service {
    runtime: Runtime,
    app: App,
    signer: Signer,
    router: Router,
    _dir: TempDir,
}

/// What came back.
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) json: Value,
}

thread_local! {
    // a thread at its end has no runtime any more, so there is nothing that could end it there in order
    static SERVICE: RefCell<ManuallyDrop<Option<Service>>> =
        const { RefCell::new(ManuallyDrop::new(None)) };
}

/// With the service of this thread, which the first call starts.
pub(crate) fn with<R>(ask: impl FnOnce(&mut Service) -> R) -> R {
    SERVICE.with_borrow_mut(|service| ask(service.get_or_insert_with(Service::start)))
}

impl Service {
    fn start() -> Self {
        let runtime = Builder::new_current_thread().enable_all().build().expect("a runtime");
        let dir = tempfile::tempdir().expect("a directory");
        let app = runtime.block_on(open(dir.path()));
        let services = app.services().clone();
        let signer = services.signer.clone();
        let router = nova::api::router(app.ports().clone(), services, nova::metrics::install());
        Self { runtime, app, signer, router, _dir: dir }
    }

    pub(crate) const fn signer(&self) -> &Signer {
        &self.signer
    }

    /// Sends a request as user 1, or as nobody; `None` where HTTP itself does not know such a request.
    pub(crate) fn ask(&mut self, method: &str, target: &str, named: bool, body: &[u8]) -> Option<Answer> {
        let mut request = Request::builder()
            .method(Method::from_bytes(method.as_bytes()).ok()?)
            .uri(target)
            .header("content-type", "application/json");
        if named {
            request = request.header("x-nova-user", "1");
        }
        let request = request.body(Body::from(body.to_vec())).ok()?;
        let router = &mut self.router;
        let answer = self.runtime.block_on(async {
            let answer = router.call(request).await.unwrap_or_else(|never| match never {});
            let status = answer.status();
            let kind = answer.headers().get("content-type").map(|kind| kind.as_bytes().to_vec());
            let body = answer.into_body().collect().await.expect("the body is whole").to_bytes();
            assert!(body.len() <= BODY_BYTES_MAX, "an answer has a bound");
            let is_json = kind.is_some_and(|kind| kind.ends_with(b"json")) && method != "HEAD";
            let json =
                if is_json { serde_json::from_slice(&body).expect("the JSON is whole") } else { Value::Null };
            Answer { status, json }
        });
        assert_ne!(answer.status, StatusCode::INTERNAL_SERVER_ERROR, "{method} {target}: {}", answer.json);
        if answer.json.get("code").is_some() {
            assert_eq!(answer.json["status"], answer.status.as_u16(), "a problem says its status");
        }
        Some(answer)
    }
}

/// Ends the service of this thread and removes what it wrote.
pub(crate) fn end() {
    SERVICE.with_borrow_mut(|service| {
        if let Some(Service { runtime, app, router, signer: _, _dir }) = service.take() {
            runtime.block_on(app.stop());
            drop((router, runtime));
        }
    });
}

async fn open(dir: &Path) -> App {
    let flags = Overrides { data_dir: Some(dir.to_owned()), ..Overrides::default() };
    let config = Config::load(None, &flags).expect("the defaults are valid");
    let app = App::open(config, Arc::new(ManualClock::new(NOW))).await.expect("it opens");
    for outcome in app.ports().social.write(community()).await.expect("written") {
        outcome.expect("the community is valid");
    }
    app.caught_up(PATIENCE).await.expect("applied");
    for job in app.jobs() {
        job.run().await.expect("done");
    }
    app
}

/// Every list that user 1 can page through has at least two entries.
fn community() -> Vec<Write> {
    let user = UserId::from_integer;
    let post = PostId::from_integer;
    let at = |hours: u64| NOW.minus(Duration::from_secs(hours * 3_600));
    let person =
        |id: u64| NewUser { id: user(id), handle: format!("user_{id}"), display_name: format!("User {id}") };
    let written = |id: u64, author: u64| NewPost {
        id: post(id),
        author: user(author),
        text: format!("post {id}"),
        media: "[]".to_owned(),
        lang: Some("en".to_owned()),
        topics: vec!["tea".to_owned()],
    };
    let comment = |id: u64, author: u64| NewComment {
        id: CommentId::from_integer(id),
        post: post(21),
        author: user(author),
        text: "yes".to_owned(),
    };
    let mut writes: Vec<Write> = (1..=9).map(|id| Write::User(person(id), at(90))).collect();
    // 21, 22 by 2, 31, 32 by 3, and so on to 92 by 9
    let posts = (2..=9).flat_map(|author| [(author * 10 + 1, author), (author * 10 + 2, author)]);
    writes.extend(posts.map(|(id, author)| Write::Post(written(id, author), at(id % 13 + 1))));
    writes.extend([2, 3].map(|other| Write::Follow(user(1), user(other), at(50))));
    writes.extend([1, 3].map(|liker| Write::Like(user(liker), post(21), at(1))));
    writes.extend([3, 4].map(|follower| Write::Follow(user(follower), user(2), at(40))));
    writes.extend([2, 3].map(|liker| Write::Like(user(liker), post(41), at(2))));
    writes.extend([(1, 2), (2, 3)].map(|(id, author)| Write::Comment(comment(id, author), at(1))));
    writes.extend([51, 52].map(|hidden| Write::Hide(user(1), post(hidden), at(3))));
    writes.extend([6, 7].map(|other| Write::Mute(user(1), user(other), at(3))));
    writes.extend([8, 9].map(|other| Write::Block(user(1), user(other), at(3))));
    writes
}
