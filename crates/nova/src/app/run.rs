//! Starts everything in the order in which it depends on one another, and ends it in the reverse order.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, Result};
use axum::serve::ListenerExt as _;
use nova_core::breaker::BreakerConfig;
use nova_core::clock::Clock;
use nova_core::ranking::config::SeenOn;
use tokio::net::TcpListener;
use tokio_util::sync::DropGuard;

use super::{DataDir, Ports, Tasks, Twins};
use crate::api::cursor::Signer;
use crate::api::{self, Bounds};
use crate::cache::{Cache, Timely};
use crate::config::Config;
use crate::feed::{FeedConfig, FeedService, Guard, HotLists, Notes, Parts, Served};
use crate::jobs;
use crate::log::Positions;
use crate::metrics;
use crate::project::{Fence, FenceConfig, Progress, Projector, ProjectorConfig};

/// The whole service in this process, with all of its parts open and the projection running.
pub struct App {
    ports: Ports,
    hot: Arc<HotLists>,
    /// What serves: ended first, so that nothing new comes in.
    outer: Tasks,
    /// What carries: ended last, after everything taken has been applied.
    inner: Tasks,
    address: Option<SocketAddr>,
    /// Dropped without [`App::stop`], everything ends soon all the same.
    _ending: [DropGuard; 2],
    /// Freed when everything else is closed.
    _dir: Arc<DataDir>,
}

impl App {
    /// Opens the data directory and every port, and starts the projection. Serves nothing yet.
    ///
    /// # Errors
    /// One line that names the part and the cause.
    pub async fn open(config: Config, clock: Arc<dyn Clock>) -> Result<Self> {
        Self::open_with(config, clock, |twins| twins).await
    }

    /// The same, with something put around the twins: how tests make a part fail.
    ///
    /// # Errors
    /// As [`App::open`].
    pub async fn open_with(
        config: Config,
        clock: Arc<dyn Clock>,
        wrap: impl FnOnce(Twins) -> Twins,
    ) -> Result<Self> {
        let config = Arc::new(config);
        let dir = Arc::new(DataDir::open(&config.server.data_dir)?);
        let twins = wrap(Twins::open(&config, &dir, Arc::clone(&clock)).await?);
        let start = twins.log.ends().await?;
        let progress = Arc::new(Progress::default());
        let projector = Projector {
            log: Arc::clone(&twins.log),
            dead: Arc::clone(&twins.dead),
            store: Arc::clone(&twins.projection),
            progress: Arc::clone(&progress),
            clock: Arc::clone(&clock),
            config: ProjectorConfig {
                batch_records_max: config.log.batch_records_max,
                snapshot_every: Duration::from_secs(config.store.snapshot_s),
                mapping: crate::ingest::change::Mapping::default(),
            },
        };
        let inner = Tasks::default();
        let stop = inner.stop();
        inner.spawn(async move {
            if let Err(error) = projector.run(stop).await {
                tracing::error!(error = ?error, "the projection has stopped; feeds grow stale until the cause is gone and the process is restarted");
            }
        });
        let (served, notes) = served(&config, &progress).unzip();
        if let Some(notes) = notes {
            // ended with the projection: after the last page was answered
            inner.spawn(notes.run(Arc::clone(&twins.log), inner.stop()));
        }
        let (ports, hot) = assemble(&config, clock, dir.key(), twins, progress, start, served);
        let outer = Tasks::default();
        let ending = [outer.stop().drop_guard(), inner.stop().drop_guard()];
        Ok(Self { ports, hot, outer, inner, address: None, _ending: ending, _dir: dir })
    }

    /// Starts the jobs and the HTTP server on `config.server.listen`, or on a listener that is there already. `beside`
    /// are routes that are not part of the API (the demo's).
    ///
    /// # Errors
    /// When the address cannot be had.
    pub async fn serve(&mut self, listener: Option<TcpListener>, beside: axum::Router) -> Result<SocketAddr> {
        let listen = self.ports.config.server.listen;
        let listener = match listener {
            Some(listener) => listener,
            None => TcpListener::bind(listen)
                .await
                .with_context(|| format!("server.listen: {listen} cannot be had"))?,
        };
        let address = listener.local_addr().context("the listener has no address")?;
        let replica = format!("{:016x}", rand::random::<u64>());
        for job in jobs::all(&self.ports, &self.hot) {
            self.outer.spawn(jobs::tend(job, self.ports.clone(), replica.clone(), self.outer.stop()));
        }
        let router = api::router_with(self.ports.clone(), metrics::install(), beside);
        let listener = listener.tap_io(|stream| {
            // an answer is one write: waiting for more only delays it
            if let Err(error) = stream.set_nodelay(true) {
                tracing::debug!(error = ?error, "TCP_NODELAY could not be set");
            }
        });
        let bounds = Bounds::from(&self.ports.config.server);
        self.outer.spawn(api::serve(listener, router, bounds, self.outer.stop()));
        self.address = Some(address);
        Ok(address)
    }

    /// Every job, to be run by hand.
    #[must_use]
    pub fn jobs(&self) -> Vec<Box<dyn jobs::Job>> {
        jobs::all(&self.ports, &self.hot)
    }

    /// Everything open.
    #[must_use]
    pub const fn ports(&self) -> &Ports {
        &self.ports
    }

    /// Where it listens, once it serves.
    #[must_use]
    pub const fn address(&self) -> Option<SocketAddr> {
        self.address
    }

    /// For what runs beside the service and ends before it: the demo's traffic.
    #[must_use]
    pub const fn tasks(&self) -> &Tasks {
        &self.outer
    }

    /// Waits until the index has applied everything that the log holds now.
    ///
    /// # Errors
    /// When the log does not answer, or the projection stands still for `patience`.
    pub async fn caught_up(&self, patience: Duration) -> Result<()> {
        let ends = self.ports.log.ends().await?;
        Ok(self.ports.progress.wait(&ends, patience).await?)
    }

    /// Stops taking, answers what is in flight, applies what was taken, writes a snapshot. At most as long as
    /// `server.shutdown_s` each for both halves; says whether all of it was done.
    pub async fn stop(self) -> bool {
        let deadline = self.ports.config.server.shutdown();
        let answered = self.outer.end(deadline).await;
        if self.caught_up(deadline).await.is_err() {
            tracing::warn!("not everything in the log is applied; the next start goes on from there");
        }
        self.inner.end(deadline).await && answered
    }
}

/// How long pages and writes wait for the projection.
fn waits(config: &Config) -> FenceConfig {
    FenceConfig { page_wait: config.server.page_wait(), write_wait: config.server.read_your_writes() }
}

/// The queue of what was served, where that counts as seen.
fn served(config: &Config, progress: &Arc<Progress>) -> Option<(Served, Notes)> {
    let counts = config.ranking.seen.on == SeenOn::Served;
    let fence = || Fence::new(Arc::clone(progress), waits(config), Positions::default());
    counts.then(|| Served::new(fence(), config.server.page_wait()))
}

/// What stands on the twins.
fn assemble(
    config: &Arc<Config>,
    clock: Arc<dyn Clock>,
    key: &[u8],
    twins: Twins,
    progress: Arc<Progress>,
    start: Positions,
    served: Option<Served>,
) -> (Ports, Arc<HotLists>) {
    let deadline = Duration::from_millis(config.store.deadline_ms);
    let cache: Arc<dyn Cache> = Arc::new(Timely::new(twins.cache, deadline));
    let keys = &config.jobs;
    let refresh = [keys.trending_1h_s, keys.trending_24h_s, keys.trending_7d_s].map(Duration::from_secs);
    let hot = Arc::new(HotLists::new(Arc::clone(&twins.store), Arc::clone(&cache), refresh));
    let fence = Arc::new(Fence::new(Arc::clone(&progress), waits(config), start));
    let signer = Signer::new(key);
    let guard = Guard {
        deadline,
        breaker: BreakerConfig {
            failures_max: config.breaker.failures_max,
            open_for: Duration::from_millis(config.breaker.open_ms),
            open_max: Duration::from_millis(config.breaker.open_ms_max),
            ..BreakerConfig::default()
        },
        clock: Arc::clone(&clock),
    };
    let feed = FeedService::new(
        Parts {
            social: Arc::clone(&twins.social),
            store: Arc::clone(&twins.store),
            cache: Arc::clone(&cache),
            clock: Arc::clone(&clock),
            hot: Arc::clone(&hot),
            guard,
            signer: signer.clone(),
            fence: Arc::clone(&fence),
            progress: Arc::clone(&progress),
            served,
            body_bytes_max: config.cache.body_bytes_max,
        },
        FeedConfig {
            ranking: config.ranking,
            page_fresh: Duration::from_millis(config.cache.page_fresh_ms),
            slate_ttl: Duration::from_secs(config.cache.slate_s),
        },
    );
    let ports = Ports {
        social: twins.social,
        log: twins.log,
        dead: twins.dead,
        store: twins.store,
        cache,
        feed: Arc::new(feed),
        progress,
        fence,
        clock,
        signer,
        config: Arc::clone(config),
    };
    (ports, hot)
}
