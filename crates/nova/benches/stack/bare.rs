//! The least that carries events from Kafka into ClickHouse: poll, decode by serde, RowBinary in blocks of 100,000. No
//! group, no commits, no checks, no deduplication: what is lost or doubled by a crash stays so.

use std::time::Duration;

use anyhow::Result;
use clickhouse::Row;
use nova::log::Topic;
use nova::store::clickhouse::{ClickHouse, migrate};
use nova_core::model::{EventId, PostId, Timestamp, UserId};
use rdkafka::config::ClientConfig;
use rdkafka::consumer::{BaseConsumer, Consumer as _};
use rdkafka::message::BorrowedMessage;
use rdkafka::{Message as _, Offset, TopicPartitionList};
use serde::{Deserialize, Serialize};
use tokio::sync::mpsc;
use tokio::time::Instant;

use crate::place::Place;
use crate::wait::PATIENCE;

/// Rows of a block, and blocks that wait for the one being written.
const BLOCK: usize = 100_000;
const BLOCKS: usize = 2;
/// As the service's own tables have them.
const TABLE: &str =
    "create table events (user_id UInt128, event_id UInt128, post_id UInt128, author_id UInt128, action Int8,
    dwell_ms UInt32, device LowCardinality(String), app_ver LowCardinality(String),
    event_time DateTime64(6, 'UTC') codec(Delta, LZ4), received_at DateTime64(6, 'UTC') codec(Delta, LZ4),
    k_epoch UInt32, k_partition UInt16, k_offset UInt64 codec(Delta, LZ4))
    engine = MergeTree partition by toYYYYMMDD(received_at) order by (user_id, event_id)";

/// Where the rows go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Target {
    /// One table and nothing else
    Table,
    /// Nova's tables and views
    Views,
}

#[derive(Deserialize)]
struct Event<'a> {
    event_id: EventId,
    event_time: Timestamp,
    user_id: UserId,
    post_id: PostId,
    action: &'a str,
    dwell_ms: Option<u32>,
    device: Option<String>,
    app_ver: Option<String>,
}

#[derive(Row, Serialize)]
struct Written {
    user_id: u128,
    event_id: u128,
    post_id: u128,
    author_id: u128,
    action: i8,
    dwell_ms: u32,
    device: String,
    app_ver: String,
    event_time: i64,
    received_at: i64,
    k_epoch: u32,
    k_partition: u16,
    k_offset: u64,
}

/// Events a second, from the first record until the last row is there.
pub(crate) async fn run(place: &Place, target: Target, events: u64) -> Result<f64> {
    let (kafka, name) = (place.kafka()?, format!("{}_bare", place.name));
    let db = place.clickhouse_named(&name)?;
    match target {
        Target::Table => {
            db.without_database().run("bench", &format!("create database {name}")).await?;
            db.run("bench", TABLE).await?;
        }
        Target::Views => drop(migrate(&db).await?),
    }
    let (blocks, inserter) = mpsc::channel(BLOCKS);
    let writing = tokio::spawn(write(db.clone(), inserter));
    let (brokers, topic) = (kafka.brokers.clone(), kafka.topic(Topic::Events));
    let partitions = kafka.events_partitions;
    let reading = tokio::task::spawn_blocking(move || read(&brokers, &topic, partitions, events, &blocks));
    let began = reading.await??;
    writing.await??;
    let rate = events as f64 / began.elapsed().as_secs_f64();
    db.without_database().run("bench", &format!("drop database {name} sync")).await?;
    Ok(rate)
}

/// Gives the moment of the first record.
fn read(
    brokers: &str,
    topic: &str,
    partitions: u16,
    events: u64,
    to: &mpsc::Sender<Vec<Written>>,
) -> Result<Instant> {
    let consumer: BaseConsumer = ClientConfig::new()
        .set("bootstrap.servers", brokers)
        .set("group.id", "bare")
        .set("enable.auto.commit", "false")
        // the default of a second starves whoever is fast
        .set("fetch.queue.backoff.ms", "2")
        .set("queued.min.messages", "1000000")
        .create()?;
    let mut of = TopicPartitionList::new();
    for partition in 0..partitions {
        of.add_partition_offset(topic, partition.into(), Offset::Beginning)?;
    }
    consumer.assign(&of)?;
    let (mut began, mut read, mut block) = (None, 0, Vec::with_capacity(BLOCK));
    let started = Instant::now();
    while read < events {
        anyhow::ensure!(started.elapsed() < PATIENCE, "the bare loop stands still");
        let Some(message) = consumer.poll(Duration::from_millis(100)) else { continue };
        began.get_or_insert_with(Instant::now);
        block.push(row(&message?)?);
        read += 1;
        if block.len() == BLOCK || read == events {
            let full = std::mem::replace(&mut block, Vec::with_capacity(BLOCK));
            to.blocking_send(full)?;
        }
    }
    Ok(began.unwrap_or(started))
}

fn row(message: &BorrowedMessage<'_>) -> Result<Written> {
    let event: Event<'_> = serde_json::from_slice(message.payload().unwrap_or_default())?;
    let action = match event.action {
        "impression" => 1,
        "view" => 2,
        "click" => 3,
        "like" => 4,
        "share" => 7,
        "dwell" => 8,
        other => anyhow::bail!("{other} was not written"),
    };
    Ok(Written {
        user_id: event.user_id.bits(),
        event_id: event.event_id.bits(),
        post_id: event.post_id.bits(),
        author_id: 0,
        action,
        dwell_ms: event.dwell_ms.unwrap_or(0),
        device: event.device.unwrap_or_default(),
        app_ver: event.app_ver.unwrap_or_default(),
        event_time: event.event_time.micros(),
        received_at: message.timestamp().to_millis().unwrap_or(0) * 1_000,
        k_epoch: 1,
        k_partition: u16::try_from(message.partition())?,
        k_offset: u64::try_from(message.offset())?,
    })
}

async fn write(db: ClickHouse, mut blocks: mpsc::Receiver<Vec<Written>>) -> Result<()> {
    let client = db.client().clone().with_validation(false);
    while let Some(block) = blocks.recv().await {
        let mut insert = client.insert::<Written>("events").await?.with_setting("async_insert", "0");
        for row in &block {
            insert.write(row).await?;
        }
        insert.end().await?;
    }
    Ok(())
}
