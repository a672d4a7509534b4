//! The distributed twin: Kafka 3 or later.

pub(crate) mod context;
mod settings;

pub use settings::KafkaLogConfig;
