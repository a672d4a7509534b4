//! What the topics of the log were when the store was filled from them.

use std::collections::BTreeMap;

use clickhouse::Row;
use nova_core::error::Result;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::ClickHouse;
use super::rows::Table;
use crate::log::{Made, Topic};

const OP: &str = "store.topics";
const HELD: &str =
    "select topic, argMax(id, epoch) as id, argMax(partitions, epoch) as partitions, max(epoch) as epoch
                    from topics group by topic limit 1000";

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
    id: String,
    partitions: u16,
    epoch: u32,
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
    let noted = rows.into_iter().filter_map(|TopicRow { topic, id, partitions, epoch }| {
        let (topic, id) = (Topic::named(&topic)?, Uuid::parse_str(&id).ok()?);
        Some((topic, Noted { made: Made { topic, id, partitions }, epoch }))
    });
    Ok(noted.collect())
}

/// Notes topics.
///
/// # Errors
/// As every insert.
pub async fn note(store: &ClickHouse, topics: &[Noted]) -> Result<()> {
    let row = |&Noted { made, epoch }: &Noted| TopicRow {
        topic: made.topic.name().to_owned(),
        id: made.id.to_string(),
        partitions: made.partitions,
        epoch,
    };
    let rows: Vec<TopicRow> = topics.iter().map(row).collect();
    store.insert::<TopicRow>(OP, &rows, None).await
}
