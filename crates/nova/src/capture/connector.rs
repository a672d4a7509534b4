//! The connector's configuration.

use nova_core::model::Table;
use serde_json::{Map, Value};

use crate::ingest::change::Mapping;

/// For Nova's own tables, with every reason for what it sets in `docs/change-capture.md`.
const FILE: &str = include_str!("../../../../deploy/debezium/connector.json");
/// Where a product keeps the tables.
const SCHEMA: &str = "public";

/// Where the connector finds PostgreSQL.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Database {
    /// By the environment of Kafka Connect's worker (`NOVA_CDC_HOST`, `_PORT`, `_USER`, `_PASSWORD`, `_DATABASE`): no
    /// password goes through the connector's configuration, which anybody may read who reaches Connect.
    #[default]
    OfTheWorker,
    /// The same, but this database.
    Named(String),
}

/// One connector.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Connector {
    /// Its name in Kafka Connect.
    pub name: String,
    /// The replication slot. Two connectors on one database need two.
    pub slot: String,
    /// The publication that says what is captured.
    pub publication: String,
    /// Where PostgreSQL is.
    pub database: Database,
    /// Goes before every topic, as `log.prefix`.
    pub prefix: String,
    /// Names of tables and topics.
    pub mapping: Mapping,
}

impl Connector {
    /// The names that an installation alone on its database and cluster has.
    #[must_use]
    pub fn new(prefix: impl Into<String>, mapping: Mapping) -> Self {
        Self {
            name: "nova".to_owned(),
            slot: "nova_cdc".to_owned(),
            publication: "nova_cdc".to_owned(),
            database: Database::default(),
            prefix: prefix.into(),
            mapping,
        }
    }

    /// Its configuration, as Kafka Connect takes it.
    #[must_use]
    pub fn config(&self) -> Map<String, Value> {
        let mut config: Map<String, Value> = serde_json::from_str(FILE).unwrap_or_default();
        let mut set = |key: &str, value: String| drop(config.insert(key.to_owned(), Value::String(value)));
        // Debezium's own prefix of a topic, before it is routed; two connectors of one prefix in one worker wait for
        // each other
        set("topic.prefix", self.name.clone());
        set("slot.name", self.slot.clone());
        set("publication.name", self.publication.clone());
        if let Database::Named(name) = &self.database {
            set("database.dbname", name.clone());
        }
        let tables = Table::ALL.map(|table| format!("{SCHEMA}.{}", self.mapping.of(table).table()));
        set("table.include.list", tables.map(|table| pattern(&table)).join(","));
        // a heartbeat's topic, where one is asked for, is the installation's too
        set("topic.heartbeat.prefix", format!("{}__debezium-heartbeat", self.prefix));
        set("topic.creation.heartbeat.include", format!("{}__debezium-heartbeat.*", pattern(&self.prefix)));
        let routes = Table::ALL.map(|table| format!("route_{table}"));
        set("transforms", routes.join(","));
        for (table, route) in Table::ALL.into_iter().zip(routes) {
            let names = self.mapping.of(table);
            let captured = format!("{}.{SCHEMA}.{}", self.name, names.table());
            let topic = format!("{}{}", self.prefix, names.topic());
            set(
                &format!("transforms.{route}.type"),
                "org.apache.kafka.connect.transforms.RegexRouter".to_owned(),
            );
            set(&format!("transforms.{route}.regex"), pattern(&captured));
            // a topic's name may hold no sign that a replacement would read
            set(&format!("transforms.{route}.replacement"), topic);
        }
        config.remove("transforms.route.type");
        config.remove("transforms.route.regex");
        config.remove("transforms.route.replacement");
        config
    }
}

/// A name as a regular expression that matches it alone.
fn pattern(name: &str) -> String {
    let special = |sign: char| !(sign.is_alphanumeric() || sign == '_');
    name.chars().flat_map(|sign| special(sign).then_some('\\').into_iter().chain([sign])).collect()
}
