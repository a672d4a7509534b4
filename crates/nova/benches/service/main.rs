//! The service over HTTP: feeds, events, writes, from a load generator on the same machine.
//!
//! `cargo bench --bench service -- [--users 100000] [--seconds 10] [--only feeds]`; each line is a figure of this run, and beside it
//! what the same run measured of something a reader knows: a route that returns the same bytes, SQLite's bulk insert.
#![expect(clippy::print_stdout, clippy::disallowed_methods, reason = "a benchmark prints and reads the time")]

mod bare;
mod events;
mod feeds;
mod projection;
mod turns;
mod visible;
mod world;

use std::time::Duration;

use anyhow::Result;
use clap::{Parser, ValueEnum};
use nova_lab::load::LoadReport;

/// The program's.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// What is measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum What {
    Projection,
    Feeds,
    Events,
    Visible,
}

/// What it is measured on.
#[derive(Debug, Parser)]
struct Size {
    /// People of the community
    #[arg(long, default_value_t = 100_000)]
    users: u32,
    /// Seconds of each load
    #[arg(long, default_value_t = 10)]
    seconds: u64,
    /// Events of the projection's measure
    #[arg(long, default_value_t = 2_000_000)]
    events: usize,
    /// Only these
    #[arg(long, value_enum, value_delimiter = ',', default_value = "projection,feeds,events,visible")]
    only: Vec<What>,
    /// cargo passes this to every benchmark
    #[arg(long, hide = true)]
    bench: bool,
}

fn main() -> Result<()> {
    let size = Size::parse();
    let seconds = Duration::from_secs(size.seconds);
    let wanted = |what| size.only.contains(&what);
    if wanted(What::Projection) {
        projection::run(size.events)?;
    }
    if size.only.iter().all(|what| *what == What::Projection) {
        return Ok(());
    }
    let service = world::Service::start(size.users)?;
    if wanted(What::Feeds) {
        feeds::run(&service, seconds)?;
    }
    if wanted(What::Events) {
        events::run(&service, seconds)?;
    }
    if wanted(What::Visible) {
        visible::run(&service, seconds)?;
    }
    service.stop();
    Ok(())
}

/// One line of the table.
pub(crate) fn line(what: &str, figure: &str, beside: &str) {
    println!("{what:<44} {figure:<46} {beside}");
}

/// # Errors
/// When anything was answered otherwise than with success.
pub(crate) fn healthy(report: &LoadReport) -> Result<()> {
    anyhow::ensure!(report.errors == 0, "{} errors of {}: {report:?}", report.errors, report.sent);
    Ok(())
}

/// Milliseconds with two digits.
pub(crate) fn ms(duration: Duration) -> String {
    format!("{:.2} ms", duration.as_secs_f64() * 1e3)
}
