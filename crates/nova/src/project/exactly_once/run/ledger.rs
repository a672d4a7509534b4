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

impl Ledger {
    /// Ends when nobody can leave an entry any more.
    pub(super) fn start(sink: Arc<dyn Sink>, deadline: Duration) -> Self {
        let (entries, mut left) = mpsc::channel::<(Entry, oneshot::Sender<bool>)>(TOGETHER_MAX);
        tokio::spawn(async move {
            let mut together = Vec::new();
            while left.recv_many(&mut together, TOGETHER_MAX).await > 0 {
                let (entries, answers): (Vec<_>, Vec<_>) = together.drain(..).unzip();
                let written = tokio::time::timeout(deadline, sink.record(&entries)).await;
                let done = matches!(written, Ok(Ok(())));
                if let Ok(Err(error)) = written {
                    tracing::warn!(error = ?error, "the ledger could not be written, trying again");
                }
                if !done {
                    metrics::consumer_retried("record");
                }
                // whoever has lost its partition does not listen
                for answer in answers {
                    let _ = answer.send(done);
                }
            }
        });
        Self(entries)
    }

    /// Is the entry written?
    pub(super) async fn record(&self, entry: Entry) -> bool {
        let (answer, done) = oneshot::channel();
        self.0.send((entry, answer)).await.is_ok() && done.await.unwrap_or(false)
    }
}
