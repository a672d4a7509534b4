//! The service under test, with a synthetic community loaded through its own import.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result};
use nova::app::{App, SystemClock};
use nova::config::{Config, Overrides};
use nova::ingest::import::{self, Options, Source};
use nova_core::clock::Clock as _;
use nova_lab::world::{World, WorldConfig};
use tokio::runtime::Runtime;

use crate::line;

/// How long anything may stand still.
const PATIENCE: Duration = Duration::from_secs(600);

/// The service, listening, with its community.
pub(crate) struct Service {
    pub(crate) address: SocketAddr,
    pub(crate) world: Arc<World>,
    app: App,
    runtime: Runtime,
    _dir: tempfile::TempDir,
}

impl Service {
    /// Loads a community of `users` people: a week, 30 follows a person, few enough events to load in a minute.
    pub(crate) fn start(users: u32) -> Result<Self> {
        let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
        let dir = tempfile::tempdir()?;
        let flags =
            Overrides { listen: Some(([127, 0, 0, 1], 0).into()), data_dir: Some(dir.path().to_owned()) };
        let config = Config::load(None, &flags)?;
        let world =
            World::new(WorldConfig { visits_per_day: 0.05, ..WorldConfig::new(users, 7, SystemClock.now()) });
        let (app, address) = runtime.block_on(async {
            let mut app = App::open(config, Arc::new(SystemClock)).await?;
            let made = Arc::clone(&world);
            let lines = move || -> Box<dyn Iterator<Item = String> + Send> { Box::new(made.history()) };
            let (source, ports) = (Source::Made(Arc::new(lines)), app.ports().clone());
            let options = Options::new(&app.services().config.events, SystemClock.now());
            let started = Instant::now();
            let report = import::run(&source, options, &*ports.social, &*ports.log, &|_| {}).await?;
            app.caught_up(PATIENCE).await?;
            let seconds = started.elapsed().as_secs_f64();
            anyhow::ensure!(report.refused == 0, "the community was refused: {:?}", report.reasons.first());
            let size = ports.store.size().await?;
            line(
                "import, until it can be asked",
                &format!("{:.0} lines/s", report.lines as f64 / seconds),
                &format!(
                    "{} users, {} posts, {} follows, {} events",
                    size.users, size.posts, size.follows, size.events
                ),
            );
            let address = app.serve(None, axum::Router::new()).await?;
            anyhow::Ok((app, address))
        })?;
        Ok(Self { address, world, app, runtime, _dir: dir })
    }

    /// A person by number, any number.
    pub(crate) fn viewer(&self, number: u64) -> String {
        // a multiplicative walk visits everybody in no order that a cache would like
        let people = self.world.people();
        let index = (number.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 16) as usize % people.len();
        people[index].id.to_string()
    }

    /// Sends what needs a runtime.
    pub(crate) fn block_on<T>(&self, future: impl Future<Output = T>) -> T {
        self.runtime.block_on(future)
    }

    /// One answer's body, for what must be known before a load.
    pub(crate) fn get(&self, path: &str, viewer: &str) -> Result<bytes::Bytes> {
        self.block_on(async {
            let mut client = nova_lab::client::Client::new(self.address, Duration::from_secs(30));
            let headers = [("x-nova-user", viewer)];
            let answer = client.request(hyper::Method::GET, path, &headers, bytes::Bytes::new()).await?;
            anyhow::ensure!(answer.status == 200, "{path}: {} {:?}", answer.status, answer.body);
            Ok(answer.body)
        })
        .context("the service does not answer")
    }

    pub(crate) fn stop(self) {
        let Self { app, runtime, .. } = self;
        runtime.block_on(app.stop());
    }
}
