//! The domain of Nova, pure: what a feed is made of and how a slate is ranked.
//!
//! Nothing here does I/O, starts a task or reads a clock. Candidates, features, configuration and a time go in;
//! a slate with its reasons comes out. The same input gives the same bytes.
//!
//! In reading order:

/// The vocabulary: ids, times, rows, changes, events.
pub mod model;
/// One error kind that answers: retry? trip the breaker? which status?
pub mod error;
/// Where the time comes from.
pub mod clock;
/// The circuit breaker as a state machine.
pub mod breaker;

/// How a slate is made, knowing nothing of Nova's rules.
pub mod pipeline;
/// Nova's rules: the formula, visibility, spacing.
pub mod ranking;

/// What tests and benches need: a clock that is set by hand.
#[cfg(feature = "testkit")]
pub mod testkit;
