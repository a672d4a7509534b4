//! `nova audit`

use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Result, bail};
use clap::Args;
use nova_core::error::Error;

use super::{ConfigArgs, block_on};
use crate::app::{SystemClock, distributed};
use crate::audit::{Audit, AuditConfig};
use crate::config::{Config, Mode};
use crate::log::KafkaLog;
use crate::social::{PostgresSocial, PostgresSocialConfig};
use crate::store::clickhouse::{ClickHouse, ClickHouseConfig};

/// One question of an audit: it goes over whole tables.
const QUESTION_MAX: Duration = Duration::from_secs(300);
/// One page of a table of PostgreSQL.
const PAGE_MAX: Duration = Duration::from_secs(60);

/// Arguments of `nova audit`.
#[derive(Debug, Args)]
pub(super) struct AuditArgs {
    #[command(flatten)]
    config: ConfigArgs,
    /// Mend what can be mended, then look again
    #[arg(long)]
    repair: bool,
    /// Answer as JSON
    #[arg(long)]
    json: bool,
    /// Seconds for which what differs is looked at again: it may be on its way
    #[arg(long, value_name = "SECONDS", default_value_t = 30, value_parser = clap::value_parser!(u64).range(0..=3_600))]
    patience: u64,
    /// Days back for which sums are compared
    #[arg(long, default_value_t = 28, value_parser = clap::value_parser!(u32).range(1..=28))]
    days: u32,
}

pub(super) fn run(args: &AuditArgs) -> Result<ExitCode> {
    let config = args.config.load(None)?;
    if config.mode() == Mode::Embedded {
        bail!(
            "audit holds PostgreSQL, Kafka and ClickHouse against each other; this configuration is embedded: one process \
             writes log, tables and index, and nothing of it is written down twice elsewhere"
        );
    }
    block_on(act(args, &config))?
}

async fn act(args: &AuditArgs, config: &Config) -> Result<ExitCode> {
    let audit = open(args, config).await.map_err(told)?;
    let mut report = audit.look().await.map_err(told)?;
    let mut repaired = None;
    if args.repair {
        let done = audit.repair(&report).await.map_err(told)?;
        if !args.json {
            say!("{}", report.to_string().trim_end());
            say!("{} repairs made", done.made);
            if done.held_back > 0 {
                say!(
                    "{} held back: events are not whole, and sums made to fit them would hide it",
                    done.held_back
                );
            }
        }
        if done.made > 0 {
            report = audit.look().await.map_err(told)?;
        }
        repaired = Some(done.made);
    }
    if args.json {
        say!("{}", report.json(repaired));
    } else if repaired != Some(0) {
        say!("{}", report.to_string().trim_end());
    }
    Ok(if report.is_equal() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

async fn open(args: &AuditArgs, config: &Config) -> Result<Audit, Error> {
    let source = PostgresSocialConfig { answer_deadline: PAGE_MAX, ..distributed::postgres(config) };
    let store = ClickHouseConfig { deadline: QUESTION_MAX, ..distributed::clickhouse(config) };
    Ok(Audit {
        social: PostgresSocial::connect(source, config.ranking.early_tolerance())?,
        store: ClickHouse::open(&store)?,
        log: Arc::new(KafkaLog::open(distributed::kafka(config)?).await?),
        clock: Arc::new(SystemClock),
        config: AuditConfig {
            patience: Duration::from_secs(args.patience),
            every: Duration::from_secs(2),
            days: args.days,
            group: "store".to_owned(),
            retention_days: config.log.retention_days,
            letter_days: config.log.dead_letter_days,
            mapping: config.change.clone(),
        },
    })
}

/// With its cause: what could not be asked was not compared.
fn told(error: Error) -> anyhow::Error {
    anyhow::Error::new(error).context("not everything could be compared")
}
