//! Who says what may be shown, and what a viewer's own write changed.

use std::sync::Arc;

use async_trait::async_trait;
use nova_core::error::Result;
use nova_core::model::{Timestamp, UserId};
use nova_core::pipeline::{Candidate, Enricher, FeedContext, Verdict};

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
}

/// The tables' verdicts, and the store's on what only events say. Where the tables do not answer the store's hold.
///
/// # Errors
/// Those of the store.
pub(super) async fn judge_by_both(
    store: &dyn FeedStore,
    social: &dyn Social,
    viewer: Option<UserId>,
    now: Timestamp,
    found: &mut [Candidate],
) -> Result<()> {
    let mut by_tables = found.to_vec();
    let (stored, tabled) =
        tokio::join!(store.judge(viewer, now, found), social.judge(viewer, now, &mut by_tables));
    stored?;
    if let Err(error) = tabled {
        tracing::warn!(error = ?error, "the tables cannot say who may see what, the store's word holds");
        return Ok(());
    }
    for (candidate, tables) in found.iter_mut().zip(by_tables) {
        candidate.verdict = tables.verdict.with(candidate.verdict.only(OF_EVENTS));
    }
    Ok(())
}

/// Verdicts of both, features of the store: for a viewer who wrote a moment ago.
pub(super) struct FromBoth {
    store: Arc<dyn FeedStore>,
    social: Arc<dyn Social>,
}

impl FromBoth {
    pub(super) fn new(store: &Arc<dyn FeedStore>, social: &Arc<dyn Social>) -> Self {
        Self { store: Arc::clone(store), social: Arc::clone(social) }
    }
}

#[async_trait]
impl Enricher for FromBoth {
    async fn judge(&self, cx: &FeedContext, found: &mut [Candidate]) -> Result<()> {
        judge_by_both(&*self.store, &*self.social, Some(cx.viewer), cx.now, found).await
    }

    async fn measure(&self, cx: &FeedContext, found: &mut [Candidate]) -> Result<()> {
        self.store.measure(Some(cx.viewer), cx.now, found).await
    }
}
