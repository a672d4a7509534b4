//! Waiting for what must come.

use std::time::Duration;

use anyhow::{Result, bail};
use tokio::time::{Instant, sleep};

/// Longer than anything here may stand still.
pub(crate) const PATIENCE: Duration = Duration::from_secs(300);
/// Between two looks: what is measured by looking is this much too long at most.
pub(crate) const LOOK: Duration = Duration::from_millis(20);

/// Looks until there is something.
pub(crate) async fn until<T>(what: &str, mut look: impl AsyncFnMut() -> Result<Option<T>>) -> Result<T> {
    let began = Instant::now();
    loop {
        if let Some(found) = look().await? {
            return Ok(found);
        }
        if began.elapsed() > PATIENCE {
            bail!("{what}: not within {} s", PATIENCE.as_secs());
        }
        sleep(LOOK).await;
    }
}
