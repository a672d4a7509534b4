//! `nova dead-letters`: works beside a running server.

use std::process::ExitCode;
use std::sync::Arc;

use anyhow::{Context as _, Result, bail};
use clap::{Args, Subcommand};
use nova_core::clock::Clock as _;
use serde_json::json;

use super::{ConfigArgs, block_on};
use crate::app::SystemClock;
use crate::log::{DeadLetter, DeadLetters, SqliteLog, SqliteLogConfig};

/// Letters of one page while going through all of them.
const PAGE: usize = 500;

/// Arguments of `nova dead-letters`.
#[derive(Debug, Args)]
pub(super) struct DeadLettersArgs {
    #[command(flatten)]
    config: ConfigArgs,
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Newest first
    List {
        /// Letters at most
        #[arg(long, default_value_t = 50)]
        limit: usize,
        /// Answer as JSON lines
        #[arg(long)]
        json: bool,
    },
    /// One letter with its bytes
    Show {
        /// As `list` prints it
        id: String,
    },
    /// Write records to the end of their topic again
    Requeue {
        /// As `list` prints it
        #[arg(required_unless_present = "all")]
        id: Option<String>,
        /// All that were not put back yet
        #[arg(long, conflicts_with = "id")]
        all: bool,
    },
}

pub(super) fn run(args: &DeadLettersArgs) -> Result<ExitCode> {
    let config = args.config.load(None)?;
    #[cfg(feature = "distributed")]
    if config.mode() == crate::config::Mode::Distributed {
        block_on(distributed(args, &config))??;
        return Ok(ExitCode::SUCCESS);
    }
    let dir = &config.server.data_dir;
    if !dir.join("events.db").is_file() {
        bail!("there is no data in {}; name another directory with --data-dir", dir.display());
    }
    let log = SqliteLog::open(dir, SqliteLogConfig::default(), Arc::new(SystemClock))?;
    block_on(act(&log, &args.action))??;
    Ok(ExitCode::SUCCESS)
}

/// Those of Kafka and ClickHouse, from any machine that reaches both.
#[cfg(feature = "distributed")]
async fn distributed(args: &DeadLettersArgs, config: &crate::config::Config) -> Result<()> {
    use crate::app::distributed::{clickhouse, kafka};
    use crate::log::{KafkaDeadLetters, KafkaLog};
    let db = crate::store::clickhouse::ClickHouse::open(&clickhouse(config))?;
    let log = KafkaLog::open(kafka(config)?).await;
    let log = log.with_context(|| format!("log.url {}", config.log.url))?;
    let topics = crate::project::exactly_once::manifest(&log, &db, SystemClock.now()).await?;
    let epochs = topics.iter().map(|(&topic, manifest)| (topic, manifest.epoch)).collect();
    act(&KafkaDeadLetters::new(Arc::new(log), db, epochs), &args.action).await
}

async fn act(letters: &dyn DeadLetters, action: &Action) -> Result<()> {
    match action {
        Action::List { limit, json } => {
            let found = letters.list((*limit).clamp(1, 1_000), None).await?;
            for letter in &found {
                if *json {
                    say!("{}", described(letter));
                } else {
                    let state = letter.requeued_at.map(|at| format!("put back {at}")).unwrap_or_default();
                    let id = DeadLetter::id(letter.place);
                    say!(
                        "{id:<28} {} {:<14} {} {state}",
                        letter.buried_at,
                        letter.reason.name(),
                        letter.detail
                    );
                }
            }
            if found.is_empty() && !json {
                say!("none");
            }
        }
        Action::Show { id } => say!("{:#}", described(&letters.show(place(id)?).await?)),
        Action::Requeue { id: Some(id), .. } => {
            letters.requeue(place(id)?, SystemClock.now()).await?;
            say!("{id} is at the end of its topic again");
        }
        Action::Requeue { id: None, .. } => say!("{} put back", requeue_all(letters).await?),
    }
    Ok(())
}

async fn requeue_all(letters: &dyn DeadLetters) -> Result<u64> {
    let (mut count, mut before) = (0, None);
    loop {
        let page = letters.list(PAGE, before).await?;
        let Some(last) = page.last() else { return Ok(count) };
        before = Some(last.place);
        for letter in page.iter().filter(|letter| letter.requeued_at.is_none()) {
            letters.requeue(letter.place, SystemClock.now()).await?;
            count += 1;
        }
    }
}

fn place(id: &str) -> Result<crate::log::Place> {
    DeadLetter::parse_id(id)
        .with_context(|| format!("\"{id}\" is no id; `nova dead-letters list` prints them"))
}

fn described(letter: &DeadLetter) -> serde_json::Value {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    json!({
        "id": DeadLetter::id(letter.place),
        "topic": letter.place.topic.name(),
        "partition": letter.place.partition,
        "offset": letter.place.offset,
        "reason": letter.reason.name(),
        "detail": letter.detail,
        "received_at": letter.received_at,
        "buried_at": letter.buried_at,
        "requeued_at": letter.requeued_at,
        "key": text(&letter.key),
        "value": letter.value.as_deref().map(text),
        "headers": letter.headers.iter().map(|(name, value)| json!([name, value.as_deref().map(text)])).collect::<Vec<_>>(),
    })
}
