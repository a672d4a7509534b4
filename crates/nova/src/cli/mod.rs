//! The command line. Exit codes: 0 done, 1 failed, 2 used wrongly.
#![expect(clippy::print_stderr, reason = "a command answers on the terminal")]

#[macro_use]
mod say;

#[cfg(feature = "distributed")]
mod audit;
mod check;
#[cfg(feature = "distributed")]
mod connector;
mod dead_letters;
mod demo;
mod import;
mod logging;
#[cfg(feature = "distributed")]
mod migrate;
#[cfg(feature = "distributed")]
mod resume;
mod serve;
mod snapshot;
mod token;

use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Context as _, Result};
use clap::{Args, Parser, Subcommand};

use crate::config::{Config, ConfigError, LISTEN, Overrides};

/// Personalised feeds in real time: embedded in one process, or on your own PostgreSQL, Kafka, ClickHouse and Redis.
#[derive(Debug, Parser)]
#[command(name = "nova", version, propagate_version = true, max_term_width = 100)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// A synthetic community with live traffic: see feeds change in the browser
    Demo(demo::DemoArgs),
    /// Run the service
    Serve(serve::ServeArgs),
    /// Read the configuration, reach every part, print a table; exit 0 only if all is well
    Check(check::CheckArgs),
    /// The Debezium connector that brings the changes of PostgreSQL into Kafka
    #[cfg(feature = "distributed")]
    Connector(connector::ConnectorArgs),
    /// Make the tables and topics of the distributed mode, and see whether they are as they must be
    #[cfg(feature = "distributed")]
    Migrate(migrate::MigrateArgs),
    /// Hold PostgreSQL, Kafka and ClickHouse against each other; exit 0 only if nothing is lost, double or different
    #[cfg(feature = "distributed")]
    Audit(audit::AuditArgs),
    /// What of the log stands still until somebody decides; with --accept-gap go on without what is gone
    #[cfg(feature = "distributed")]
    Resume(resume::ResumeArgs),
    /// Make a development token (HS256, with the key of auth.secret)
    Token(token::TokenArgs),
    /// Load history: JSON lines, plain or .gz, with past times; can be repeated without doubling
    Import(import::ImportArgs),
    /// Records that could not be applied: list, look at them, put them back
    DeadLetters(dead_letters::DeadLettersArgs),
    /// Bring the index up to date and write it to disk
    Snapshot(snapshot::SnapshotArgs),
}

/// Where the configuration comes from.
#[derive(Debug, Args)]
struct ConfigArgs {
    /// Configuration file, over the defaults; NOVA__SECTION__KEY in the environment is over both
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Directory of everything durable [default: data]
    #[arg(long, value_name = "DIR")]
    data_dir: Option<PathBuf>,
}

impl ConfigArgs {
    fn load(&self, listen: Option<SocketAddr>) -> Result<Config, ConfigError> {
        Config::load(self.config.as_deref(), &Overrides { listen, data_dir: self.data_dir.clone() })
    }
}

/// An address of a flag; the system's own words would not say what is allowed.
fn address(text: &str) -> Result<SocketAddr, String> {
    text.parse().map_err(|_| format!("must be {LISTEN}"))
}

/// Runs the program.
#[must_use]
pub fn run() -> ExitCode {
    let cli = Cli::parse();
    let done = carry_out(cli.command).and_then(|code| match say::fault() {
        None => Ok(code),
        Some(fault) => Err(fault).context("standard output"),
    });
    match done {
        Ok(code) => code,
        Err(error) => {
            // an empty line of cause chains helps nobody: one line, all causes
            eprintln!("nova: {error:#}");
            ExitCode::from(if error.is::<ConfigError>() { 2 } else { 1 })
        }
    }
}

fn carry_out(command: Command) -> Result<ExitCode> {
    match command {
        Command::Demo(args) => demo::run(args),
        Command::Serve(args) => serve::run(args),
        Command::Check(args) => check::run(&args),
        #[cfg(feature = "distributed")]
        Command::Connector(args) => connector::run(&args),
        #[cfg(feature = "distributed")]
        Command::Migrate(args) => migrate::run(&args),
        #[cfg(feature = "distributed")]
        Command::Audit(args) => audit::run(&args),
        #[cfg(feature = "distributed")]
        Command::Resume(args) => resume::run(&args),
        Command::Token(args) => token::run(&args),
        Command::Import(args) => import::run(&args),
        Command::DeadLetters(args) => dead_letters::run(&args),
        Command::Snapshot(args) => snapshot::run(&args),
    }
}

/// How long threads that still work may hold up the end of a command: what they do is whole or not at all.
const STRAGGLERS_MAX: Duration = Duration::from_secs(1);

/// Runs a command. A disk that does not answer cannot keep the process from ending.
fn block_on<T>(command: impl Future<Output = T>) -> Result<T> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().thread_name("nova").build()?;
    let done = runtime.block_on(command);
    runtime.shutdown_timeout(STRAGGLERS_MAX);
    Ok(done)
}

/// Hears Ctrl-C and SIGTERM from now on, not only once it is waited for: whoever reads that a server listens may end it
/// at once. Ends with the first of them.
fn asked_to_stop() -> Result<impl Future<Output = ()>> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut interrupt = signal(SignalKind::interrupt()).context("Ctrl-C cannot be heard")?;
    let mut terminate = signal(SignalKind::terminate()).context("SIGTERM cannot be heard")?;
    Ok(async move {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
    })
}
