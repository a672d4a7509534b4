//! What one partition of `events` costs the consumer, without Kafka and without a store: decoding, deduplication and
//! the state machine, on one core: `cargo bench -p nova --features distributed --bench lane`.

use std::time::{Duration, Instant};

use clap::Parser;
use nova::ingest::event;
use nova::project::exactly_once::{
    Chunk, Input, Lane, LaneConfig, Limits, Operation, Outcome, Packed, Raw, Span, Start,
};
use nova::store::dedup::Key;
use nova_core::model::{Action, Event, EventId, PostId, Timestamp, UserId};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// What is measured on.
#[derive(Debug, Parser)]
struct Size {
    /// Events
    #[arg(long, default_value_t = 2_000_000)]
    events: u64,
    /// cargo passes this to every benchmark
    #[arg(long, hide = true)]
    bench: bool,
}

/// Records of one chunk, as the poller hands them over.
const CHUNK: u64 = 4_096;
/// One in so many is a copy of one shortly before it.
const COPY_EVERY: u64 = 100;

#[expect(clippy::print_stdout, clippy::disallowed_methods, reason = "a benchmark prints and reads the time")]
fn main() {
    let size = Size::parse();
    let span = Span {
        window: Duration::from_secs(3_600),
        ahead: Duration::from_secs(300),
        entries_max: 10_000_000,
        keep: Duration::from_secs(30 * 86_400),
    };
    let config = LaneConfig { limits: Limits::default(), span, page: 10_000, key: Key::new([1; 16]) };
    let mut lane = Lane::new(0, 1, Start { next: 0, replay: None }, config);
    let (mut read, mut written, mut ended) = (0, 0, 0);
    let (mut busy, mut operation) = (Duration::ZERO, None);
    while ended < size.events {
        let input = match operation.take() {
            Some(Operation::Marks { .. }) => Input::Done(Outcome::Marks(Vec::new())),
            Some(Operation::Commit { .. }) => Input::Done(Outcome::Committed),
            Some(Operation::Insert { block, .. }) => {
                written += block.events.len();
                Input::Done(Outcome::Inserted)
            }
            Some(Operation::Record(entry)) => {
                ended = entry.range.last + 1;
                Input::Done(Outcome::Recorded)
            }
            Some(Operation::Ask(asked)) => Input::Done(Outcome::Told(vec![None; asked.len()])),
            Some(Operation::Bury(_)) => Input::Done(Outcome::Buried),
            Some(Operation::Blocks { .. }) => Input::Done(Outcome::Blocks(0)),
            Some(Operation::Find(range)) => Input::Done(Outcome::Found((range.first..=range.last).collect())),
            Some(Operation::Complete(_)) => Input::Done(Outcome::Completed(0)),
            Some(Operation::Refuse(_)) => Input::Done(Outcome::Buried),
            None if read < size.events => {
                let upto = (read + CHUNK).min(size.events);
                let chunk = chunk(read..upto);
                read = upto;
                Input::Records(chunk)
            }
            None => Input::Look,
        };
        // once everything is read, time passes
        let now = if read < size.events { at(0) } else { at(3_600_000_000) };
        let started = Instant::now();
        operation = lane.step(now, input).operation.map(|(operation, _)| operation);
        busy += started.elapsed();
    }
    let rate = size.events as f64 / busy.as_secs_f64();
    println!("lane: {} records, {written} kept, {rate:.0} records/s", size.events);
}

fn at(micros: u64) -> Timestamp {
    Timestamp::from_millis(1_767_225_600_000).plus(Duration::from_micros(micros))
}

fn chunk(numbers: std::ops::Range<u64>) -> Chunk {
    let mut chunk = Chunk::default();
    for number in numbers {
        let copied = number % COPY_EVERY == COPY_EVERY - 1;
        let record = event::encode(&event(if copied { number - 50 } else { number }));
        chunk.push(Raw {
            offset: number,
            received_at: at(number + 2_000),
            key: &record.key,
            value: record.value.as_deref(),
            headers: Packed::default(),
        });
    }
    chunk
}

fn event(number: u64) -> Event {
    // spreads over all ids, as random ones would
    let bits = u128::from(number.wrapping_mul(0x9e37_79b9_7f4a_7c15)) << 64 | 1 << 63 | u128::from(number);
    Event {
        id: EventId::from_bits(bits),
        time: at(number),
        user: UserId::from_integer(number % 100_000 + 1),
        post: PostId::from_integer(number % 1_000_000 + 1),
        author: None,
        action: if number.is_multiple_of(10) { Action::Click } else { Action::Impression },
        dwell_ms: None,
        device: Some("phone".into()),
        app_ver: Some("1.2.3".into()),
    }
}
