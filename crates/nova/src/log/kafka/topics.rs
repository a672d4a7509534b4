//! The topics of the log: made where they are missing, and held against what they must be.

use std::collections::BTreeMap;
use std::time::Duration;

use nova_core::error::{Error, Kind, Result};
use rdkafka::admin::{AdminClient, AdminOptions, NewTopic, ResourceSpecifier, TopicReplication};
use rdkafka::consumer::Consumer as _;
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use tokio::time::{Instant, sleep};

use super::KafkaLogConfig;
use super::ask::Asker;
use super::check::{Found, check};
use super::context::Traced;
use super::failure::{failed, refused};
use crate::log::Topic;

const OP: &str = "log.open";
/// Between looks at whether a new topic has come to be.
const LOOK_EVERY: Duration = Duration::from_millis(20);

/// A topic as it must be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Wanted {
    pub(super) name: String,
    /// The key of the configuration that says how many partitions.
    pub(super) partitions_key: &'static str,
    pub(super) partitions: u16,
    pub(super) retention: Duration,
    pub(super) message_bytes: usize,
}

/// Every topic of the log.
pub(super) fn wanted(config: &KafkaLogConfig) -> Vec<Wanted> {
    let topics = Topic::ALL.into_iter().map(|topic| Wanted {
        name: config.topic(topic),
        partitions_key: match topic {
            Topic::Events => "log.events_partitions",
            Topic::Change(_) => "log.change_partitions",
        },
        partitions: config.partitions(topic),
        retention: config.retention,
        message_bytes: config.message_bytes_max(),
    });
    let dead_letters = Wanted {
        name: config.dead_letters(),
        partitions_key: "log.change_partitions",
        partitions: config.change_partitions,
        retention: config.dead_letter_retention,
        message_bytes: config.letter_bytes_max(),
    };
    topics.chain([dead_letters]).collect()
}

/// Makes what is missing and checks all of it.
///
/// # Errors
/// `Rejected` with a line for each thing that must be changed; `Unavailable` and `Timeout` as the brokers are.
pub(super) async fn prepare(
    config: &KafkaLogConfig,
    asker: &Asker,
    admin: &AdminClient<Traced>,
) -> Result<()> {
    let wanted = wanted(config);
    let until = Instant::now() + config.deadline;
    let mut found = look(asker, &wanted).await?;
    let missing: Vec<_> = wanted.iter().filter(|topic| !found.contains_key(&topic.name)).collect();
    if !missing.is_empty() {
        make(config, admin, &missing).await?;
        while found.len() < wanted.len() {
            if Instant::now() >= until {
                return Err(Error::new(Kind::Timeout, OP, "new topics did not come to be in time"));
            }
            sleep(LOOK_EVERY).await;
            found = look(asker, &wanted).await?;
        }
    }
    describe(config, admin, &mut found).await?;
    let deviations = check(config, &wanted, &found);
    if deviations.is_empty() {
        return Ok(());
    }
    let lines: Vec<_> = deviations.iter().map(ToString::to_string).collect();
    Err(Error::new(Kind::Rejected, OP, lines.join("\n")).at("log.url", "topics_differ"))
}

/// The topics that are there, with a leader for every partition.
async fn look(asker: &Asker, wanted: &[Wanted]) -> Result<BTreeMap<String, Found>> {
    let names: Vec<_> = wanted.iter().map(|topic| topic.name.clone()).collect();
    asker
        .ask(OP, move |client, deadline| {
            let mut found = BTreeMap::new();
            for name in names {
                let metadata = client.fetch_metadata(Some(&name), deadline)?;
                let Some(topic) = metadata.topics().first() else { continue };
                match topic.error().map(RDKafkaErrorCode::from) {
                    None => {}
                    Some(RDKafkaErrorCode::UnknownTopicOrPartition | RDKafkaErrorCode::UnknownTopic) => {
                        continue;
                    }
                    Some(code) => return Err(KafkaError::MetadataFetch(code)),
                }
                let partitions = topic.partitions();
                if partitions.is_empty() || partitions.iter().any(|partition| partition.leader() < 0) {
                    continue;
                }
                let replicas = partitions.iter().map(|partition| partition.replicas().len()).min();
                let found_so = Found {
                    partitions: partitions.len(),
                    replicas: replicas.unwrap_or(0),
                    settings: BTreeMap::new(),
                };
                found.insert(name, found_so);
            }
            Ok(found)
        })
        .await
}

async fn make(config: &KafkaLogConfig, admin: &AdminClient<Traced>, missing: &[&Wanted]) -> Result<()> {
    let replication = config.replication.map_or(-1, i32::from);
    let min_insync = config.min_insync.map(|copies| copies.to_string());
    let settings: Vec<_> = missing
        .iter()
        .map(|topic| (topic.retention.as_millis().to_string(), topic.message_bytes.to_string()))
        .collect();
    let topics: Vec<_> = missing
        .iter()
        .zip(&settings)
        .map(|(topic, (retention, message_bytes))| {
            let new =
                NewTopic::new(&topic.name, i32::from(topic.partitions), TopicReplication::Fixed(replication))
                    .set("cleanup.policy", "delete")
                    .set("message.timestamp.type", "LogAppendTime")
                    .set("retention.ms", retention)
                    .set("max.message.bytes", message_bytes);
            match &min_insync {
                Some(copies) => new.set("min.insync.replicas", copies),
                None => new,
            }
        })
        .collect();
    for made in admin.create_topics(&topics, &options(config)).await.map_err(failed(OP))? {
        match made {
            Ok(name) => tracing::info!(topic = name, "a topic was made"),
            // another replica was quicker
            Err((_, RDKafkaErrorCode::TopicAlreadyExists)) => {}
            Err((name, RDKafkaErrorCode::InvalidReplicationFactor)) => {
                let why = format!(
                    "topic {name} cannot have {replication} copies: there are fewer brokers; set log.replication"
                );
                return Err(Error::new(Kind::Rejected, OP, why).at("log.replication", "invalid"));
            }
            Err((name, code)) => {
                tracing::error!(topic = name, %code, "a topic could not be made");
                return Err(refused(OP, code));
            }
        }
    }
    Ok(())
}

/// Adds how each topic is set.
async fn describe(
    config: &KafkaLogConfig,
    admin: &AdminClient<Traced>,
    found: &mut BTreeMap<String, Found>,
) -> Result<()> {
    let names: Vec<_> = found.keys().cloned().collect();
    let asked: Vec<_> = names.iter().map(|name| ResourceSpecifier::Topic(name)).collect();
    let described = admin.describe_configs(&asked, &options(config)).await.map_err(failed(OP))?;
    for (name, described) in names.iter().zip(described) {
        let described = described.map_err(|code| refused(OP, code))?;
        if let Some(found) = found.get_mut(name) {
            found.settings =
                described.entries.into_iter().filter_map(|entry| Some((entry.name, entry.value?))).collect();
        }
    }
    Ok(())
}

pub(super) fn options(config: &KafkaLogConfig) -> AdminOptions {
    AdminOptions::new().request_timeout(Some(config.deadline)).operation_timeout(Some(config.deadline))
}
