//! The community as it lives: people come by their rhythm, open their feed, look, react by their tastes, write, go.
//!
//! ```text
//! run --> sessions (a fixed number at once), each on a connection of its own
//!           crowd picks who comes --> feed --> look --> events, likes, comments, follows --> next page --> a post --> gone
//!                                                  pacer holds all of them to the target rate
//! ```
//!
//! Nothing a server answers ends it: failures are counted and tried again with back-off, and it goes on until it is stopped.

/// Where the server is, and how one says who one is.
pub mod target;
/// How fast, and how many at once.
pub mod pace;
/// What happened so far.
pub mod stats;
mod caller;
mod crowd;
pub(crate) mod page;
mod session;

use std::sync::Arc;

use futures_util::StreamExt as _;
use futures_util::stream::FuturesUnordered;
use tokio_util::sync::CancellationToken;

use crate::world::World;
use crowd::Crowd;
pub use pace::Pace;
use session::Session;
pub use stats::{Figures, Stats};
pub use target::{Auth, Target};

/// Lets the community live on a running Nova until `stop`. One future: nothing is spawned, dropping it ends everything.
///
/// The community's clock starts at the `now` of its history and runs on from there, so people come by the hour it
/// is. Times of events are left to the server.
pub async fn run(target: Target, world: Arc<World>, pace: Pace, stop: CancellationToken, stats: Arc<Stats>) {
    let crowd = Crowd::new(target, world, pace, stop, stats);
    let sessions = (0..pace.sessions.clamp(1, Pace::SESSIONS_MAX)).map(|number| {
        let crowd = &crowd;
        // boxed: a session's future holds requests and pages
        Box::pin(async move { Session::new(crowd, number as u64).live().await })
    });
    let mut sessions: FuturesUnordered<_> = sessions.collect();
    while sessions.next().await.is_some() {}
}

#[cfg(test)]
mod tests;
