//! The distributed twin: Kafka 3.1 or later, shared by every replica.
//!
//! ```text
//!   append --> Writer --> events, cdc.*  (LogAppendTime: the brokers' clock is the log's clock)
//!                             |
//!                             +--> Reader: all partitions, no group, in the order of their times
//!                             '--> project::exactly_once: a group over all replicas
//! ```
//!
//! Records of a key share a partition, whoever writes them. Retention is Kafka's; positions of groups are Kafka's
//! group offsets.

mod again;
mod ask;
mod call;
mod check;
pub(crate) mod context;
mod dead;
mod ending;
mod failure;
mod group;
mod headers;
mod identity;
mod lane;
mod late;
mod offsets;
mod partition;
mod port;
mod producer;
mod read;
mod settings;
mod sparse;
mod topics;
mod write;
#[cfg(test)]
mod tests;

pub(crate) use again::{Original, originals};
pub use dead::KafkaDeadLetters;
pub use identity::{Described, described};
pub use late::LateLog;
pub(crate) use offsets::bounds;
pub use settings::KafkaLogConfig;

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use nova_core::error::{Error, Kind, Result};
use rdkafka::admin::AdminClient;
use uuid::Uuid;

use self::ask::Asker;
use self::context::Traced;
use self::ending::Ending;
use self::failure::failed;
use self::group::Groups;
use self::offsets::{Side, offsets};
use self::write::Writer;
use super::Topic;

/// The log on Kafka.
pub struct KafkaLog {
    config: Arc<KafkaLogConfig>,
    writer: Writer,
    asker: Asker,
    groups: Groups,
}

/// A topic of the log, as it was made: what is held against what it was when the store was filled from it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Made {
    /// The topic.
    pub topic: Topic,
    /// Given by Kafka when it was made: another one means other records under the same offsets.
    pub id: Uuid,
    /// How many partitions it has.
    pub partitions: u16,
}

impl KafkaLog {
    /// Makes the topics that are missing and checks those that are there.
    ///
    /// # Errors
    /// `Rejected` when a value of the configuration is none, or with a line for each topic that is not as it must be;
    /// `Unavailable` or `Timeout` when no broker answers.
    pub async fn open(config: KafkaLogConfig) -> Result<Self> {
        config.validate()?;
        let asker = Asker::new(&config.client(), config.deadline)?;
        let admin: AdminClient<Traced> =
            config.client().create_with_context(Traced).map_err(failed("log.open"))?;
        let admin = Ending::new(admin);
        topics::prepare(&config, &asker, &admin).await?;
        let writer = Writer::open(&config).await?;
        Ok(Self { config: Arc::new(config), writer, asker, groups: Groups::default() })
    }

    /// How it was opened.
    #[must_use]
    pub fn config(&self) -> &KafkaLogConfig {
        &self.config
    }

    /// The partition to which the records of a key go.
    #[must_use]
    pub fn partition_of(&self, topic: Topic, key: &[u8]) -> u16 {
        partition::partition_of(key, self.config.partitions(topic))
    }

    /// What a group committed last, offset and metadata, for each partition for which it ever did.
    ///
    /// # Errors
    /// As the brokers.
    pub async fn noted(&self, group: &str) -> Result<BTreeMap<(Topic, u16), (u64, String)>> {
        self.groups.noted(&self.config, group).await
    }

    /// Where every partition begins and ends, also where nothing was ever written.
    ///
    /// # Errors
    /// As the brokers.
    pub async fn spans(&self) -> Result<BTreeMap<(Topic, u16), (u64, u64)>> {
        const OP: &str = "log.spans";
        // the start first: what it rises past in between lies behind the end all the same
        let starts = offsets(&self.config, &self.asker, OP, &Topic::ALL, Side::Start).await?;
        let ends = offsets(&self.config, &self.asker, OP, &Topic::ALL, Side::End).await?;
        let span =
            |(place, end): (_, u64)| (place, (starts.get(&place).map_or(end, |&start| start.min(end)), end));
        Ok(ends.into_iter().map(span).collect())
    }

    /// The topics as they were made, in the order of [`Topic::ALL`].
    ///
    /// # Errors
    /// `Unavailable` when a topic is not there or no broker answers, `Timeout`; `Corrupt` when the broker is older
    /// than Kafka 3.1.
    pub async fn made(&self) -> Result<Vec<Made>> {
        let made = made(&self.config, &Topic::ALL).await?;
        match Topic::ALL.into_iter().find(|topic| made.iter().all(|made| made.topic != *topic)) {
            None => Ok(made),
            Some(topic) => {
                let why = format!("topic {} is not there, or has no id", self.config.topic(topic));
                Err(Error::new(Kind::Unavailable, "log.topics", why))
            }
        }
    }
}

/// Those of these topics that are there, as they were made, in this order. Asked over a connection of its own, which no
/// fetch holds up.
///
/// # Errors
/// As [`KafkaLog::made`].
pub(crate) async fn made(config: &KafkaLogConfig, topics: &[Topic]) -> Result<Vec<Made>> {
    let names: Vec<_> = topics.iter().map(|&topic| config.topic(topic)).collect();
    let described = identity::describe(&config.brokers, &names, config.deadline).await?;
    let made = topics.iter().zip(&names).filter_map(|(&topic, name)| {
        let found =
            described.iter().find(|found| found.name == *name && found.error == 0 && !found.id.is_nil())?;
        let partitions = u16::try_from(found.partitions).unwrap_or(u16::MAX);
        Some(Made { topic, id: found.id, partitions })
    });
    Ok(made.collect())
}

impl fmt::Debug for KafkaLog {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KafkaLog").field("config", &self.config).finish_non_exhaustive()
    }
}
