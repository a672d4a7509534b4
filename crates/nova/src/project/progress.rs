//! How far the projection has come, for whoever must wait for it.

use std::sync::Arc;
use std::time::Duration;

use nova_core::error::{Error, Kind, Result};
use tokio::sync::watch;

use crate::log::Positions;

/// Where the store stands. One per process.
#[derive(Debug)]
pub struct Progress(watch::Sender<Standing>);

/// Rendered once a batch, not once a request: every page names it.
#[derive(Debug)]
struct Standing {
    applied: Positions,
    text: Arc<str>,
    stopped: bool,
    /// The last batch could not be applied and is tried again.
    falters: bool,
}

impl Default for Progress {
    fn default() -> Self {
        Self(watch::Sender::new(Standing {
            applied: Positions::default(),
            text: Arc::from(""),
            stopped: false,
            falters: false,
        }))
    }
}

impl Progress {
    /// Everything before `positions` is applied.
    pub fn advance(&self, positions: &Positions) {
        self.0.send_modify(|standing| {
            standing.applied.advance_all(positions);
            standing.text = Arc::from(standing.applied.to_string());
            standing.falters = false;
        });
    }

    /// The projection has ended before its time: the store stays where it stands.
    pub fn stop(&self) {
        self.0.send_modify(|standing| standing.stopped = true);
    }

    /// A batch could not be applied: until one is, the store stays where it stands.
    pub fn falter(&self) {
        self.0.send_modify(|standing| standing.falters = true);
    }

    /// Has it ended, or does it stand still?
    #[must_use]
    pub fn stands_still(&self) -> bool {
        let standing = self.0.borrow();
        standing.stopped || standing.falters
    }

    /// Where the store stands.
    #[must_use]
    pub fn applied(&self) -> Positions {
        self.0.borrow().applied.clone()
    }

    /// Is everything before `target` applied?
    #[must_use]
    pub fn covers(&self, target: &Positions) -> bool {
        self.0.borrow().applied.covers(target)
    }

    /// Where it stands as text, for an answer's `as_of`.
    #[must_use]
    pub fn text(&self) -> Arc<str> {
        Arc::clone(&self.0.borrow().text)
    }

    /// Waits until everything before `target` is applied.
    ///
    /// # Errors
    /// `Timeout` after `deadline`: the projection lags or stands still.
    pub async fn wait(&self, target: &Positions, deadline: Duration) -> Result<()> {
        if self.covers(target) {
            return Ok(());
        }
        let mut applied = self.0.subscribe();
        let reached = applied.wait_for(|standing| standing.applied.covers(target));
        match tokio::time::timeout(deadline, reached).await {
            Ok(Ok(_)) => Ok(()),
            Ok(Err(_)) | Err(_) => Err(lagging()),
        }
    }
}

/// The projection lags or stands still.
pub(super) fn lagging() -> Error {
    Error::new(Kind::Timeout, "project.wait", "the index has not caught up with this write yet")
        .at("", "projection_lagging")
}
