//! The index of an API process in the distributed mode: the embedded twin, fed from Kafka.

use std::path::Path;
use std::sync::Arc;

use anyhow::{Context as _, Result};
use tokio::time::Instant;

use super::embedded;
use crate::app::DataDir;
use crate::config::Config;
use crate::log::{EventLog as _, KafkaLog};
use crate::store::clickhouse::seed::Seed;
use crate::store::{MemoryStore, Projection as _};

/// Its own folder in the data directory: it can be made anew without anything else. Behind it stands the sum of all
/// topics' epochs, which only rises: an index of topics that were made anew since stands at offsets of other records.
const FOLDER: &str = "index-";

/// From its snapshot, where there is one that the log still reaches back to; otherwise from what the shared store holds.
/// What came into the log behind either is read from there.
pub(super) async fn open(
    config: &Config,
    dir: &DataDir,
    log: &KafkaLog,
    group: &str,
    epochs: u32,
) -> Result<Arc<MemoryStore>> {
    let folder = dir.path().join(format!("{FOLDER}{epochs}"));
    remove_others(dir.path(), &folder)?;
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

/// What an earlier epoch left.
fn remove_others(dir: &Path, present: &Path) -> Result<()> {
    let at = || format!("{} cannot be cleared of earlier indexes", dir.display());
    for entry in std::fs::read_dir(dir).with_context(at)? {
        let path = entry.with_context(at)?.path();
        let named =
            path.file_name().and_then(|name| name.to_str()).is_some_and(|name| name.starts_with(FOLDER));
        if named && path != present {
            tracing::warn!(path = %path.display(), "topics were made anew since this index was written; it is removed");
            std::fs::remove_dir_all(&path).with_context(at)?;
        }
    }
    Ok(())
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_index_of_an_earlier_epoch_is_removed_and_nothing_else() {
        let dir = tempfile::tempdir().unwrap();
        for name in ["index-9", "index-10", "key"] {
            std::fs::create_dir(dir.path().join(name)).unwrap();
        }
        remove_others(dir.path(), &dir.path().join("index-10")).unwrap();
        let left = std::fs::read_dir(dir.path()).unwrap().map(|entry| entry.unwrap().file_name());
        let mut left: Vec<_> = left.collect();
        left.sort();
        assert_eq!(left, ["index-10", "key"]);
    }
}
