//! The index of an API process in the distributed mode: the embedded twin, fed from Kafka.

use std::sync::Arc;

use anyhow::{Context as _, Result};
use tokio::time::Instant;

use super::embedded;
use crate::app::DataDir;
use crate::config::Config;
use crate::log::{EventLog as _, KafkaLog};
use crate::store::clickhouse::seed::Seed;
use crate::store::{MemoryStore, Projection as _};

/// Its own folder in the data directory: it can be made anew without anything else.
const FOLDER: &str = "index";

/// From its snapshot, where there is one that the log still reaches back to; otherwise from what the shared store holds.
/// What came into the log behind either is read from there.
pub(super) async fn open(
    config: &Config,
    dir: &DataDir,
    log: &KafkaLog,
    group: &str,
) -> Result<Arc<MemoryStore>> {
    let folder = dir.path().join(FOLDER);
    let store = embedded::open_index(config, dir, &folder)?;
    let stands = store.positions();
    if !stands.is_empty() && stands.covers(&log.starts().await?) {
        return Ok(store);
    }
    drop(store);
    if !stands.is_empty() {
        tracing::warn!(index = %stands, "the log no longer reaches back to where the index stands; it is made anew");
    }
    std::fs::remove_dir_all(&folder)
        .with_context(|| format!("{} cannot be removed to make the index anew", folder.display()))?;
    let store = embedded::open_index(config, dir, &folder)?;
    seed(config, log, group, &store).await?;
    Ok(store)
}

async fn seed(config: &Config, log: &KafkaLog, group: &str, store: &MemoryStore) -> Result<()> {
    // taken before the store is read: rows that are written meanwhile come twice, and bear that; events end there
    let upto = log.committed(group).await?.unwrap_or_default();
    let started = Instant::now();
    let mut facts = 0;
    Seed::of(config.store.url.expose())?
        .read(&upto, &mut |page| {
            facts += page.len();
            tokio::task::block_in_place(|| store.seed(&page)).map(drop)
        })
        .await
        .context("the index cannot be made from store.url")?;
    let mut behind = upto;
    behind.advance_all(&log.starts().await?);
    store.jump(&behind);
    tracing::info!(facts, took = ?started.elapsed(), at = %store.positions(), "the index starts from the shared store");
    Ok(())
}
