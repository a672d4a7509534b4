//! Single records once more, as they stand in the log: for a letter of one that was decoded long ago.

use std::collections::BTreeMap;
use std::time::Duration;

use bytes::Bytes;
use nova_core::error::{Error, Kind, Result};
use nova_core::model::Timestamp;
use rdkafka::consumer::{BaseConsumer, Consumer as _};
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::message::{BorrowedMessage, Message as _};
use rdkafka::topic_partition_list::{Offset, TopicPartitionList};
use tokio::time::Instant;

use super::KafkaLogConfig;
use super::context::Traced;
use super::failure::failed;
use super::headers::headers;
use crate::log::{Headers, Record, Topic};

const OP: &str = "log.again";
/// How long a poll waits: then it is looked whether time is up.
const POLL: Duration = Duration::from_millis(100);

/// A record and what stands beside it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Original {
    pub(crate) record: Record,
    pub(crate) headers: Headers,
    pub(crate) received_at: Timestamp,
}

/// The records of these offsets, which ascend, with one pass over what lies between the first and the last. What the
/// log does not have any more is not among them.
///
/// # Errors
/// `Timeout`, `Unavailable`.
pub(crate) async fn originals(
    config: &KafkaLogConfig,
    topic: Topic,
    partition: u16,
    offsets: Vec<u64>,
) -> Result<BTreeMap<u64, Original>> {
    let config = config.clone();
    let read = tokio::task::spawn_blocking(move || pass(&config, topic, partition, &offsets));
    read.await
        .map_err(|broken| Error::new(Kind::Unavailable, OP, "the pass was cut off").with_source(broken))?
}

fn pass(
    config: &KafkaLogConfig,
    topic: Topic,
    partition: u16,
    offsets: &[u64],
) -> Result<BTreeMap<u64, Original>> {
    let mut found = BTreeMap::new();
    let (Some(&first), Some(&last)) = (offsets.first(), offsets.last()) else { return Ok(found) };
    let until = Instant::now() + config.deadline * 2;
    let name = config.topic(topic);
    let consumer: BaseConsumer<Traced> = config.reader(1).create_with_context(Traced).map_err(failed(OP))?;
    let (low, high) =
        consumer.fetch_watermarks(&name, i32::from(partition), config.deadline).map_err(failed(OP))?;
    let (low, high) = (u64::try_from(low).unwrap_or(0), u64::try_from(high).unwrap_or(0));
    let from = first.max(low);
    if from > last || from >= high {
        return Ok(found);
    }
    let mut list = TopicPartitionList::new();
    let begin = Offset::Offset(i64::try_from(from).unwrap_or(i64::MAX));
    list.add_partition_offset(&name, i32::from(partition), begin).map_err(failed(OP))?;
    consumer.assign(&list).map_err(failed(OP))?;
    while Instant::now() < until {
        match consumer.poll(POLL) {
            None => {}
            Some(Ok(message)) => {
                let offset = u64::try_from(message.offset()).unwrap_or(0);
                if offsets.binary_search(&offset).is_ok() {
                    found.insert(offset, original(&message));
                }
                if offset >= last {
                    return Ok(found);
                }
            }
            // nothing is behind: what is missing is gone
            Some(Err(KafkaError::PartitionEOF(_))) => return Ok(found),
            Some(Err(error)) => match error.rdkafka_error_code() {
                // dropped meanwhile
                Some(RDKafkaErrorCode::OffsetOutOfRange | RDKafkaErrorCode::AutoOffsetReset) => {
                    return Ok(found);
                }
                _ => tracing::debug!(%error, "a pass over the log waits for a broker"),
            },
        }
    }
    Err(Error::new(Kind::Timeout, OP, "Kafka did not give the records in time"))
}

fn original(message: &BorrowedMessage<'_>) -> Original {
    let value = message.payload().map(Bytes::copy_from_slice);
    Original {
        record: Record { key: message.key().map_or_else(Bytes::new, Bytes::copy_from_slice), value },
        headers: headers(message.headers()),
        received_at: Timestamp::from_millis(message.timestamp().to_millis().unwrap_or(0)),
    }
}
