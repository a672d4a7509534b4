//! `nova connector`

use std::process::ExitCode;

use anyhow::{Context as _, Result};
use clap::{Args, Subcommand};
use serde_json::Value;

use super::{ConfigArgs, block_on};
use crate::capture::{Connect, Connector, Database, Status};

/// Arguments of `nova connector`.
#[derive(Debug, Args)]
pub(super) struct ConnectorArgs {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Print its configuration, for Kafka Connect or for a file
    Print(Which),
    /// Make it in Kafka Connect, or change it there
    Register(There),
    /// How it is; exit 0 only if it captures
    Status(There),
}

/// Which connector.
#[derive(Debug, Args)]
struct Which {
    #[command(flatten)]
    config: ConfigArgs,
    /// Replication slot, if it is not social.slot; a second connector on the same database needs another
    #[arg(long, value_name = "NAME")]
    slot: Option<String>,
    /// Publication, as `nova migrate` makes it
    #[arg(long, value_name = "NAME", default_value = "nova_cdc")]
    publication: String,
    /// Database, if it is not that of the worker's NOVA_CDC_DATABASE
    #[arg(long, value_name = "NAME")]
    database: Option<String>,
}

#[derive(Debug, Args)]
struct There {
    #[command(flatten)]
    which: Which,
    /// Name in Kafka Connect
    #[arg(long, default_value = "nova")]
    name: String,
    /// Any worker of Kafka Connect
    #[arg(long, value_name = "URL", default_value = "http://127.0.0.1:8083")]
    connect: String,
}

impl Which {
    fn connector(&self) -> Result<Connector> {
        let config = self.config.load(None)?;
        Ok(Connector {
            slot: self.slot.clone().unwrap_or_else(|| config.social.slot.clone()),
            publication: self.publication.clone(),
            database: self.database.clone().map_or(Database::OfTheWorker, Database::Named),
            ..Connector::new(config.log.prefix, config.change)
        })
    }
}

pub(super) fn run(args: &ConnectorArgs) -> Result<ExitCode> {
    match &args.action {
        Action::Print(which) => {
            say!("{:#}", Value::Object(which.connector()?.config()));
            Ok(ExitCode::SUCCESS)
        }
        Action::Register(there) => {
            let config = there.which.connector()?.config();
            block_on(Connect::at(&there.connect).register(&there.name, &config))??;
            say!("connector {} is registered; `nova connector status` says whether it captures", there.name);
            Ok(ExitCode::SUCCESS)
        }
        Action::Status(there) => {
            let status = block_on(Connect::at(&there.connect).status(&there.name))?
                .with_context(|| format!("connector {}", there.name))?;
            print(&there.name, &status);
            Ok(if status.is_running() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
        }
    }
}

fn print(name: &str, status: &Status) {
    say!("connector {name}: {}", status.connector.state);
    if status.tasks.is_empty() {
        say!("no task runs yet");
    }
    for (index, task) in status.tasks.iter().enumerate() {
        say!("task {index}: {}", task.state);
    }
    let traces = status.tasks.iter().chain([&status.connector]).filter_map(|part| part.trace.as_deref());
    for trace in traces {
        // the causes are what counts; the rest are places in somebody else's program
        for line in trace.lines().filter(|line| !line.trim_start().starts_with("at ")) {
            say!("  {line}");
        }
    }
}
