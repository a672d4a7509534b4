//! The ledger's entries of all lanes, written together.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{mpsc, oneshot};

use crate::metrics;
use crate::project::exactly_once::{Entry, Sink};

/// Entries of one call at most; each lane has at most one to be written.
const TOGETHER_MAX: usize = 256;

/// Where lanes leave their entries.
#[derive(Debug, Clone)]
pub(super) struct Ledger(mpsc::Sender<(Entry, oneshot::Sender<bool>)>);

/// Who writes them.
#[derive(Debug)]
pub(super) struct Writer(mpsc::Receiver<(Entry, oneshot::Sender<bool>)>);

impl Writer {
    /// Until nobody can leave an entry any more.
    pub(super) async fn run(mut self, sink: Arc<dyn Sink>, deadline: Duration) {
        let mut together = Vec::new();
        while self.0.recv_many(&mut together, TOGETHER_MAX).await > 0 {
            let (entries, answers): (Vec<_>, Vec<_>) = together.drain(..).unzip();
            let written = tokio::time::timeout(deadline, sink.record(&entries)).await;
            let done = matches!(written, Ok(Ok(())));
            if !done {
                metrics::consumer_retried("record");
                tracing::warn!(error = ?written, "the ledger could not be written and is tried again");
            }
            // whoever has lost its partition does not listen
            for answer in answers {
                let _ = answer.send(done);
            }
        }
    }
}

impl Ledger {
    pub(super) fn new() -> (Self, Writer) {
        let (entries, left) = mpsc::channel(TOGETHER_MAX);
        (Self(entries), Writer(left))
    }

    /// Is the entry written?
    pub(super) async fn record(&self, entry: Entry) -> bool {
        let (answer, done) = oneshot::channel();
        self.0.send((entry, answer)).await.is_ok() && done.await.unwrap_or(false)
    }
}
