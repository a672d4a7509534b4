//! The consumer alone on a full topic, beside two that do less: ClickHouse's own Kafka engine into the same tables and
//! views, and a bare loop. Every doubt is decided for the others: ours counts from its first assignment, they from
//! their first rows (the engine) or their first record (the loop), and the last tenth, where blocks are no longer
//! full, counts for nobody.

use std::sync::Arc;

use anyhow::Result;
use nova::app::{SystemClock, consumer_lane};
use nova::log::{KafkaDeadLetters, Topic};
use nova::project::exactly_once::{Consumer, ConsumerConfig, Status, manifest};
use nova::store::clickhouse::{ClickHouse, ClickHouseStore, ClickHouseStoreConfig};
use nova::store::dedup::Key;
use nova_core::clock::Clock as _;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use crate::bare::{self, Target};
use crate::place::Place;
use crate::size::Size;
use crate::table::{Goal, beside, line, number};
use crate::wait::until;
use crate::{engine, topic};

pub(crate) async fn run(place: &Place, size: &Size) -> Result<()> {
    topic::fill(&place.log().await?, size, 0..size.events).await?;
    let on = format!("{} events in 12 partitions", size.events);
    let ours = ours(place, size.events).await?;
    let engine = engine::run(place, size.events).await?;
    let loops = [
        bare::run(place, Target::Table, size.events).await?,
        bare::run(place, Target::Views, size.events).await?,
    ];
    let rate = |rate: f64| format!("{} events/s", number(rate));
    beside("the consumer alone, all views", &rate(ours), &on);
    beside(
        "ClickHouse's Kafka engine, the same views",
        &rate(engine),
        "2 consumers, blocks of 65,536; no deduplication",
    );
    beside(
        "bare loop, one table without views",
        &rate(loops[0]),
        "blocks of 100,000; no group, no commits, no checks",
    );
    beside("bare loop, the same views", &rate(loops[1]), "the same");
    let goal =
        Goal { what: "consumer alone against ClickHouse's Kafka engine", unit: "x", floor: 1.0, aim: 3.0 };
    line(goal, ours / engine, "this run");
    let goal =
        Goal { what: "consumer alone against the bare loop without views", unit: "x", floor: 0.25, aim: 0.5 };
    line(goal, ours / loops[0], "this run");
    Ok(())
}

/// Events a second, with everything that the consumer of `nova serve` does, in this process.
async fn ours(place: &Place, events: u64) -> Result<f64> {
    let (config, db, log) = (place.config()?, place.clickhouse()?, Arc::new(place.log().await?));
    let topics = manifest(&log, &db, SystemClock.now()).await?;
    let epochs = topics.iter().map(|(&topic, manifest)| (topic, manifest.epoch)).collect();
    let status = Arc::<Status>::default();
    let lane = consumer_lane(&config, Key::new([1; 16]));
    let consumer = Consumer {
        log: Arc::clone(&log) as _,
        sink: Arc::new(ClickHouseStore::open(db.clone(), ClickHouseStoreConfig::of(&config.ranking)).await?),
        dead: Arc::new(KafkaDeadLetters::new(log, db.clone(), epochs)),
        clock: Arc::new(SystemClock),
        status: Arc::clone(&status),
        config: ConsumerConfig::new(place.kafka()?, topics, lane, config.change.clone()),
    };
    let stop = CancellationToken::new();
    let running = tokio::spawn(consumer.run(stop.clone()));
    until("partitions are assigned", async || Ok((status.partitions() > 0).then_some(()))).await?;
    let rate = carried(&db, "events", events, Some(Instant::now())).await;
    let whole =
        until("all events are there", async || Ok((count(&db, "events").await? >= events).then_some(())));
    let whole = whole.await;
    stop.cancel();
    running.await??;
    whole?;
    anyhow::ensure!(
        count(&db, "events").await? == events,
        "more rows in {} than events",
        Topic::Events.name()
    );
    rate
}

/// Rows a second until nine tenths of `total` are there, since `began`, or since the first of them.
pub(crate) async fn carried(db: &ClickHouse, table: &str, total: u64, began: Option<Instant>) -> Result<f64> {
    let mut first = began.map(|began| (began, 0));
    until("the rows are there", async || {
        let rows = count(db, table).await?;
        let now = Instant::now();
        if first.is_none() && rows > 0 {
            first = Some((now, rows));
        }
        let Some((began, before)) = first else { return Ok(None) };
        let seconds = (now - began).as_secs_f64();
        Ok((rows * 10 >= total * 9 && seconds > 0.0).then(|| (rows - before) as f64 / seconds))
    })
    .await
}

pub(crate) async fn count(db: &ClickHouse, table: &str) -> Result<u64> {
    Ok(db.row("bench", db.query(&format!("select count() from {table}"))).await?)
}
