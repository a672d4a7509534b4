//! Kafka Connect with Debezium's connector for PostgreSQL, from Maven Central.

use std::process::Command;

use anyhow::Result;

use super::place::Place;
use super::{Name, Service, jvm, probe};
use crate::needs::Need;

const SETTINGS: &str = "connect/connect-distributed.properties";
const LOGGING: &str = "kafka/log4j2.properties";

/// What `${env:...}` stands for in `deploy/debezium/connector.json`: where the tables are.
pub(crate) const VARIABLES: [&str; 5] =
    ["NOVA_CDC_HOST", "NOVA_CDC_PORT", "NOVA_CDC_USER", "NOVA_CDC_PASSWORD", "NOVA_CDC_DATABASE"];

/// Change capture.
pub(crate) struct Connect;

impl Service for Connect {
    fn name(&self) -> &'static str {
        "connect"
    }

    fn ports(&self) -> &'static [&'static str] {
        &["connect"]
    }

    fn after(&self) -> &'static [Name] {
        &[Name::Kafka]
    }

    fn files(&self) -> &'static [&'static str] {
        &[SETTINGS, LOGGING]
    }

    fn needs(&self, at: &Place<'_>) -> Result<Vec<Need>> {
        let mut needs = jvm::needs(&at.artifacts.kafka()?);
        needs.extend(jvm::needs(&at.artifacts.debezium()?));
        Ok(needs)
    }

    fn prepare(&self, at: &Place<'_>) -> Result<()> {
        at.artifacts.fetch_kafka()?;
        at.artifacts.fetch_debezium()?;
        at.overlaid(LOGGING, "=", &[])?;
        at.overlaid(
            SETTINGS,
            "=",
            &[
                ("bootstrap.servers", &format!("127.0.0.1:{}", at.port("kafka")?)),
                ("listeners", &format!("http://127.0.0.1:{}", at.port("connect")?)),
                ("plugin.path", &at.artifacts.debezium()?.display()),
            ],
        )?;
        Ok(())
    }

    fn start(&self, at: &Place<'_>) -> Result<Command> {
        let mut command =
            jvm::service(at, &at.artifacts.kafka()?, "-Xmx768m", &at.file("log4j2.properties"))?;
        command.arg("org.apache.kafka.connect.cli.ConnectDistributed");
        command.arg(at.file("connect-distributed.properties"));
        let port = at.port("postgres")?.to_string();
        let (user, password) = (at.setting("POSTGRES_USER")?, at.setting("POSTGRES_PASSWORD")?);
        command.envs(VARIABLES.into_iter().zip([
            "127.0.0.1",
            &port,
            user,
            password,
            at.setting("POSTGRES_DB")?,
        ]));
        Ok(command)
    }

    /// 200 once the worker has joined its group and read its configurations.
    fn answers(&self, at: &Place<'_>) -> Result<()> {
        probe::http(at.port("connect")?, "/health", &[]).map(drop)
    }

    fn url(&self, at: &Place<'_>) -> Result<String> {
        Ok(format!("http://127.0.0.1:{}", at.port("connect")?))
    }

    fn ended(&self, at: &Place<'_>) -> Result<()> {
        jvm::keep_classes(at, &at.artifacts.kafka()?)
    }
}
