//! The program killed under load, again and again: what was confirmed is there, once; what was not, at most once.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};

use bytes::Bytes;
use hyper::Method;
use parking_lot::Mutex;
use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::sync::Notify;
use tokio::time::Instant;

use crate::http::{Http, event, number, post_of};
use crate::process::{Server, run};
use crate::wait::{PATIENCE, until};

/// Seeds of a normal run; `NOVA_CRASH_SEEDS` asks for more.
const SEEDS: u64 = 3;
const AUTHORS: u64 = 4;
/// Posts that are liked and shared, there from the beginning.
const POSTS: u64 = 12;
/// Those who act, all at once.
const ACTORS: u64 = 6;
/// People to be followed by the actors.
const PEOPLE: std::ops::Range<u64> = 200..240;
/// Sees everything and does nothing.
const AUDITOR: u64 = 1_000;
/// Blocks one author after another.
const BLOCKER: u64 = 1_001;
/// A snapshot every second, so that a kill may fall into one.
const SETTINGS: [(&str, &str); 1] = [("NOVA__STORE__SNAPSHOT_S", "1")];

/// One request that changes something, so that it can be sent again as it was.
#[derive(Debug, Clone)]
enum Call {
    /// Kind and post of each event, with the number that makes its id.
    Events(Vec<(u128, &'static str, u64)>),
    Like(u64),
    Write(u64),
    Follow(u64),
}

/// What must be there, and what may.
#[derive(Debug, Default)]
struct Books {
    confirmed: Vec<(u64, Call)>,
    /// Sent when the process died, and not sent again.
    doubtful: Vec<(u64, Call)>,
    /// Sent when the process died, to be sent again.
    owed: Vec<(u64, Call)>,
}

impl Call {
    async fn send(&self, http: &Http, actor: u64) -> Option<u16> {
        let (method, path, body) = match self {
            Self::Events(events) => {
                let events: Vec<Value> =
                    events.iter().map(|&(id, action, post)| event(id, action, post)).collect();
                (Method::POST, "/api/v1/events".to_owned(), Some(json!({ "events": events })))
            }
            Self::Like(post) => (Method::PUT, format!("/api/v1/posts/{post}/like"), None),
            Self::Follow(user) => (Method::PUT, format!("/api/v1/users/{user}/follow"), None),
            Self::Write(post) => (
                Method::POST,
                "/api/v1/posts".to_owned(),
                Some(json!({"id": post, "text": format!("post {post}")})),
            ),
        };
        let name = actor.to_string();
        let body = body.map_or_else(Bytes::new, |body| body.to_string().into());
        let answer = http.attempt(method, &path, &[("x-nova-user", &name)], body).await.ok()?;
        Some(answer.status)
    }

    /// Writes are the authors', everything else the actor's.
    fn sender(&self, actor: u64) -> u64 {
        match self {
            Self::Write(post) => 1 + post % AUTHORS,
            _ => 100 + actor,
        }
    }
}

/// Makes calls, each with ids that nobody else makes.
struct Actor {
    number: u64,
    chance: StdRng,
    made: u64,
}

impl Actor {
    fn next(&mut self) -> Call {
        self.made += 1;
        let unique = self.number * 1_000_000 + self.made;
        let post = self.chance.random_range(1..=POSTS);
        match self.chance.random_range(0..20) {
            0 => Call::Write(10_000_000 + unique),
            1..5 => Call::Like(post),
            5..7 => Call::Follow(self.chance.random_range(PEOPLE)),
            _ => {
                let count = self.chance.random_range(1..=5_u128);
                let mut event = |index| {
                    let action = ["share", "impression", "like"][self.chance.random_range(0..3)];
                    (u128::from(unique) * 10 + index, action, self.chance.random_range(1..=POSTS))
                };
                Call::Events((0..count).map(&mut event).collect())
            }
        }
    }

    /// Until the process is gone.
    async fn act(
        &mut self,
        http: &Http,
        books: &Mutex<Books>,
        confirmed: &AtomicU64,
        enough: (&Notify, u64),
    ) {
        loop {
            let call = self.next();
            let sender = call.sender(self.number);
            match call.send(http, sender).await {
                Some(200..300) => {
                    books.lock().confirmed.push((sender, call));
                    if confirmed.fetch_add(1, Ordering::SeqCst) + 1 == enough.1 {
                        enough.0.notify_one();
                    }
                }
                // an answer that is no confirmation: the process is on its way down, or full
                Some(503) | None => {
                    let mut books = books.lock();
                    let again = self.chance.random_bool(0.5);
                    let list = if again { &mut books.owed } else { &mut books.doubtful };
                    list.push((sender, call));
                    return;
                }
                Some(status) => panic!("{call:?} was answered {status}"),
            }
        }
    }
}

/// The moment of a kill.
#[derive(Debug, Clone, Copy)]
enum When {
    /// So many calls were confirmed since the start.
    Confirmed(u64),
    /// A snapshot of the index is being written.
    InSnapshot,
}

/// Lets everybody act, and kills the server in the middle of it.
async fn load_and_kill(server: Server, data: &Path, actors: &mut [Actor], books: &Mutex<Books>, when: When) {
    let (confirmed, enough) = (AtomicU64::new(0), Notify::new());
    let kill_at = if let When::Confirmed(count) = when { count } else { u64::MAX };
    let http = Http::new(server.http.address());
    let acting = actors.iter_mut().map(|actor| actor.act(&http, books, &confirmed, (&enough, kill_at)));
    let killing = async {
        if let When::InSnapshot = when {
            let data = data.to_owned();
            tokio::task::spawn_blocking(move || snapshot_begins(&data)).await.expect("it is seen");
        } else {
            enough.notified().await;
        }
        server.kill();
    };
    tokio::join!(futures_util::future::join_all(acting), killing);
}

/// Looks without a pause: a small snapshot is written in milliseconds.
fn snapshot_begins(data: &Path) {
    let deadline = Instant::now() + PATIENCE;
    while Instant::now() < deadline {
        let mut entries = fs::read_dir(data).expect("a directory").filter_map(Result::ok);
        if entries.any(|entry| entry.file_name().to_string_lossy().ends_with(".tmp")) {
            return;
        }
    }
    panic!("no snapshot began within {PATIENCE:?}");
}

/// What the auditor sees of a post: likes, shares, impressions.
type Figures = BTreeMap<u64, [u64; 3]>;

async fn audit(http: &Http) -> (Figures, BTreeMap<u64, BTreeSet<u64>>) {
    let mut figures = Figures::new();
    for item in http.scroll(AUDITOR, 100).await {
        let count = |name: &str| item["counts"][name].as_u64().expect("a count");
        let seen = figures.insert(post_of(&item), [count("likes"), count("shares"), count("impressions")]);
        assert!(seen.is_none(), "a post twice: {item}");
    }
    let mut follows = BTreeMap::new();
    for actor in 100..100 + ACTORS {
        let path = format!("/api/v1/users/{actor}/following?limit=100");
        let list = http.get(actor, &path).await.expect(200).json();
        let users: Vec<u64> =
            list["items"].as_array().expect("items").iter().map(|user| number(&user["id"])).collect();
        let set: BTreeSet<u64> = users.iter().copied().collect();
        assert_eq!(users.len(), set.len(), "a follow twice");
        follows.insert(actor, set);
    }
    (figures, follows)
}

/// Holds what is there against the books.
fn settle(books: &Books, figures: &Figures, follows: &BTreeMap<u64, BTreeSet<u64>>) {
    let mut least = Expected::default();
    books.confirmed.iter().for_each(|(sender, call)| least.add(*sender, call));
    let mut most = least.clone();
    books.doubtful.iter().for_each(|(sender, call)| most.add(*sender, call));
    for post in 1..=POSTS {
        let [likes, shares, impressions] = figures[&post];
        let within = |found: u64, least: u64, most: u64, what: &str| {
            assert!((least..=most).contains(&found), "{what} of {post}: {found}, not {least} to {most}");
        };
        let liked =
            |expected: &Expected| expected.likes.iter().filter(|(_, liked)| *liked == post).count() as u64;
        within(likes, liked(&least), liked(&most), "likes");
        let count = |expected: &Expected, action| expected.events.get(&(action, post)).copied().unwrap_or(0);
        within(shares, count(&least, "share"), count(&most, "share"), "shares");
        within(impressions, count(&least, "impression"), count(&most, "impression"), "impressions");
    }
    let posts: BTreeSet<u64> = figures.keys().copied().filter(|post| *post > POSTS).collect();
    assert!(posts.is_superset(&least.posts) && posts.is_subset(&most.posts), "{posts:?} {least:?}");
    for (actor, followed) in follows {
        let of = |expected: &Expected| -> BTreeSet<u64> {
            expected.follows.iter().filter(|(who, _)| who == actor).map(|(_, whom)| *whom).collect()
        };
        assert!(followed.is_superset(&of(&least)) && followed.is_subset(&of(&most)), "{actor}: {followed:?}");
    }
}

#[derive(Debug, Clone, Default)]
struct Expected {
    events: BTreeMap<(&'static str, u64), u64>,
    likes: BTreeSet<(u64, u64)>,
    posts: BTreeSet<u64>,
    follows: BTreeSet<(u64, u64)>,
}

impl Expected {
    fn add(&mut self, sender: u64, call: &Call) {
        match call {
            Call::Events(events) => {
                for &(_, action, post) in events {
                    if action == "like" {
                        self.likes.insert((sender, post));
                    } else {
                        *self.events.entry((action, post)).or_default() += 1;
                    }
                }
            }
            Call::Like(post) => drop(self.likes.insert((sender, *post))),
            Call::Write(post) => drop(self.posts.insert(*post)),
            Call::Follow(user) => drop(self.follows.insert((sender, *user))),
        }
    }
}

async fn found(http: &Http) {
    http.people((1..=AUTHORS).chain(100..100 + ACTORS).chain(PEOPLE).chain([AUDITOR, BLOCKER])).await;
    for author in 1..=AUTHORS {
        http.follow(AUDITOR, author).await;
        http.follow(BLOCKER, author).await;
    }
    for post in 1..=POSTS {
        http.write(1 + post % AUTHORS, post).await;
    }
}

/// The very first answer after a kill: a page without those who were blocked, or none.
async fn shows_nobody_blocked(http: &Http, blocked: &[u64]) {
    let answer = http.get(BLOCKER, "/api/v1/feed?limit=100").await;
    if answer.status != 503 {
        let page = answer.expect(200).json();
        let authors = page["items"].as_array().expect("items").iter().map(|item| number(&item["author_id"]));
        assert!(authors.into_iter().all(|author| !blocked.contains(&author)), "{page}");
    }
}

async fn survives(seed: u64) {
    let mut chance = StdRng::seed_from_u64(seed);
    let dir = TempDir::new().expect("a directory");
    let data = dir.path().join("data");
    let mut server = Server::start(&data, &SETTINGS);
    found(&server.http).await;
    let mut actors: Vec<Actor> = (0..ACTORS)
        .map(|number| Actor { number, chance: StdRng::seed_from_u64(seed * 100 + number), made: 0 })
        .collect();
    let books = Mutex::new(Books::default());
    let mut blocked = Vec::new();
    let early = When::Confirmed(chance.random_range(1..60));
    let later = When::Confirmed(chance.random_range(1..600));
    for when in [early, When::InSnapshot, later] {
        let author = 2 + blocked.len() as u64;
        server.http.put(BLOCKER, &format!("users/{author}/block")).await.expect(204);
        blocked.push(author);
        load_and_kill(server, &data, &mut actors, &books, when).await;
        server = Server::start(&data, &SETTINGS);
        shows_nobody_blocked(&server.http, &blocked).await;
        server.ready().await;
        let owed = std::mem::take(&mut books.lock().owed);
        for (sender, call) in owed {
            let status = call.send(&server.http, sender).await.expect("an answer");
            // a post that is there already says so
            let there = matches!(call, Call::Write(_)) && status == 409;
            assert!(there || (200..300).contains(&status), "{call:?} again: {status}");
            books.lock().confirmed.push((sender, call));
        }
    }
    // what was confirmed long ago is sent once more, as a client does whose answer got lost
    let books = books.into_inner();
    for (sender, call) in books.confirmed.iter().filter(|(_, call)| matches!(call, Call::Events(_))).take(20)
    {
        assert_eq!(call.send(&server.http, *sender).await, Some(202));
    }
    server.ready().await;
    check(&data, server, &books).await;
}

/// After the kills, after an orderly end, and built anew from the log alone: always the same.
async fn check(data: &Path, server: Server, books: &Books) {
    let lag = async |http: &Http| {
        let ready = http.get(0, "/health/ready").await.expect(200).json();
        let part = ready["parts"]
            .as_array()
            .expect("parts")
            .iter()
            .find(|part| part["name"] == "projection")
            .cloned();
        (part.expect("named")["lag_records"] == 0).then_some(())
    };
    until("an index that is through", async || lag(&server.http).await).await;
    let killed = audit(&server.http).await;
    settle(books, &killed.0, &killed.1);
    server.stop().await;

    let path = data.to_str().expect("UTF-8");
    let kept = run(&["snapshot", "--data-dir", path, "--json"], &[]).expect(0).json();
    for entry in fs::read_dir(data).expect("a directory") {
        let entry = entry.expect("an entry").path();
        let name = entry.file_name().expect("a name").to_string_lossy().into_owned();
        if name.starts_with("snapshot-") {
            fs::remove_file(entry).expect("removed");
        }
    }
    let anew = Server::start(data, &SETTINGS);
    anew.ready().await;
    assert_eq!(audit(&anew.http).await, killed, "built from the log alone");
    anew.stop().await;
    let built = run(&["snapshot", "--data-dir", path, "--json"], &[]).expect(0).json();
    assert_eq!(built, kept, "users, posts, follows, events and positions");
}

#[expect(clippy::disallowed_methods, reason = "a longer run is asked for from outside")]
fn seeds() -> u64 {
    std::env::var("NOVA_CRASH_SEEDS").ok().and_then(|count| count.parse().ok()).unwrap_or(SEEDS)
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_confirmed_survives_every_kill_exactly_once() {
    for seed in 1..=seeds() {
        eprintln!("seed {seed}");
        survives(seed).await;
    }
}
