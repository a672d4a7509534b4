//! The index of an API process in the distributed mode: the embedded twin, fed from Kafka.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context as _, Result};
use tokio::task::JoinHandle;
use tokio::time::Instant;

use super::embedded;
use crate::app::DataDir;
use crate::config::Config;
use crate::ingest::event;
use crate::log::{EventLog as _, KafkaLog, Topic};
use crate::project::exactly_once::Manifest;
use crate::store::clickhouse::seed::{Present, Seed};
use crate::store::{Exact, MemoryStore, Projection as _};

/// Its own folder in the data directory: it can be made anew without anything else. Behind it stands the sum of all
/// topics' epochs, which only rises: an index of topics that were made anew since stands at offsets of other records.
const FOLDER: &str = "index-";

/// The index that the last run left, on its way into memory: that takes no service, so it is read from the first moment
/// on, while the services are opened.
pub(super) struct Left {
    epochs: u32,
    store: JoinHandle<Result<Arc<MemoryStore>>>,
}

impl Left {
    /// Begins to read it. `None`: there is none that was ever written.
    ///
    /// # Errors
    /// When the data directory cannot be read.
    pub(super) fn read(config: &Arc<Config>, dir: &Arc<DataDir>) -> Result<Option<Self>> {
        let Some((epochs, folder)) = indexes(dir.path())?.into_iter().max() else { return Ok(None) };
        if !MemoryStore::is_kept_in(&folder) {
            return Ok(None);
        }
        let (config, dir) = (Arc::clone(config), Arc::clone(dir));
        let store = tokio::task::spawn_blocking(move || opened(&config, &dir, &folder));
        Ok(Some(Self { epochs, store }))
    }

    /// What was read, if it is of these epochs.
    async fn of(self, epochs: u32) -> Result<Option<Arc<MemoryStore>>> {
        // waited for in any case: it may still look into its folder
        let store = self.store.await.context("the index could not be read from the data directory")?;
        if self.epochs == epochs { store.map(Some) } else { Ok(None) }
    }
}

/// From its snapshot, where there is one that the log still reaches back to; otherwise from what the shared store holds.
/// What came into the log behind either is read from there.
pub(super) async fn open(
    config: &Config,
    dir: &DataDir,
    log: &KafkaLog,
    group: &str,
    topics: &BTreeMap<Topic, Manifest>,
    left: Option<Left>,
) -> Result<Arc<MemoryStore>> {
    let epochs = topics.values().map(|manifest| manifest.epoch).sum();
    let left = match left {
        Some(left) => left.of(epochs).await?,
        None => None,
    };
    let folder = dir.path().join(format!("{FOLDER}{epochs}"));
    remove_others(dir.path(), &folder)?;
    if let Some(store) = left {
        let stands = store.positions();
        // empty where none of the snapshots was whole, which has been told
        if !stands.is_empty() {
            if stands.covers(&log.starts().await?) {
                return Ok(store);
            }
            tracing::warn!(index = %stands, "the log no longer reaches back to where the index stands; it is made anew");
        }
    }
    // with what stands beside the snapshots: every event of the store would be a copy to the `dedup.db` of an index
    // that was not written to its end
    if folder.exists() {
        std::fs::remove_dir_all(&folder)
            .with_context(|| format!("{} cannot be removed to make the index anew", folder.display()))?;
    }
    let store = opened(config, dir, &folder)?;
    let epoch = topics.get(&Topic::Events).map_or(0, |manifest| manifest.epoch);
    seed(config, log, (group, epoch), &store).await?;
    Ok(store)
}

fn opened(config: &Config, dir: &DataDir, folder: &Path) -> Result<Arc<MemoryStore>> {
    embedded::open_index(config, dir, folder, Exact::after_others)
}

/// The folders of indexes, each with the sum that its name says.
fn indexes(dir: &Path) -> Result<Vec<(u32, PathBuf)>> {
    let at = || format!("{} cannot be searched for indexes", dir.display());
    let mut found = Vec::new();
    for entry in std::fs::read_dir(dir).with_context(at)? {
        let path = entry.with_context(at)?.path();
        let sum = path.file_name().and_then(|name| name.to_str()?.strip_prefix(FOLDER)?.parse().ok());
        found.extend(sum.map(|sum| (sum, path)));
    }
    Ok(found)
}

/// What an earlier epoch left.
fn remove_others(dir: &Path, present: &Path) -> Result<()> {
    for (_, path) in indexes(dir)?.into_iter().filter(|(_, path)| path != present) {
        tracing::warn!(path = %path.display(), "topics were made anew since this index was written; it is removed");
        std::fs::remove_dir_all(&path).with_context(|| format!("{} cannot be removed", path.display()))?;
    }
    Ok(())
}

async fn seed(
    config: &Config,
    log: &KafkaLog,
    (group, epoch): (&str, u32),
    store: &MemoryStore,
) -> Result<()> {
    // taken before the store is read: rows that are written meanwhile come twice, and bear that; events end there
    let upto = log.committed(group).await?.unwrap_or_default();
    let started = Instant::now();
    let mut facts = 0;
    let partition_of = |user| log.partition_of(Topic::Events, &event::key_of(user));
    let present = Present { epoch, upto: &upto, partition_of: &partition_of };
    Seed::of(config.store.url.expose())?
        .read(&present, &mut |page, life| {
            facts += page.len();
            tokio::task::block_in_place(|| store.seed(&page, life)).map(drop)
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
