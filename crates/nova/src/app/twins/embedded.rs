//! Opens the embedded twins of the four ports on a data directory.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Result;
use nova_core::clock::Clock;

use super::Twins;
use crate::app::{DataDir, Ports};
use crate::cache::{MemoryCache, MemoryCacheConfig};
use crate::config::Config;
use crate::log::{DeadLetters, EventLog, SqliteLog, SqliteLogConfig};
use crate::project::{Index, Start};
use crate::social::{Social, SqliteSocial};
use crate::store::dedup::{Key, Limits};
use crate::store::{Exact, Identities, MemoryStore, MemoryStoreConfig, Projection as _};

/// Opens all of them. A damaged snapshot is put aside and reported.
///
/// # Errors
/// One line that names the file and the cause.
pub(super) async fn open(config: &Config, dir: &DataDir, clock: Arc<dyn Clock>) -> Result<Twins> {
    let retention = Duration::from_secs(u64::from(config.log.retention_days) * 86_400);
    let log_config = SqliteLogConfig { retention, ..SqliteLogConfig::default() };
    let log = Arc::new(SqliteLog::open(dir.path(), log_config, Arc::clone(&clock))?);
    let early_tolerance = config.ranking.early_tolerance();
    let social: Arc<dyn Social> =
        Arc::new(SqliteSocial::open(dir.path(), Arc::clone(&clock), log.wake(), early_tolerance)?);
    let store = open_store(config, dir, &*log, &*social).await?;
    let budget = MemoryCacheConfig {
        slate_bytes_max: config.cache.slate_bytes_max,
        other_bytes_max: config.cache.other_bytes_max,
    };
    let start = log.ends().await?;
    let projection = Arc::clone(&store);
    let ports = Ports {
        social,
        dead: Arc::clone(&log) as Arc<dyn DeadLetters>,
        log,
        store,
        cache: Arc::new(MemoryCache::new(budget, clock)),
    };
    Ok(Twins {
        ports,
        index: Index::Alone,
        start: Arc::new(Start::new(Arc::default(), start)),
        projection: Some(projection),
        consumer: None,
        late: None,
        chores: Vec::new(),
    })
}

/// The index, from its snapshot where there is a good one. Where the log no longer reaches back far enough, the
/// tables are written to it again.
async fn open_store(
    config: &Config,
    dir: &DataDir,
    log: &dyn EventLog,
    social: &dyn Social,
) -> Result<Arc<MemoryStore>> {
    let store = open_index(config, dir, dir.path(), |exact| exact)?;
    if store.positions().is_empty() {
        tracing::info!("the index starts empty and is built from the log");
    }
    let starts = log.starts().await?;
    if !store.positions().covers(&starts) {
        tracing::error!(
            log = %starts, index = %store.positions(),
            "the log no longer reaches back to where the index stands: rows are read from the tables again, older events are lost to ranking"
        );
        store.jump(&starts);
        let rows = social.resnapshot().await?;
        tracing::warn!(rows, "the tables were written to the log again");
    }
    Ok(store)
}

/// The index that is kept in `folder`, from its snapshot where there is a good one.
pub(super) fn open_index(
    config: &Config,
    dir: &DataDir,
    folder: &Path,
    with: fn(Exact) -> Exact,
) -> Result<Arc<MemoryStore>> {
    let limits = Limits {
        window: Duration::from_secs(config.events.dedup_s),
        entries_max: config.events.dedup_events_max,
        filter_bytes_max: config.events.dedup_filter_bytes_max,
        keep: None,
    };
    let identities = || -> nova_core::error::Result<Box<dyn Identities>> {
        Ok(Box::new(with(Exact::open(folder, limits, Key::new(dir.fingerprint_key()))?)))
    };
    let (store, opened) = MemoryStore::open(Some(folder), store_config(config), &identities)?;
    for (path, why) in &opened.damaged {
        tracing::error!(path = %path.display(), cause = %why, "a snapshot of the index is damaged and was put aside");
    }
    if let Some(info) = &opened.from {
        tracing::info!(snapshot = ?info, "the index starts from a snapshot");
    }
    Ok(Arc::new(store))
}

fn store_config(config: &Config) -> MemoryStoreConfig {
    MemoryStoreConfig {
        waiting_events_max: config.store.waiting_max,
        waiting_window: Duration::from_secs(config.store.waiting_s),
        ..MemoryStoreConfig::of(&config.ranking)
    }
}
