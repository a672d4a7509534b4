//! Where the topics begin and end, in one request a broker.

use std::collections::BTreeMap;

use nova_core::error::Result;
use rdkafka::consumer::Consumer as _;
use rdkafka::error::KafkaResult;
use rdkafka::topic_partition_list::{Offset, TopicPartitionList};

use super::KafkaLogConfig;
use super::ask::Asker;
use crate::log::Topic;

/// One end of every partition of some topics.
pub(super) type Offsets = BTreeMap<(Topic, u16), u64>;

/// Which end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Side {
    /// The oldest record still there.
    Start,
    /// Where the next record goes.
    End,
}

/// Asks for one end of every partition of `topics`.
pub(super) async fn offsets(
    config: &KafkaLogConfig,
    asker: &Asker,
    op: &'static str,
    topics: &[Topic],
    side: Side,
) -> Result<Offsets> {
    if topics.is_empty() {
        return Ok(Offsets::new());
    }
    // Kafka's client asks for a time; these two are the ends
    let time = match side {
        Side::Start => Offset::Beginning,
        Side::End => Offset::End,
    };
    let list = list(config, topics, time);
    let answer = asker
        .ask(op, move |client, deadline| {
            let answer = client.offsets_for_times(list?, deadline)?;
            for element in answer.elements() {
                element.error()?;
            }
            Ok(answer)
        })
        .await?;
    Ok(read(config, &answer))
}

/// Every partition of some topics.
pub(super) fn list(
    config: &KafkaLogConfig,
    topics: &[Topic],
    offset: Offset,
) -> KafkaResult<TopicPartitionList> {
    let mut list = TopicPartitionList::new();
    for &topic in topics {
        let name = config.topic(topic);
        for partition in 0..config.partitions(topic) {
            list.add_partition_offset(&name, i32::from(partition), offset)?;
        }
    }
    Ok(list)
}

/// The offsets that a list has; partitions without one are left out.
pub(super) fn read(config: &KafkaLogConfig, list: &TopicPartitionList) -> Offsets {
    let known = |(name, partition, offset): (&str, i32, Offset)| {
        let Offset::Offset(offset) = offset else { return None };
        let place = (config.named(name)?, u16::try_from(partition).ok()?);
        Some((place, u64::try_from(offset).ok()?))
    };
    let elements = list.elements();
    elements
        .iter()
        .filter_map(|element| known((element.topic(), element.partition(), element.offset())))
        .collect()
}
