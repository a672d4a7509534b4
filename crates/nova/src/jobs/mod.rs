//! What is done on a timer, each by one replica at a time, each with retry and metrics, all with bounded work.

#[cfg(feature = "distributed")]
mod slot;
mod suggest;
#[cfg(feature = "distributed")]
mod sweep;
mod trending;
mod trim;

#[cfg(feature = "distributed")]
pub use slot::WatchSlot;
#[cfg(feature = "distributed")]
pub use sweep::SweepAuthors;

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use nova_core::error::Result;
use tokio::time::{Instant, MissedTickBehavior};
use tokio_util::sync::CancellationToken;

use crate::app::{Ports, Services};
use crate::cache::{Cache, Space};
use crate::metrics;
use crate::store::Window;

/// Tries of one run before it waits for its next time.
const TRIES_MAX: u32 = 3;
/// Between tries; doubled each time.
const RETRY: Duration = Duration::from_millis(200);

/// Something that is done every now and then.
#[async_trait]
pub trait Job: Send + Sync {
    /// Its name in leases, metrics and logs.
    fn name(&self) -> &'static str;

    /// From the start of one run to the start of the next.
    fn every(&self) -> Duration;

    /// One run, bounded in work.
    ///
    /// # Errors
    /// The run is tried again a few times, then at its next time.
    async fn run(&self) -> Result<()>;
}

/// Every job that any mode has; a twin may bring more.
#[must_use]
pub fn all(ports: &Ports, services: &Services) -> Vec<Arc<dyn Job>> {
    let trending = |window| -> Arc<dyn Job> {
        let every = services.config.trending_every(window);
        let (hot, clock) = (Arc::clone(&services.hot), Arc::clone(&services.clock));
        Arc::new(trending::Trending { hot, clock, window, every })
    };
    vec![
        trending(Window::Hour),
        trending(Window::Day),
        trending(Window::Week),
        Arc::new(suggest::Suggest { store: Arc::clone(&ports.store), services: services.clone() }),
        Arc::new(trim::Trim { ports: ports.clone(), services: services.clone() }),
    ]
}

/// Runs one job until `stop`: at once, then at its interval. Of several replicas the one that holds the lease runs it.
pub async fn tend(job: Arc<dyn Job>, cache: Arc<dyn Cache>, replica: String, stop: CancellationToken) {
    let mut ticks = tokio::time::interval(job.every());
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            _ = ticks.tick() => {}
            () = stop.cancelled() => return,
        }
        let holder = Bytes::from(replica.clone());
        let lease = cache.put_if_absent(Space::Lease, job.name(), holder.clone(), job.every()).await;
        if matches!(lease, Ok(false)) {
            continue;
        }
        run(&*job, &stop).await;
        // given back so that a restart need not wait for it to run out; if that fails, it runs out
        drop(cache.remove_if(Space::Lease, job.name(), &holder).await);
    }
}

async fn run(job: &dyn Job, stop: &CancellationToken) {
    let mut pause = RETRY;
    for attempt in 1..=TRIES_MAX {
        let started = Instant::now();
        let outcome = job.run().await;
        metrics::job_ran(job.name(), outcome.is_ok(), started.elapsed());
        let Err(error) = outcome else { return };
        tracing::warn!(job = job.name(), attempt, error = ?error, "a job failed");
        tokio::select! {
            () = tokio::time::sleep(pause) => pause *= 2,
            () = stop.cancelled() => return,
        }
    }
}
