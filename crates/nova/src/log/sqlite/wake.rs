//! How a writer tells the readers of this process that there is more to read.

use tokio::sync::watch;

/// Rung after a commit; cheap to clone.
#[derive(Debug, Clone)]
pub(crate) struct Wake(watch::Sender<u64>);

impl Wake {
    /// Nothing rung yet.
    pub(crate) fn new() -> Self {
        Self(watch::Sender::new(0))
    }

    /// There is more to read.
    pub(crate) fn ring(&self) {
        self.0.send_modify(|rung| *rung += 1);
    }

    /// Subscribe first, then read: what is rung in between is not missed.
    pub(crate) fn listen(&self) -> watch::Receiver<u64> {
        self.0.subscribe()
    }
}
