//! `nova demo`: a synthetic community, loaded through the import, then alive through HTTP.

mod community;
mod figures;
mod print;
mod probe;
mod routes;

use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::{Context as _, Result};
use clap::Args;
use nova_core::clock::Clock as _;
use nova_lab::live::{self, Auth, Pace, Stats, Target};
use tokio::net::TcpListener;
use tokio::time::Instant;

use super::{address, asked_to_stop, block_on, logging};
use crate::app::{App, SystemClock};
use crate::config::{Config, Overrides};
use community::Community;
use figures::Figures;

/// What happens per second once the community is alive.
const EVENTS_PER_S: f64 = 40.0;
/// People at once.
const SESSIONS: usize = 24;

/// Arguments of `nova demo`.
#[derive(Debug, Args)]
pub(crate) struct DemoArgs {
    /// People of the community [default: 2000, or as many as live in --data-dir]
    #[arg(long, value_parser = clap::value_parser!(u32).range(10..=200_000))]
    users: Option<u32>,
    /// Which community: the same seed gives the same people [default: 7, or that of --data-dir]
    #[arg(long)]
    seed: Option<u64>,
    /// Address and port; a loopback address
    #[arg(long, value_name = "ADDRESS", value_parser = address, default_value = "127.0.0.1:8080")]
    listen: SocketAddr,
    /// Keep the community here and go on with it next time [default: a temporary directory, removed at the end]
    #[arg(long, value_name = "DIR")]
    data_dir: Option<PathBuf>,
}

pub(crate) fn run(args: DemoArgs) -> Result<ExitCode> {
    let temporary = match &args.data_dir {
        Some(_) => None,
        None => Some(TemporaryDir::new()?),
    };
    let data_dir = args.data_dir.clone().or_else(|| temporary.as_ref().map(|dir| dir.0.clone()));
    let mut config = Config::load(None, &Overrides { listen: Some(args.listen), data_dir })?;
    // the terminal belongs to the status line
    config.logging.level = "warn".to_owned();
    logging::install(&config.logging)?;
    block_on(demo(args, config))?
}

async fn demo(args: DemoArgs, config: Config) -> Result<ExitCode> {
    let started = Instant::now();
    // before anything is made: a taken port is the usual surprise
    let taken = || format!("--listen: {} cannot be had; --listen 127.0.0.1:0 takes a free port", args.listen);
    let listener = TcpListener::bind(args.listen).await.with_context(taken)?;
    let data_dir = config.server.data_dir.clone();
    let mut app = App::open(config, Arc::new(SystemClock)).await?;
    let mut community = Community::of(&app, &data_dir, args.users, args.seed, SystemClock.now()).await?;
    let world = community.world();
    let asked_to_stop = asked_to_stop()?;
    tokio::pin!(asked_to_stop);
    tokio::select! {
        loaded = community.load(&app, &world) => loaded?,
        () = &mut asked_to_stop => return Ok(end(app, &args).await),
    }
    let stats = Arc::new(Stats::default());
    let figures = Arc::new(Figures::new(Arc::clone(&stats)));
    let address = app.serve(Some(listener), routes::router(app.ports(), &world, &figures)).await?;
    let viewer = world.showcase().context("a community needs more than one person")?;
    print::alive(address, viewer, started.elapsed());
    print::feed(&app.services().feed, viewer).await?;

    let stop = app.tasks().stop();
    let pace = Pace { events_per_s: EVENTS_PER_S, sessions: SESSIONS };
    let target = Target { address, auth: Auth::Open };
    app.tasks().spawn(live::run(target, Arc::clone(&world), pace, stop.clone(), Arc::clone(&stats)));
    app.tasks().spawn(probe::run(address, Arc::clone(&world), Arc::clone(&figures), stop));
    print::status(&*app.ports().store, &figures, asked_to_stop).await;
    Ok(end(app, &args).await)
}

async fn end(app: App, args: &DemoArgs) -> ExitCode {
    say!("Ending: what was taken is applied, and the index is written.");
    let whole = app.stop().await;
    match &args.data_dir {
        Some(dir) => say!("Kept: `nova demo --data-dir {}` goes on with it.", dir.display()),
        None => say!("This community is gone; with --data-dir DIR the next one is kept."),
    }
    if whole { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// Removed with everything in it when the demo ends in order.
struct TemporaryDir(PathBuf);

impl TemporaryDir {
    fn new() -> Result<Self> {
        let path = std::env::temp_dir().join(format!("nova-demo-{:08x}", rand::random::<u32>()));
        std::fs::create_dir_all(&path).with_context(|| format!("{} cannot be made", path.display()))?;
        Ok(Self(path))
    }
}

impl Drop for TemporaryDir {
    fn drop(&mut self) {
        drop(std::fs::remove_dir_all(&self.0));
    }
}
