//! Starts everything in the order in which it depends on one another, and ends it in the reverse order.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, Result};
use axum::serve::ListenerExt as _;
use nova_core::clock::Clock;
use sha2::{Digest as _, Sha256};
use tokio::net::TcpListener;
use tokio_util::sync::DropGuard;

use super::services::guard;
use super::{DataDir, Ports, Roles, Services, Tasks, Twins};
use crate::api::{self, Bounds};
use crate::cache::Timely;
use crate::config::{AuthMode, Config, Mode};
use crate::guard::Guard;
use crate::jobs;
use crate::metrics;
use crate::project::{Index, Projector, ProjectorConfig};

/// The whole service in this process, with all of its parts open and the projection running.
pub struct App {
    roles: Roles,
    ports: Ports,
    services: Services,
    guard: Arc<Guard>,
    /// What the twins need done.
    chores: Vec<Arc<dyn jobs::Job>>,
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
        Self::open_as(Roles::ALL, config, clock).await
    }

    /// The same for a process that does a part of the work.
    ///
    /// # Errors
    /// As [`App::open`].
    pub async fn open_as(roles: Roles, config: Config, clock: Arc<dyn Clock>) -> Result<Self> {
        Self::open_with(roles, config, clock, |twins| twins).await
    }

    /// The same, with something put around the twins: how tests make a part fail.
    ///
    /// # Errors
    /// As [`App::open`].
    pub async fn open_with(
        roles: Roles,
        config: Config,
        clock: Arc<dyn Clock>,
        wrap: impl FnOnce(Twins) -> Twins,
    ) -> Result<Self> {
        roles.must_fit(config.mode())?;
        let config = Arc::new(config);
        let dir = Arc::new(DataDir::open(&config.server.data_dir)?);
        let guard = Arc::new(guard(&config, Arc::clone(&clock)));
        let mut twins = wrap(Twins::open(&config, roles, &dir, Arc::clone(&clock), &guard).await?);
        // nothing that it is asked for is worth waiting for
        twins.ports.cache = Arc::new(match config.mode() {
            Mode::Embedded => Timely::new(twins.ports.cache, guard.deadline()),
            Mode::Distributed => {
                // half, so that whoever asks the cache first and the store then has time for the store
                let deadline = guard.deadline() / 2;
                Timely::watched(twins.ports.cache, deadline, guard.watch_within("cache", deadline))
            }
        });
        let key = signing_key(&config, &dir);
        let (services, notes) = Services::on(&twins, &config, Arc::clone(&clock), &key, &guard);
        let Twins { ports, projection, consumer, late, chores, .. } = twins;
        let inner = Tasks::default();
        if let Some(store) = projection {
            let projector = Projector {
                log: Arc::clone(&ports.log),
                // beside a shared store the consumer puts aside, once for all replicas
                dead: (services.fence.index() == Index::Alone).then(|| Arc::clone(&ports.dead)),
                store,
                progress: Arc::clone(&services.progress),
                clock,
                config: ProjectorConfig {
                    batch_records_max: config.log.batch_records_max,
                    snapshot_every: Duration::from_secs(config.store.snapshot_s),
                    mapping: config.change.clone(),
                },
            };
            let (progress, stop) = (Arc::clone(&services.progress), inner.stop());
            inner.spawn(async move {
                carry("the projection", projector.run(stop)).await;
                progress.stop();
            });
        }
        if let Some(consumer) = consumer {
            inner.spawn(carry("the consumer", (consumer.run)(inner.stop())));
        }
        if let Some(late) = late {
            inner.spawn(carry("the opening of the log and the store", late(inner.stop())));
        }
        if let Some(notes) = notes {
            // ended with the projection: after the last page was answered
            inner.spawn(notes.run(Arc::clone(&ports.log), inner.stop()));
        }
        let outer = Tasks::default();
        let ending = [outer.stop().drop_guard(), inner.stop().drop_guard()];
        Ok(Self {
            roles,
            ports,
            services,
            guard,
            chores,
            outer,
            inner,
            address: None,
            _ending: ending,
            _dir: dir,
        })
    }

    /// Starts the jobs, and the HTTP server on `config.server.listen`, or on a listener that is there already. `beside`
    /// are routes that are not part of the API (the demo's).
    ///
    /// # Errors
    /// When the address cannot be had.
    pub async fn serve(&mut self, listener: Option<TcpListener>, beside: axum::Router) -> Result<SocketAddr> {
        let listen = self.services.config.server.listen;
        let listener = match listener {
            Some(listener) => listener,
            None => TcpListener::bind(listen)
                .await
                .with_context(|| format!("server.listen: {listen} cannot be had"))?,
        };
        let address = listener.local_addr().context("the listener has no address")?;
        let replica = format!("{:016x}", rand::random::<u64>());
        for job in self.jobs().into_iter().filter(|_| self.roles.jobs) {
            let cache = Arc::clone(&self.ports.cache);
            self.outer.spawn(jobs::tend(job, cache, replica.clone(), self.outer.stop()));
        }
        let (ports, services) = (self.ports.clone(), self.services.clone());
        let metrics = metrics::install();
        self.guard.show();
        let router = if self.roles.api {
            api::router_with(ports, services, metrics, beside)
        } else {
            api::operations_router(ports, services, metrics)
        };
        let listener = listener.tap_io(|stream| {
            // an answer is one write: waiting for more only delays it
            if let Err(error) = stream.set_nodelay(true) {
                tracing::debug!(error = ?error, "TCP_NODELAY could not be set");
            }
        });
        let bounds = Bounds::from(&self.services.config.server);
        self.outer.spawn(api::serve(listener, router, bounds, self.outer.stop()));
        self.address = Some(address);
        Ok(address)
    }

    /// Every job, to be run by hand.
    #[must_use]
    pub fn jobs(&self) -> Vec<Arc<dyn jobs::Job>> {
        let mut jobs = jobs::all(&self.ports, &self.services);
        jobs.extend(self.chores.iter().map(Arc::clone));
        jobs
    }

    /// The four ports.
    #[must_use]
    pub const fn ports(&self) -> &Ports {
        &self.ports
    }

    /// What stands on them.
    #[must_use]
    pub const fn services(&self) -> &Services {
        &self.services
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

    /// Waits until the index of this process, where there is one, has applied everything that the log holds now.
    ///
    /// # Errors
    /// When the log does not answer, or the projection stands still for `patience`.
    pub async fn caught_up(&self, patience: Duration) -> Result<()> {
        if self.services.fence.index() == Index::Absent {
            return Ok(());
        }
        let ends = self.ports.log.ends().await?;
        Ok(self.services.progress.wait(&ends, patience).await?)
    }

    /// Stops taking, answers what is in flight, applies what was taken, writes a snapshot. At most as long as
    /// `server.shutdown_s` each for both halves; says whether all of it was done.
    pub async fn stop(self) -> bool {
        let deadline = self.services.config.server.shutdown();
        let answered = self.outer.end(deadline).await;
        if self.caught_up(deadline).await.is_err() {
            tracing::warn!("not everything in the log is applied; the next start goes on from there");
        }
        self.inner.end(deadline).await && answered
    }
}

/// Signs cursors. Every process of a distributed service must take those of the others.
fn signing_key(config: &Config, dir: &DataDir) -> Vec<u8> {
    match (config.mode(), config.auth.mode) {
        (Mode::Distributed, AuthMode::Jwt) => {
            let secret = config.auth.secret.expose();
            Sha256::new().chain_update(b"nova cursors v1").chain_update(secret).finalize().to_vec()
        }
        // open is for one machine
        (Mode::Distributed, AuthMode::Open) | (Mode::Embedded, _) => dir.key().to_vec(),
    }
}

/// Carries until the end; if it ends before, that is said.
async fn carry(what: &'static str, run: impl Future<Output = nova_core::error::Result<()>>) {
    if let Err(error) = run.await {
        tracing::error!(error = ?error, "{what} has stopped; feeds grow stale until the cause is gone and the process is restarted");
    }
}
