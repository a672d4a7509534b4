//! Who works on which partition, from one rebalance to the next.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, mpsc};
use std::time::Duration;

use nova_core::error::{Error, Kind, Result};
use nova_core::model::Timestamp;
use rdkafka::consumer::{BaseConsumer, Consumer as _};
use rdkafka::message::BorrowedMessage;
use rdkafka::{Message as _, Offset, TopicPartitionList};
use tokio::runtime::Handle;
use tokio::sync::{mpsc as channel, oneshot, watch};
use tokio::task::JoinHandle;
use tokio::time::Instant;

use super::context::Context;
use super::worker::Worker;
use super::{Ground, Phase, Request, commits};
use crate::log::kafka::{bounds, made};
use crate::log::{Made, Topic};
use crate::project::exactly_once::rows::{Rows, RowsSeat};
use crate::project::exactly_once::status::Load;
use crate::project::exactly_once::{
    Assignment, Chunk, Found, Intent, Lane, Manifest, Notice, Packed, Raw, Start, Why, start,
};

/// A chunk goes to its task when it has so much, or when nothing more is there.
const CHUNK_RECORDS: usize = 4_096;
const CHUNK_BYTES: usize = 1 << 20;
/// Between two looks at requests while tasks come to their ends.
const DRAIN_LOOK: Duration = Duration::from_millis(2);

/// Records for a task, and from which partition.
pub(in crate::project::exactly_once) type Delivery = (u16, Chunk);

/// One partition.
struct Seat {
    /// To the task; nobody takes there what halted.
    to: channel::UnboundedSender<Delivery>,
    /// Bytes on their way to the task.
    load: Load,
    /// The next record to come, for whoever asks how far behind the log this is.
    next: Arc<AtomicU64>,
    chunk: Chunk,
    paused: bool,
}

pub(super) struct Seats {
    ground: Arc<Ground>,
    runtime: Handle,
    requests: (mpsc::Sender<Request>, mpsc::Receiver<Request>),
    seats: BTreeMap<(Topic, u16), Seat>,
    tasks: Vec<JoinHandle<()>>,
    phase: watch::Sender<Phase>,
    failed: Option<Error>,
}

impl Seats {
    pub(super) fn new(ground: Arc<Ground>, runtime: Handle) -> Self {
        Self {
            ground,
            runtime,
            requests: mpsc::channel(),
            seats: BTreeMap::new(),
            tasks: Vec::new(),
            phase: watch::Sender::new(Phase::Live),
            failed: None,
        }
    }

    pub(super) fn fail(&mut self, error: Error) {
        self.failed = Some(error);
    }

    /// Why this session must end, if it must.
    pub(super) fn failed(&mut self) -> Option<Error> {
        self.failed.take()
    }

    /// Partitions are assigned: looks where each goes on, and begins.
    pub(super) fn take(&mut self, consumer: &BaseConsumer<Context>, of: &TopicPartitionList) -> Result<()> {
        let kafka = &self.ground.config.kafka;
        let committed = consumer.committed_offsets(of.clone(), kafka.deadline).map_err(failed)?;
        let bounds = bounds(kafka, consumer, of).map_err(failed)?;
        let made = self.made(&committed)?;
        let mut from = TopicPartitionList::new();
        let mut tables: BTreeMap<Topic, Vec<RowsSeat>> = BTreeMap::new();
        self.phase = watch::Sender::new(Phase::Live);
        for at in committed.elements() {
            at.error().map_err(failed)?;
            let Some((topic, manifest)) = self.topic(at.topic()) else { continue };
            let Ok(partition) = u16::try_from(at.partition()) else { continue };
            let &Made { id, partitions, .. } = made.get(&topic).ok_or_else(|| {
                Error::new(Kind::Unavailable, "consume", format!("topic {} is not there", at.topic()))
            })?;
            let Some(&(low, high)) = bounds.get(&(topic, partition)) else {
                let ends = format!("{}:{partition} tells no end", at.topic());
                return Err(Error::new(Kind::Unavailable, "consume", ends));
            };
            let committed = match at.offset() {
                Offset::Offset(offset) => Some((unsigned(offset), at.metadata().to_owned())),
                _ => None,
            };
            let mut found = Found { committed, low, high, id, partitions, reached: None };
            if found.asks_the_store(topic, manifest) {
                found.reached = self.reached(topic, manifest, partition)?;
            }
            let assignment = self.ground.epochs.raise(topic, partition);
            match start(topic, manifest, &found) {
                Err(why) => self.ground.tell(topic, partition, &Notice::Halted(why)),
                Ok(begin) => {
                    if found.committed.as_ref().is_some_and(|(offset, _)| *offset != begin.next) {
                        self.moved(topic, partition, assignment, manifest, begin.next);
                    }
                    let offset = Offset::Offset(i64::try_from(begin.next).unwrap_or(i64::MAX));
                    from.add_partition_offset(at.topic(), at.partition(), offset).map_err(failed)?;
                    match topic {
                        Topic::Events => self.lane(partition, manifest, assignment, begin),
                        Topic::Change(_) => tables.entry(topic).or_default().push(RowsSeat {
                            partition,
                            assignment,
                            next: begin.next,
                            epoch: manifest.epoch,
                        }),
                    }
                }
            }
        }
        tables.into_iter().for_each(|(topic, seats)| self.table(topic, seats));
        consumer.assign(&from).map_err(failed)?;
        self.ground.status.assigned(from.count());
        tracing::info!(partitions = from.count(), "partitions were assigned");
        Ok(())
    }

    /// Everything is taken away, or the consumer stops: what is under way is ended within its bound if it may be, and
    /// nothing of it is written afterwards.
    pub(super) fn leave(&mut self, consumer: &BaseConsumer<Context>, drain: bool) {
        self.ground.status.clear();
        if self.seats.is_empty() {
            return;
        }
        if drain {
            self.phase.send_replace(Phase::Revoked);
            let deadline = Instant::now() + self.ground.config.drain;
            while Instant::now() < deadline && !self.tasks.iter().all(JoinHandle::is_finished) {
                if let Ok(request) = self.requests.1.recv_timeout(DRAIN_LOOK) {
                    let mut together = vec![request];
                    together.extend(self.requests.1.try_iter());
                    commits::send(consumer, &self.ground, together);
                }
            }
        }
        for (topic, partition) in self.seats.keys() {
            self.ground.epochs.raise(*topic, *partition);
        }
        self.phase.send_replace(Phase::Lost);
        let ended = self.tasks.drain(..).filter(JoinHandle::is_finished).count();
        tracing::info!(partitions = self.seats.len(), ended, drain, "partitions were given back");
        self.seats.clear();
        // whoever asked too late is told
        commits::commit(consumer, &self.ground, &self.requests.1);
    }

    /// Puts a record where its task finds it; gives what it takes there.
    pub(super) fn put(&mut self, message: &BorrowedMessage<'_>) -> usize {
        let topic = self.ground.config.kafka.named(message.topic());
        let partition = u16::try_from(message.partition()).ok();
        let Some(seat) = topic.zip(partition).and_then(|place| self.seats.get_mut(&place)) else {
            return 0;
        };
        let mut packed = Vec::new();
        let offset = unsigned(message.offset());
        seat.next.store(offset + 1, Ordering::Relaxed);
        let before = seat.chunk.bytes();
        seat.chunk.push(Raw {
            offset,
            received_at: Timestamp::from_millis(message.timestamp().to_millis().unwrap_or(0)),
            key: message.key().unwrap_or_default(),
            value: message.payload(),
            headers: Packed::pack(message.headers(), &mut packed),
        });
        let bytes = seat.chunk.bytes() - before;
        if seat.chunk.len() >= CHUNK_RECORDS || seat.chunk.bytes() >= CHUNK_BYTES {
            seat.send(partition.unwrap_or(0));
        }
        bytes
    }

    /// Nothing more is there for now: hands over what is, and pauses who has too much.
    pub(super) fn flush(&mut self, consumer: &BaseConsumer<Context>) {
        let (mut pause, mut resume) = (TopicPartitionList::new(), TopicPartitionList::new());
        let most = self.ground.config.waiting_bytes_max;
        for ((topic, partition), seat) in &mut self.seats {
            seat.send(*partition);
            let load = seat.load.bytes();
            let full = seat.to.is_closed() || load > if seat.paused { most / 4 } else { most };
            if full != seat.paused {
                seat.paused = full;
                let list = if full { &mut pause } else { &mut resume };
                list.add_partition(&self.ground.config.kafka.topic(*topic), i32::from(*partition));
            }
        }
        if pause.count() > 0
            && let Err(error) = consumer.pause(&pause)
        {
            tracing::warn!(%error, "partitions could not be paused");
        }
        if resume.count() > 0
            && let Err(error) = consumer.resume(&resume)
        {
            tracing::warn!(%error, "partitions could not be resumed");
        }
    }

    /// Commits what tasks ask for.
    pub(super) fn commit(&self, consumer: &BaseConsumer<Context>) {
        commits::commit(consumer, &self.ground, &self.requests.1);
    }

    fn topic(&self, name: &str) -> Option<(Topic, Manifest)> {
        let topic = self.ground.config.kafka.named(name)?;
        Some((topic, *self.ground.config.topics.get(&topic)?))
    }

    /// Those of these topics that are there, as they were made.
    fn made(&self, of: &TopicPartitionList) -> Result<BTreeMap<Topic, Made>> {
        let kafka = &self.ground.config.kafka;
        let topics: BTreeSet<Topic> = of.elements().iter().filter_map(|at| kafka.named(at.topic())).collect();
        let topics: Vec<Topic> = topics.into_iter().collect();
        let found = self.runtime.block_on(made(kafka, &topics))?;
        Ok(found.into_iter().map(|made| (made.topic, made)).collect())
    }

    /// A topic that is read and was made anew meanwhile.
    pub(super) fn anew(&self) -> Option<Topic> {
        let mut anew = self.ground.status.anew().into_iter();
        anew.find(|topic| self.seats.keys().any(|(read, _)| read == topic))
    }

    fn reached(&self, topic: Topic, manifest: Manifest, partition: u16) -> Result<Option<u64>> {
        let asked = self.ground.sink.reached(topic, manifest.epoch, partition);
        self.runtime.block_on(self.ground.judged("reached", asked))
    }

    /// The group stood somewhere else: it is written down where it goes on, though nothing may come there for long.
    fn moved(&self, topic: Topic, partition: u16, assignment: Assignment, manifest: Manifest, offset: u64) {
        let intent = Intent { topic, epoch: manifest.epoch, pending: None };
        // whoever is assigned next decides the same, so nobody waits for the answer
        let request = Request { topic, partition, assignment, offset, intent, answer: oneshot::channel().0 };
        drop(self.requests.0.send(request));
    }

    /// Has somebody accepted the gap of a partition that stands still for one? Then all places are looked at anew.
    pub(super) fn is_accepted(&self) -> Result<bool> {
        for ((topic, partition), why) in self.ground.status.halted() {
            let (Why::Trimmed { low, .. }, Some(manifest)) = (why, self.ground.config.topics.get(&topic))
            else {
                continue;
            };
            if self.reached(topic, *manifest, partition)?.is_some_and(|reached| reached + 1 >= low) {
                return Ok(true);
            }
        }
        Ok(false)
    }

    fn lane(&mut self, partition: u16, manifest: Manifest, assignment: Assignment, begin: Start) {
        let inbox = self.seat(Topic::Events, partition, begin.next);
        let worker = Worker {
            lane: Lane::new(partition, manifest.epoch, begin, self.ground.config.lane),
            partition,
            assignment,
            inbox: inbox.0,
            load: inbox.1,
            phase: self.phase.subscribe(),
            requests: self.requests.0.clone(),
            ground: Arc::clone(&self.ground),
        };
        self.tasks.push(self.runtime.spawn(worker.run()));
    }

    fn table(&mut self, topic: Topic, of: Vec<RowsSeat>) {
        let Topic::Change(table) = topic else { return };
        let (to, inbox) = channel::unbounded_channel();
        let load = self.ground.status.load();
        for seat in &of {
            let place = (topic, seat.partition);
            let next = self.ground.status.reads(place, seat.next);
            let (to, load) = (to.clone(), load.clone());
            self.seats.insert(place, Seat { to, load, next, chunk: Chunk::default(), paused: false });
        }
        let rows = Rows::new(
            table,
            of,
            inbox,
            load,
            self.phase.subscribe(),
            self.requests.0.clone(),
            Arc::clone(&self.ground),
        );
        self.tasks.push(self.runtime.spawn(rows.run()));
    }

    fn seat(
        &mut self,
        topic: Topic,
        partition: u16,
        next: u64,
    ) -> (channel::UnboundedReceiver<Delivery>, Load) {
        let (to, inbox) = channel::unbounded_channel();
        let load = self.ground.status.load();
        let next = self.ground.status.reads((topic, partition), next);
        let seat = Seat { to, load: load.clone(), next, chunk: Chunk::default(), paused: false };
        self.seats.insert((topic, partition), seat);
        (inbox, load)
    }
}

impl Seat {
    /// The way is bounded by the bytes on it: who has too many is paused.
    fn send(&mut self, partition: u16) {
        if !self.chunk.is_empty() {
            let next = self.chunk.like();
            let chunk = std::mem::replace(&mut self.chunk, next);
            let bytes = chunk.bytes();
            self.load.put(bytes);
            if self.to.send((partition, chunk)).is_err() {
                self.load.taken(bytes);
            }
        }
    }
}

/// Offsets of records are never negative.
fn unsigned(offset: i64) -> u64 {
    u64::try_from(offset).unwrap_or(0)
}

pub(super) fn failed(error: rdkafka::error::KafkaError) -> Error {
    Error::new(Kind::Unavailable, "consume", "Kafka did not do it").with_source(error)
}
