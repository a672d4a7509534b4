//! What the strip on the page shows: measured, not estimated.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use indicatif::HumanCount;
use nova_lab::histogram::Histogram;
use nova_lab::live::Stats;
use parking_lot::Mutex;
use serde_json::{Value, json};
use tokio::time::Instant;

use crate::store::StoreSize;

/// The rate looks back this far.
const LOOK_BACK: Duration = Duration::from_secs(5);

/// Figures of a running demo.
pub(super) struct Figures {
    /// From sending an event until the viewer's own feed was asked again and stood behind it.
    pub(super) visible: Histogram,
    stats: Arc<Stats>,
    started: Instant,
    counted: Mutex<VecDeque<(Instant, u64)>>,
}

impl Figures {
    pub(super) fn new(stats: Arc<Stats>) -> Self {
        Self { visible: Histogram::default(), stats, started: Instant::now(), counted: Mutex::default() }
    }

    /// Events per second over the last seconds; `events` is the count of now.
    pub(super) fn rate(&self, events: u64) -> f64 {
        let now = Instant::now();
        let mut counted = self.counted.lock();
        while counted.front().is_some_and(|(at, _)| now - *at > LOOK_BACK) {
            counted.pop_front();
        }
        // at most one entry per tenth of a second is kept, however often this is asked
        if counted.back().is_none_or(|(at, _)| now - *at > LOOK_BACK / 50) {
            counted.push_back((now, events));
        }
        match counted.front() {
            Some((at, then)) if now > *at => {
                (events.saturating_sub(*then)) as f64 / (now - *at).as_secs_f64()
            }
            _ => 0.0,
        }
    }

    /// As the page reads it.
    pub(super) fn json(&self, size: &StoreSize) -> Value {
        let live = self.stats.figures();
        json!({
            "events_per_s": self.rate(size.events),
            "event_to_visible_ms": {"p50": ms(self.visible.within(0.5)), "p95": ms(self.visible.within(0.95))},
            "feed_ms": {"p50": ms(live.feed_p50), "p95": ms(live.feed_p95), "p99": ms(live.feed_p99)},
            "posts": size.posts,
            "users": size.users,
            "follows": size.follows,
            "events": size.events,
            "uptime_s": self.started.elapsed().as_secs(),
        })
    }

    /// The status line: room for it, and for the echo of Ctrl-C, in 80 columns.
    pub(super) fn line(&self, size: &StoreSize) -> String {
        let measured = |took: Duration| {
            if took.is_zero() { "–".to_owned() } else { format!("{:.1} ms", ms(took)) }
        };
        format!(
            "{} people  {} posts  {:.0} events/s  P95 visible {}, feed {}",
            HumanCount(size.users),
            HumanCount(size.posts),
            self.rate(size.events),
            measured(self.visible.within(0.95)),
            measured(self.stats.figures().feed_p95),
        )
    }
}

fn ms(took: Duration) -> f64 {
    (took.as_secs_f64() * 1e5).round() / 100.0
}
