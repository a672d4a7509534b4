//! Opens the twins that the configuration names.

#[cfg(feature = "distributed")]
pub(crate) mod distributed;
mod embedded;
#[cfg(feature = "distributed")]
mod hot;
#[cfg(feature = "distributed")]
mod opening;

use std::sync::Arc;

use anyhow::Result;
use futures_util::future::BoxFuture;
use nova_core::clock::Clock;
use tokio_util::sync::CancellationToken;

use super::{DataDir, Ports, Roles};
use crate::config::{Config, Mode};
use crate::guard::Guard;
use crate::jobs::Job;
use crate::project::{Index, Start};
use crate::store::Projection;

/// What carries the log into the store that every process shares.
pub struct Consumer {
    /// Runs until it is told to stop.
    pub run: Run,
    /// What stands still in it, a line each.
    pub halted: Halted,
}

/// Runs until it is told to stop.
pub type Run = Box<dyn FnOnce(CancellationToken) -> BoxFuture<'static, nova_core::error::Result<()>> + Send>;

/// What stands still until somebody decides, a line each.
pub type Halted = Arc<dyn Fn() -> Vec<String> + Send + Sync>;

/// The ports, and what writes to the store behind them.
pub struct Twins {
    /// What answers behind each port.
    pub ports: Ports,
    /// Who answers while the index of this process does not hold what it must.
    pub index: Index,
    /// What the index of this process must hold before it answers, and how far it is.
    pub start: Arc<Start>,
    /// The index of this process: its write side.
    pub projection: Option<Arc<dyn Projection>>,
    /// What carries the log into the shared store, if this process does.
    pub consumer: Option<Consumer>,
    /// What opens later what did not answer at the start.
    pub late: Option<Run>,
    /// What these twins need done on a timer.
    pub chores: Vec<Arc<dyn Job>>,
}

impl Twins {
    /// Opens what the configuration names, as far as these roles need it.
    ///
    /// # Errors
    /// One line that names the part and the cause.
    pub async fn open(
        config: &Arc<Config>,
        roles: Roles,
        dir: &Arc<DataDir>,
        clock: Arc<dyn Clock>,
        guard: &Arc<Guard>,
    ) -> Result<Self> {
        match config.mode() {
            Mode::Embedded => {
                // nothing of it is on another machine
                let _ = guard;
                embedded::open(config, dir, clock).await
            }
            #[cfg(feature = "distributed")]
            Mode::Distributed => distributed::open(config, roles, dir, clock, guard).await,
            #[cfg(not(feature = "distributed"))]
            Mode::Distributed => {
                anyhow::bail!("this build has no distributed mode, whatever the roles: {roles:?}")
            }
        }
    }
}
