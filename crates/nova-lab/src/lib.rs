//! What surrounds a feed: communities that never were, how their people behave over HTTP, load, and reports that
//! show whose taste a ranking serves.
//!
//! Knows Nova from outside only: the JSON of its API and its import lines. In reading order:

/// Randomness that repeats: the same seed gives the same community.
pub mod chance;
/// A synthetic community: people, tastes, follows, and the history they left behind.
pub mod world;

/// Latencies in logarithmic buckets.
pub mod histogram;
/// One HTTP/1.1 connection that mends itself.
pub mod client;
/// The community as it lives: people who come, read, like, write and go.
pub mod live;

/// How much a server takes, and how fast it answers meanwhile.
pub mod load;
/// What a ranking does for the people it ranks for.
pub mod report;

#[cfg(test)]
mod testserver;
