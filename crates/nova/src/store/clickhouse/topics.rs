//! What the topics of the log were when the store was filled from them.

use std::collections::BTreeMap;

use clickhouse::Row;
use nova_core::error::Result;
use nova_core::model::Timestamp;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::ClickHouse;
use super::rows::Table;
use crate::log::{Made, Topic};

const OP: &str = "store.topics";
const HELD: &str = "select topic, argMax(t.topic_id, t.k_epoch) as topic_id, argMax(t.partitions, t.k_epoch) as partitions,
                    max(t.k_epoch) as k_epoch, toInt64(0) as noted_at from topics as t group by topic limit 1000";

/// A topic as it was made, and how often it was made anew.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Noted {
    /// As it was made.
    pub made: Made,
    /// From 1.
    pub epoch: u32,
}

#[derive(Debug, Row, Serialize, Deserialize)]
struct TopicRow {
    topic: String,
    topic_id: String,
    partitions: u16,
    k_epoch: u32,
    noted_at: i64,
}

impl Table for TopicRow {
    const TABLE: &'static str = "topics";
}

/// Every topic that is noted.
///
/// # Errors
/// As every question to ClickHouse.
pub async fn noted(store: &ClickHouse) -> Result<BTreeMap<Topic, Noted>> {
    let rows: Vec<TopicRow> = store.rows(OP, store.query(HELD)).await?;
    let noted = rows.into_iter().filter_map(|TopicRow { topic, topic_id, partitions, k_epoch, .. }| {
        let (topic, id) = (Topic::named(&topic)?, Uuid::parse_str(&topic_id).ok()?);
        Some((topic, Noted { made: Made { topic, id, partitions }, epoch: k_epoch }))
    });
    Ok(noted.collect())
}

/// Notes topics.
///
/// # Errors
/// As every insert.
pub async fn note(store: &ClickHouse, topics: &[Noted], now: Timestamp) -> Result<()> {
    let row = |&Noted { made, epoch }: &Noted| TopicRow {
        topic: made.topic.name().to_owned(),
        topic_id: made.id.to_string(),
        partitions: made.partitions,
        k_epoch: epoch,
        noted_at: now.micros(),
    };
    let rows: Vec<TopicRow> = topics.iter().map(row).collect();
    store.insert::<TopicRow>(OP, &rows, None).await
}
