//! What Kafka's client says, as lines of our own log.

use rdkafka::client::ClientContext;
use rdkafka::config::RDKafkaLogLevel;
use rdkafka::consumer::ConsumerContext;
use rdkafka::error::{KafkaError, RDKafkaErrorCode};

/// The context of clients that need no other.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Traced;

impl ClientContext for Traced {
    fn log(&self, level: RDKafkaLogLevel, facility: &str, line: &str) {
        log(level, facility, line);
    }

    fn error(&self, error: KafkaError, reason: &str) {
        unwell(&error, reason);
    }
}

impl ConsumerContext for Traced {}

/// A line of the client.
pub(crate) fn log(level: RDKafkaLogLevel, facility: &str, line: &str) {
    use RDKafkaLogLevel::{Alert, Critical, Debug, Emerg, Error, Info, Notice, Warning};
    match level {
        Emerg | Alert | Critical => tracing::error!(facility, line, "Kafka's client"),
        // a broker that is away says so once a connection: what it means for Nova is told by whoever needed it
        Error | Warning => tracing::warn!(facility, line, "Kafka's client"),
        Notice | Info => tracing::info!(facility, line, "Kafka's client"),
        Debug => tracing::debug!(facility, line, "Kafka's client"),
    }
}

/// An error that belongs to no call.
pub(crate) fn unwell(error: &KafkaError, reason: &str) {
    // the end of a partition is asked for, so as to know when there is nothing to wait for
    if !matches!(error, KafkaError::PartitionEOF(_))
        && error.rdkafka_error_code() != Some(RDKafkaErrorCode::PartitionEOF)
    {
        tracing::warn!(%error, reason, "Kafka's client is unwell");
    }
}
