//! How much a server takes, and how fast it answers meanwhile.
//!
//! [`crate::load::closed_loop`]: every connection sends its next request when the last is answered. Gives the throughput; its
//! latencies say little, because a slow server is asked less.
//!
//! [`crate::load::open_loop`]: requests start at fixed moments, whatever the answers do, and latency counts from the moment a
//! request **was to start**. A stall shows in every request that had to wait for it (no coordinated omission).
//!
//! Both block: threads and plain sockets, one thread a connection. From async code call them by `spawn_blocking`. Measured
//! against answers of 8 KB over loopback, the kernel's part included: a closed loop costs 6 to 8 microseconds of
//! processor a request, an open loop, where each request wakes a sleeping thread twice, about 25.

/// Requests and answers as bytes.
pub mod wire;
mod report;
mod worker;

use std::net::SocketAddr;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::thread;
use std::time::Duration;

use tokio::time::Instant;

pub use report::LoadReport;
use report::Tally;
use worker::Worker;

/// Threads do little: a small stack keeps a thousand of them cheap.
const STACK_BYTES: usize = 128 << 10;

/// Where the load goes, and for how long.
#[derive(Debug, Clone, Copy)]
pub struct Plan {
    /// The server.
    pub target: SocketAddr,
    /// Connections, each with its thread: 1..=4,096; a value outside is the nearest end.
    pub connections: usize,
    /// How long requests are started. The last answers may come up to `deadline` later.
    pub duration: Duration,
    /// How long any connecting, reading or writing may take before it counts as an error.
    pub deadline: Duration,
}

/// Renders request number `i` into an empty buffer, as [`wire::render`] does. Called from many threads.
pub trait Requests: Fn(u64, &mut Vec<u8>) + Sync {}
impl<F: Fn(u64, &mut Vec<u8>) + Sync> Requests for F {}

/// Every connection as fast as it is answered.
pub fn closed_loop(plan: &Plan, requests: &impl Requests) -> LoadReport {
    let (tally, next, began) = (Tally::default(), AtomicU64::new(0), Instant::now());
    on_every_connection(plan, &tally, &|mut worker| {
        while began.elapsed() < plan.duration {
            let start = Instant::now();
            worker.send(next.fetch_add(1, Relaxed), start, requests);
        }
    });
    tally.report(began.elapsed())
}

/// `rate_per_s` requests a second, at even distances. A request is sent by whichever connection is free; one for which
/// none was free in time still starts, late, and the wait counts as its latency. What had no connection until `deadline`
/// after the end was never sent and is reported so.
///
/// The moment of a start is met within some 60 microseconds: the slack of the system's timers, which counts as
/// latency too and shows in [`LoadReport::late_p99`].
pub fn open_loop(plan: &Plan, rate_per_s: f64, requests: &impl Requests) -> LoadReport {
    let (tally, next, began) = (Tally::default(), AtomicU64::new(0), Instant::now());
    let planned = (rate_per_s.max(0.0) * plan.duration.as_secs_f64()) as u64;
    let end = began + plan.duration + plan.deadline;
    on_every_connection(plan, &tally, &|mut worker| {
        loop {
            let number = next.fetch_add(1, Relaxed);
            if number >= planned {
                return;
            }
            let start = began + Duration::from_secs_f64(number as f64 / rate_per_s);
            thread::sleep(start.saturating_duration_since(Instant::now()));
            if Instant::now() > end {
                tally.unsent();
                continue;
            }
            worker.send(number, start, requests);
        }
    });
    tally.report(began.elapsed())
}

/// Runs `work` once a connection, at the same time, to the end.
fn on_every_connection(plan: &Plan, tally: &Tally, work: &(impl Fn(Worker<'_>) + Sync)) {
    thread::scope(|scope| {
        for number in 0..plan.connections.clamp(1, 4_096) {
            let builder = thread::Builder::new().name(format!("load-{number}")).stack_size(STACK_BYTES);
            let started = builder.spawn_scoped(scope, || work(Worker::new(plan, tally)));
            if started.is_err() {
                // the system gives no more threads: the load goes on with those there are
                return;
            }
        }
    });
}

#[cfg(test)]
mod tests;
