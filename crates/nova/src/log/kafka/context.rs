//! What Kafka's client says, as lines of our own log.

use parking_lot::Mutex;
use rdkafka::client::ClientContext;
use rdkafka::config::RDKafkaLogLevel;
use rdkafka::consumer::ConsumerContext;
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use tokio::time::Instant;

use super::sparse::Sparse;

/// Each of a process's clients says the same at each attempt to connect, many times a second together.
static UNWELL: Mutex<Sparse> = Mutex::new(Sparse::new());

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

/// An error that belongs to no call. Of each kind a line in ten seconds.
pub(crate) fn unwell(error: &KafkaError, reason: &str) {
    let code = error.rdkafka_error_code();
    // the end of a partition is asked for, so as to know when there is nothing to wait for
    if matches!(error, KafkaError::PartitionEOF(_)) || code == Some(RDKafkaErrorCode::PartitionEOF) {
        return;
    }
    match UNWELL.lock().due(code.map_or(0, |code| code as i32), Instant::now()) {
        Some(more) => tracing::warn!(%error, reason, more, "Kafka's client is unwell"),
        None => tracing::debug!(%error, reason, "Kafka's client is unwell"),
    }
}
