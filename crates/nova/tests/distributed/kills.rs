//! The consumer killed under load, again and again: what was answered is in the store, once, and its sums are those of
//! what was answered.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};

use futures_util::future::join_all;
use nova::app::Roles;
use parking_lot::Mutex;
use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::sync::Notify;
use uuid::Uuid;

use crate::community::{By, event};
use crate::process::{Ended, Server, nova, run};
use crate::system::{Replica, System};

/// Kills of all installations together, at least; an audit follows each, or the last of several at once.
const KILLS: u64 = 30;
/// Installations at once, each killed again and again.
const INSTALLATIONS: u64 = 3;
/// People who report at once in each.
const CALLERS: u64 = 4;
const POSTS: u64 = 8;
const ACTIONS: [&str; 3] = ["impression", "view", "share"];

/// What was answered: the person and the number of each event decide post and action.
type Books = Mutex<BTreeMap<(u64, u128), (usize, usize)>>;

fn id(number: u64, space: u64) -> Uuid {
    Uuid::from_u128(0x0190_0000_0000_7000_8000_0000_0000_0000 | u128::from(space) << 32 | u128::from(number))
}

/// Reports until the consumer was killed and a little beyond; a fifth of the events were reported before.
struct Caller {
    number: u64,
    chance: StdRng,
    made: u128,
}

impl Caller {
    fn next(&mut self) -> Vec<(u128, usize, usize)> {
        let count = self.chance.random_range(1..=40);
        (0..count)
            .map(|_| {
                let again = self.made > 0 && self.chance.random_bool(0.2);
                let number = if again {
                    self.chance.random_range(1..=self.made)
                } else {
                    self.made += 1;
                    self.made
                };
                // of the number alone, so that a copy is a copy
                (number, (number % u128::from(POSTS)) as usize, (number / 7 % 3) as usize)
            })
            .collect()
    }

    async fn call(&mut self, api: &Replica, books: &Books) {
        let events = self.next();
        let body: Vec<Value> = events
            .iter()
            .map(|&(number, post, action)| event(number, ACTIONS[action], &id(post as u64, 2).to_string()))
            .collect();
        let who = id(self.number, 1).to_string();
        By(&api.http, &who).report(json!(body)).await.expect(202);
        let mut books = books.lock();
        for (number, post, action) in events {
            books.insert((self.number, number), (post, action));
        }
    }
}

pub(crate) fn consumer(system: &System, dir: &Path) -> Server {
    let (file, data) = files(system, dir);
    let (file, data) = (file.as_str(), data.as_str());
    let arguments =
        ["serve", "--role", "project", "--listen", "127.0.0.1:0", "--config", file, "--data-dir", data];
    Server::spawn(nova(&arguments, &[]), data)
}

/// The configuration of an installation, and its directory.
fn files(system: &System, dir: &Path) -> (String, String) {
    let file = dir.join("nova.toml");
    std::fs::write(&file, system.toml()).expect("a file");
    [file, dir.join("data")].map(|path| path.to_str().expect("UTF-8").to_owned()).into()
}

/// Runs a command of this installation to its end.
pub(crate) fn told(system: &System, dir: &Path, arguments: &[&str]) -> Ended {
    let (file, data) = files(system, dir);
    let all = [arguments, &["--config", &file, "--data-dir", &data]].concat();
    tokio::task::block_in_place(|| run(&all, &[]))
}

/// Everything of the books in `events` once, and the sums beside it.
async fn settle(system: &System, books: &Books, run: &str) {
    let database = system.database();
    let ask = "select user_id, event_id from events limit 1000000";
    let found: Vec<(u128, u128)> = database.rows("test", database.query(ask)).await.expect("rows");
    let mut held = BTreeMap::<(u128, u128), u32>::new();
    found.into_iter().for_each(|event| *held.entry(event).or_default() += 1);
    let (mut expected, mut sums) = (BTreeMap::new(), BTreeMap::<u128, [i64; 3]>::new());
    for (&(who, number), &(post, action)) in &*books.lock() {
        expected.insert((id(who, 1).as_u128(), 1 << 64 | number), 1);
        sums.entry(id(post as u64, 2).as_u128()).or_default()[action] += 1;
    }
    let differ: Vec<_> =
        expected.iter().filter(|(event, count)| held.get(event) != Some(count)).take(3).collect();
    assert!(held == expected, "{run}: {} events, not {}: {differ:?}", held.len(), expected.len());
    let ask =
        "select post_id, sum(impressions), sum(views), sum(shares) from post_metrics_1h group by post_id";
    let hours: Vec<(u128, i64, i64, i64)> = database.rows("test", database.query(ask)).await.expect("rows");
    let hours: BTreeMap<u128, [i64; 3]> =
        hours.into_iter().map(|(post, a, b, c)| (post, [a, b, c])).collect();
    assert_eq!(hours, sums, "{run}: post_metrics_1h");
    let ask = "select post_id, sum(impressions), sum(shares) from post_totals group by post_id";
    let totals: Vec<(u128, i64, i64)> = database.rows("test", database.query(ask)).await.expect("rows");
    let totals: BTreeMap<u128, [i64; 2]> = totals.into_iter().map(|(post, a, c)| (post, [a, c])).collect();
    let expected: BTreeMap<u128, [i64; 2]> = sums
        .into_iter()
        .map(|(post, [a, _, c])| (post, [a, c]))
        .filter(|(_, both)| *both != [0, 0])
        .collect();
    assert_eq!(totals, expected, "{run}: post_totals");
}

/// How often the consumer was killed, and the audit after the last time.
async fn killed_again_and_again(seed: u64) -> (u64, Ended) {
    let mut chance = StdRng::seed_from_u64(seed);
    let system = System::new().await;
    let api = system.replica_as(Roles { api: true, project: false, jobs: false }, |_| {}).await;
    let dir = TempDir::new().expect("a directory");
    let mut server = consumer(&system, dir.path());
    let books = Books::default();
    let mut callers: Vec<Caller> = (0..CALLERS)
        .map(|number| Caller { number, chance: StdRng::seed_from_u64(seed * 100 + number), made: 0 })
        .collect();
    let (mut kills, mut audited) = (0, None);
    for _ in 0..KILLS / INSTALLATIONS {
        loop {
            let at = chance.random_range(1..150);
            under_load(&api, &books, &mut callers, at, || server.kill()).await;
            server = consumer(&system, dir.path());
            kills += 1;
            // some kills fall into the time in which the last one is made good
            if chance.random_bool(0.7) {
                break;
            }
        }
        system.consumed().await;
        settle(&system, &books, &format!("seed {seed}, kill {kills}")).await;
        // what it is: the command that an operator would ask, while the consumer runs
        audited = Some(told(&system, dir.path(), &["audit", "--patience", "20"]).expect(0));
    }
    server.stop().await;
    api.stop().await;
    let audited = audited.expect("at least one kill");
    let events = books.lock().len();
    assert!(events > 0);
    show(&format!("installation {seed}: {events} events, killed {kills} times, audited each time"), &audited);
    (kills, audited)
}

/// Everybody reports; `kill` comes after so many calls of all together, while they go on.
async fn under_load(api: &Replica, books: &Books, callers: &mut [Caller], at: u64, kill: impl FnOnce()) {
    let (calls, enough) = (AtomicU64::new(0), Notify::new());
    let rest = CALLERS * 4;
    let (calls, enough) = (&calls, &enough);
    let loads = callers.iter_mut().map(|caller| async move {
        while calls.load(Ordering::SeqCst) < at + rest {
            caller.call(api, books).await;
            if calls.fetch_add(1, Ordering::SeqCst) + 1 == at {
                enough.notify_one();
            }
        }
    });
    let killing = async {
        enough.notified().await;
        kill();
    };
    tokio::join!(join_all(loads), killing);
}

/// For whoever runs it with `--nocapture`.
#[expect(clippy::print_stdout, reason = "what the audit said is what this test shows")]
fn show(what: &str, audit: &Ended) {
    println!("{what}\n{}", audit.stdout);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_answered_is_in_the_store_once_after_thirty_kills() {
    let ended = join_all((1..=INSTALLATIONS).map(killed_again_and_again)).await;
    assert!(ended.iter().map(|(kills, _)| kills).sum::<u64>() >= KILLS);
    assert!(ended.iter().all(|(_, audit)| audit.stdout.contains("equal")));
}
