//! The index of this process before the store that all processes share.
//!
//! The index answers once it holds what the log held when the process started; until then, where it fails, while it
//! stands still and after it has stopped, the shared store does. Both are fed by the same log, so that an answer of either
//! is an answer.

use std::sync::Arc;

use async_trait::async_trait;
use nova_core::error::Result;
use nova_core::model::{Timestamp, UserId};
use nova_core::pipeline::{Candidate, Retrieved};

use super::{DayMetrics, FeedStore, FollowQuery, Hot, StoreSize, Suggestion, Window};
use crate::project::Start;

/// An index and a store.
pub struct Layered {
    index: Arc<dyn FeedStore>,
    shared: Arc<dyn FeedStore>,
    start: Arc<Start>,
}

impl Layered {
    /// `index` answers from the moment that it has reached `start`.
    #[must_use]
    pub fn new(index: Arc<dyn FeedStore>, shared: Arc<dyn FeedStore>, start: Arc<Start>) -> Self {
        Self { index, shared, start }
    }

    /// Does the index answer?
    #[must_use]
    pub fn is_hot(&self) -> bool {
        self.start.is_reached() && !self.start.progress().stands_still()
    }
}

/// Asks the index where it is ready; the shared store where it is not, or fails in a way that another may not.
macro_rules! ask {
    ($self:ident.$question:ident($($argument:expr),*)) => {{
        if $self.is_hot() {
            match $self.index.$question($($argument),*).await {
                Err(error) if error.kind().retry() => {
                    tracing::warn!(error = ?error, question = stringify!($question), "the index of this process does not answer, the shared store is asked");
                }
                answered => return answered,
            }
        }
        $self.shared.$question($($argument),*).await
    }};
}

#[async_trait]
impl FeedStore for Layered {
    async fn follow(&self, query: &FollowQuery) -> Result<Vec<Retrieved>> {
        ask!(self.follow(query))
    }

    async fn affinity(
        &self,
        viewer: UserId,
        now: Timestamp,
        since: Timestamp,
        limit: usize,
    ) -> Result<Vec<Retrieved>> {
        ask!(self.affinity(viewer, now, since, limit))
    }

    async fn recent(&self, now: Timestamp, limit: usize) -> Result<Vec<Retrieved>> {
        ask!(self.recent(now, limit))
    }

    async fn trending(&self, window: Window, now: Timestamp, limit: usize) -> Result<Vec<Hot>> {
        ask!(self.trending(window, now, limit))
    }

    async fn judge(&self, viewer: Option<UserId>, now: Timestamp, found: &mut [Candidate]) -> Result<()> {
        ask!(self.judge(viewer, now, found))
    }

    async fn measure(&self, viewer: Option<UserId>, now: Timestamp, found: &mut [Candidate]) -> Result<()> {
        ask!(self.measure(viewer, now, found))
    }

    async fn suggest(&self, viewer: UserId, now: Timestamp, limit: usize) -> Result<Vec<Suggestion>> {
        ask!(self.suggest(viewer, now, limit))
    }

    async fn hidden_users(&self, viewer: UserId, users: &[UserId]) -> Result<Vec<bool>> {
        ask!(self.hidden_users(viewer, users))
    }

    async fn days(&self, from: i32, to: i32) -> Result<Vec<DayMetrics>> {
        ask!(self.days(from, to))
    }

    async fn active(&self, since: Timestamp, limit: usize) -> Result<Vec<UserId>> {
        ask!(self.active(since, limit))
    }

    async fn size(&self) -> Result<StoreSize> {
        ask!(self.size())
    }

    async fn check(&self) -> Result<()> {
        ask!(self.check())
    }
}
