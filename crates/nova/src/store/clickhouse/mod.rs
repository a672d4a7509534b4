//! The distributed twin: ClickHouse, fed by the consumer of the log, shared by every replica.

mod connect;
mod insert;
mod migrate;
#[cfg(test)]
pub(crate) mod testing;

pub use connect::{ClickHouse, ClickHouseConfig};
pub(crate) use connect::{failed, seconds, within};
pub use migrate::{migrate, try_deduplication, verify};
