//! Where the topics begin and end, in one request a broker.

use std::collections::BTreeMap;
use std::time::Duration;

use nova_core::error::Result;
use rdkafka::consumer::{BaseConsumer, Consumer as _, ConsumerContext};
use rdkafka::error::{KafkaError, KafkaResult, RDKafkaErrorCode};
use rdkafka::topic_partition_list::{Offset, TopicPartitionList};
use tokio::time::{Instant, sleep};

use super::KafkaLogConfig;
use super::ask::Asker;
use super::failure::failed;
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

/// Between two attempts while a partition has no leader that knows of it.
const AGAIN_AFTER: Duration = Duration::from_millis(20);

/// Asks for one end of every partition of `topics`. A partition that was just made or moved is asked again, within the
/// deadline.
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
    let until = Instant::now() + config.deadline;
    loop {
        let list = list(config, topics, time);
        let asked = asker.ask(op, move |client, deadline| Ok(ask(client, list?, deadline))).await?;
        match asked {
            Ok(answer) => return Ok(read(config, &answer)),
            Err(error) if is_moving(&error) && Instant::now() < until => sleep(AGAIN_AFTER).await,
            Err(error) => return Err(failed(op)(error)),
        }
    }
}

/// Where some partitions begin and end, for a member of a group that is given them and may block. As [`offsets`], each
/// side within the deadline: where they are given anew because a broker is back, some have no leader yet.
pub(crate) fn bounds<C: ConsumerContext>(
    config: &KafkaLogConfig,
    client: &BaseConsumer<C>,
    of: &TopicPartitionList,
) -> KafkaResult<BTreeMap<(Topic, u16), (u64, u64)>> {
    let starts = side(config, client, of, Offset::Beginning)?;
    let ends = side(config, client, of, Offset::End)?;
    Ok(starts.into_iter().filter_map(|(place, start)| Some((place, (start, *ends.get(&place)?)))).collect())
}

fn side<C: ConsumerContext>(
    config: &KafkaLogConfig,
    client: &BaseConsumer<C>,
    of: &TopicPartitionList,
    time: Offset,
) -> KafkaResult<Offsets> {
    let until = Instant::now() + config.deadline;
    loop {
        let mut list = of.clone();
        list.set_all_offsets(time)?;
        match ask(client, list, until.saturating_duration_since(Instant::now())) {
            Err(error) if is_moving(&error) && Instant::now() < until => std::thread::sleep(AGAIN_AFTER),
            answer => return Ok(read(config, &answer?)),
        }
    }
}

fn ask<C: ConsumerContext>(
    client: &BaseConsumer<C>,
    list: TopicPartitionList,
    deadline: Duration,
) -> KafkaResult<TopicPartitionList> {
    let answer = client.offsets_for_times(list, deadline)?;
    for element in answer.elements() {
        if let Err(error) = element.error() {
            // or it would be asked of the same broker again
            client.fetch_metadata(Some(element.topic()), deadline)?;
            return Err(error);
        }
    }
    Ok(answer)
}

/// Will another broker know, or this one in a moment?
fn is_moving(error: &KafkaError) -> bool {
    use RDKafkaErrorCode as Code;
    matches!(
        error.rdkafka_error_code(),
        Some(
            Code::NotLeaderForPartition
                | Code::LeaderNotAvailable
                | Code::UnknownTopicOrPartition
                | Code::UnknownLeaderEpoch
                | Code::FencedLeaderEpoch
                | Code::OffsetNotAvailable
                // the client has just heard that the broker it asked is another, or none
                | Code::DestroyBroker
        )
    )
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
