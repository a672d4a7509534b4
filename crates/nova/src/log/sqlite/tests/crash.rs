//! A real process, killed for real while it writes: what it confirmed is there, once, and nothing is half there.
//!
//! The test starts itself again as the process to be killed. `NOVA_CRASH_ROUNDS=500` makes it long.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use nova_core::model::Table;
use nova_core::testkit::ManualClock;
use tokio::task::JoinSet;

use super::super::{SqliteLog, frame};
use super::{now, open};
use crate::log::{BatchLimit, Entry, EventLog, Positions, Record, Topic};
use crate::sqlite::{self, Committer};

const DIR: &str = "NOVA_CRASH_DIR";
const ROUND: &str = "NOVA_CRASH_ROUND";
const ROUNDS: &str = "NOVA_CRASH_ROUNDS";
const NAME: &str = "log::sqlite::tests::crash::a_kill_loses_nothing_confirmed_and_leaves_nothing_half";
const POSTS: Topic = Topic::Change(Table::Posts);

#[expect(clippy::disallowed_methods, reason = "how the test tells its copy what to do, and how long it runs")]
fn told(name: &str) -> Option<String> {
    std::env::var(name).ok()
}

#[test]
fn a_kill_loses_nothing_confirmed_and_leaves_nothing_half() {
    if let (Some(dir), Some(round)) = (told(DIR), told(ROUND)) {
        return write_until_killed(Path::new(&dir), &round);
    }
    let dir = tempfile::tempdir().unwrap();
    let rounds = told(ROUNDS).map_or(5, |rounds| rounds.parse().unwrap());
    let mut confirmed = Confirmed::default();
    for round in 0..rounds {
        // early, where files are made and the log is replayed, and late, where checkpoints run
        let answers = [1, 40, 7, 250, 2][round % 5] + round * 13 % 31;
        run_and_kill(dir.path(), round, answers, &mut confirmed);
        verify(dir.path(), &confirmed);
    }
}

/// What the process said, over all rounds.
#[derive(Debug, Default)]
struct Confirmed {
    /// The positions after each append that was answered, and its name.
    appends: Vec<(Topic, u64, String)>,
    /// How far the group's commits that were answered go.
    committed: u64,
}

fn run_and_kill(dir: &Path, round: usize, answers: usize, confirmed: &mut Confirmed) {
    let mut process = Command::new(std::env::current_exe().unwrap())
        .args([NAME, "--exact", "--nocapture"])
        .env(DIR, dir)
        .env(ROUND, round.to_string())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut heard = 0;
    for line in BufReader::new(process.stdout.take().unwrap()).lines() {
        let line = line.unwrap();
        match line.split(' ').collect::<Vec<_>>()[..] {
            ["appended", topic, end, name] => {
                let topic = Topic::named(topic).unwrap();
                confirmed.appends.push((topic, end.parse().unwrap(), name.to_owned()));
                heard += 1;
            }
            ["committed", upto] => confirmed.committed = confirmed.committed.max(upto.parse().unwrap()),
            _ => {}
        }
        // what it says until the kill arrives counts too: read on to the end
        if heard == answers {
            process.kill().unwrap();
        }
    }
    assert!(heard >= answers, "it ended by itself in round {round}");
    process.wait().unwrap();
}

/// Values of the records of one append: `name/index/count`.
fn values(name: &str, count: usize) -> Vec<Record> {
    let value = |index| Some(Bytes::from(format!("{name}/{index}/{count}")));
    (0..count).map(|index| Record { key: Bytes::from_static(b"k"), value: value(index) }).collect()
}

fn write_until_killed(dir: &Path, round: &str) {
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_time().build().unwrap();
    let log = Arc::new(open(dir, &Arc::new(ManualClock::new(now()))).unwrap());
    runtime.block_on(async {
        let mut writers = JoinSet::new();
        for writer in 0..4 {
            let (log, round) = (Arc::clone(&log), round.to_owned());
            writers.spawn(async move {
                for call in 0.. {
                    let name = format!("{round}:{writer}:{call}");
                    let end = log.append(Topic::Events, values(&name, call * 7 % 40 + 1)).await.unwrap();
                    say(&format!("appended events {} {name}", end.get(Topic::Events, 0).unwrap()));
                }
            });
        }
        writers.spawn(write_posts(Arc::clone(&log), dir.join("social.db"), round.to_owned()));
        writers.spawn(read_and_commit(log));
        writers.join_all().await;
    });
}

/// As the social twin: a row and its change record in one transaction.
async fn write_posts(log: Arc<SqliteLog>, path: std::path::PathBuf, round: String) {
    let connection = sqlite::open(&path).unwrap();
    connection.execute_batch("create table if not exists posts (name text primary key) strict").unwrap();
    let wake = log.wake();
    let social = Committer::start("social", connection, move || wake.ring()).unwrap();
    for call in 0.. {
        let name = format!("{round}:p:{call}");
        let row = name.clone();
        let written = social.submit("test", move |transaction| {
            transaction.execute("insert into posts (name) values (?)", [&row]).unwrap();
            frame::append(transaction, POSTS, &values(&row, 1), now())
        });
        let end = written.await.unwrap();
        say(&format!("appended cdc.posts {} {name}", end.get(POSTS, 0).unwrap()));
    }
}

async fn read_and_commit(log: Arc<SqliteLog>) {
    let from = log.committed("index").await.unwrap().unwrap_or_default();
    let mut reader = log.read(&Topic::ALL, &from).await.unwrap();
    loop {
        let batch =
            reader.next(BatchLimit { records_max: 100, wait_max: Duration::from_secs(1) }).await.unwrap();
        log.commit("index", &batch.upto).await.unwrap();
        say(&format!("committed {}", batch.upto.get(Topic::Events, 0).unwrap_or(0)));
    }
}

/// A line of its own, whole, and out before this returns.
fn say(line: &str) {
    let mut out = std::io::stdout().lock();
    out.write_all(format!("\n{line}\n").as_bytes()).unwrap();
    out.flush().unwrap();
}

fn verify(dir: &Path, confirmed: &Confirmed) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
    let log = open(dir, &Arc::new(ManualClock::new(now()))).unwrap();
    let (entries, committed) = runtime.block_on(async {
        let committed = log.committed("index").await.unwrap().unwrap_or_default();
        (read_all(&log).await, committed.get(Topic::Events, 0).unwrap_or(0))
    });
    let mut topics = BTreeMap::<Topic, Vec<String>>::new();
    for entry in entries {
        let values = topics.entry(entry.place.topic).or_default();
        assert_eq!(entry.place.offset, values.len() as u64, "offsets have no gap and no double");
        values.push(String::from_utf8(entry.record.value.unwrap().to_vec()).unwrap());
    }
    let mut names =
        topics.iter().map(|(&topic, values)| (topic, whole_appends(values))).collect::<BTreeMap<_, _>>();
    for (topic, end, name) in &confirmed.appends {
        assert_eq!(names.get(topic).and_then(|of| of.get(name)), Some(end), "{name} was confirmed at {end}");
    }
    assert!(committed >= confirmed.committed, "a confirmed commit is kept");

    let connection = sqlite::open_reader(&dir.join("social.db")).unwrap();
    if let Ok(mut rows) = connection.prepare("select name from posts") {
        let rows: Vec<String> =
            rows.query_map([], |row| row.get(0)).unwrap().map(|row| row.unwrap()).collect();
        let mut posts = names.remove(&POSTS).unwrap_or_default();
        assert!(rows.iter().all(|row| posts.remove(row).is_some()), "a row without its change record");
        assert!(posts.is_empty(), "change records without their rows: {posts:?}");
    }
}

/// The appends in a topic and where each ended; all of their records, side by side, once.
fn whole_appends(values: &[String]) -> BTreeMap<String, u64> {
    let mut appends = BTreeMap::new();
    let mut rest = values;
    while let [first, ..] = rest {
        let (name, place) = first.split_once('/').unwrap();
        let count: usize = place.split_once('/').unwrap().1.parse().unwrap();
        let expected: Vec<_> = (0..count).map(|index| format!("{name}/{index}/{count}")).collect();
        assert_eq!(rest.get(..count), Some(&expected[..]), "half an append");
        rest = &rest[count..];
        let doubled = appends.insert(name.to_owned(), (values.len() - rest.len()) as u64);
        assert_eq!(doubled, None, "{name} stands twice");
    }
    appends
}

async fn read_all(log: &SqliteLog) -> Vec<Entry> {
    let end = log.ends().await.unwrap();
    let mut reader = log.read(&Topic::ALL, &Positions::default()).await.unwrap();
    let (mut entries, mut upto) = (Vec::new(), Positions::default());
    while !upto.covers(&end) {
        let batch =
            reader.next(BatchLimit { records_max: 10_000, wait_max: Duration::from_secs(20) }).await.unwrap();
        entries.extend(batch.entries);
        upto = batch.upto;
    }
    entries
}
