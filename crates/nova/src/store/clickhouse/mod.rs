//! The distributed twin: ClickHouse, fed by the consumer of the log, shared by every replica.

mod connect;

pub use connect::{ClickHouse, ClickHouseConfig};
pub(crate) use connect::{failed, seconds, within};
