//! The whole way, from PostgreSQL and the API's log to ClickHouse: database, topics, connector, store and a consumer of
//! one test's own.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use nova::app::SystemClock;
use nova::audit::{Audit, AuditConfig, Report};
use nova::ingest::change::Mapping;
use nova::log::{KafkaDeadLetters, Topic};
use nova::project::exactly_once::{
    Consumer, ConsumerConfig, LaneConfig, Limits, Manifest, Span, Status, manifest,
};
use nova::social::{PostgresSocial, PostgresSocialConfig};
use nova::store::clickhouse::{
    ClickHouse, ClickHouseConfig, ClickHouseStore, ClickHouseStoreConfig, migrate,
};
use nova::store::dedup::Key;
use nova_core::clock::Clock as _;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::place::Place;
use crate::testbed::{self, Proxy};

/// One insert or question on a busy machine.
const DEADLINE: Duration = Duration::from_secs(60);

pub(crate) struct Chain {
    pub(crate) place: Place,
    pub(crate) db: ClickHouse,
    topics: BTreeMap<Topic, Manifest>,
    member: Option<(CancellationToken, JoinHandle<()>)>,
}

impl Chain {
    /// Tables and topics; nothing is captured or consumed yet.
    pub(crate) async fn new() -> Self {
        let chain = Self::of(Mapping::default()).await;
        PostgresSocial::migrate(PostgresSocialConfig::of(chain.place.url())).await.expect("tables");
        chain
    }

    /// The same for a product that has tables of its own; they are not there yet.
    pub(crate) async fn of(mapping: Mapping) -> Self {
        let place = Place::new(mapping).await;
        let url = testbed::sibling(&testbed::clickhouse(), &testbed::unique("t_"));
        let config = ClickHouseConfig { url, deadline: DEADLINE, insert_deadline: DEADLINE };
        let db = ClickHouse::open(&config).expect("a URL");
        migrate(&db).await.expect("tables");
        let topics = manifest(&place.log, &db, SystemClock.now()).await.expect("topics");
        Self { place, db, topics, member: None }
    }

    /// A consumer runs from now on.
    pub(crate) async fn consume(&mut self) {
        self.consume_into(self.db.clone()).await;
    }

    /// The same whose way to the store goes through `proxy`; an answer that takes longer than `deadline` is lost.
    pub(crate) async fn consume_through(&mut self, proxy: &Proxy, deadline: Duration) {
        let url = testbed::sibling(&testbed::clickhouse(), self.db.database());
        let url = url.replace(testbed::host(&url), &proxy.address().to_string());
        let config = ClickHouseConfig { url, deadline, insert_deadline: deadline };
        self.consume_into(ClickHouse::open(&config).expect("a URL")).await;
    }

    async fn consume_into(&mut self, db: ClickHouse) {
        let store = ClickHouseStore::open(db, ClickHouseStoreConfig::default());
        let store = Arc::new(store.await.expect("a store"));
        let epochs = self.topics.iter().map(|(&topic, manifest)| (topic, manifest.epoch)).collect();
        let lane = LaneConfig {
            limits: Limits { records_max: 200, age_max: Duration::from_millis(100), ..Limits::default() },
            span: Span {
                window: Duration::from_secs(3_600),
                ahead: Duration::from_secs(300),
                entries_max: 100_000,
                keep: Duration::from_secs(30 * 86_400),
            },
            page: 1_000,
            key: Key::new(rand::random()),
        };
        let kafka = self.place.log.config().clone();
        let consumer = Consumer {
            log: Arc::clone(&self.place.log) as _,
            sink: store,
            dead: Arc::new(KafkaDeadLetters::new(Arc::clone(&self.place.log), self.db.clone(), epochs)),
            clock: Arc::new(SystemClock),
            status: Arc::<Status>::default(),
            config: ConsumerConfig {
                session: Duration::from_secs(10),
                operation_max: DEADLINE,
                ..ConsumerConfig::new(kafka, self.topics.clone(), lane, self.place.connector.mapping.clone())
            },
        };
        let stop = CancellationToken::new();
        let running = consumer.run(stop.clone());
        #[expect(clippy::disallowed_methods, reason = "a test's own consumer, which it ends itself")]
        let member = tokio::spawn(async move { running.await.expect("an orderly end") });
        self.member = Some((stop, member));
    }

    /// Ends the consumer; what it began is done.
    pub(crate) async fn rest(&mut self) {
        if let Some((stop, member)) = self.member.take() {
            stop.cancel();
            member.await.expect("an orderly end");
        }
    }

    /// Looks again for `patience` seconds at what differs.
    pub(crate) async fn audit(&self, patience: u64) -> (Audit, Report) {
        let config =
            PostgresSocialConfig { answer_deadline: DEADLINE, ..PostgresSocialConfig::of(self.place.url()) };
        let audit = Audit {
            log: Arc::clone(&self.place.log),
            social: PostgresSocial::connect(config, Duration::from_secs(60)).expect("a URL"),
            store: self.db.clone(),
            clock: Arc::new(SystemClock),
            config: AuditConfig {
                patience: Duration::from_secs(patience),
                every: Duration::from_millis(200),
                days: 28,
                group: "store".to_owned(),
                retention_days: 7,
                letter_days: 30,
                mapping: self.place.connector.mapping.clone(),
            },
        };
        let report = audit.look().await.expect("everything answers");
        (audit, report)
    }

    /// A statement to ClickHouse.
    pub(crate) async fn run(&self, sql: &str) {
        self.db.run("test", sql).await.unwrap_or_else(|error| panic!("{sql}: {error:?}"));
    }
}

impl Drop for Chain {
    fn drop(&mut self) {
        if let Some((stop, _)) = self.member.take() {
            stop.cancel();
        }
        let sql = format!("drop database if exists {}", self.db.database());
        drop(testbed::at_end(async || self.db.without_database().run("test", &sql).await));
    }
}
