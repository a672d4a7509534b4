//! How fast, and how many at once.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

/// How lively the community is.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Pace {
    /// Things done a second by everybody together (events, likes, comments, follows, posts): 0.1..=100,000; a value
    /// outside is the nearest end. A server that is slower is not overrun: what was not done is not made up for.
    pub events_per_s: f64,
    /// People in their feed at the same time, each with a connection: 1..=4,096; a value outside is the nearest end.
    pub sessions: usize,
}

impl Pace {
    /// The most connections.
    pub const SESSIONS_MAX: usize = 4_096;

    /// Lively enough to watch: 20 a second, 8 people at a time.
    #[must_use]
    pub const fn demo() -> Self {
        Self { events_per_s: 20.0, sessions: 8 }
    }
}

/// Gives out moments at even distances (a virtual schedule, as in the generic cell rate algorithm of ITU-T I.371 with
/// no burst): whoever wants to do `n` things waits for its moment, and the next comes `n` distances later.
#[derive(Debug)]
pub(super) struct Pacer {
    distance: Duration,
    next: Mutex<Instant>,
}

impl Pacer {
    pub(super) fn new(pace: Pace) -> Self {
        let rate = pace.events_per_s.clamp(0.1, 100_000.0);
        let distance = Duration::from_secs_f64(if rate.is_nan() { 1.0 } else { 1.0 / rate });
        Self { distance, next: Mutex::new(Instant::now()) }
    }

    /// The moment from which `count` things may be done. Time that nobody used is lost.
    pub(super) fn moment(&self, count: u32) -> Instant {
        // a poisoned instant is still an instant
        let mut next = self.next.lock().unwrap_or_else(PoisonError::into_inner);
        let moment = (*next).max(Instant::now());
        *next = moment + self.distance * count;
        moment
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_are_as_far_apart_as_the_rate_says() {
        let pacer = Pacer::new(Pace { events_per_s: 100.0, sessions: 1 });
        let first = pacer.moment(1);
        let second = pacer.moment(5);
        assert_eq!(second - first, Duration::from_millis(10));
        assert_eq!(pacer.moment(1) - second, Duration::from_millis(50));
    }

    #[test]
    fn rates_out_of_range_are_the_nearest_end() {
        for rate in [-1.0, 0.0, f64::NAN, f64::INFINITY] {
            let pacer = Pacer::new(Pace { events_per_s: rate, sessions: 1 });
            let gap = pacer.moment(1);
            assert!(pacer.moment(1) - gap <= Duration::from_secs(10), "{rate}");
        }
    }
}
