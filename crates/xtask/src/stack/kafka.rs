//! Kafka in KRaft mode, from Maven Central.

use std::path::Path;
use std::process::Command;

use anyhow::{Context as _, Result, ensure};

use super::place::Place;
use super::{Service, jvm, probe};
use crate::needs::Need;

const SETTINGS: &str = "kafka/server.properties";
const LOGGING: &str = "kafka/log4j2.properties";

/// The log.
pub(crate) struct Kafka;

impl Service for Kafka {
    fn name(&self) -> &'static str {
        "kafka"
    }

    fn ports(&self) -> &'static [&'static str] {
        &["kafka", "kafka.controller"]
    }

    fn files(&self) -> &'static [&'static str] {
        &[SETTINGS, LOGGING]
    }

    fn needs(&self, at: &Place<'_>) -> Result<Vec<Need>> {
        Ok(jvm::needs(&at.artifacts.kafka()?))
    }

    fn prepare(&self, at: &Place<'_>) -> Result<()> {
        at.artifacts.fetch_kafka()?;
        at.overlaid(LOGGING, "=", &[])?;
        let (port, controller) = (at.port("kafka")?, at.port("kafka.controller")?);
        let settings = at.overlaid(
            SETTINGS,
            "=",
            &[
                ("listeners", &format!("HOST://127.0.0.1:{port},CONTROLLER://127.0.0.1:{controller}")),
                ("advertised.listeners", &format!("HOST://127.0.0.1:{port}")),
                ("inter.broker.listener.name", &"HOST"),
                ("controller.quorum.voters", &format!("1@127.0.0.1:{controller}")),
                ("log.dirs", &at.data().display()),
                // fewer files to make and to open at each start
                ("offsets.topic.num.partitions", &1),
                ("transaction.state.log.num.partitions", &1),
                ("share.coordinator.state.topic.num.partitions", &1),
                // What follows is what tests of failures wait for.
                // A broker that was killed may come back only after this: until then the controller takes the old one
                // for alive.
                ("broker.session.timeout.ms", &3000),
                ("broker.heartbeat.interval.ms", &500),
                // a new group does not wait for a second member
                ("group.initial.rebalance.delay.ms", &0),
                // after this much silence a consumer's partitions go to another
                ("group.consumer.min.session.timeout.ms", &6000),
                ("group.consumer.session.timeout.ms", &6000),
                ("group.consumer.min.heartbeat.interval.ms", &1000),
                ("group.consumer.heartbeat.interval.ms", &1000),
            ],
        )?;
        format(at, &settings)
    }

    fn start(&self, at: &Place<'_>) -> Result<Command> {
        let mut command =
            jvm::service(at, &at.artifacts.kafka()?, "-Xmx512m", &at.file("log4j2.properties"))?;
        // The first compiler alone: a broker moves bytes, and what the second one would gain it takes for compiling.
        command.arg("-XX:TieredStopAtLevel=1");
        command.arg("kafka.Kafka").arg(at.file("server.properties"));
        Ok(command)
    }

    /// `ApiVersions`, version 0. The broker reads requests only once the controller has let it take part, so any
    /// answer means that topics can be made and read.
    fn answers(&self, at: &Place<'_>) -> Result<()> {
        const CORRELATION: i32 = 7;
        let mut question = Vec::new();
        question.extend(10_i32.to_be_bytes()); // length of what follows
        question.extend(18_i16.to_be_bytes()); // ApiVersions
        question.extend(0_i16.to_be_bytes()); // its version
        question.extend(CORRELATION.to_be_bytes());
        question.extend((-1_i16).to_be_bytes()); // no client id
        // length, correlation id, error code
        let answer = probe::bytes(at.port("kafka")?, &question, 10)?;
        let echoed = answer.get(4..8).context("ten bytes were read")?;
        ensure!(echoed == CORRELATION.to_be_bytes(), "this is not Kafka");
        ensure!(answer.ends_with(&[0, 0]), "the broker answered with an error");
        Ok(())
    }

    fn url(&self, at: &Place<'_>) -> Result<String> {
        Ok(format!("kafka://127.0.0.1:{}", at.port("kafka")?))
    }

    fn ended(&self, at: &Place<'_>) -> Result<()> {
        jvm::keep_classes(at, &at.artifacts.kafka()?)
    }
}

/// Marks the data directory as this cluster's, as the container's image does at its first start.
fn format(at: &Place<'_>, settings: &Path) -> Result<()> {
    if at.data().join("meta.properties").exists() {
        return Ok(());
    }
    let made = jvm::program(&at.artifacts.kafka()?)?
        .arg(format!("-Dlog4j2.configurationFile={}", at.file("log4j2.properties").display()))
        .args([
            "kafka.tools.StorageTool",
            "format",
            "--cluster-id",
            at.setting("KAFKA_CLUSTER_ID")?,
            "--config",
        ])
        .arg(settings)
        .output()
        .context("java cannot be started")?;
    let said = String::from_utf8_lossy(&made.stderr);
    ensure!(made.status.success(), "the data directory cannot be formatted: {}", said.trim());
    Ok(())
}
