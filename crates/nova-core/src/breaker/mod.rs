//! The circuit breaker as a state machine: times go in, decisions come out.
//!
//! ```text
//!            failures_max in a row, or
//!            failure_ratio of the last window calls
//!   closed ------------------------------------------> open (waits open_for, doubled each time, up to open_max)
//!     ^                                                 |  ^
//!     | probes successes                        its time|  | a probe fails
//!     |                                                 v  |
//!     +---------------------------------------------- half-open (at most probes calls in flight)
//! ```

mod config;
mod outcome;

pub use config::BreakerConfig;
pub use outcome::Outcome;

use std::time::Duration;

use serde::{Serialize, Serializer};

use crate::model::Timestamp;

/// Guards one dependency. Not shared by itself: its owner holds it under a short lock, and asks a clock.
#[derive(Debug)]
pub struct Breaker {
    config: BreakerConfig,
    phase: Phase,
    /// Counts the changes of phase, so that a call that began in an earlier one decides nothing in a later.
    generation: u64,
    /// Times opened since it was last closed: the exponent of the wait.
    opened: u32,
}

#[derive(Debug)]
enum Phase {
    Closed {
        /// In a row.
        failures: u32,
        /// The last calls, the latest in the lowest bit; 1: failed.
        history: u128,
        /// How many bits of the history are real, at most the window.
        calls: u32,
    },
    Open {
        since: Timestamp,
    },
    HalfOpen {
        /// When the last probe was admitted.
        since: Timestamp,
        in_flight: u32,
        succeeded: u32,
    },
}

/// The leave to make one call. Give it back with [`Breaker::record`], whatever became of the call; one that is lost
/// costs a probe's place until the breaker's wait is over once more.
#[derive(Debug)]
#[must_use = "record what became of the call"]
pub struct Permit {
    generation: u64,
}

/// No call now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Refused {
    /// When asking again may be worth it. While probes are in flight, one of them may close it sooner.
    pub retry_at: Timestamp,
}

/// What a breaker is, for people and metrics.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// Calls pass.
    Closed,
    /// No call passes before `retry_at`.
    Open {
        /// When the first probe may pass.
        retry_at: Timestamp,
    },
    /// A few calls pass, to see whether the dependency is back.
    HalfOpen,
}

impl State {
    /// A word for metrics and answers.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Closed => "closed",
            Self::Open { .. } => "open",
            Self::HalfOpen => "half_open",
        }
    }
}

impl Serialize for State {
    /// Its name.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}

impl Breaker {
    /// Closed. A setting out of its range counts as the nearest one within it.
    #[must_use]
    pub fn new(config: BreakerConfig) -> Self {
        Self { config: config.clamped(), phase: Phase::CLOSED, generation: 0, opened: 0 }
    }

    /// May a call be made?
    ///
    /// # Errors
    /// [`Refused`] while it is open, and half-open while all probes are in flight.
    pub fn admit(&mut self, now: Timestamp) -> Result<Permit, Refused> {
        self.follow_clock(now);
        let probes = self.config.probes;
        match self.phase {
            Phase::Open { since } if now >= since.plus(self.wait()) => {
                self.enter(Phase::HalfOpen { since: now, in_flight: 0, succeeded: 0 });
            }
            // Every place taken, and none came back for as long as it was open: the probes are lost (a caller that
            // went away) or as slow as none. Their places are given anew, or they would keep it shut for ever.
            Phase::HalfOpen { since, in_flight, succeeded }
                if in_flight + succeeded >= probes && now >= since.plus(self.wait()) =>
            {
                self.enter(Phase::HalfOpen { since: now, in_flight: 0, succeeded });
            }
            _ => {}
        }
        let wait = self.wait();
        match &mut self.phase {
            Phase::Closed { .. } => {}
            Phase::HalfOpen { since, in_flight, succeeded } if *in_flight + *succeeded < probes => {
                *since = now;
                *in_flight += 1;
            }
            Phase::Open { since } | Phase::HalfOpen { since, .. } => {
                return Err(Refused { retry_at: since.plus(wait) });
            }
        }
        Ok(Permit { generation: self.generation })
    }

    /// What became of a call. One that began before the last change of state changes nothing.
    pub fn record(&mut self, now: Timestamp, permit: Permit, outcome: Outcome) {
        self.follow_clock(now);
        if permit.generation != self.generation {
            return;
        }
        match (&mut self.phase, outcome) {
            (Phase::Closed { failures, history, calls }, Outcome::Success | Outcome::Failure) => {
                let failed = outcome == Outcome::Failure;
                *failures = if failed { *failures + 1 } else { 0 };
                *history = *history << 1 | u128::from(failed);
                *calls = (*calls + 1).min(self.config.window);
                if failed && (*failures >= self.config.failures_max || self.config.is_sick(*history, *calls))
                {
                    self.open(now);
                }
            }
            (Phase::HalfOpen { in_flight, succeeded, .. }, Outcome::Success) => {
                *in_flight -= 1;
                *succeeded += 1;
                if *succeeded >= self.config.probes {
                    self.opened = 0;
                    self.enter(Phase::CLOSED);
                }
            }
            (Phase::HalfOpen { .. }, Outcome::Failure) => self.open(now),
            (Phase::HalfOpen { in_flight, .. }, Outcome::Abandoned) => *in_flight -= 1,
            (Phase::Closed { .. }, Outcome::Abandoned) => {}
            // No permit is of a generation in which it is open.
            (Phase::Open { .. }, _) => {}
        }
    }

    /// What it is at `now`. Half-open as soon as the next call would be a probe.
    #[must_use]
    pub fn state(&self, now: Timestamp) -> State {
        match self.phase {
            Phase::Closed { .. } => State::Closed,
            Phase::HalfOpen { .. } => State::HalfOpen,
            Phase::Open { since } => {
                let retry_at = since.min(now).plus(self.wait());
                if now >= retry_at { State::HalfOpen } else { State::Open { retry_at } }
            }
        }
    }

    /// A clock that steps back must not lengthen the wait by the size of its step: from where it stands now, the
    /// wait begins anew.
    fn follow_clock(&mut self, now: Timestamp) {
        if let Phase::Open { since } | Phase::HalfOpen { since, .. } = &mut self.phase {
            *since = now.min(*since);
        }
    }

    fn open(&mut self, now: Timestamp) {
        self.opened = self.opened.saturating_add(1);
        self.enter(Phase::Open { since: now });
    }

    fn enter(&mut self, phase: Phase) {
        self.phase = phase;
        self.generation += 1;
    }

    /// `open_for * 2^(opened - 1)`, at most `open_max`.
    fn wait(&self) -> Duration {
        let doublings = self.opened.saturating_sub(1).min(31);
        self.config.open_for.saturating_mul(1 << doublings).min(self.config.open_max)
    }
}

impl Phase {
    const CLOSED: Self = Self::Closed { failures: 0, history: 0, calls: 0 };
}

#[cfg(test)]
mod tests;
