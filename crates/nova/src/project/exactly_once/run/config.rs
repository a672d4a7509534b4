//! How the consumer works.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::ingest::change::Mapping;
use crate::log::{KafkaLogConfig, Topic};
use crate::project::exactly_once::rows::RowsLimits;
use crate::project::exactly_once::{LaneConfig, Manifest};

/// The group that fills the store, without the log's prefix.
pub const GROUP: &str = "store";

/// Every bound of the consumer.
#[derive(Debug, Clone)]
pub struct ConsumerConfig {
    /// The log.
    pub kafka: KafkaLogConfig,
    /// The group, without the log's prefix.
    pub group: String,
    /// A name that this replica keeps over restarts; then one that is back within `session` finds its partitions.
    pub instance: Option<String>,
    /// A member that is not heard of for so long has lost its partitions.
    pub session: Duration,
    /// One that does not poll for so long as well.
    pub poll_max: Duration,
    /// What is consumed, and what it should be.
    pub topics: BTreeMap<Topic, Manifest>,
    /// Of each partition of `events`.
    pub lane: LaneConfig,
    /// Of each table.
    pub rows: RowsLimits,
    /// Table and column names of the source.
    pub mapping: Mapping,
    /// An operation that takes longer has failed.
    pub operation_max: Duration,
    /// How long what is under way may take when partitions are taken away or the consumer stops; less than `session`.
    pub drain: Duration,
    /// Bytes that Kafka's client reads ahead, all partitions together.
    pub ahead_bytes_max: usize,
    /// Bytes that wait for one task before its partitions are paused; a turn of the poller brings half as many beside, and
    /// one record more. Beside it a partition holds two ranges at most.
    pub waiting_bytes_max: usize,
}

impl ConsumerConfig {
    /// The defaults: 10 s, 5 min, 20 s, 8 s, 16 MiB, 8 MiB.
    #[must_use]
    pub fn new(
        kafka: KafkaLogConfig,
        topics: BTreeMap<Topic, Manifest>,
        lane: LaneConfig,
        mapping: Mapping,
    ) -> Self {
        Self {
            kafka,
            group: GROUP.to_owned(),
            instance: None,
            session: Duration::from_secs(10),
            poll_max: Duration::from_secs(300),
            topics,
            lane,
            rows: RowsLimits::default(),
            mapping,
            operation_max: Duration::from_secs(20),
            drain: Duration::from_secs(8),
            ahead_bytes_max: 16 << 20,
            waiting_bytes_max: 8 << 20,
        }
    }
}
