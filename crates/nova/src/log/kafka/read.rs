//! A reader of all partitions of some topics, without a group.
//!
//! Partitions have no common order but the time at which they received a record. While days are read again, an event
//! must not come hours of log time before its post only because there are more events than posts: up to the ends that
//! the partitions had when the reader began, entries come by time ([`due`]), and one of which nothing came yet is
//! waited for. What comes later comes as it comes.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use nova_core::error::{Error, Kind, Result};
use rdkafka::consumer::{BaseConsumer, Consumer as _};
use rdkafka::error::RDKafkaErrorCode;
use rdkafka::topic_partition_list::{Offset, TopicPartitionList};
use tokio::sync::Notify;
use tokio::time::{Instant, sleep_until, timeout_at};

use super::KafkaLogConfig;
use super::context::Traced;
use super::ending::Ending;
use super::failure::{failed, refused};
use super::lane::{Lane, Pieces};
use super::offsets::Offsets;
use crate::log::order::due;
use crate::log::{Batch, BatchLimit, Entry, LogReader, Positions, Topic};

const OP: &str = "log.read";
/// How often queues are looked at unasked: a ring that was missed costs no more than this.
const LOOK_EVERY: Duration = Duration::from_millis(250);
/// The longest wait of one call: a day, which any clock can add.
const WAIT_MAX: Duration = Duration::from_secs(86_400);
/// How long a partition that gives nothing holds up those that do.
const PATIENCE: Duration = Duration::from_secs(5);
/// Bytes of keys and values of one batch, and the record that passes the bound.
const BATCH_BYTES_MAX: usize = 16 << 20;
/// What a client said that nobody asked for, taken away with one look, at most.
const SAID_MAX: usize = 64;

/// Reads some topics; see [`LogReader`]. Holds at most `ahead_bytes_max` and a batch in memory.
pub(super) struct Reader {
    parts: Ending<Parts>,
    bell: Arc<Notify>,
    look_at: Instant,
    pieces: Pieces,
    upto: Positions,
    /// What it cannot go on from; each further call meets it again.
    failure: Option<RDKafkaErrorCode>,
}

/// What is ended together; the queues before the client.
struct Parts {
    lanes: Vec<Lane>,
    consumer: Arc<BaseConsumer<Traced>>,
}

/// Where each partition is read from; `Corrupt` where that cannot be.
pub(super) fn begin(
    topics: &[Topic],
    from: &Positions,
    starts: &Offsets,
    ends: &Offsets,
) -> Result<Positions> {
    let mut positions = Positions::default();
    for (&(topic, partition), &end) in ends.iter().filter(|((topic, _), _)| topics.contains(topic)) {
        let start = starts.get(&(topic, partition)).copied().unwrap_or(0);
        let wanted = from.get(topic, partition);
        let next = wanted.unwrap_or(start);
        let foreign = |why| {
            let why = format!("{}, partition {partition}, {why}", topic.name());
            Err(Error::new(Kind::Corrupt, OP, why))
        };
        if next < start {
            return foreign(format!("starts at {start}, {next} was dropped"));
        }
        if next > end {
            return foreign(format!("ends at {end}, {next} is not of this log"));
        }
        positions.advance(topic, partition, next);
    }
    for ((topic, partition), next) in from.iter() {
        if topics.contains(&topic) && positions.get(topic, partition).is_none() {
            let why = format!("{} has no partition {partition}, but {next} was read of it", topic.name());
            return Err(Error::new(Kind::Corrupt, OP, why));
        }
    }
    Ok(positions)
}

impl Reader {
    /// Starts to read from `positions`, which name every partition; blocks shortly.
    pub(super) fn start(
        config: &KafkaLogConfig,
        from: &Positions,
        positions: &Positions,
        ends: &Offsets,
    ) -> Result<Self> {
        let partitions: Vec<_> = positions.iter().collect();
        let bell = Arc::new(Notify::new());
        let mut consumer: BaseConsumer<Traced> =
            config.reader(partitions.len()).create_with_context(Traced).map_err(failed(OP))?;
        let rings = Arc::clone(&bell);
        consumer.set_nonempty_callback(move || rings.notify_one());
        let consumer = Arc::new(consumer);
        let mut list = TopicPartitionList::new();
        let (mut lanes, mut upto) = (Vec::with_capacity(partitions.len()), Positions::default());
        for ((topic, partition), next) in partitions {
            let name = config.topic(topic);
            let end = ends.get(&(topic, partition)).copied().unwrap_or(0);
            // before it is assigned: nothing that was fetched is to land elsewhere
            let queue = consumer
                .split_partition_queue(&name, i32::from(partition))
                .ok_or_else(|| refused(OP, RDKafkaErrorCode::UnknownPartition))?;
            lanes.push(Lane::new((topic, partition), queue, (next, end), Arc::clone(&bell)));
            let offset = Offset::Offset(i64::try_from(next).unwrap_or(i64::MAX));
            list.add_partition_offset(&name, i32::from(partition), offset).map_err(failed(OP))?;
            if end > 0 || from.get(topic, partition).is_some() {
                upto.advance(topic, partition, next);
            }
        }
        consumer.assign(&list).map_err(failed(OP))?;
        let parts = Ending::new(Parts { lanes, consumer });
        let (look_at, pieces) = (Instant::now() + LOOK_EVERY, Pieces::default());
        Ok(Self { parts, bell, look_at, pieces, upto, failure: None })
    }

    /// Looks at every queue that may have something.
    fn look(&mut self) -> Result<(), RDKafkaErrorCode> {
        let now = Instant::now();
        let unasked = now >= self.look_at;
        if unasked {
            self.look_at = now + LOOK_EVERY;
        }
        let Parts { lanes, consumer } = &mut *self.parts;
        for _ in 0..SAID_MAX {
            match consumer.poll(Duration::ZERO) {
                None => break,
                // a broker that is away: the client comes back to it by itself
                Some(Err(error)) => tracing::debug!(%error, "a reader waits for a broker"),
                Some(Ok(_)) => {}
            }
        }
        lanes.iter_mut().try_for_each(|lane| lane.look(&mut self.pieces, unasked))
    }

    /// Entries of all partitions by the time they are due, as far as it is known what comes next in each.
    fn take(&mut self, records_max: usize) -> Batch {
        let (mut entries, mut bytes) = (Vec::new(), 0);
        let lanes = &mut self.parts.lanes;
        let now = Instant::now();
        let mut open = !lanes.iter().any(|lane| lane.must_wait(now, PATIENCE));
        while open {
            let heads = || lanes.iter().map(|lane| lane.head().map(due));
            let first = heads().enumerate().filter_map(|(at, due)| Some((due?, at))).min();
            let Some((_, first)) = first else { break };
            let other = heads().enumerate().filter(|&(at, _)| at != first).filter_map(|(_, due)| due).min();
            let lane = &mut lanes[first];
            while open && lane.head().is_some_and(|entry| other.is_none_or(|other| due(entry) <= other)) {
                if let Some(entry) = lane.take() {
                    bytes += size(&entry);
                    entries.push(entry);
                }
                // what was taken is given first; the next call meets the failure
                self.failure = lane.look(&mut self.pieces, false).err();
                open = self.failure.is_none()
                    && entries.len() < records_max
                    && bytes < BATCH_BYTES_MAX
                    && !lane.must_wait(now, PATIENCE);
            }
            let (topic, partition, next) = lane.stands();
            self.upto.advance(topic, partition, next);
        }
        Batch { entries, upto: self.upto.clone() }
    }
}

#[async_trait]
impl LogReader for Reader {
    async fn next(&mut self, limit: BatchLimit) -> Result<Batch> {
        let deadline = Instant::now() + limit.wait_max.min(WAIT_MAX);
        loop {
            if self.failure.is_none() {
                // nothing is awaited between a look and what is given for it: a call that is dropped took nothing
                self.failure = self.look().err();
            }
            if self.failure.is_none() {
                let batch = self.take(limit.records_max.max(1));
                if !batch.entries.is_empty() || Instant::now() >= deadline {
                    return Ok(batch);
                }
            }
            if let Some(code) = self.failure {
                return Err(refused(OP, code));
            }
            let look_at = self.look_at.min(deadline);
            if timeout_at(look_at, self.bell.notified()).await.is_err() {
                sleep_until(look_at).await;
            }
        }
    }
}

fn size(entry: &Entry) -> usize {
    entry.record.key.len() + entry.record.value.as_ref().map_or(0, bytes::Bytes::len)
}
