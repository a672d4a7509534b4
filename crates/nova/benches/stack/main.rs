//! The distributed mode on the real systems, from outside: what it carries, how soon it shows, what it holds in memory.
//!
//! `cargo xtask bench --stack -- [--small] [--only flow,feeds] [--seconds 60]` starts the systems and runs this. One
//! table: each figure beside its floor and its aim. Everything runs on this machine, the load generator too. Nova is the
//! program itself, as a process of its own, except where it is said otherwise.
#![expect(clippy::print_stdout, clippy::disallowed_methods, reason = "a benchmark prints and reads the time")]

mod bare;
mod capture;
mod community;
mod consumer;
mod engine;
mod feeds;
mod flow;
mod ids;
mod index;
mod lag;
mod memory;
mod place;
mod process;
mod questions;
mod size;
mod table;
mod timeline;
mod topic;
mod visible;
mod wait;

use anyhow::{Context as _, Result};
use clap::Parser as _;

use place::Place;
use size::{Size, What};

/// The program's.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

#[tokio::main]
async fn main() -> Result<()> {
    let size = Size::parse().shrunk();
    table::head(&size);
    let mut failed = Vec::new();
    for what in &size.only {
        if let Err(error) = measured(*what, &size).await {
            failed.push(*what);
            println!("{what:?} was not measured: {error:#}");
        }
    }
    anyhow::ensure!(failed.is_empty(), "not measured: {failed:?}");
    Ok(())
}

/// On an installation of its own, which is taken away afterwards whatever came of it.
async fn measured(what: What, size: &Size) -> Result<()> {
    let place = Place::new().await.context("no place on the services")?;
    let done = match what {
        What::Flow => flow::run(&place, size).await,
        What::Consumer => consumer::run(&place, size).await,
        What::Capture => capture::run(&place, size).await,
        What::Visible => visible::run(&place, size).await,
        What::Feeds => feeds::run(&place, size).await,
        What::Memory => memory::run(&place, size).await,
    };
    place.clear().await;
    done
}
