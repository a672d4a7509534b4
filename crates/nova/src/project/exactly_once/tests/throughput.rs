//! What a lane costs: decoding, deduplication and the state machine, without Kafka and without a store.

use super::*;
use crate::project::exactly_once::{Chunk, Input, Lane, Operation, Outcome, Raw, Start};

/// Measured by hand: `cargo test --release -p nova --all-features --lib a_lane_alone -- --ignored --nocapture`.
#[test]
#[ignore = "a measurement, for a release build"]
fn a_lane_alone() {
    let total = 2_000_000_u64;
    let now = SystemClock.now();
    let values: Vec<Bytes> = many(total).iter().map(|event| event::encode(event).value.unwrap()).collect();
    let config = LaneConfig {
        limits: Limits::default(),
        span: Span {
            window: Duration::from_secs(3_600),
            ahead: Duration::from_secs(300),
            entries_max: 10_000_000,
            keep: Duration::from_secs(30 * 86_400),
        },
        page: 10_000,
        key: Key::new([1; 16]),
    };
    let mut chunks = Vec::new();
    for (part, values) in values.chunks(4_096).enumerate() {
        let mut chunk = Chunk::default();
        for (index, value) in values.iter().enumerate() {
            let offset = (part * 4_096 + index) as u64;
            // a hair later than it happened
            let received_at = SystemClock.now();
            chunk.push(Raw { offset, received_at, key: b"1234567", value: Some(value) });
        }
        chunks.push(chunk);
    }
    let mut lane = Lane::new(0, 1, Start { next: 0, replay: None }, config);
    let (mut written, mut chunks) = (0, chunks.into_iter());
    let began = Instant::now();
    let mut operation: Option<Operation> = None;
    while written < total {
        let input = match operation.take() {
            Some(Operation::Marks { .. }) => Input::Done(Outcome::Marks(Vec::new())),
            Some(Operation::Commit { .. }) => Input::Done(Outcome::Committed),
            Some(Operation::Insert { block, .. }) => {
                written += block.events.len() as u64;
                Input::Done(Outcome::Inserted)
            }
            Some(Operation::Record(_)) => Input::Done(Outcome::Recorded),
            Some(Operation::Ask(all)) => Input::Done(Outcome::Told(vec![None; all.len()])),
            Some(_) => panic!("nothing of the kind"),
            None => match chunks.next() {
                Some(chunk) => Input::Records(chunk),
                None => Input::Look,
            },
        };
        let at = if chunks.len() == 0 { now.plus(Duration::from_secs(60)) } else { now };
        operation = lane.step(at, input).operation.map(|(operation, _)| operation);
    }
    let seconds = began.elapsed().as_secs_f64();
    println!("{total} records in {seconds:.2} s: {:.0} records/s", total as f64 / seconds);
}
