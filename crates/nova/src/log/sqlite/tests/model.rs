//! Random writing, reading, committing, trimming and restarting against lists in memory.
//!
//! `PROPTEST_CASES=100000` makes it long.

use std::collections::BTreeMap;
use std::time::Duration;

use nova_core::error::Kind;
use nova_core::model::{Table, Timestamp};
use proptest::prelude::*;
use proptest::sample::Index;

use super::super::frame;
use super::{RETENTION, Twin, now, records};
use crate::log::{BatchLimit, DeadLetters, Entry, EventLog, Positions, Record, Topic};

const TOPICS: [Topic; 3] = [Topic::Events, Topic::Change(Table::Posts), Topic::Change(Table::Likes)];

#[derive(Debug, Clone)]
enum Step {
    Append { topic: usize, count: usize },
    Read { from: [Option<Index>; 3], records_max: usize },
    Commit { group: usize, topic: usize, upto: Index },
    Wait(Duration),
    Trim,
    Restart,
}

fn step() -> impl Strategy<Value = Step> {
    let from = proptest::array::uniform3(proptest::option::of(any::<Index>()));
    prop_oneof![
        6 => (0..3_usize, 0..9_usize).prop_map(|(topic, count)| Step::Append { topic, count }),
        4 => (from, 1..20_usize).prop_map(|(from, records_max)| Step::Read { from, records_max }),
        4 => (0..2_usize, 0..3_usize, any::<Index>())
            .prop_map(|(group, topic, upto)| Step::Commit { group, topic, upto }),
        2 => (0..2 * RETENTION.as_secs()).prop_map(|seconds| Step::Wait(Duration::from_secs(seconds))),
        3 => Just(Step::Trim),
        1 => Just(Step::Restart),
    ]
}

/// What one topic should hold.
#[derive(Debug, Default)]
struct Kept {
    /// Everything ever appended.
    entries: Vec<(Timestamp, Record)>,
    /// Ends of the frames that are still there.
    frames: Vec<usize>,
    start: usize,
}

#[derive(Debug, Default)]
struct Model {
    topics: [Kept; 3],
    groups: [Option<BTreeMap<usize, usize>>; 2],
}

impl Model {
    fn append(&mut self, topic: usize, records: Vec<Record>, time: Timestamp) {
        let kept = &mut self.topics[topic];
        if !records.is_empty() {
            kept.entries.extend(records.into_iter().map(|record| (time, record)));
            kept.frames.push(kept.entries.len());
        }
    }

    fn trim(&mut self, now: Timestamp) -> u64 {
        let groups: Vec<_> = self.groups.iter().flatten().collect();
        let mut dropped = 0;
        for (topic, kept) in self.topics.iter_mut().enumerate() {
            let held = groups.iter().map(|group| group.get(&topic).copied().unwrap_or(0)).min().unwrap_or(0);
            while let Some(&end) = kept.frames.first() {
                if end > held || kept.entries[end - 1].0 >= now.minus(RETENTION) {
                    break;
                }
                dropped += (end - kept.start) as u64;
                kept.start = end;
                kept.frames.remove(0);
            }
        }
        dropped
    }

    fn positions(&self, of: impl Fn(&Kept) -> usize) -> Positions {
        let mut positions = Positions::default();
        for (topic, kept) in TOPICS.into_iter().zip(&self.topics) {
            if !kept.entries.is_empty() {
                positions.advance(topic, frame::PARTITION, of(kept) as u64);
            }
        }
        positions
    }
}

async fn check(twin: &Twin, model: &mut Model, step: Step) {
    match step {
        Step::Append { topic, count } => {
            let records = records(&format!("key {count}"), count);
            let end = twin.log.append(TOPICS[topic], records.clone()).await.unwrap();
            model.append(topic, records, twin.now());
            let expected = model.topics[topic].entries.len() as u64;
            assert_eq!(end.get(TOPICS[topic], frame::PARTITION).unwrap_or(0), expected);
        }
        Step::Read { from, records_max } => read(twin, model, from, records_max).await,
        Step::Commit { group, topic, upto } => {
            let upto = upto.index(model.topics[topic].entries.len() + 1);
            let mut positions = Positions::default();
            positions.advance(TOPICS[topic], frame::PARTITION, upto as u64);
            twin.log.commit(&group.to_string(), &positions).await.unwrap();
            let held = model.groups[group].get_or_insert_default().entry(topic).or_insert(0);
            *held = upto.max(*held);
            let committed = twin.log.committed(&group.to_string()).await.unwrap().unwrap();
            assert_eq!(committed.get(TOPICS[topic], frame::PARTITION), Some(*held as u64));
        }
        Step::Wait(time) => twin.clock.advance(time),
        Step::Trim => assert_eq!(twin.log.trim(twin.now()).await.unwrap(), model.trim(twin.now())),
        Step::Restart => unreachable!("it takes the twin apart"),
    }
    assert_eq!(twin.log.ends().await.unwrap(), model.positions(|kept| kept.entries.len()));
    assert_eq!(twin.log.starts().await.unwrap(), model.positions(|kept| kept.start));
    assert_eq!(twin.log.waiting().await.unwrap(), 0);
}

/// Reads from random positions to the end and compares everything.
async fn read(twin: &Twin, model: &Model, from: [Option<Index>; 3], records_max: usize) {
    let (mut positions, mut expected, mut dropped) = (Positions::default(), Vec::new(), false);
    for ((topic, kept), from) in TOPICS.into_iter().zip(&model.topics).zip(from) {
        let from = from.map(|from| from.index(kept.entries.len() + 1));
        if let Some(from) = from {
            positions.advance(topic, frame::PARTITION, from as u64);
        }
        let first = from.unwrap_or(kept.start);
        dropped |= first < kept.start;
        expected.extend(kept.entries.iter().enumerate().skip(first).map(
            |(offset, (received_at, record))| Entry {
                place: frame::place(topic, offset as u64),
                received_at: *received_at,
                record: record.clone(),
            },
        ));
    }
    let mut reader = match twin.log.read(&TOPICS, &positions).await {
        Ok(reader) => reader,
        Err(error) => {
            assert!(dropped, "{error}");
            assert_eq!(error.kind(), Kind::Corrupt);
            return;
        }
    };
    assert!(!dropped, "what was dropped cannot be read");
    let mut found = Vec::new();
    let limit = BatchLimit { records_max, wait_max: Duration::from_secs(20) };
    let mut upto = positions;
    while found.len() < expected.len() {
        let batch = reader.next(limit).await.unwrap();
        assert!((1..=records_max).contains(&batch.entries.len()));
        found.extend(batch.entries);
        upto = batch.upto;
    }
    assert!(upto.covers(&model.positions(|kept| kept.entries.len())) || expected.is_empty());
    found.sort_by_key(|entry| entry.place);
    expected.sort_by_key(|entry| entry.place);
    assert_eq!(found, expected);
}

proptest! {
    // a sixteenth of the default: each step waits for the disk
    #![proptest_config(ProptestConfig::with_cases(ProptestConfig::default().cases / 16))]

    #[test]
    fn it_does_what_lists_in_memory_do(steps in proptest::collection::vec(step(), 1..40)) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
        runtime.block_on(async {
            let (mut twin, mut model) = (Twin::new(), Model::default());
            assert_eq!(twin.now(), now());
            for step in steps {
                if let Step::Restart = step {
                    twin = twin.reopened();
                } else {
                    check(&twin, &mut model, step).await;
                }
            }
        });
    }
}
