//! What a failure of Kafka's client means to a caller of the log.

use nova_core::error::{Error, Kind};
use rdkafka::error::{KafkaError, RDKafkaErrorCode};

/// The error of a call. Whatever somebody can mend at the brokers may be repeated: who holds records must wait for
/// that rather than give them up.
pub(super) fn failed(op: &'static str) -> impl Fn(KafkaError) -> Error {
    move |error| match error.rdkafka_error_code() {
        Some(code) => refused(op, code),
        None => Error::new(Kind::Unavailable, op, "Kafka's client did not do it").with_source(error),
    }
}

/// The error that a code stands for.
pub(super) fn refused(op: &'static str, code: RDKafkaErrorCode) -> Error {
    use RDKafkaErrorCode as Code;
    let (kind, detail) = match code {
        Code::OperationTimedOut | Code::MessageTimedOut | Code::TimedOutQueue | Code::RequestTimedOut => {
            (Kind::Timeout, "Kafka did not answer in time")
        }
        Code::MessageSizeTooLarge => (Kind::Rejected, "the record is larger than the topic takes"),
        Code::OffsetOutOfRange | Code::AutoOffsetReset => (
            Kind::Corrupt,
            "the topic does not reach to the position: its records were dropped, or it was made anew",
        ),
        Code::QueueFull => (Kind::Unavailable, "too many bytes are waiting for Kafka"),
        Code::UnknownTopic | Code::UnknownTopicOrPartition | Code::UnknownPartition => {
            (Kind::Unavailable, "a topic of the log is not there: a start of Nova makes it")
        }
        Code::TopicAuthorizationFailed
        | Code::GroupAuthorizationFailed
        | Code::ClusterAuthorizationFailed => {
            (Kind::Unavailable, "the account may not do this in Kafka: give it the right")
        }
        Code::BrokerTransportFailure | Code::AllBrokersDown | Code::Resolve => {
            (Kind::Unavailable, "no broker of log.url can be reached")
        }
        _ => (Kind::Unavailable, "Kafka did not do it"),
    };
    Error::new(kind, op, detail).with_source(KafkaError::Global(code))
}
