//! Opens the distributed twins: PostgreSQL, Kafka, ClickHouse, Redis.

use std::sync::Arc;

use anyhow::{Result, bail};
use nova_core::clock::Clock;

use super::Twins;
use crate::app::{DataDir, Roles};
use crate::config::Config;

pub(super) async fn open(_: &Arc<Config>, _: Roles, _: &DataDir, _: Arc<dyn Clock>) -> Result<Twins> {
    bail!("the distributed mode cannot be opened yet")
}
