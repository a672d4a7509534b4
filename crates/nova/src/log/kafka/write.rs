//! Appends: bounded before anything is sent, answered when every copy of every record is reported.
//!
//! ```text
//!   append --> room for its bytes --> records, each with the call --> Kafka's client: 5 ms of many calls are one batch
//!     ^                                                                                       |
//!     '-------------- positions <-- the call's last report <-- one thread <-- reports --------'
//! ```
//!
//! A key's partition is its murmur2 hash, as Kafka's own clients and Debezium choose it: whoever writes, the records of
//! a key are in order.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use nova_core::error::{Error, Kind, Result};
use rdkafka::error::RDKafkaErrorCode;
use rdkafka::message::{Header, OwnedHeaders};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::timeout;

use super::KafkaLogConfig;
use super::call::{Call, Outcome};
use super::failure::refused;
use super::producer::Producer;
use crate::log::{Headers, Positions, Record, Topic};

const OP: &str = "log.append";
/// The unit in which waiting appends are counted: 1 KiB.
const ROOM_BYTES: usize = 1_024;
/// What a record costs in the client's queue beside its bytes.
const RECORD_BYTES: usize = 128;
/// Records handed over before others get a turn on the thread: about a millisecond.
const TURN_RECORDS: usize = 1_000;
/// How much later than its deadline the client may report a record: it looks once a second.
const REPORT_LATE_MAX: Duration = Duration::from_secs(2);

/// What is written in one call.
pub(super) struct Message {
    pub(super) record: Record,
    pub(super) headers: Headers,
}

/// The write side of a log.
pub(super) struct Writer {
    producer: Producer,
    room: Arc<Semaphore>,
    room_max: u32,
    record_bytes_max: usize,
    deadline: Duration,
}

impl Writer {
    /// Connects to the brokers.
    pub(super) async fn open(config: &KafkaLogConfig) -> Result<Self> {
        let room_max = room_of(config.waiting_bytes_max);
        let producer = Producer::new(config.producer())?;
        let (topic, deadline) = (config.topic(Topic::Events), config.deadline);
        let connected =
            tokio::task::spawn_blocking(move || producer.connect(&topic, deadline).map(|()| producer));
        let producer = connected.await.map_err(|broken| {
            Error::new(Kind::Unavailable, "log.open", "the producer did not start").with_source(broken)
        })??;
        Ok(Self {
            producer,
            room: Arc::new(Semaphore::new(room_max as usize)),
            room_max,
            record_bytes_max: config.record_bytes_max,
            deadline: config.delivery_deadline,
        })
    }

    /// Appends to a topic of records; see the port.
    pub(super) async fn append(&self, name: &str, topic: Topic, records: &[Record]) -> Result<Positions> {
        let bytes = |record: &Record| record.key.len() + record.value.as_ref().map_or(0, bytes::Bytes::len);
        let too_large = records.iter().map(bytes).find(|&bytes| bytes > self.record_bytes_max);
        if let Some(bytes) = too_large {
            let why = format!(
                "a record of {bytes} bytes is larger than the {} the log takes",
                self.record_bytes_max
            );
            return Err(Error::new(Kind::Rejected, OP, why).at("records", "too_large"));
        }
        let room = self.room(records.iter().map(|record| bytes(record) + RECORD_BYTES).sum())?;
        let sent = self.send(name, records.iter().map(|record| (record, None)), records.len(), room).await?;
        let mut positions = Positions::default();
        for (partition, &end) in (0..).zip(&sent.ends) {
            if end > 0 {
                positions.advance(topic, partition, end);
            }
        }
        Ok(positions)
    }

    /// Writes records with headers, of any size that the client takes.
    pub(super) async fn write(&self, name: &str, messages: &[Message]) -> Result<()> {
        let bytes = |message: &Message| {
            let size =
                |(name, value): &(String, Option<Bytes>)| name.len() + value.as_ref().map_or(0, Bytes::len);
            let headers: usize = message.headers.iter().map(size).sum();
            let value = message.record.value.as_ref().map_or(0, bytes::Bytes::len);
            message.record.key.len() + value + headers + RECORD_BYTES
        };
        let room = self.room(messages.iter().map(bytes).sum())?;
        let records = messages.iter().map(|Message { record, headers }| {
            let with = OwnedHeaders::new_with_capacity(headers.len());
            let headers = headers
                .iter()
                .fold(with, |with, (key, value)| with.insert(Header { key, value: value.as_deref() }));
            (record, Some(headers))
        });
        self.send(name, records, messages.len(), room).await.map(drop)
    }

    /// Can the producer take records?
    pub(super) fn check(&self) -> Result<()> {
        match self.producer.broken() {
            None => Ok(()),
            Some(_) => self.producer.renew(),
        }
    }

    /// Room for bytes that wait for the brokers.
    fn room(&self, bytes: usize) -> Result<OwnedSemaphorePermit> {
        // a call larger than all of the room may go when nothing else waits
        let wanted = room_of(bytes).min(self.room_max);
        Arc::clone(&self.room)
            .try_acquire_many_owned(wanted)
            .map_err(|_| Error::new(Kind::Unavailable, OP, "too many bytes are waiting for Kafka"))
    }

    async fn send<'a>(
        &self,
        name: &str,
        records: impl Iterator<Item = (&'a Record, Option<OwnedHeaders>)> + Send,
        count: usize,
        room: OwnedSemaphorePermit,
    ) -> Result<Outcome> {
        if count == 0 {
            return Ok(Outcome::default());
        }
        let (call, outcome) = Call::new(count, room);
        let call = Arc::new(call);
        for (sent, (record, headers)) in records.enumerate() {
            if sent > 0 && sent % TURN_RECORDS == 0 {
                tokio::task::yield_now().await;
            }
            if let Err(code) = self.producer.send(name, record, headers, &call) {
                call.failed(count - sent, code);
                break;
            }
        }
        drop(call);
        let outcome = match timeout(self.deadline + REPORT_LATE_MAX, outcome).await {
            Ok(Ok(outcome)) => outcome,
            // the last who held the call is gone without a word: its client was ended
            Ok(Err(_)) => return Err(Error::new(Kind::Unavailable, OP, "the log was closed meanwhile")),
            Err(_) => return Err(Error::new(Kind::Timeout, OP, "Kafka did not report the records in time")),
        };
        match outcome.failure {
            None => Ok(outcome),
            Some(code) => {
                if code == RDKafkaErrorCode::Fatal || self.producer.broken().is_some() {
                    self.producer.renew()?;
                }
                tracing::warn!(topic = name, failed = outcome.failed, of = count, %code, "records were not confirmed");
                Err(refused(OP, code))
            }
        }
    }
}

/// Bytes in units of room.
fn room_of(bytes: usize) -> u32 {
    u32::try_from(bytes.div_ceil(ROOM_BYTES)).unwrap_or(u32::MAX).clamp(1, u32::MAX >> 4)
}
