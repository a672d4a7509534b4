//! How the changes of the social tables come into Kafka: Debezium's PostgreSQL connector, which Kafka Connect runs.
//!
//! `deploy/debezium/connector.json` is the connector for Nova's own tables. What differs in an installation (names of
//! tables, topics, the slot, where PostgreSQL is) is laid over it here, by the same mapping that decodes the records.

mod connector;
mod connect;
#[cfg(test)]
mod tests;

pub use connect::{Connect, Status, TaskStatus};
pub use connector::{Connector, Database};
