//! What a topic must be, and what to do where it is not.

use std::collections::BTreeMap;
use std::fmt;

use super::KafkaLogConfig;
use super::topics::Wanted;

/// A topic as it is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Found {
    pub(super) partitions: usize,
    /// Copies of the partition that has the fewest.
    pub(super) replicas: usize,
    pub(super) settings: BTreeMap<String, String>,
}

/// One thing that must be changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Deviation {
    topic: String,
    what: &'static str,
    is: String,
    must: String,
    cure: String,
}

impl fmt::Display for Deviation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { topic, what, is, must, cure } = self;
        write!(f, "topic {topic}: {what} is {is}, must be {must}: {cure}")
    }
}

/// Everything that must be changed, in the order of the topics.
pub(super) fn check(
    config: &KafkaLogConfig,
    wanted: &[Wanted],
    found: &BTreeMap<String, Found>,
) -> Vec<Deviation> {
    let of = |topic: &Wanted| Some(deviations(config, topic, found.get(&topic.name)?));
    wanted.iter().filter_map(of).flatten().collect()
}

fn deviations(config: &KafkaLogConfig, wanted: &Wanted, found: &Found) -> Vec<Deviation> {
    let topic = || wanted.name.clone();
    let mut all = Vec::new();
    if found.partitions != usize::from(wanted.partitions) {
        all.push(Deviation {
            topic: topic(),
            what: "partitions",
            is: found.partitions.to_string(),
            must: wanted.partitions.to_string(),
            cure: format!(
                "set {} = {} if it was always so, for a key's partition hangs on the number; otherwise make the topic anew",
                wanted.partitions_key, found.partitions
            ),
        });
    }
    if let Some(copies) = config.replication.filter(|&copies| found.replicas < usize::from(copies)) {
        all.push(Deviation {
            topic: topic(),
            what: "copies",
            is: found.replicas.to_string(),
            must: format!("{copies} or more"),
            cure: "add copies with kafka-reassign-partitions, or lower log.replication".to_owned(),
        });
    }
    let message_bytes = u128::try_from(wanted.message_bytes).unwrap_or(u128::MAX);
    let number = |value: &str| value.parse::<u128>().unwrap_or(0);
    let mut must = |what: &'static str, value: String, more: bool, holds: &dyn Fn(&str) -> bool| {
        let is = found.settings.get(what).map_or("not told", String::as_str);
        if !holds(is) {
            let cure = format!(
                "kafka-configs --alter --entity-type topics --entity-name {} --add-config {what}={value}",
                wanted.name
            );
            let must = if more { format!("{value} or more") } else { value };
            all.push(Deviation { topic: topic(), what, is: is.to_owned(), must, cure });
        }
    };
    // the times of the log decide what counts once and what is too old: they must be the log's own
    must("message.timestamp.type", "LogAppendTime".to_owned(), false, &|is| is == "LogAppendTime");
    // a compacted topic forgets records that a reader has not seen
    must("cleanup.policy", "delete".to_owned(), false, &|is| is == "delete");
    // what is dropped while nobody reads is lost; -1 keeps it for ever
    let retention = wanted.retention.as_millis();
    must("retention.ms", retention.to_string(), true, &|is| is == "-1" || number(is) >= retention);
    must("max.message.bytes", wanted.message_bytes.to_string(), true, &|is| number(is) >= message_bytes);
    if let Some(copies) = config.min_insync {
        must("min.insync.replicas", copies.to_string(), true, &|is| number(is) >= u128::from(copies));
    }
    all
}
