//! One partition of a reader: what Kafka's client fetched of it, and the entry that comes next.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use nova_core::model::Timestamp;
use rdkafka::consumer::base_consumer::PartitionQueue;
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::message::{BorrowedMessage, Message as _};
use tokio::sync::Notify;
use tokio::time::Instant;

use super::context::Traced;
use crate::log::{Entry, Place, Record, Topic};

/// Records share memory in pieces of so many bytes; a larger one has its own.
const PIECE_BYTES: usize = 64 << 10;
/// What a queue says beside its records, taken away with one look, at most.
const SAID_MAX: usize = 16;

/// The memory that records are copied to.
#[derive(Default)]
pub(super) struct Pieces(BytesMut);

impl Pieces {
    fn copy(&mut self, bytes: &[u8]) -> Bytes {
        if self.0.capacity() < bytes.len() {
            self.0 = BytesMut::with_capacity(bytes.len().max(PIECE_BYTES));
        }
        self.0.extend_from_slice(bytes);
        self.0.split().freeze()
    }
}

/// A partition that is read.
pub(super) struct Lane {
    topic: Topic,
    partition: u16,
    queue: PartitionQueue<Traced>,
    /// The queue became nonempty since it was last found empty.
    rung: Arc<AtomicBool>,
    head: Option<Entry>,
    next: u64,
    /// The partition's end when the reader began: before it, what comes next must be known.
    end: u64,
    /// Nothing was taken since.
    silent_since: Instant,
}

impl Lane {
    /// From `next` on; rings `bell` when something came.
    pub(super) fn new(
        (topic, partition): (Topic, u16),
        mut queue: PartitionQueue<Traced>,
        (next, end): (u64, u64),
        bell: Arc<Notify>,
    ) -> Self {
        let rung = Arc::new(AtomicBool::new(true));
        let rings = Arc::clone(&rung);
        queue.set_nonempty_callback(move || {
            rings.store(true, Ordering::Release);
            bell.notify_one();
        });
        Self { topic, partition, queue, rung, head: None, next, end, silent_since: Instant::now() }
    }

    /// What comes next, if it is there.
    pub(super) const fn head(&self) -> Option<&Entry> {
        self.head.as_ref()
    }

    /// Takes what comes next.
    pub(super) fn take(&mut self) -> Option<Entry> {
        let entry = self.head.take()?;
        self.next = entry.place.offset + 1;
        self.silent_since = Instant::now();
        Some(entry)
    }

    /// Topic, partition, and the offset after what was taken.
    pub(super) const fn stands(&self) -> (Topic, u16, u64) {
        (self.topic, self.partition, self.next)
    }

    /// Is there a record to come that must not be overtaken? Not for ever: a partition without a leader stops nobody.
    pub(super) fn must_wait(&self, now: Instant, patience: Duration) -> bool {
        self.head.is_none() && self.next < self.end && now.duration_since(self.silent_since) < patience
    }

    /// Looks for what comes next, unless it is there. `unasked` looks also where nothing rang.
    ///
    /// # Errors
    /// A failure that Kafka's client does not mend by itself.
    pub(super) fn look(&mut self, pieces: &mut Pieces, unasked: bool) -> Result<(), RDKafkaErrorCode> {
        if self.head.is_some() || !(self.rung.swap(false, Ordering::AcqRel) || unasked) {
            return Ok(());
        }
        for _ in 0..SAID_MAX {
            let Some(polled) = self.queue.poll(Duration::ZERO) else { return Ok(()) };
            // there may be more, and a queue that is not empty does not ring
            self.rung.store(true, Ordering::Release);
            match polled {
                Ok(message) => {
                    // below it only after the client sought back by itself, which a reader must not see
                    self.head = entry(self.topic, self.partition, &message, pieces)
                        .filter(|entry| entry.place.offset >= self.next);
                    if self.head.is_some() {
                        return Ok(());
                    }
                }
                // nothing is to come, though the end may lie further: the marks of transactions are no records
                Err(KafkaError::PartitionEOF(_)) => self.end = self.next,
                Err(error) => match error.rdkafka_error_code() {
                    Some(code) if is_final(code) => return Err(code),
                    _ => {
                        let (topic, partition) = (self.topic.name(), self.partition);
                        tracing::debug!(topic, partition, %error, "a reader waits for a broker");
                    }
                },
            }
        }
        Ok(())
    }
}

/// Does Kafka's client leave it to its caller?
fn is_final(code: RDKafkaErrorCode) -> bool {
    use RDKafkaErrorCode as Code;
    matches!(
        code,
        Code::OffsetOutOfRange
            | Code::AutoOffsetReset
            | Code::UnknownTopic
            | Code::UnknownTopicOrPartition
            | Code::TopicAuthorizationFailed
    )
}

fn entry(topic: Topic, partition: u16, message: &BorrowedMessage<'_>, pieces: &mut Pieces) -> Option<Entry> {
    let offset = u64::try_from(message.offset()).ok()?;
    let key = message.key().map_or_else(Bytes::new, |key| pieces.copy(key));
    let value = message.payload().map(|value| pieces.copy(value));
    Some(Entry {
        place: Place { topic, partition, offset },
        received_at: Timestamp::from_millis(message.timestamp().to_millis().unwrap_or_default()),
        record: Record { key, value },
    })
}
