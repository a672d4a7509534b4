//! Kafka's producer, and its successor when it broke for good.

use std::sync::Arc;
use std::time::Duration;

use nova_core::error::Result;
use parking_lot::RwLock;
use rdkafka::ClientConfig;
use rdkafka::client::ClientContext;
use rdkafka::config::RDKafkaLogLevel;
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::message::{Message as _, OwnedHeaders};
use rdkafka::producer::{BaseRecord, DeliveryResult, Producer as _, ProducerContext, ThreadedProducer};

use super::call::Call;
use super::context;
use super::ending::Ending;
use super::failure::failed;
use crate::log::Record;

/// Takes what became of each record back to its call.
struct Reports;

impl ClientContext for Reports {
    fn log(&self, level: RDKafkaLogLevel, facility: &str, line: &str) {
        context::log(level, facility, line);
    }

    fn error(&self, error: KafkaError, reason: &str) {
        context::unwell(&error, reason);
    }
}

impl ProducerContext for Reports {
    type DeliveryOpaque = Arc<Call>;

    fn delivery(&self, report: &DeliveryResult<'_>, call: Arc<Call>) {
        match report {
            Ok(message) => match (usize::try_from(message.partition()), u64::try_from(message.offset())) {
                (Ok(partition), Ok(offset)) => call.written(partition, offset),
                // with all copies asked for, every report has a place
                _ => call.failed(1, RDKafkaErrorCode::BadMessage),
            },
            Err((error, _)) => {
                call.failed(1, error.rdkafka_error_code().unwrap_or(RDKafkaErrorCode::Unknown));
            }
        }
    }
}

type Client = ThreadedProducer<Reports>;

/// The producer of a process.
pub(super) struct Producer {
    settings: ClientConfig,
    client: RwLock<Arc<Ending<Client>>>,
}

impl Producer {
    pub(super) fn new(settings: ClientConfig) -> Result<Self> {
        let client = RwLock::new(open(&settings)?);
        Ok(Self { settings, client })
    }

    /// Connects, so that the first record waits for nothing else; blocks.
    pub(super) fn connect(&self, topic: &str, deadline: Duration) -> Result<()> {
        let client = Arc::clone(&self.client.read());
        client.client().fetch_metadata(Some(topic), deadline).map(drop).map_err(failed("log.open"))
    }

    /// Hands a record over; it does not wait. What becomes of it is told to `call`, also where it is not taken.
    pub(super) fn send(
        &self,
        topic: &str,
        record: &Record,
        headers: Option<OwnedHeaders>,
        call: &Arc<Call>,
    ) -> Result<(), RDKafkaErrorCode> {
        let client = Arc::clone(&self.client.read());
        let mut message: BaseRecord<'_, [u8], [u8], _> =
            BaseRecord::with_opaque_to(topic, Arc::clone(call)).key(record.key.as_ref());
        message.payload = record.value.as_deref();
        message.headers = headers;
        client
            .send(message)
            .map_err(|(error, _)| error.rdkafka_error_code().unwrap_or(RDKafkaErrorCode::Unknown))
    }

    /// The failure after which this producer takes nothing any more, if it met one.
    pub(super) fn broken(&self) -> Option<String> {
        self.client.read().client().fatal_error().map(|(code, why)| format!("{code}: {why}"))
    }

    /// Another one in the place of a broken one. The order of what fails with it cannot be kept by anybody: the calls
    /// fail, and whoever repeats them starts anew.
    pub(super) fn renew(&self) -> Result<()> {
        let mut client = self.client.write();
        let Some((code, why)) = client.client().fatal_error() else { return Ok(()) };
        tracing::error!(%code, why, "the producer broke down and is replaced");
        *client = open(&self.settings)?;
        Ok(())
    }
}

fn open(settings: &ClientConfig) -> Result<Arc<Ending<Client>>> {
    let client = settings.create_with_context(Reports).map_err(failed("log.open"))?;
    Ok(Arc::new(Ending::new(client)))
}
