//! A database, topics and a connector of one test's own, all on the real systems.

use std::sync::Arc;
use std::time::Duration;

use rdkafka::admin::{AdminClient, AdminOptions};
use rdkafka::client::DefaultClientContext;
use serde_json::Value;
use tokio_postgres::{Client, NoTls};
use tracing::Level;

use crate::testbed;
use nova::capture::{Connect, Connector, Database};
use nova::ingest::change::Mapping;
use nova::log::{KafkaLog, KafkaLogConfig};
use nova::social::{PostgresSocial, PostgresSocialConfig};

/// A connector is started by a worker that other tests keep busy.
const PATIENCE: Duration = Duration::from_secs(60);

pub(super) struct Place {
    pub(super) database: String,
    pub(super) connector: Connector,
    pub(super) connect: Arc<Connect>,
    pub(super) log: Arc<KafkaLog>,
}

impl Place {
    /// An empty database and empty topics; the connector is not made yet.
    pub(super) async fn new(mapping: Mapping) -> Self {
        // what a service said is shown with the test that failed; a second call in one process keeps the first
        drop(tracing_subscriber::fmt().with_max_level(Level::INFO).with_test_writer().try_init());
        let name = testbed::unique("capture_");
        server().await.batch_execute(&format!("create database {name}")).await.expect("a database");
        let kafka = KafkaLogConfig {
            prefix: format!("{name}."),
            events_partitions: 1,
            change_partitions: 3,
            deadline: PATIENCE,
            mapping: mapping.clone(),
            ..KafkaLogConfig::new(&testbed::kafka()).expect("a URL")
        };
        let connector = Connector {
            name: name.clone(),
            slot: name.clone(),
            database: Database::Named(name.clone()),
            ..Connector::new(&*kafka.prefix, mapping)
        };
        Self {
            database: name,
            connector,
            connect: Arc::new(Connect::at(&testbed::connect())),
            log: Arc::new(KafkaLog::open(kafka).await.expect("topics")),
        }
    }

    /// With the social tables.
    pub(super) async fn migrated(&self) {
        PostgresSocial::migrate(PostgresSocialConfig::of(self.url())).await.expect("tables");
    }

    /// Of the Kafka.
    pub(super) fn admin(&self) -> AdminClient<DefaultClientContext> {
        self.log.config().client().create().expect("a client")
    }

    pub(super) fn url(&self) -> String {
        url(&self.database)
    }

    pub(super) async fn client(&self) -> Client {
        connected(&self.url()).await
    }

    /// Makes the connector; a worker that shares out its work says so and is asked again.
    pub(super) async fn register(&self) {
        self.register_as(&[]).await;
    }

    /// The same with some of its settings laid over.
    pub(super) async fn register_as(&self, settings: &[(&str, String)]) {
        let mut config = self.connector.config();
        for (key, value) in settings {
            config.insert((*key).to_owned(), Value::String(value.clone()));
        }
        testbed::until("the connector is taken", async || {
            match self.connect.register(&self.connector.name, &config).await {
                Err(error) if !error.kind().retry() => panic!("{error:?}"),
                outcome => outcome.ok(),
            }
        })
        .await;
    }

    /// With those that the connector made.
    async fn remove_topics(&self) {
        let admin = self.admin();
        let Ok(found) = admin.inner().fetch_metadata(None, PATIENCE) else { return };
        let names = found.topics().iter().map(rdkafka::metadata::MetadataTopic::name);
        let own: Vec<&str> = names.filter(|name| name.starts_with(&self.log.config().prefix)).collect();
        // what is not deleted lies in nobody's way: its names are this test's own
        drop(admin.delete_topics(&own, &AdminOptions::new().request_timeout(Some(PATIENCE))).await);
    }

    pub(super) async fn is_running(&self) {
        testbed::until("the connector runs", async || {
            let status = self.connect.status(&self.connector.name).await.ok()?;
            let failed = status.tasks.iter().find(|task| task.state == "FAILED");
            assert!(failed.is_none(), "{failed:?}");
            status.is_running().then_some(())
        })
        .await;
    }
}

impl Drop for Place {
    /// A slot that is left keeps the server's log, and each partition costs a broker that was killed its time.
    fn drop(&mut self) {
        let name = &self.database;
        drop(testbed::at_end(async || {
            // a worker that shares out its work anew says so and is asked again
            testbed::wait::until_or_none(async || match self.connect.remove(name).await {
                Err(error) if error.kind().retry() => None,
                _ => Some(()),
            })
            .await;
            self.remove_topics().await;
            let server = server().await;
            let ended = format!(
                "select pg_terminate_backend(active_pid) from pg_replication_slots where slot_name = '{name}'"
            );
            let gone = format!(
                "select pg_drop_replication_slot(slot_name) from pg_replication_slots where slot_name = '{name}'"
            );
            testbed::wait::until_or_none(async || {
                drop(server.batch_execute(&ended).await);
                server.batch_execute(&gone).await.ok()
            })
            .await;
            drop(server.batch_execute(&format!("drop database if exists {name} with (force)")).await);
        }));
    }
}

fn url(database: &str) -> String {
    testbed::sibling(&testbed::postgres(), database)
}

async fn server() -> Client {
    connected(&testbed::postgres()).await
}

#[expect(clippy::disallowed_methods, reason = "a test's own connection, which ends with it")]
async fn connected(url: &str) -> Client {
    let (client, connection) = tokio_postgres::connect(url, NoTls).await.expect("PostgreSQL answers");
    tokio::spawn(async move { drop(connection.await) });
    client
}
