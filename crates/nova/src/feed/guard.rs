//! A source and an enricher with a watch around them.

use std::sync::Arc;

use async_trait::async_trait;
use nova_core::error::Result;
use nova_core::pipeline::{Candidate, Enricher, FeedContext, Origin, Retrieved, Source};
use tokio::time::Instant;

use crate::guard::{Guard, Watch};
use crate::metrics;

/// Of the store's word on who may see what.
pub(super) const VERDICTS: &str = "verdicts";
/// Of the store's counts.
pub(super) const FEATURES: &str = "features";
/// Of the tables, where a page can go on without them.
pub(super) const TABLES: &str = "social";

/// A source with a watch around it. It is itself a source.
pub(super) struct GuardedSource {
    inner: Box<dyn Source>,
    watch: Arc<Watch>,
}

impl GuardedSource {
    /// Its failures are those of `part`.
    pub(super) fn new(inner: Box<dyn Source>, guard: &Guard, part: &'static str) -> Self {
        Self { inner, watch: guard.watch(part) }
    }
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

/// An enricher with watches around it: counts that fail must not close the way to verdicts. It is itself an enricher.
pub(super) struct GuardedEnricher<E> {
    inner: E,
    verdicts: Arc<Watch>,
    features: Arc<Watch>,
}

impl<E: Enricher> GuardedEnricher<E> {
    pub(super) fn new(inner: E, guard: &Guard) -> Self {
        Self { inner, verdicts: guard.watch(VERDICTS), features: guard.watch(FEATURES) }
    }
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
