//! A dependency with a deadline, a breaker and metrics around it. Failure handling lives here and nowhere else.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use nova_core::breaker::{Breaker, BreakerConfig, Outcome};
use nova_core::clock::Clock;
use nova_core::error::{Error, Kind, Result};
use parking_lot::Mutex;

use crate::{deadline, metrics};

/// Makes watches, one for each part: whoever calls it, its failures are counted together.
pub struct Guard {
    deadline: Duration,
    breaker: BreakerConfig,
    clock: Arc<dyn Clock>,
    /// As many as there are parts, which are named in the code.
    watches: Mutex<BTreeMap<&'static str, Arc<Watch>>>,
}

impl Guard {
    /// Calls get `deadline`; `breaker` says when one opens, and for how long.
    #[must_use]
    pub fn new(deadline: Duration, breaker: BreakerConfig, clock: Arc<dyn Clock>) -> Self {
        Self { deadline, breaker, clock, watches: Mutex::default() }
    }

    /// The deadline of one call.
    #[must_use]
    pub const fn deadline(&self) -> Duration {
        self.deadline
    }

    /// The watch of a part.
    pub fn watch(&self, part: &'static str) -> Arc<Watch> {
        self.watch_within(part, self.deadline)
    }

    /// The same with a deadline of its own; the first call decides it.
    pub fn watch_within(&self, part: &'static str, deadline: Duration) -> Arc<Watch> {
        let watch = || {
            let breaker = Mutex::new(Breaker::new(self.breaker));
            Arc::new(Watch { part, deadline, breaker, clock: Arc::clone(&self.clock) })
        };
        Arc::clone(self.watches.lock().entry(part).or_insert_with(watch))
    }

    /// Shows every breaker among the metrics, before it ever moves.
    pub fn show(&self) {
        self.watches.lock().keys().for_each(|part| metrics::breaker_there(part));
    }
}

/// Cuts a call off at its deadline.
pub(crate) async fn timely<R>(
    deadline: Duration,
    op: &'static str,
    call: impl Future<Output = Result<R>> + Send,
) -> Result<R> {
    match deadline::within(deadline, call).await {
        Ok(outcome) => outcome,
        Err(_) => Err(Error::new(Kind::Timeout, op, "no answer within the deadline")),
    }
}

/// Deadline, breaker and metrics of one part.
pub struct Watch {
    part: &'static str,
    deadline: Duration,
    breaker: Mutex<Breaker>,
    clock: Arc<dyn Clock>,
}

impl Watch {
    /// Runs a call: refused while the breaker is open, cut off at the deadline, its outcome recorded.
    ///
    /// # Errors
    /// `Unavailable` while it is left alone, `Timeout` past the deadline; otherwise those of the call.
    pub async fn call<R>(&self, op: &'static str, call: impl Future<Output = Result<R>> + Send) -> Result<R> {
        let permit = self.breaker.lock().admit(self.clock.now()).map_err(|_| {
            Error::new(Kind::Unavailable, op, "it failed lately and is left alone for a moment")
                .at("", "breaker_open")
        })?;
        let outcome = timely(self.deadline, op, call).await;
        let now = self.clock.now();
        let mut breaker = self.breaker.lock();
        let before = breaker.state(now).name();
        breaker.record(now, permit, Outcome::of(&outcome));
        let after = breaker.state(now);
        drop(breaker);
        if before != after.name() {
            metrics::breaker(self.part, after);
            let (part, to) = (self.part, after.name());
            match &outcome {
                Ok(_) => tracing::info!(part, from = before, to, "a circuit breaker moved"),
                Err(error) => tracing::warn!(part, from = before, to, ?error, "a circuit breaker moved"),
            }
        }
        outcome
    }
}

impl fmt::Debug for Watch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Watch").field("part", &self.part).finish_non_exhaustive()
    }
}
