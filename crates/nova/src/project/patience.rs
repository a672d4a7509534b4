//! How long somebody waits for the projection, and that nobody waits for one that is known to be late.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use nova_core::error::Result;
use parking_lot::Mutex;

use super::{Progress, progress};
use crate::log::Positions;
use crate::metrics::{self, Wait};

/// A deadline with a memory: what was not applied within it is not waited for again before it is applied. The way
/// back needs nobody: it is the projection's own progress.
#[derive(Debug)]
pub(super) struct Patience {
    deadline: Duration,
    /// Is something missed? Spares the lock of everybody in health.
    late: AtomicBool,
    missed: Mutex<Positions>,
}

impl Patience {
    pub(super) fn new(deadline: Duration) -> Self {
        Self { deadline, late: AtomicBool::new(false), missed: Mutex::default() }
    }

    /// Waits until everything before `target` is applied.
    ///
    /// # Errors
    /// As [`Progress::wait`] after the deadline; at once while the projection is known to be late.
    pub(super) async fn reach(&self, progress: &Progress, target: &Positions) -> Result<()> {
        if progress.covers(target) {
            return Ok(());
        }
        if self.is_late(progress) {
            metrics::awaited(Wait::KnownLate);
            return Err(progress::lagging());
        }
        let reached = progress.wait(target, self.deadline).await;
        metrics::awaited(if reached.is_ok() { Wait::Applied } else { Wait::Late });
        if reached.is_err() {
            self.miss(target);
        }
        reached
    }

    fn miss(&self, target: &Positions) {
        self.missed.lock().advance_all(target);
        if !self.late.swap(true, Ordering::Relaxed) {
            tracing::warn!(
                awaited = %target, deadline_ms = self.deadline.as_millis(),
                "the index has not caught up within the deadline; until it has, nobody waits for it"
            );
        }
    }

    fn is_late(&self, progress: &Progress) -> bool {
        if !self.late.load(Ordering::Relaxed) {
            return false;
        }
        let mut missed = self.missed.lock();
        if !progress.covers(&missed) {
            return true;
        }
        *missed = Positions::default();
        self.late.store(false, Ordering::Relaxed);
        tracing::info!("the index has caught up");
        false
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt as _;

    use super::*;
    use crate::log::Topic;

    fn events(next: u64) -> Positions {
        let mut positions = Positions::default();
        positions.advance(Topic::Events, 0, next);
        positions
    }

    #[tokio::test]
    async fn only_the_first_waits_for_what_stands_still() {
        let (progress, patience) = (Progress::default(), Patience::new(Duration::from_millis(1)));
        assert!(patience.reach(&progress, &events(5)).await.is_err());
        for _ in 0..3 {
            let at_once = patience.reach(&progress, &events(3)).now_or_never();
            assert!(at_once.expect("without waiting").is_err());
        }
        // what is applied passes, whatever is not
        progress.advance(&events(2));
        assert!(patience.reach(&progress, &events(2)).now_or_never().expect("without waiting").is_ok());
        assert!(patience.reach(&progress, &events(3)).now_or_never().expect("without waiting").is_err());
        // with what was missed it is worth waiting again
        progress.advance(&events(5));
        assert!(patience.reach(&progress, &events(6)).now_or_never().is_none());
        progress.advance(&events(6));
        assert!(patience.reach(&progress, &events(6)).now_or_never().expect("without waiting").is_ok());
    }
}
