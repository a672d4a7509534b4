//! Kafka that is slow: whoever reports is answered by the deadline, and what was taken is not lost.

use std::collections::BTreeMap;
use std::time::Duration;

use futures_util::future::join_all;
use nova::app::Roles;
use serde_json::json;
use tempfile::TempDir;
use tokio::time::Instant;
use uuid::Uuid;

use crate::community::{By, event};
use crate::kills::consumer;
use crate::system::System;
use crate::testbed::{Broker, Way, until};

const REQUEST: Duration = Duration::from_secs(2);
/// What a busy machine adds.
const BUSY: Duration = Duration::from_secs(4);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn events_are_taken_or_refused_by_the_deadline_and_none_that_was_taken_is_lost() {
    let mut system = System::new().await;
    let broker = Broker::new().await;
    system.reached_by("log", broker.url().to_owned());
    let request_ms = REQUEST.as_millis() as u64;
    let roles = Roles { api: true, project: false, jobs: false };
    let api = system.replica_as(roles, |config| config.server.request_ms = request_ms).await;
    let (who, post) = (Uuid::now_v7().to_string(), Uuid::now_v7().to_string());
    let (who, post, http) = (who.as_str(), post.as_str(), &api.http);
    // the number of an event, and whether its call was answered with 202
    let mut told = BTreeMap::new();
    let mut number = 0_u128;
    for (way, takes) in [
        (Way::Open, Some(true)),
        (Way::Slow(Duration::from_millis(60)), Some(true)),
        (Way::Slow(Duration::from_secs(4)), Some(false)),
        // it is on its way back
        (Way::Open, None),
    ] {
        broker.set(way);
        let calls = (0..5).map(|_| {
            let numbers: Vec<u128> = (0..3).map(|at| number + at + 1).collect();
            number += 3;
            async move {
                let events: Vec<_> = numbers.iter().map(|&number| event(number, "view", post)).collect();
                let asked = Instant::now();
                let answer = By(http, who).report(json!(events)).await;
                assert!(asked.elapsed() < REQUEST + BUSY, "{way:?}: after {:?}", asked.elapsed());
                assert!([202, 503].contains(&answer.status), "{way:?}: {}", answer.text());
                (numbers, answer.status == 202)
            }
        });
        for (numbers, taken) in join_all(calls).await {
            assert!(takes.is_none_or(|takes| takes == taken), "{way:?}: taken is {taken}");
            told.extend(numbers.into_iter().map(|number| (number, taken)));
        }
    }
    until("events are taken again", async || {
        number += 1;
        let answer = By(http, who).report(json!([event(number, "view", post)])).await;
        told.insert(number, answer.status == 202);
        (answer.status == 202).then_some(())
    })
    .await;
    let dir = TempDir::new().expect("a directory");
    let server = consumer(&system, dir.path());
    system.consumed().await;
    let database = system.database();
    let ask = "select event_id, count() from events group by event_id limit 1000";
    let held: Vec<(u128, u64)> = database.rows("test", database.query(ask)).await.expect("rows");
    let held: BTreeMap<u128, u64> =
        held.into_iter().map(|(id, count)| (id & u128::from(u64::MAX), count)).collect();
    assert!(held.values().all(|count| *count == 1), "{held:?}");
    let lost: Vec<_> = told.iter().filter(|(number, taken)| **taken && !held.contains_key(number)).collect();
    assert!(lost.is_empty() && told.values().any(|taken| *taken), "{lost:?}");
    server.stop().await;
    api.stop().await;
}
