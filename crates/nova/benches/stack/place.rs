//! An installation of one measure: databases, topics and keys under one name.

use std::path::PathBuf;

use anyhow::{Context as _, Result};
use nova::capture::{Connect, Connector, Database};
use nova::config::{Config, Overrides};
use nova::log::{KafkaLog, KafkaLogConfig, Topic};
use nova::social::{PostgresSocial, PostgresSocialConfig};
use nova::store::clickhouse::{ClickHouse, ClickHouseConfig, migrate};
use rdkafka::admin::{AdminClient, AdminOptions};
use rdkafka::client::DefaultClientContext;
use tempfile::TempDir;
use tokio_postgres::{Client, NoTls};

use crate::wait::{PATIENCE, until};

pub(crate) struct Place {
    pub(crate) name: String,
    pub(crate) dir: TempDir,
}

impl Place {
    /// With all tables and topics.
    pub(crate) async fn new() -> Result<Self> {
        let place = Self { name: format!("bench_{:016x}", rand::random::<u64>()), dir: tempfile::tempdir()? };
        let server = connected(&variable("POSTGRES")?).await?;
        server.batch_execute(&format!("create database {}", place.name)).await?;
        PostgresSocial::migrate(PostgresSocialConfig::of(place.postgres_url()?)).await?;
        migrate(&place.clickhouse()?).await?;
        drop(place.log().await?);
        std::fs::write(place.file(), place.toml()?)?;
        Ok(place)
    }

    /// The configuration of its processes.
    pub(crate) fn file(&self) -> PathBuf {
        self.dir.path().join("nova.toml")
    }

    pub(crate) fn config(&self) -> Result<Config> {
        Ok(Config::load(Some(&self.file()), &Overrides::default())?)
    }

    pub(crate) async fn log(&self) -> Result<KafkaLog> {
        Ok(KafkaLog::open(self.kafka()?).await?)
    }

    pub(crate) fn kafka(&self) -> Result<KafkaLogConfig> {
        Ok(KafkaLogConfig { prefix: self.prefix(), ..KafkaLogConfig::new(&variable("KAFKA")?)? })
    }

    pub(crate) fn clickhouse(&self) -> Result<ClickHouse> {
        self.clickhouse_named(&self.name)
    }

    /// Another database on the same server.
    pub(crate) fn clickhouse_named(&self, database: &str) -> Result<ClickHouse> {
        let url = with_database(&variable("CLICKHOUSE")?, database)?;
        Ok(ClickHouse::open(&ClickHouseConfig { url, deadline: PATIENCE, insert_deadline: PATIENCE })?)
    }

    pub(crate) async fn postgres(&self) -> Result<Client> {
        connected(&self.postgres_url()?).await
    }

    /// Starts the capture of its rows and waits until it runs.
    pub(crate) async fn captured(&self) -> Result<()> {
        let connector = Connector {
            name: self.name.clone(),
            slot: self.name.clone(),
            database: Database::Named(self.name.clone()),
            ..Connector::new(self.prefix(), Default::default())
        };
        let (connect, config) = (Connect::at(&variable("CONNECT")?), connector.config());
        // a worker that shares out its work says so and is asked again
        let taken = async || Ok(connect.register(&self.name, &config).await.ok());
        until("the connector is taken", taken).await?;
        let runs = async || {
            let status = connect.status(&self.name).await.ok();
            Ok(status.filter(|status| status.is_running()).map(drop))
        };
        until("the connector runs", runs).await
    }

    /// Takes everything away. What is not there, or cannot be reached, is left.
    pub(crate) async fn clear(self) {
        let Ok(kafka) = self.kafka() else { return };
        if let Ok(url) = variable("CONNECT") {
            drop(Connect::at(&url).remove(&self.name).await);
        }
        if let (Ok(url), name) = (variable("POSTGRES"), &self.name)
            && let Ok(server) = connected(&url).await
        {
            let slots = "from pg_replication_slots where slot_name =";
            let free = format!("select pg_terminate_backend(active_pid) {slots} '{name}'");
            let gone = async || {
                drop(server.batch_execute(&free).await);
                let sql = format!("select pg_drop_replication_slot(slot_name) {slots} '{name}'");
                Ok(server.batch_execute(&sql).await.ok())
            };
            drop(until("the slot is dropped", gone).await);
            drop(server.batch_execute(&format!("drop database if exists {name} with (force)")).await);
        }
        if let Ok(store) = self.clickhouse() {
            let sql = format!("drop database if exists {} sync", self.name);
            drop(store.without_database().run("bench", &sql).await);
        }
        let admin: Result<AdminClient<DefaultClientContext>, _> = kafka.client().create();
        if let Ok(admin) = admin {
            let mut topics: Vec<String> = Topic::ALL.map(|topic| kafka.topic(topic)).to_vec();
            topics.push(kafka.dead_letters());
            let names: Vec<&str> = topics.iter().map(String::as_str).collect();
            drop(admin.delete_topics(&names, &AdminOptions::new()).await);
        }
    }

    fn prefix(&self) -> String {
        format!("{}.", self.name)
    }

    pub(crate) fn postgres_url(&self) -> Result<String> {
        with_database(&variable("POSTGRES")?, &self.name)
    }

    fn toml(&self) -> Result<String> {
        let Self { name, .. } = self;
        Ok(format!(
            "[social]\nurl = \"{}\"\n[log]\nurl = \"{}\"\nprefix = \"{name}.\"\n[store]\nurl = \"{}\"\n\
             [cache]\nurl = \"{}\"\nprefix = \"{name}:\"\n[logging]\nlevel = \"warn\"\n",
            self.postgres_url()?,
            variable("KAFKA")?,
            with_database(&variable("CLICKHOUSE")?, name)?,
            variable("REDIS")?,
        ))
    }
}

fn with_database(url: &str, database: &str) -> Result<String> {
    let (server, _) = url.rsplit_once('/').context("a URL has a database")?;
    Ok(format!("{server}/{database}"))
}

async fn connected(url: &str) -> Result<Client> {
    let (client, connection) =
        tokio_postgres::connect(url, NoTls).await.context("PostgreSQL does not answer")?;
    tokio::spawn(async move { drop(connection.await) });
    Ok(client)
}

/// Where a service is.
fn variable(service: &str) -> Result<String> {
    let name = format!("NOVA_TEST_{service}_URL");
    std::env::var(&name).with_context(|| format!("{name} is not set: run `cargo xtask bench --stack`"))
}
