//! What Kafka's client calls while it is polled.

use parking_lot::Mutex;
use rdkafka::TopicPartitionList;
use rdkafka::client::ClientContext;
use rdkafka::config::RDKafkaLogLevel;
use rdkafka::consumer::{BaseConsumer, Consumer as _, ConsumerContext};
use rdkafka::error::KafkaError;
use rdkafka::types::RDKafkaRespErr;

use super::seats::Seats;
use crate::log::kafka::context::{log, unwell};

/// Hands partitions to the seats and takes them away.
pub(super) struct Context {
    /// Never held while something is polled: the call comes back here.
    pub(super) seats: Mutex<Seats>,
}

impl ClientContext for Context {
    fn log(&self, level: RDKafkaLogLevel, facility: &str, line: &str) {
        log(level, facility, line);
    }

    fn error(&self, error: KafkaError, reason: &str) {
        unwell(&error, reason);
    }
}

impl ConsumerContext for Context {
    /// Everything comes and goes at once, and each of both is one call: offsets are named with the assignment, never
    /// set afterwards.
    fn rebalance(&self, consumer: &BaseConsumer<Self>, what: RDKafkaRespErr, of: &mut TopicPartitionList) {
        let mut seats = self.seats.lock();
        if what == RDKafkaRespErr::RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS {
            if let Err(error) = seats.take(consumer, of) {
                tracing::warn!(error = ?error, "the partitions could not be taken; joining again");
                seats.fail(error);
                seats.leave(consumer, false);
                drop(consumer.unassign());
            }
        } else {
            let lost = consumer.assignment_lost();
            seats.leave(consumer, !lost);
            if let Err(error) = consumer.unassign() {
                tracing::warn!(%error, "the partitions could not be given back");
            }
        }
    }
}
