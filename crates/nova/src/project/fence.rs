//! Own events are read back: a viewer's request waits until the store has applied what the viewer did last. And nobody
//! is answered from a store that a restart left behind what was confirmed before.

use std::sync::Arc;
use std::time::Duration;

use nova_core::error::Result;
use nova_core::model::UserId;

use super::Start;
use super::patience::Patience;
use super::pending::Pending;
use crate::log::Positions;

/// Who answers while the index of this process has not applied what it must.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Index {
    /// Nobody else: everything waits for it.
    Alone,
    /// Another store, until the index holds what the log held when this process started; from then on it is waited for,
    /// unless it has ended before its time.
    Beside,
    /// There is no index in this process: nothing is waited for.
    Absent,
}

/// What must be applied before a request may read.
#[derive(Debug)]
pub struct Fence {
    index: Index,
    /// The events and writes of each viewer that may not be applied yet.
    pending: Pending,
    start: Arc<Start>,
    pages: Patience,
    writes: Patience,
}

/// How long is waited; see `server` in `config/nova.toml`.
#[derive(Debug, Clone, Copy)]
pub struct FenceConfig {
    /// By a page, which can be made without the store.
    pub page_wait: Duration,
    /// By a write, which promises to be read back.
    pub write_wait: Duration,
}

impl Fence {
    /// Before the index of this process, which is to reach `start`.
    #[must_use]
    pub fn new(index: Index, start: Arc<Start>, config: FenceConfig) -> Self {
        Self {
            index,
            pending: Pending::default(),
            start,
            pages: Patience::new(config.page_wait),
            writes: Patience::new(config.write_wait),
        }
    }

    /// Who answers while the index does not hold what it must.
    #[must_use]
    pub const fn index(&self) -> Index {
        self.index
    }

    /// What these viewers did ends at `position`.
    pub fn raise(&self, viewers: impl IntoIterator<Item = UserId>, position: Positions) {
        if self.index != Index::Absent {
            self.pending.raise(viewers, position, self.start.progress());
        }
    }

    /// Is there an index, and has it applied everything that the log held when this process started?
    #[must_use]
    pub fn has_started(&self) -> bool {
        self.index != Index::Absent && self.start.is_reached()
    }

    /// Is there an index in this process, and does it answer?
    #[must_use]
    pub fn answers(&self) -> bool {
        !self.is_elsewhere()
    }

    /// Waits until everything is applied that the log held when this process started.
    ///
    /// # Errors
    /// `Timeout` after the deadline of pages, and at once while what somebody waited for in vain is still not applied:
    /// what was blocked before the restart might show.
    pub async fn open(&self) -> Result<()> {
        self.started(&self.pages).await
    }

    /// The same, and until everything is applied that the viewer did.
    ///
    /// # Errors
    /// As [`Fence::open`]: what the viewer hid a moment ago might show.
    pub async fn pass(&self, viewer: UserId) -> Result<()> {
        self.applied(viewer, &self.pages).await
    }

    /// The same for somebody who wrote and is to be told that it can be read back.
    ///
    /// # Errors
    /// As [`Fence::open`], with the deadline of writes and a memory of its own.
    pub async fn confirm(&self, writer: UserId) -> Result<()> {
        self.applied(writer, &self.writes).await
    }

    /// Does somebody else answer? Also in place of an index that has ended before its time and will not come further.
    fn is_elsewhere(&self) -> bool {
        self.index != Index::Alone && (!self.has_started() || self.start.progress().stands_still())
    }

    async fn started(&self, patience: &Patience) -> Result<()> {
        if self.has_started() || self.is_elsewhere() {
            return Ok(());
        }
        patience.reach(self.start.progress(), self.start.positions()).await
    }

    async fn applied(&self, viewer: UserId, patience: &Patience) -> Result<()> {
        self.started(patience).await?;
        if self.is_elsewhere() {
            return Ok(());
        }
        match self.pending.of(viewer, self.start.progress()) {
            Some(awaited) => patience.reach(self.start.progress(), &awaited).await,
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt as _;

    use super::*;
    use crate::log::Topic;
    use crate::project::Progress;

    fn events(next: u64) -> Positions {
        let mut positions = Positions::default();
        positions.advance(Topic::Events, 0, next);
        positions
    }

    fn passes(fence: &Fence) -> bool {
        fence.pass(UserId::from_integer(1)).now_or_never().is_some_and(|passed| passed.is_ok())
    }

    #[tokio::test]
    async fn nobody_waits_for_an_index_in_whose_place_another_store_answers() {
        let progress = Arc::new(Progress::default());
        let config = FenceConfig { page_wait: Duration::from_secs(60), write_wait: Duration::from_secs(60) };
        let [alone, beside, absent] = [Index::Alone, Index::Beside, Index::Absent].map(|index| {
            let start = Start::new(Arc::clone(&progress), events(5));
            Fence::new(index, Arc::new(start), config)
        });
        let all = [&alone, &beside, &absent];
        for fence in all {
            fence.raise([UserId::from_integer(1)], events(7));
        }
        assert_eq!(all.map(passes), [false, true, true]);
        assert_eq!(all.map(Fence::has_started), [false, false, false]);
        assert_eq!(all.map(Fence::answers), [true, false, false]);
        // it has started: from now on it answers, so what is not applied yet is waited for
        progress.advance(&events(5));
        assert_eq!(all.map(passes), [false, false, true]);
        assert_eq!(all.map(Fence::has_started), [true, true, false]);
        assert_eq!(all.map(Fence::answers), [true, true, false]);
        progress.advance(&events(7));
        assert_eq!(all.map(passes), [true, true, true]);
        // it has ended before its time: it is not waited for any more where another store answers
        for fence in all {
            fence.raise([UserId::from_integer(1)], events(9));
        }
        assert_eq!(all.map(passes), [false, false, true]);
        progress.stop();
        assert_eq!(all.map(passes), [false, true, true]);
        assert_eq!(all.map(Fence::answers), [true, false, false]);
    }
}
