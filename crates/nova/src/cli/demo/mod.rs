//! `nova demo`: a synthetic community, loaded through the import, then alive through HTTP.

mod figures;
mod print;
mod probe;
mod routes;

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, Result};
use clap::Args;
use nova_core::clock::Clock as _;
use nova_core::model::Timestamp;
use nova_lab::live::{self, Auth, Pace, Stats, Target};
use nova_lab::world::{World, WorldConfig};
use tokio::time::Instant;

use super::{asked_to_stop, block_on, logging};
use crate::app::{App, SystemClock};
use crate::config::{Config, Overrides};
use crate::ingest::import::{self, Options, Source};
use figures::Figures;

/// How long the projection may stand still while the community is loaded.
const PATIENCE: Duration = Duration::from_secs(600);
/// What happens per second once the community is alive.
const EVENTS_PER_S: f64 = 40.0;
/// Where the moment is noted at which the community began to live.
const BEGAN: &str = "demo-began";
/// People at once.
const SESSIONS: usize = 24;

/// Arguments of `nova demo`.
#[derive(Debug, Args)]
pub(crate) struct DemoArgs {
    /// People of the community
    #[arg(long, default_value_t = 2_000, value_parser = clap::value_parser!(u32).range(10..=200_000))]
    users: u32,
    /// Which community: the same seed gives the same people
    #[arg(long, default_value_t = 7)]
    seed: u64,
    /// Address and port; a loopback address
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:8080")]
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
    let began = config.server.data_dir.join(BEGAN);
    let mut app = App::open(config, Arc::new(SystemClock)).await?;
    let world = World::new(WorldConfig::new(args.users, args.seed, began_at(&began)?));
    if app.ports().store.size().await?.users == 0 {
        load(&app, &world).await?;
    }
    let stats = Arc::new(Stats::default());
    let figures = Arc::new(Figures::new(Arc::clone(&stats)));
    let address = app.serve(None, routes::router(app.ports(), &world, &figures)).await?;
    let viewer = world.showcase().context("a community needs more than one person")?;
    println!("\nNova is alive: http://{address}/?viewer={}", viewer.id);
    println!(
        "(first feed after {:.1} s; API documentation at http://{address}/docs; Ctrl-C ends it)\n",
        started.elapsed().as_secs_f64()
    );
    print::feed(app.ports(), viewer).await?;

    let stop = app.tasks().stop();
    let pace = Pace { events_per_s: EVENTS_PER_S, sessions: SESSIONS };
    let target = Target { address, auth: Auth::Open };
    app.tasks().spawn(live::run(target, Arc::clone(&world), pace, stop.clone(), Arc::clone(&stats)));
    app.tasks().spawn(probe::run(address, Arc::clone(&world), Arc::clone(&figures), stop.clone()));
    app.tasks().spawn(print::status(app.ports().clone(), figures, stop));
    asked_to_stop().await;
    println!("\nending: the index is written");
    Ok(if app.stop().await { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// When the community of this directory began to live: its posts are named after that moment, so a later run must
/// draw it for the same one.
fn began_at(file: &Path) -> Result<Timestamp> {
    let now = SystemClock.now();
    match std::fs::read_to_string(file) {
        Ok(text) => {
            text.trim().parse().with_context(|| format!("{} is damaged: it must hold a time", file.display()))
        }
        Err(_) => {
            std::fs::write(file, now.to_string())
                .with_context(|| format!("{} cannot be written", file.display()))?;
            Ok(now)
        }
    }
}

/// The community's history, through the same door as anybody's.
async fn load(app: &App, world: &Arc<World>) -> Result<()> {
    let bar = super::import::bar(false);
    let made = Arc::clone(world);
    let lines = move || -> Box<dyn Iterator<Item = String> + Send> { Box::new(made.history()) };
    let source = Source::Made(Arc::new(lines));
    let ports = app.ports();
    let report =
        import::run(&source, Options::default(), &*ports.social, &*ports.log, &|lines| bar.inc(lines))
            .await?;
    bar.set_message("building the index");
    app.caught_up(PATIENCE).await?;
    bar.finish_and_clear();
    anyhow::ensure!(
        report.refused == 0,
        "the community's own history was refused: {:?}",
        report.reasons.first()
    );
    Ok(())
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
