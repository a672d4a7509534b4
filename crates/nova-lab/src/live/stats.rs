//! What happened so far.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::Duration;

use serde::Serialize;

use crate::histogram::Histogram;

/// A counter that many add to.
#[derive(Debug, Default)]
pub(super) struct Count(AtomicU64);

impl Count {
    pub(super) fn add(&self, count: usize) {
        self.0.fetch_add(count as u64, Relaxed);
    }

    fn get(&self) -> u64 {
        self.0.load(Relaxed)
    }
}

/// Counters of a running community; read them any time by [`Stats::figures`].
#[derive(Debug, Default)]
pub struct Stats {
    pub(super) visits: Count,
    pub(super) requests: Count,
    pub(super) events: Count,
    pub(super) likes: Count,
    pub(super) comments: Count,
    pub(super) follows: Count,
    pub(super) posts: Count,
    pub(super) hides: Count,
    pub(super) pages: Count,
    pub(super) items: Count,
    pub(super) retries: Count,
    pub(super) unreachable: Count,
    pub(super) malformed: Count,
    pub(super) limited: Count,
    pub(super) refused: Count,
    pub(super) failed: Count,
    pub(super) feed_latency: Histogram,
    pub(super) write_latency: Histogram,
}

/// What [`Stats`] said at one moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct Figures {
    /// Times that somebody came.
    pub visits: u64,
    /// Requests sent, repeated ones included.
    pub requests: u64,
    /// Behaviour events that were accepted.
    pub events: u64,
    /// Likes given.
    pub likes: u64,
    /// Comments written.
    pub comments: u64,
    /// Follows made.
    pub follows: u64,
    /// Posts written.
    pub posts: u64,
    /// Posts hidden.
    pub hides: u64,
    /// Pages of a feed that were read.
    pub pages: u64,
    /// Posts on those pages.
    pub items: u64,
    /// Requests that were tried again.
    pub retries: u64,
    /// Tries without an answer: not connected, broken off, too late.
    pub unreachable: u64,
    /// Answers of 200 to 299 that are not what the contract says.
    pub malformed: u64,
    /// Answers of 429.
    pub limited: u64,
    /// Other answers of 400 to 499.
    pub refused: u64,
    /// Answers of 500 and more, and those below 200 or of 300 to 399.
    pub failed: u64,
    /// Half of the pages came within this.
    pub feed_p50: Duration,
    /// 95 of 100 pages did.
    pub feed_p95: Duration,
    /// 99 of 100 pages did.
    pub feed_p99: Duration,
    /// 95 of 100 writes (events, likes, posts …) were confirmed within this.
    pub write_p95: Duration,
}

impl Stats {
    /// The moment's figures.
    #[must_use]
    pub fn figures(&self) -> Figures {
        Figures {
            visits: self.visits.get(),
            requests: self.requests.get(),
            events: self.events.get(),
            likes: self.likes.get(),
            comments: self.comments.get(),
            follows: self.follows.get(),
            posts: self.posts.get(),
            hides: self.hides.get(),
            pages: self.pages.get(),
            items: self.items.get(),
            retries: self.retries.get(),
            unreachable: self.unreachable.get(),
            malformed: self.malformed.get(),
            limited: self.limited.get(),
            refused: self.refused.get(),
            failed: self.failed.get(),
            feed_p50: self.feed_latency.within(0.50),
            feed_p95: self.feed_latency.within(0.95),
            feed_p99: self.feed_latency.within(0.99),
            write_p95: self.write_latency.within(0.95),
        }
    }

    /// Counts an answer that is not of 200 to 299.
    pub(super) fn unwelcome(&self, status: u16) {
        match status {
            429 => self.limited.add(1),
            400..=499 => self.refused.add(1),
            _ => self.failed.add(1),
        }
    }
}

impl Figures {
    /// Everything that people did: what [`super::Pace::events_per_s`] speaks of.
    #[must_use]
    pub const fn done(&self) -> u64 {
        self.events + self.likes + self.comments + self.follows + self.posts + self.hides
    }

    /// Answers and silences that should not have been.
    #[must_use]
    pub const fn errors(&self) -> u64 {
        self.unreachable + self.malformed + self.limited + self.refused + self.failed
    }
}
