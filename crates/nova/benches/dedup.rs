//! How fast the deduplication decides when the window holds more than memory may: `cargo bench -p nova --bench dedup`.
//!
//! Events of one partition, all received within the window, one in a hundred a copy of one somewhere before it, each
//! batch durable where it leaves memory. `--events` and `--memory` say how many, and how many of them fit.

use std::time::{Duration, Instant};

use clap::Parser;
use nova::log::{Place, Topic};
use nova::store::dedup::{Key, Limits};
use nova::store::{Arrival, Exact, Identities, Identity, Life};
use nova_core::model::{Action, Event, EventId, PostId, Timestamp, UserId};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// What is measured on.
#[derive(Debug, Parser)]
struct Size {
    /// Events
    #[arg(long, default_value_t = 10_000_000)]
    events: u64,
    /// Identities that may be in memory
    #[arg(long, default_value_t = 1_000_000)]
    memory: usize,
    /// cargo passes this to every benchmark
    #[arg(long, hide = true)]
    bench: bool,
}

/// Events of one batch, as the projection hands them over.
const BATCH: u64 = 10_000;
/// Seconds over which they are received: all of them stay within the window.
const SECONDS: u64 = 3_000;
/// One in so many is a copy.
const COPY_EVERY: u64 = 100;

#[expect(clippy::print_stdout, clippy::disallowed_methods, reason = "a benchmark prints and reads the time")]
fn main() -> anyhow::Result<()> {
    let size = Size::parse();
    let dir = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR"))?;
    let limits = Limits { entries_max: size.memory, ..Limits::default() };
    let mut exact = Exact::open(dir.path(), limits, Key::new([7; 16]))?;
    let (mut busy, mut worst, mut copies, mut slice) = (Duration::ZERO, Duration::ZERO, 0, Duration::ZERO);
    let tenth = (size.events / 10 / BATCH).max(1);
    for batch in 0..size.events / BATCH {
        let events: Vec<Event> =
            (batch * BATCH..(batch + 1) * BATCH).map(|number| event(number, size.events)).collect();
        let arrivals: Vec<Arrival<'_>> = (batch * BATCH..).zip(&events).map(arrival).collect();
        let started = Instant::now();
        let decided = exact.decide(&arrivals)?;
        let took = started.elapsed();
        (busy, slice, worst) = (busy + took, slice + took, worst.max(took));
        copies += decided.iter().filter(|identity| **identity == Identity::Duplicate).count();
        if (batch + 1) % tenth == 0 {
            println!("  {:>12} events {:>12.0} events/s", (batch + 1) * BATCH, rate(tenth * BATCH, slice));
            slice = Duration::ZERO;
        }
    }
    let bytes: u64 =
        std::fs::read_dir(dir.path())?.flatten().filter_map(|it| it.metadata().ok()).map(|it| it.len()).sum();
    println!(
        "deduplicate, {} in memory of {}: {:.0} events/s, worst batch {worst:.0?}, {copies} copies, {} MB on disk",
        size.memory,
        size.events,
        rate(size.events, busy),
        bytes / 1_000_000
    );
    Ok(())
}

fn rate(events: u64, took: Duration) -> f64 {
    events as f64 / took.as_secs_f64()
}

fn event(number: u64, events: u64) -> Event {
    // a copy has the time of its first
    let first = if number % COPY_EVERY == COPY_EVERY - 1 { mixed(number) % number } else { number };
    let first = if first % COPY_EVERY == COPY_EVERY - 1 { first - 1 } else { first };
    Event {
        id: EventId::from_integer(mixed(first)),
        time: time(first, events),
        user: UserId::from_integer(mixed(first) % 100_000),
        post: PostId::from_integer(1),
        author: None,
        action: Action::View,
        dwell_ms: None,
        device: None,
        app_ver: None,
    }
}

fn time(number: u64, events: u64) -> Timestamp {
    Timestamp::from_millis(1_800_000_000_000 + (number * SECONDS * 1_000 / events) as i64)
}

fn arrival((offset, event): (u64, &Event)) -> Arrival<'_> {
    // close enough to when it was sent: what is asked about is its time
    let place = Place { topic: Topic::Events, partition: 0, offset };
    Arrival { place, life: Life::Present, received_at: event.time, event }
}

const fn mixed(number: u64) -> u64 {
    let number = (number ^ (number >> 31)).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    (number ^ (number >> 29)) >> 1
}
