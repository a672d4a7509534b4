//! What each group of readers holds durably: offsets that Kafka keeps for groups, committed by hand.
//!
//! Kafka's own tools and lag monitors show them so, they are as durable as the records, and need no topic of ours. A
//! compacted topic was the other choice: there the last to write wins too, and it would have to be read whole with
//! each question. Kafka forgets the offsets of a group that did not commit for `offsets.retention.minutes` (a week as
//! delivered), as it forgets the records themselves: what is committed is looked for, never relied on.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use nova_core::error::{Error, Kind, Result};
use parking_lot::Mutex;
use rdkafka::consumer::{CommitMode, Consumer as _};
use rdkafka::topic_partition_list::{Offset, TopicPartitionList};

use super::KafkaLogConfig;
use super::ask::Asker;
use super::offsets;
use crate::log::{Positions, Topic};

/// Groups of one process; each has a client of its own.
const GROUPS_MAX: usize = 16;

/// A group's client, and the turn of those who commit.
struct Group {
    asker: Asker,
    commits: tokio::sync::Mutex<()>,
}

/// The groups that this process asked for.
#[derive(Default)]
pub(super) struct Groups(Mutex<HashMap<String, Arc<Group>>>);

impl Groups {
    /// Moves a group forward, never back: whoever commits for it commits here, one after the other. Processes that
    /// commit for one group at the same time may overwrite each other; a group is one process's.
    pub(super) async fn commit(
        &self,
        config: &Arc<KafkaLogConfig>,
        group: &str,
        positions: &Positions,
    ) -> Result<()> {
        const OP: &str = "log.commit";
        for ((topic, partition), _) in positions.iter() {
            if partition >= config.partitions(topic) {
                let why = format!("{} has no partition {partition}", topic.name());
                return Err(Error::new(Kind::Rejected, OP, why).at("positions", "unknown_partition"));
            }
        }
        let group = self.group(config, group)?;
        let _turn = group.commits.lock().await;
        let held = held(config, &group.asker, OP).await?;
        let mut ahead = TopicPartitionList::new();
        for ((topic, partition), next) in positions.iter() {
            if held.get(topic, partition).is_none_or(|held| held < next) {
                let offset = Offset::Offset(i64::try_from(next).unwrap_or(i64::MAX));
                let added = ahead.add_partition_offset(&config.topic(topic), i32::from(partition), offset);
                added.map_err(super::failure::failed(OP))?;
            }
        }
        if ahead.count() == 0 {
            return Ok(());
        }
        group.asker.ask(OP, move |client, _| client.commit(&ahead, CommitMode::Sync)).await
    }

    /// What a group committed last, if it ever did.
    pub(super) async fn committed(
        &self,
        config: &Arc<KafkaLogConfig>,
        group: &str,
    ) -> Result<Option<Positions>> {
        let group = self.group(config, group)?;
        let held = held(config, &group.asker, "log.committed").await?;
        Ok((!held.is_empty()).then_some(held))
    }

    /// The same with what was committed beside each offset.
    pub(super) async fn noted(
        &self,
        config: &Arc<KafkaLogConfig>,
        group: &str,
    ) -> Result<BTreeMap<(Topic, u16), (u64, String)>> {
        const OP: &str = "log.committed";
        let list = offsets::list(config, &Topic::ALL, Offset::Invalid);
        let asker = &self.group(config, group)?.asker;
        let answer = asker.ask(OP, move |client, deadline| client.committed_offsets(list?, deadline)).await?;
        let elements = answer.elements();
        let noted = elements.iter().filter_map(|element| {
            let Offset::Offset(offset) = element.offset() else { return None };
            let place = (config.named(element.topic())?, u16::try_from(element.partition()).ok()?);
            Some((place, (u64::try_from(offset).ok()?, element.metadata().to_owned())))
        });
        Ok(noted.collect())
    }

    fn group(&self, config: &KafkaLogConfig, name: &str) -> Result<Arc<Group>> {
        let mut groups = self.0.lock();
        if let Some(group) = groups.get(name) {
            return Ok(Arc::clone(group));
        }
        if groups.len() >= GROUPS_MAX {
            let why = format!("more than {GROUPS_MAX} groups commit in one process");
            return Err(Error::new(Kind::Rejected, "log.commit", why).at("group", "too_many"));
        }
        let asker = Asker::new(&config.committer(name), config.deadline)?;
        let group = Arc::new(Group { asker, commits: tokio::sync::Mutex::new(()) });
        groups.insert(name.to_owned(), Arc::clone(&group));
        Ok(group)
    }
}

async fn held(config: &Arc<KafkaLogConfig>, asker: &Asker, op: &'static str) -> Result<Positions> {
    let list = offsets::list(config, &Topic::ALL, Offset::Invalid);
    let answer = asker.ask(op, move |client, deadline| client.committed_offsets(list?, deadline)).await?;
    let mut held = Positions::default();
    for ((topic, partition), next) in offsets::read(config, &answer) {
        held.advance(topic, partition, next);
    }
    Ok(held)
}
