//! `nova resume`

use std::process::ExitCode;

use anyhow::{Context as _, Result, bail};
use clap::Args;
use nova_core::clock::Clock as _;

use super::{ConfigArgs, block_on};
use crate::app::{SystemClock, distributed};
use crate::config::{Config, Mode};
use crate::log::{KafkaLog, Topic};
use crate::project::exactly_once::{GROUP, Standstill, accept, manifest, standstills};
use crate::store::clickhouse::{ClickHouse, ClickHouseStore, ClickHouseStoreConfig};

/// Arguments of `nova resume`.
#[derive(Debug, Args)]
pub(super) struct ResumeArgs {
    #[command(flatten)]
    config: ConfigArgs,
    /// Go on without what is gone: it is written down as lost, and `nova audit` names it
    #[arg(long)]
    accept_gap: bool,
    /// Of this topic alone, as the list names it
    #[arg(long, value_name = "TOPIC", value_parser = topic)]
    topic: Option<Topic>,
    /// Of this partition alone
    #[arg(long, value_name = "NUMBER", requires = "topic")]
    partition: Option<u16>,
}

fn topic(name: &str) -> Result<Topic, String> {
    Topic::named(name).ok_or_else(|| "must be a topic as the list names it, without log.prefix".to_owned())
}

pub(super) fn run(args: &ResumeArgs) -> Result<ExitCode> {
    let config = args.config.load(None)?;
    if config.mode() == Mode::Embedded {
        bail!("resume is for the distributed mode: embedded, nothing drops records before they are read");
    }
    block_on(act(args, &config))?
}

async fn act(args: &ResumeArgs, config: &Config) -> Result<ExitCode> {
    let db = ClickHouse::open(&distributed::clickhouse(config))?;
    let log = KafkaLog::open(distributed::kafka(config)?).await;
    let log = log.with_context(|| format!("log.url {}", config.log.url))?;
    let topics = manifest(&log, &db, SystemClock.now()).await?;
    let store = ClickHouseStore::open(db.clone(), ClickHouseStoreConfig::of(&config.ranking)).await?;
    let mut found = standstills(&log, &store, &topics, GROUP).await?;
    found.retain(|at| is_meant(args, at));
    for Standstill { topic, partition, why, .. } in &found {
        say!("{}:{partition} stands still: {why}", topic.name());
    }
    if found.is_empty() {
        say!("nothing stands still for its place in the log");
        return Ok(ExitCode::SUCCESS);
    }
    if !args.accept_gap {
        return Ok(ExitCode::FAILURE);
    }
    for line in accept(&found, &log, &store, &db, SystemClock.now()).await? {
        say!("{line}");
    }
    Ok(ExitCode::SUCCESS)
}

fn is_meant(args: &ResumeArgs, at: &Standstill) -> bool {
    args.topic.is_none_or(|topic| topic == at.topic)
        && args.partition.is_none_or(|partition| partition == at.partition)
}
