//! A member that does nothing but commit and write what a test tells it to.

use std::sync::{Arc, mpsc};
use std::time::Duration;

use nova_core::model::Table;
use parking_lot::Mutex;
use rdkafka::consumer::{BaseConsumer, Consumer as _};
use rdkafka::{Offset, TopicPartitionList};
use tokio::runtime::Handle;
use tokio::sync::{mpsc as channel, oneshot, watch};
use tokio::time::Instant;

use super::context::Context;
use super::ledger::Ledger;
use super::seats::Seats;
use super::{Answer, Consumer, Ground, Phase, Request, commits};
use crate::log::Topic;
use crate::project::exactly_once::rows::{Rows, RowsSeat};
use crate::project::exactly_once::{Assignment, Chunk, Intent};

/// Far above what a group takes to come together.
const PATIENCE: Duration = Duration::from_secs(90);

pub(in crate::project::exactly_once) struct Trial {
    ground: Arc<Ground>,
    consumer: BaseConsumer<Context>,
}

/// A table's task that was not told of anything but its records, for partition 0.
pub(in crate::project::exactly_once) struct TrialTable {
    ground: Arc<Ground>,
    table: Table,
}

impl TrialTable {
    pub(in crate::project::exactly_once) fn new(consumer: Consumer, table: Table) -> Self {
        Self { ground: Arc::new(Ground::new(consumer, Ledger::new().0)), table }
    }

    pub(in crate::project::exactly_once) fn raise(&self) -> Assignment {
        self.ground.epochs.raise(Topic::Change(self.table), 0)
    }

    /// What it does with these records under this number. Nobody commits for it: then it ends.
    pub(in crate::project::exactly_once) async fn write(&self, assignment: Assignment, chunk: Chunk) {
        let (to, inbox) = channel::unbounded_channel();
        let (_live, phase) = watch::channel(Phase::Live);
        let load = self.ground.status.load();
        load.put(chunk.bytes());
        to.send((0, chunk)).unwrap();
        drop(to);
        let seat = RowsSeat { partition: 0, assignment, next: 0, epoch: 1 };
        let requests = mpsc::channel().0;
        let ground = Arc::clone(&self.ground);
        Rows::new(self.table, vec![seat], inbox, load, phase, requests, ground).run().await;
    }
}

impl Trial {
    /// Of the group, with partition 0 of `events`. Called where somebody may wait.
    pub(in crate::project::exactly_once) fn joined(consumer: Consumer, runtime: &Handle) -> Self {
        let ground = Arc::new(Ground::new(consumer, Ledger::new().0));
        let config = &ground.config;
        let client = config.kafka.member(&config.group, None, config.session, config.ahead_bytes_max);
        let seats = Mutex::new(Seats::new(Arc::clone(&ground), runtime.clone()));
        let consumer: BaseConsumer<Context> = client.create_with_context(Context { seats }).unwrap();
        consumer.subscribe(&[&config.kafka.topic(Topic::Events)]).unwrap();
        let until = Instant::now() + PATIENCE;
        while consumer.assignment().unwrap().count() == 0 {
            assert!(Instant::now() < until, "nothing is assigned");
            drop(consumer.poll(Duration::from_millis(100)));
        }
        // nothing but the test commits
        consumer.context().seats.lock().leave(&consumer, false);
        Self { ground, consumer }
    }

    pub(in crate::project::exactly_once) fn raise(&self) -> Assignment {
        self.ground.epochs.raise(Topic::Events, 0)
    }

    pub(in crate::project::exactly_once) fn commit(&self, assignment: Assignment, offset: u64) -> Answer {
        let (answer, mut done) = oneshot::channel();
        let intent = Intent { topic: Topic::Events, epoch: 1, pending: None };
        let request = Request { topic: Topic::Events, partition: 0, assignment, offset, intent, answer };
        commits::send(&self.consumer, &self.ground, vec![request]);
        done.try_recv().unwrap()
    }

    pub(in crate::project::exactly_once) fn committed(&self) -> Option<(i64, String)> {
        let mut of = TopicPartitionList::new();
        of.add_partition(&self.ground.config.kafka.topic(Topic::Events), 0);
        let found = self.consumer.committed_offsets(of, Duration::from_secs(20)).unwrap();
        let at = found.elements().pop()?;
        match at.offset() {
            Offset::Offset(offset) => Some((offset, at.metadata().to_owned())),
            _ => None,
        }
    }
}
