//! The same log, clock and configuration give the same answers, to the byte.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use nova_core::testkit::ManualClock;
use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::http::{Page, event};
use crate::service::{Service, at};

const PEOPLE: u64 = 12;
const STEPS: u64 = 300;
const STEP: Duration = Duration::from_secs(600);

/// Some days of a small community, in which everything happens that can.
async fn lives(service: &Service) {
    let http = &service.http;
    let mut chance = StdRng::seed_from_u64(7);
    http.people(1..=PEOPLE).await;
    let mut posts = 0;
    for step in 0..STEPS {
        let who = chance.random_range(1..=PEOPLE);
        let whom = chance.random_range(1..=PEOPLE);
        let post = chance.random_range(1..=posts.max(1));
        match chance.random_range(0..20) {
            0..4 => {
                posts += 1;
                http.write(who, posts).await;
            }
            4..7 => drop(http.put(who, &format!("users/{whom}/follow")).await),
            7..11 => drop(http.put(who, &format!("posts/{post}/like")).await),
            11 => drop(http.delete(who, &format!("posts/{post}/like")).await),
            12 => {
                drop(http.post(who, &format!("/api/v1/posts/{post}/comments"), json!({"text": "well"})).await)
            }
            13..17 => {
                let actions = ["impression", "view", "click", "share", "like", "unlike"];
                let events: Vec<Value> = (0..6_u64)
                    .map(|index| {
                        let post = chance.random_range(1..=posts.max(1));
                        event(u128::from(step * 10 + index), actions[index as usize], post)
                    })
                    .collect();
                http.report(who, &events).await.expect(202);
            }
            17 if chance.random_ratio(1, 4) => drop(http.put(who, &format!("users/{whom}/block")).await),
            18 if chance.random_ratio(1, 4) => drop(http.put(who, &format!("users/{whom}/mute")).await),
            18 => drop(http.delete(who, &format!("posts/{post}")).await),
            _ => drop(http.put(who, &format!("posts/{post}/hide")).await),
        }
        service.advance(STEP);
    }
    http.delete(PEOPLE, "me").await.expect(204);
}

/// Everything that everybody is answered, as text, without what must differ: the ids of slates, and cursors.
async fn answers(service: &Service) -> String {
    let http = &service.http;
    let mut told = String::new();
    let mut tell = |path: &str, mut answer: Value| {
        for random in ["next_cursor", "slate_id"] {
            if let Some(value) = answer.get_mut(random).filter(|value| value.is_string()) {
                *value = json!("...");
            }
        }
        told.push_str(&format!("{path}\n{answer}\n"));
    };
    for user in 1..=PEOPLE + 1 {
        for algo in ["ch", "time"] {
            let first = format!("algo={algo}&explain=true&limit=7");
            let mut page = http.feed(user, &first).await;
            tell(&format!("{user} {algo}"), page.0.clone());
            while let Some(cursor) = page.cursor() {
                page = Page::of(
                    http.get(user, &format!("/api/v1/feed?{first}&cursor={cursor}")).await.expect(200),
                );
                tell(&format!("{user} {algo}, further"), page.0.clone());
            }
        }
        for path in ["feed/trending?window=7d&limit=50", "discover/suggested-users"] {
            tell(path, http.get(user, &format!("/api/v1/{path}")).await.expect(200).json());
        }
    }
    let days = http.get(1, "/api/v1/feed/metrics?from=2026-05-28&to=2026-06-10").await.expect(200).json();
    tell("metrics", days);
    told
}

/// A copy of the durable files, with or without the snapshots of the index.
pub(crate) fn copy(from: &Path, snapshots: bool) -> TempDir {
    let to = TempDir::new().expect("a directory");
    for entry in std::fs::read_dir(from).expect("a directory") {
        let entry = entry.expect("an entry");
        let name = entry.file_name();
        let text = name.to_string_lossy();
        // what the index derives from the log, beside the log itself
        let derived = text.starts_with("snapshot-") || text.starts_with("dedup.db");
        if text != "nova.lock" && (snapshots || !derived) {
            std::fs::copy(entry.path(), to.path().join(name)).expect("copied");
        }
    }
    to
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_log_gives_the_same_answers_to_the_byte() {
    let live = Service::start().await;
    lives(&live).await;
    let dir = live.stop().await.expect("its directory");
    let mut told = Vec::new();
    for snapshots in [false, false, true] {
        let copy = copy(dir.path(), snapshots);
        let clock = Arc::new(ManualClock::new(at((STEPS * STEP.as_secs()) as i64)));
        // the batches of a replay fall as they may
        let set = |config: &mut nova::config::Config| config.log.batch_records_max = 1 + told.len() * 100;
        let service = Service::caught_up_before_serving(copy.path(), clock, set).await;
        told.push(answers(&service).await);
        service.stop().await;
    }
    for reason in ["follow", "trending", "affinity"] {
        assert!(told[0].contains(&format!("\"reason\":\"{reason}\"")), "nothing is there by {reason}");
    }
    for (index, other) in told.iter().enumerate().skip(1) {
        let differs = told[0].bytes().zip(other.bytes()).position(|(one, two)| one != two);
        if let Some(at) = differs {
            let around = |text: &str| {
                String::from_utf8_lossy(&text.as_bytes()[at.saturating_sub(200)..][..300]).into_owned()
            };
            panic!("run {index} differs at byte {at}:\n{}\n{}", around(&told[0]), around(other));
        }
        assert_eq!(told[0].len(), other.len());
    }
}
