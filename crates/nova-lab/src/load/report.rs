//! What came of a load.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::Duration;

use serde::Serialize;

use crate::histogram::Histogram;

/// Figures of one run. Latencies are those of answered requests, whatever their status, within 1/32.
#[derive(Debug, Clone, Serialize)]
pub struct LoadReport {
    /// Requests that were started.
    pub sent: u64,
    /// Answers of 200 to 299.
    pub ok: u64,
    /// Other answers, and requests without one.
    pub errors: u64,
    /// Requests of the plan for which no connection was free in time; 0 in a closed loop.
    pub unsent: u64,
    /// Answers by status.
    pub statuses: BTreeMap<u16, u64>,
    /// Half of the answers came within this.
    pub p50: Duration,
    /// 95 of 100 did.
    pub p95: Duration,
    /// 99 of 100 did.
    pub p99: Duration,
    /// The slowest answer.
    pub max: Duration,
    /// 99 of 100 requests left at most this much after they were to: what of the latencies is the generator's own, plus the
    /// wait for a free connection.
    pub late_p99: Duration,
    /// How long the run took.
    pub seconds: f64,
}

impl LoadReport {
    /// Good answers a second.
    #[must_use]
    pub fn ok_per_s(&self) -> f64 {
        self.ok as f64 / self.seconds.max(f64::MIN_POSITIVE)
    }
}

impl fmt::Display for LoadReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ms = |latency: Duration| latency.as_secs_f64() * 1e3;
        write!(f, "{:.0} ok/s ({} ok, {} errors, ", self.ok_per_s(), self.ok, self.errors)?;
        write!(f, "{} unsent in {:.1} s); ", self.unsent, self.seconds)?;
        write!(f, "P50 {:.2} P95 {:.2} P99 {:.2} ", ms(self.p50), ms(self.p95), ms(self.p99))?;
        write!(f, "max {:.2} ms; late P99 {:.2} ms", ms(self.max), ms(self.late_p99))
    }
}

/// Counts while the load runs.
#[derive(Debug)]
pub(super) struct Tally {
    latency: Histogram,
    late: Histogram,
    statuses: Box<[AtomicU64]>,
    unsent: AtomicU64,
}

/// [`super::wire`] reads statuses up to 599.
const STATUSES: usize = 600;

impl Default for Tally {
    fn default() -> Self {
        Self {
            latency: Histogram::default(),
            late: Histogram::default(),
            statuses: (0..STATUSES).map(|_| AtomicU64::new(0)).collect(),
            unsent: AtomicU64::new(0),
        }
    }
}

impl Tally {
    pub(super) fn sent(&self, late: Duration) {
        self.late.record(late);
    }

    pub(super) fn answered(&self, status: u16, latency: Duration) {
        self.statuses[usize::from(status).min(STATUSES - 1)].fetch_add(1, Relaxed);
        self.latency.record(latency);
    }

    pub(super) fn unsent(&self) {
        self.unsent.fetch_add(1, Relaxed);
    }

    pub(super) fn report(&self, took: Duration) -> LoadReport {
        let counts = (0..).zip(self.statuses.iter().map(|count| count.load(Relaxed)));
        let statuses: BTreeMap<u16, u64> = counts.filter(|(_, count)| *count > 0).collect();
        let ok = statuses.range(200..300).map(|(_, count)| count).sum();
        let sent = self.late.count();
        LoadReport {
            sent,
            ok,
            errors: sent - ok,
            unsent: self.unsent.load(Relaxed),
            statuses,
            p50: self.latency.within(0.50),
            p95: self.latency.within(0.95),
            p99: self.latency.within(0.99),
            max: self.latency.max(),
            late_p99: self.late.within(0.99),
            seconds: took.as_secs_f64(),
        }
    }
}
