//! Who says what may be shown, and what a viewer's own write changed.

use std::sync::Arc;

use async_trait::async_trait;
use nova_core::error::Result;
use nova_core::model::{Timestamp, UserId};
use nova_core::pipeline::{Candidate, Enricher, FeedContext, Verdict};

use super::deeds::Deeds;
use crate::cache::Cache;
use crate::guard::{Guard, Watch};
use crate::social::Social;
use crate::store::FeedStore;

/// What only the store can know: an event that hid a post, and what was seen.
const OF_EVENTS: Verdict = Verdict::HIDDEN.with(Verdict::SEEN);

/// Who holds a write first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Authority {
    /// The store: a write is answered once the store holds it.
    Store,
    /// The tables: what was written reaches the store by way of change capture, moments later.
    Tables,
    /// The tables of a product, which are not asked: nobody here knows of a write before the store does.
    Product,
}

/// The tables' verdicts, and the store's on what only events say. Where the tables do not answer the store's hold.
pub(super) struct Both<'a> {
    pub(super) store: &'a dyn FeedStore,
    pub(super) social: &'a dyn Social,
    /// Of the store's, where nobody watches it already.
    pub(super) verdicts: Option<&'a Watch>,
    pub(super) tables: &'a Watch,
    /// What the viewer hides no longer, and the store may not know yet.
    pub(super) deeds: Deeds,
}

impl Both<'_> {
    /// Says whether the tables answered. Each has its own deadline: neither is waited for longer because of the other.
    ///
    /// # Errors
    /// Those of the store.
    pub(super) async fn judge(
        &self,
        viewer: Option<UserId>,
        now: Timestamp,
        found: &mut [Candidate],
    ) -> Result<bool> {
        let mut by_tables = found.to_vec();
        let tabled = self.tables.call("feed.judge", self.social.judge(viewer, now, &mut by_tables));
        let stored = self.store.judge(viewer, now, found);
        let (stored, tabled) = match self.verdicts {
            Some(watch) => tokio::join!(watch.call("feed.judge", stored), tabled),
            None => tokio::join!(stored, tabled),
        };
        stored?;
        if let Err(error) = tabled {
            tracing::warn!(error = ?error, "the tables cannot say who may see what, the store's word holds");
            return Ok(false);
        }
        for (candidate, tables) in found.iter_mut().zip(by_tables) {
            let of_events = if self.deeds.unhid(candidate.post) { Verdict::SEEN } else { OF_EVENTS };
            candidate.verdict = tables.verdict.with(candidate.verdict.only(of_events));
        }
        Ok(true)
    }
}

/// Verdicts of both, features of the store: for a viewer who wrote a moment ago.
pub(super) struct FromBoth {
    store: Arc<dyn FeedStore>,
    social: Arc<dyn Social>,
    cache: Arc<dyn Cache>,
    tables: Arc<Watch>,
}

impl FromBoth {
    pub(super) fn new(
        store: &Arc<dyn FeedStore>,
        social: &Arc<dyn Social>,
        cache: &Arc<dyn Cache>,
        guard: &Guard,
    ) -> Self {
        // within the deadline of all of it, so that the store's word is heard when the tables are silent
        let tables = guard.watch_within("own_verdicts", guard.deadline() / 2);
        Self { store: Arc::clone(store), social: Arc::clone(social), cache: Arc::clone(cache), tables }
    }
}

#[async_trait]
impl Enricher for FromBoth {
    async fn judge(&self, cx: &FeedContext, found: &mut [Candidate]) -> Result<()> {
        let both = Both {
            store: &*self.store,
            social: &*self.social,
            verdicts: None,
            tables: &self.tables,
            deeds: Deeds::hides_of(&*self.cache, cx.viewer).await,
        };
        both.judge(Some(cx.viewer), cx.now, found).await.map(drop)
    }

    async fn measure(&self, cx: &FeedContext, found: &mut [Candidate]) -> Result<()> {
        self.store.measure(Some(cx.viewer), cx.now, found).await
    }
}
