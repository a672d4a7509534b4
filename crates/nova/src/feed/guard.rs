//! A part with a deadline, a breaker and metrics around it. Failure handling lives here and nowhere else.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use nova_core::breaker::{Breaker, BreakerConfig, Outcome};
use nova_core::clock::Clock;
use nova_core::error::{Error, Kind, Result};
use nova_core::pipeline::{Candidate, Enricher, FeedContext, Origin, Retrieved, Source};
use parking_lot::Mutex;
use tokio::time::Instant;

use crate::{deadline, metrics};

/// Makes guarded parts.
pub struct Guard {
    /// Deadline of one call.
    pub deadline: Duration,
    /// When a breaker opens, and for how long.
    pub breaker: BreakerConfig,
    /// For the breakers.
    pub clock: Arc<dyn Clock>,
}

impl Guard {
    /// The same source, guarded.
    pub fn source(&self, inner: Box<dyn Source>) -> GuardedSource {
        let watch = self.watch(inner.origin().name());
        GuardedSource { inner, watch }
    }

    /// The same enricher, guarded: counts that fail must not close the way to verdicts.
    pub fn enricher<E: Enricher>(&self, inner: E) -> GuardedEnricher<E> {
        GuardedEnricher { inner, verdicts: self.watch("verdicts"), features: self.watch("features") }
    }

    fn watch(&self, part: &'static str) -> Watch {
        let breaker = Mutex::new(Breaker::new(self.breaker));
        Watch { part, deadline: self.deadline, breaker, clock: Arc::clone(&self.clock) }
    }
}

/// Cuts a call off at its deadline.
pub(super) async fn timely<R>(
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
struct Watch {
    part: &'static str,
    deadline: Duration,
    breaker: Mutex<Breaker>,
    clock: Arc<dyn Clock>,
}

impl Watch {
    /// Runs a call: refused while the breaker is open, cut off at the deadline, its outcome recorded.
    async fn call<R>(&self, op: &'static str, call: impl Future<Output = Result<R>> + Send) -> Result<R> {
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
            tracing::warn!(part = self.part, from = before, to = after.name(), "a circuit breaker moved");
        }
        outcome
    }
}

/// A guarded source. It is itself a source.
pub struct GuardedSource {
    inner: Box<dyn Source>,
    watch: Watch,
}

#[async_trait]
impl Source for GuardedSource {
    fn origin(&self) -> Origin {
        self.inner.origin()
    }

    async fn fetch(&self, cx: &FeedContext) -> Result<Vec<Retrieved>> {
        let started = Instant::now();
        let outcome = self.watch.call("feed.source", self.inner.fetch(cx)).await;
        let word = outcome.as_ref().map_or_else(|error| error.kind().name(), |_| "ok");
        metrics::source_asked(self.origin(), word, outcome.as_ref().map_or(0, Vec::len), started.elapsed());
        outcome
    }
}

/// A guarded enricher. It is itself an enricher.
pub struct GuardedEnricher<E> {
    inner: E,
    verdicts: Watch,
    features: Watch,
}

#[async_trait]
impl<E: Enricher> Enricher for GuardedEnricher<E> {
    async fn judge(&self, cx: &FeedContext, found: &mut [Candidate]) -> Result<()> {
        self.verdicts.call("feed.judge", self.inner.judge(cx, found)).await
    }

    async fn measure(&self, cx: &FeedContext, found: &mut [Candidate]) -> Result<()> {
        self.features.call("feed.measure", self.inner.measure(cx, found)).await
    }
}
