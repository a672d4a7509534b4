//! The real systems on this machine, without containers: PostgreSQL, Kafka, Kafka Connect with Debezium, ClickHouse,
//! Redis. `deploy/` says what they are, for `docker compose` and for this; what differs here (ports, folders) is laid
//! over it at each start.
//!
//! * `target/stack/artifacts`: what was fetched, by version; survives `down --wipe`
//! * `target/stack/run/NAME`: a service's data, configuration, log, and the record of its process
//! * `target/stack/env`: where everything answers, as lines for a shell

mod settings;
mod artifacts;
mod ports;
mod place;

mod postgres;
mod kafka;
mod connect;
mod jvm;
mod clickhouse;
mod redis;

mod proc;
mod process;
mod probe;
mod wait;
mod state;

mod up;
mod down;
mod fault;
mod status;
mod lend;
#[cfg(test)]
mod compose;

use std::process::Command;

use anyhow::Result;
use clap::{Args, Subcommand, ValueEnum};
use rustix::process::Signal;

use crate::needs::Need;
pub(crate) use lend::Lent;
use place::Place;
use state::Stack;

/// One of the systems.
pub(crate) trait Service: Sync {
    /// Its name, here and in `deploy/compose.yaml`.
    fn name(&self) -> &'static str;

    /// The names of its ports; its clients use the first.
    fn ports(&self) -> &'static [&'static str];

    /// What it cannot answer without.
    fn after(&self) -> &'static [Name] {
        &[]
    }

    /// The files under `deploy/` that it reads, all of which the container mounts.
    fn files(&self) -> &'static [&'static str];

    /// The programs that this machine must have.
    fn needs(&self, at: &Place<'_>) -> Result<Vec<Need>>;

    /// Fetches what is not there, writes its configuration, and makes its data where there is none. Called before
    /// each start; what was interrupted is taken up again.
    fn prepare(&self, at: &Place<'_>) -> Result<()>;

    /// What to start. The program must stay in the foreground and in its process.
    fn start(&self, at: &Place<'_>) -> Result<Command>;

    /// Asks it something that it can only answer when it does its work.
    fn answers(&self, at: &Place<'_>) -> Result<()>;

    /// Where its clients find it, as Nova's configuration says it.
    fn url(&self, at: &Place<'_>) -> Result<String>;

    /// The signal that makes it end in order, without waiting for its clients.
    fn stop_signal(&self) -> Signal {
        Signal::TERM
    }

    /// Called when it ended in order.
    fn ended(&self, _at: &Place<'_>) -> Result<()> {
        Ok(())
    }
}

/// Which of the systems.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, ValueEnum)]
#[value(rename_all = "lower")]
pub(crate) enum Name {
    /// The application's tables
    Postgres,
    /// The log
    Kafka,
    /// Change capture
    Connect,
    /// The store
    ClickHouse,
    /// The cache
    Redis,
}

impl Name {
    /// All of them, in the order in which they start.
    const ALL: [Self; 5] = [Self::Postgres, Self::Kafka, Self::Connect, Self::ClickHouse, Self::Redis];

    fn service(self) -> &'static dyn Service {
        match self {
            Self::Postgres => &postgres::Postgres,
            Self::Kafka => &kafka::Kafka,
            Self::Connect => &connect::Connect,
            Self::ClickHouse => &clickhouse::ClickHouse,
            Self::Redis => &redis::Redis,
        }
    }
}

/// The real systems on this machine.
#[derive(Debug, Args)]
pub(crate) struct StackArgs {
    #[command(subcommand)]
    task: Task,
}

#[derive(Debug, Subcommand)]
enum Task {
    /// Start what does not run, wait until it answers, say where; the first time fetches about 250 MB
    Up {
        /// These, and what they cannot do without
        #[arg(long, value_delimiter = ',')]
        only: Vec<Name>,
    },
    /// Stop everything in order; the data stay
    Down {
        /// Remove the data too
        #[arg(long)]
        wipe: bool,
    },
    /// What runs, where, and in how much memory
    Status,
    /// Start one that does not run, wait until it answers
    Start { name: Name },
    /// End one as a power cut would (SIGKILL), with every process below it
    Kill { name: Name },
    /// Hold one as a long pause would (SIGSTOP), with every process below it
    Freeze { name: Name },
    /// Let one that is held go on (SIGCONT)
    Thaw { name: Name },
}

/// Does it. One at a time: another one waits.
pub(crate) fn run(args: &StackArgs) -> Result<()> {
    let mut stack = Stack::open()?;
    match &args.task {
        Task::Up { only } => up::up(&mut stack, only),
        Task::Start { name } => up::start(&mut stack, *name),
        Task::Down { wipe } => down::run(&stack, *wipe),
        Task::Status => status::print(&stack),
        Task::Kill { name } => fault::kill(&stack, *name),
        Task::Freeze { name } => fault::freeze(&stack, *name),
        Task::Thaw { name } => fault::thaw(&stack, *name),
    }
}
