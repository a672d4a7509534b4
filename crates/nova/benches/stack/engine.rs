//! ClickHouse reads the topic itself, by the documented script, with the settings that were fastest.

use anyhow::Result;
use nova::log::Topic;
use nova::store::clickhouse::{ClickHouse, migrate};

use crate::consumer::{carried, count};
use crate::place::Place;
use crate::wait::until;

/// What the script and the consumer must agree on, of every row; the author is the consumer's alone.
const SUM: &str =
    "select groupBitXor(cityHash64(user_id, event_id, post_id, action, dwell_ms, device, app_ver,
    event_time, received_at, k_epoch, k_partition, k_offset)) from events";
const SCRIPT: &str = include_str!("../../../../deploy/clickhouse/kafka-engine.sql");

/// Events a second, into a database of its own with the same tables and views.
pub(crate) async fn run(place: &Place, events: u64) -> Result<f64> {
    let (kafka, name) = (place.kafka()?, format!("{}_engine", place.name));
    let db = place.clickhouse_named(&name)?;
    migrate(&db).await?;
    let script = SCRIPT
        .replace("'kafka:9092'", &format!("'{}'", kafka.brokers))
        .replace("'events'", &format!("'{}'", kafka.topic(Topic::Events)))
        .replace("'clickhouse'", &format!("'{name}'"))
        // fuller blocks: nobody waits for the last one
        .replace("kafka_flush_interval_ms = 1000", "kafka_flush_interval_ms = 7500");
    for statement in script.split_inclusive(";\n").filter(|statement| statement.contains(';')) {
        db.run("bench", statement.trim_end().trim_end_matches(';')).await?;
    }
    let rate = carried(&db, "events", events, None).await;
    let whole = async || Ok((count(&db, "events").await? >= events).then_some(()));
    let whole = until("the engine has read everything", whole).await;
    let refused = count(&db, "kafka_events_refused").await;
    let same = sum(&db).await? == sum(&place.clickhouse()?).await?;
    db.without_database().run("bench", &format!("drop database {name} sync")).await?;
    whole?;
    anyhow::ensure!(refused? == 0, "the engine could not read some records");
    anyhow::ensure!(same, "the engine's rows are others than the consumer's");
    rate
}

async fn sum(db: &ClickHouse) -> Result<u64> {
    Ok(db.row("bench", db.query(SUM)).await?)
}
