//! `nova migrate`

use std::process::ExitCode;

use anyhow::{Context as _, Result, bail};
use clap::Args;
use nova_core::clock::Clock as _;

use super::{ConfigArgs, block_on};
use crate::app::{SystemClock, distributed};
use crate::config::{Config, Mode};
use crate::log::KafkaLog;
use crate::project::exactly_once::{begin_epochs, manifest};
use crate::social::PostgresSocial;
use crate::social::postgres::capture::Capture;
use crate::store::clickhouse::{self, ClickHouse};

/// Arguments of `nova migrate`.
#[derive(Debug, Args)]
pub(super) struct MigrateArgs {
    #[command(flatten)]
    config: ConfigArgs,
    /// Topics that were made anew begin a new epoch; what the old ones held unread is lost
    #[arg(long)]
    new_topics: bool,
    /// Replication slot of the connector, looked at if it is named
    #[arg(long, value_name = "NAME")]
    slot: Option<String>,
}

pub(super) fn run(args: &MigrateArgs) -> Result<ExitCode> {
    let config = args.config.load(None)?;
    if config.mode() == Mode::Embedded {
        bail!("migrate is for the distributed mode; embedded, tables are made when the service starts");
    }
    block_on(act(args, &config))?
}

async fn act(args: &MigrateArgs, config: &Config) -> Result<ExitCode> {
    let mut wrong =
        social(args, config).await.with_context(|| format!("social.url {}", config.social.url))?;
    let db = ClickHouse::open(&distributed::clickhouse(config))?;
    wrong += store(&db).await.with_context(|| format!("store.url {}", config.store.url))?;
    log(args, config, &db).await.with_context(|| format!("log.url {}", config.log.url))?;
    Ok(if wrong == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Tables, publication, and what stands in the way of change capture. Gives the number of findings.
async fn social(args: &MigrateArgs, config: &Config) -> Result<usize> {
    let product = config.change.is_of_a_product().then(|| config.change.clone());
    if product.is_some() {
        say!("PostgreSQL: the tables are the product's own, by [change.tables]; nothing is made there");
    } else {
        told("PostgreSQL", &PostgresSocial::migrate(distributed::postgres(config)).await?);
    }
    let social = PostgresSocial::connect(distributed::postgres(config), config.ranking.early_tolerance())?;
    let findings = social.verify(&Capture { user: None, slot: args.slot.clone(), product }).await?;
    for finding in &findings {
        say!("PostgreSQL: WRONG {finding}");
    }
    if findings.is_empty() {
        say!("PostgreSQL: changes can be captured");
    }
    Ok(findings.len())
}

/// Tables and views, and whether the server counts an insert once. Gives the number of deviations.
async fn store(db: &ClickHouse) -> Result<usize> {
    told("ClickHouse", &clickhouse::migrate(db).await?);
    let wrong = clickhouse::verify(db).await?;
    for deviation in &wrong {
        say!("ClickHouse: WRONG {deviation}");
    }
    clickhouse::try_deduplication(db).await?;
    say!("ClickHouse: an insert that is repeated counts once, in tables and behind views");
    Ok(wrong.len())
}

/// Topics, and what they were when the store was filled from them.
async fn log(args: &MigrateArgs, config: &Config, db: &ClickHouse) -> Result<()> {
    let log = KafkaLog::open(distributed::kafka(config)?).await?;
    say!("Kafka: the topics are as they must be");
    if args.new_topics {
        let anew = begin_epochs(&log, db, SystemClock.now()).await?;
        for topic in &anew {
            say!("Kafka: topic {topic} begins a new epoch");
        }
        if anew.is_empty() {
            say!("Kafka: no topic was made anew");
        }
    }
    let topics = manifest(&log, db, SystemClock.now()).await?;
    say!("Kafka: {} topics, the same that the store is filled from", topics.len());
    Ok(())
}

fn told(part: &str, done: &[&str]) {
    match done {
        [] => say!("{part}: the tables are of this version"),
        done => say!("{part}: made {}", done.join(", ")),
    }
}
