//! Opens the distributed twins: PostgreSQL, Kafka, ClickHouse, Redis.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use nova_core::clock::Clock;
use nova_core::error::{Error, Kind};

use super::hot;
use super::opening::{Opening, START_WAIT};
use super::{Consumer, Run, Twins};
use crate::app::{DataDir, Ports, Roles};
use crate::cache::{RedisCache, RedisCacheConfig};
use crate::config::Config;
use crate::guard::Guard;
use crate::jobs::{Job, SweepAuthors, WatchSlot};
use crate::log::{EventLog as _, KafkaLogConfig, LateLog, Positions, Topic};
use crate::project::exactly_once::{self, ConsumerConfig, LaneConfig, Limits, Manifest, Span, Status};
use crate::project::{Index, Start};
use crate::social::{PostgresSocial, PostgresSocialConfig, ProductTables, Social};
use crate::store::clickhouse::{self, ClickHouse, ClickHouseConfig, ClickHouseStore, ClickHouseStoreConfig};
use crate::store::dedup::Key;
use crate::store::{FeedStore, Layered};

/// Deadline of an insert with all its views, and of a step that changes tables.
const INSERT_DEADLINE: Duration = Duration::from_secs(20);
/// Deadline of a record in the log.
const DELIVERY_MAX: Duration = Duration::from_secs(10);
/// After which it has told so; the log has a deadline of its own, this one only stands behind it.
const REPORT_MAX: Duration = Duration::from_secs(3);
/// Marks of kept events that are read at once when a partition is taken over.
const MARKS_PAGE: usize = 100_000;
/// As long as the store keeps events: what is older at its receipt cannot be told from a copy.
const EVENTS_KEPT: Duration = Duration::from_secs(30 * 86_400);

/// Opens what these roles need.
///
/// # Errors
/// One line that names the part, the cause and the cure.
pub(super) async fn open(
    config: &Arc<Config>,
    roles: Roles,
    dir: &Arc<DataDir>,
    clock: Arc<dyn Clock>,
    guard: &Guard,
) -> Result<Twins> {
    let hot = roles.api && config.store.hot_index;
    let left = if hot { hot::Left::read(config, dir)? } else { None };
    let (database, social) =
        tables(config).await.with_context(|| format!("social.url {}", config.social.url))?;
    let db = ClickHouse::open(&clickhouse(config))?;
    // a start may wait for a server that is busy; a page may not
    let patient = ClickHouse::open(&ClickHouseConfig { deadline: INSERT_DEADLINE, ..clickhouse(config) })?;
    let settings = ClickHouseStoreConfig::of(&config.ranking);
    let store = Arc::new(ClickHouseStore::without_imports(db, settings));
    let kafka = kafka(config)?;
    let appends = guard.watch_within("log", kafka.delivery_deadline + REPORT_MAX);
    let late_log = Arc::new(LateLog::new(appends));
    let opening = Arc::new(Opening {
        config: Arc::clone(config),
        kafka,
        db: patient.clone(),
        log: Arc::clone(&late_log),
        clock: Arc::clone(&clock),
        topics: Default::default(),
    });
    let late = if roles.project || config.store.hot_index {
        opening.once().await?;
        None
    } else {
        opens_later(&opening).await?
    };
    let cache = RedisCache::open(redis(config))?;
    let consumer = if roles.project {
        let topics = opening.topics.lock().clone();
        Some(consumer(config, dir, &patient, topics, &store, &late_log, Arc::clone(&clock)).await?)
    } else {
        None
    };
    let mut chores: Vec<Arc<dyn Job>> = vec![Arc::new(SweepAuthors(Arc::clone(&store)))];
    if !config.social.slot.is_empty() {
        chores.push(Arc::new(WatchSlot::new(database, config.social.slot.clone())));
    }
    let (index, start, projection, store) = if hot {
        let log = late_log.log()?;
        let start = log.ends().await?;
        let topics = opening.topics.lock().clone();
        let memory = hot::open(config, dir, log, exactly_once::GROUP, &topics, left).await?;
        let start = Arc::new(Start::new(Arc::default(), start));
        let layered = Layered::new(Arc::clone(&memory) as _, store, Arc::clone(&start));
        (Index::Beside, start, Some(memory as _), Arc::new(layered) as Arc<dyn FeedStore>)
    } else {
        let nothing = Arc::new(Start::new(Arc::default(), Positions::default()));
        (Index::Absent, nothing, None, store as Arc<dyn FeedStore>)
    };
    let (log, dead) = (Arc::clone(&late_log) as _, late_log as _);
    let ports = Ports { social, log, dead, store, cache: Arc::new(cache) };
    Ok(Twins { ports, index, start, projection, consumer, late, chores })
}

/// The social tables, and the database they are in; those of a product are left as they are.
async fn tables(config: &Config) -> nova_core::error::Result<(Arc<PostgresSocial>, Arc<dyn Social>)> {
    let early = config.ranking.early_tolerance();
    if config.change.is_of_a_product() {
        let database = Arc::new(PostgresSocial::connect(postgres(config), early)?);
        return Ok((Arc::clone(&database), Arc::new(ProductTables::new(database))));
    }
    let database = Arc::new(PostgresSocial::open(postgres(config), early).await?);
    Ok((Arc::clone(&database), database))
}

/// Waits a moment for Kafka and ClickHouse; what opens them when they come later, if they do not.
async fn opens_later(opening: &Arc<Opening>) -> Result<Option<Run>> {
    let mut done = Box::pin(Arc::clone(opening).until_done());
    if let Ok(opened) = tokio::time::timeout(START_WAIT, &mut done).await {
        return opened.map(|()| None);
    }
    tracing::warn!("Kafka or ClickHouse does not answer: this process serves what it can and goes on trying");
    let log = Arc::clone(&opening.log);
    let later = async move {
        let Err(error) = done.await else { return Ok(()) };
        let why = format!("{error:#}");
        log.failed(why.clone());
        let detail = "the log or the store cannot be opened; restart this process when it is mended";
        Err(Error::new(Kind::Conflict, "app.open", detail).with_source(why))
    };
    Ok(Some(Box::new(move |stop| {
        Box::pin(async move { stop.run_until_cancelled_owned(later).await.unwrap_or(Ok(())) })
    })))
}

/// What a partition of the consumer is bound by, as configured. Public for whoever runs the consumer alone.
#[must_use]
pub fn consumer_lane(config: &Config, key: Key) -> LaneConfig {
    LaneConfig {
        limits: Limits::default(),
        span: Span {
            window: Duration::from_secs(config.events.dedup_s),
            ahead: Duration::from_secs(config.events.ahead_s),
            entries_max: config.events.dedup_events_max / usize::from(config.log.events_partitions),
            keep: EVENTS_KEPT,
        },
        page: MARKS_PAGE,
        key,
    }
}

/// What carries the log into ClickHouse. A server that does not do what exactly once rests on is refused.
async fn consumer(
    config: &Arc<Config>,
    dir: &DataDir,
    db: &ClickHouse,
    topics: BTreeMap<Topic, Manifest>,
    store: &Arc<ClickHouseStore>,
    log: &LateLog,
    clock: Arc<dyn Clock>,
) -> Result<Consumer> {
    let wrong = clickhouse::verify(db).await?;
    if !wrong.is_empty() {
        bail!("store.url {}: {}", config.store.url, wrong.join("; "));
    }
    clickhouse::try_deduplication(db).await?;
    let lane = consumer_lane(config, Key::new(dir.fingerprint_key()));
    let status = Arc::<Status>::default();
    let consumer = exactly_once::Consumer {
        log: Arc::clone(log.log()?) as _,
        sink: Arc::clone(store) as _,
        dead: Arc::clone(log.dead()?) as _,
        clock,
        status: Arc::clone(&status),
        config: ConsumerConfig {
            // back after a crash, it has its partitions at once
            instance: Some(dir.name()),
            ..ConsumerConfig::new(kafka(config)?, topics, lane, config.change.clone())
        },
    };
    Ok(Consumer {
        run: Box::new(move |stop| Box::pin(consumer.run(stop))),
        halted: Arc::new(move || {
            let line =
                |((topic, partition), why): ((Topic, u16), _)| format!("{}:{partition}: {why}", topic.name());
            status.halted().into_iter().map(line).collect()
        }),
    })
}

/// The tables' configuration.
pub(crate) fn postgres(config: &Config) -> PostgresSocialConfig {
    PostgresSocialConfig {
        pool_max: config.social.pool_max,
        ..PostgresSocialConfig::of(config.social.url.expose())
    }
}

/// The log's configuration.
///
/// # Errors
/// When `log.url` is none.
pub(crate) fn kafka(config: &Config) -> nova_core::error::Result<KafkaLogConfig> {
    let days = |days: u32| Duration::from_secs(u64::from(days) * 86_400);
    Ok(KafkaLogConfig {
        prefix: config.log.prefix.clone(),
        mapping: config.change.clone(),
        events_partitions: config.log.events_partitions,
        change_partitions: config.log.change_partitions,
        replication: Some(config.log.replication),
        // a client that waits for its answer is told by the log, before the request is over
        delivery_deadline: Duration::from_millis(config.server.request_ms * 3 / 4).min(DELIVERY_MAX),
        retention: days(config.log.retention_days),
        dead_letter_retention: days(config.log.dead_letter_days),
        ..KafkaLogConfig::new(config.log.url.expose())?
    })
}

/// The store's configuration.
pub(crate) fn clickhouse(config: &Config) -> ClickHouseConfig {
    ClickHouseConfig {
        url: config.store.url.expose().to_owned(),
        deadline: Duration::from_millis(config.store.deadline_ms),
        insert_deadline: INSERT_DEADLINE,
    }
}

fn redis(config: &Config) -> RedisCacheConfig {
    RedisCacheConfig {
        url: config.cache.url.expose().to_owned(),
        prefix: config.cache.prefix.clone(),
        deadline: Duration::from_millis(config.store.deadline_ms),
    }
}
