//! When a breaker opens and for how long.

use std::time::Duration;

/// The most calls that a breaker remembers: one bit each.
const WINDOW_MAX: u32 = u128::BITS;

/// When a breaker opens and for how long.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct BreakerConfig {
    /// Opens after so many failures in a row; 1 or more.
    pub failures_max: u32,
    /// Calls that the ratio looks back on, 1 to 128. It says nothing before so many were made.
    pub window: u32,
    /// Opens on a failure with which at least this share of the window failed, above 0; more than 1: only failures
    /// in a row count.
    pub failure_ratio: f64,
    /// How long it stays open the first time, 1 us or more; twice as long each time that a probe fails.
    pub open_for: Duration,
    /// The longest that it stays open; `open_for` or more.
    pub open_max: Duration,
    /// Calls in flight at most while it is half-open, and successes that close it; 1 or more.
    pub probes: u32,
}

impl Default for BreakerConfig {
    /// 5 failures in a row, or half of the last 20; open for 1 s, at most 30 s; 2 probes.
    fn default() -> Self {
        Self {
            failures_max: 5,
            window: 20,
            failure_ratio: 0.5,
            open_for: Duration::from_secs(1),
            open_max: Duration::from_secs(30),
            probes: 2,
        }
    }
}

impl BreakerConfig {
    /// Every setting within its range. A ratio that is not above 0, or no number, is as one that is never reached:
    /// a breaker that opens on successes would be worse than none.
    pub(super) fn clamped(self) -> Self {
        let open_for = self.open_for.max(Duration::from_micros(1));
        Self {
            failures_max: self.failures_max.max(1),
            window: self.window.clamp(1, WINDOW_MAX),
            failure_ratio: if self.failure_ratio > 0.0 { self.failure_ratio } else { f64::INFINITY },
            open_for,
            open_max: self.open_max.max(open_for),
            probes: self.probes.max(1),
        }
    }

    /// Have so many of the last calls failed that the ratio is reached?
    pub(super) fn is_sick(&self, history: u128, calls: u32) -> bool {
        let window = u128::MAX >> (WINDOW_MAX - self.window);
        let failed = (history & window).count_ones();
        calls >= self.window && f64::from(failed) >= self.failure_ratio * f64::from(self.window)
    }
}
