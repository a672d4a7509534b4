//! One call of the writer: how many of its records are still under way, and what became of the others.

use parking_lot::Mutex;
use rdkafka::error::RDKafkaErrorCode;
use tokio::sync::{OwnedSemaphorePermit, oneshot};

/// What became of a call's records.
#[derive(Debug, Default)]
pub(super) struct Outcome {
    /// For each partition the offset after the last record written; 0 where none was.
    pub(super) ends: Vec<u64>,
    /// The first failure.
    pub(super) failure: Option<RDKafkaErrorCode>,
    /// Records that were not written, or may not have been.
    pub(super) failed: usize,
}

/// Shared by the records of a call, which each carry it to Kafka's client and back: one allocation a call.
#[derive(Debug)]
pub(super) struct Call {
    state: Mutex<State>,
    /// Given back with the last record, whether its caller still waits or not.
    _room: OwnedSemaphorePermit,
}

#[derive(Debug)]
struct State {
    left: usize,
    outcome: Outcome,
    done: Option<oneshot::Sender<Outcome>>,
}

impl Call {
    /// A call of so many records, and where its outcome will come.
    pub(super) fn new(records: usize, room: OwnedSemaphorePermit) -> (Self, oneshot::Receiver<Outcome>) {
        let (done, outcome) = oneshot::channel();
        let state = State { left: records, outcome: Outcome::default(), done: Some(done) };
        (Self { state: Mutex::new(state), _room: room }, outcome)
    }

    /// A record stands at this place.
    pub(super) fn written(&self, partition: usize, offset: u64) {
        let mut state = self.state.lock();
        let ends = &mut state.outcome.ends;
        if ends.len() <= partition {
            ends.resize(partition + 1, 0);
        }
        ends[partition] = ends[partition].max(offset + 1);
        state.settle(1);
    }

    /// So many records failed.
    pub(super) fn failed(&self, records: usize, code: RDKafkaErrorCode) {
        let mut state = self.state.lock();
        state.outcome.failure.get_or_insert(code);
        state.outcome.failed += records;
        state.settle(records);
    }
}

impl State {
    fn settle(&mut self, records: usize) {
        self.left = self.left.saturating_sub(records);
        if self.left == 0
            && let Some(done) = self.done.take()
        {
            // whoever called may have gone
            drop(done.send(std::mem::take(&mut self.outcome)));
        }
    }
}
