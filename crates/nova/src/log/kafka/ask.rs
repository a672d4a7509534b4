//! Questions to Kafka. Its client answers them by blocking, so each has a thread of the runtime's for as long.

use std::sync::Arc;
use std::time::Duration;

use nova_core::error::{Error, Kind, Result};
use rdkafka::ClientConfig;
use rdkafka::consumer::BaseConsumer;
use rdkafka::error::KafkaResult;
use tokio::sync::Semaphore;
use tokio::time::{Instant, timeout_at};

use super::context::Traced;
use super::ending::Ending;
use super::failure::failed;

/// Questions of one client at once; the others wait for their turn, within their deadline.
const QUESTIONS_MAX: usize = 4;
/// What a client said that nobody asked for, taken away before a question, at most.
const SAID_MAX: usize = 64;

/// A client that only asks.
#[derive(Clone)]
pub(super) struct Asker {
    consumer: Arc<Ending<BaseConsumer<Traced>>>,
    turns: Arc<Semaphore>,
    deadline: Duration,
}

impl Asker {
    pub(super) fn new(client: &ClientConfig, deadline: Duration) -> Result<Self> {
        let consumer = client.create_with_context(Traced).map_err(failed("log.open"))?;
        Ok(Self {
            consumer: Arc::new(Ending::new(consumer)),
            turns: Arc::new(Semaphore::new(QUESTIONS_MAX)),
            deadline,
        })
    }

    /// Asks, and waits for the answer at most until the deadline, which the question is told to hold to as well.
    pub(super) async fn ask<T: Send + 'static>(
        &self,
        op: &'static str,
        question: impl FnOnce(&BaseConsumer<Traced>, Duration) -> KafkaResult<T> + Send + 'static,
    ) -> Result<T> {
        let until = Instant::now() + self.deadline;
        let late = || {
            let detail = format!("Kafka did not answer within {} ms", self.deadline.as_millis());
            Error::new(Kind::Timeout, op, detail)
        };
        let turn = timeout_at(until, Arc::clone(&self.turns).acquire_owned()).await.map_err(|_| late())?;
        let (consumer, left) = (Arc::clone(&self.consumer), until.saturating_duration_since(Instant::now()));
        let answer = tokio::task::spawn_blocking(move || {
            let _turn = turn;
            for _ in 0..SAID_MAX {
                if consumer.poll(Duration::ZERO).is_none() {
                    break;
                }
            }
            question(&consumer, left)
        });
        match timeout_at(until, answer).await {
            Ok(Ok(answer)) => answer.map_err(failed(op)),
            Ok(Err(broken)) => {
                Err(Error::new(Kind::Unavailable, op, "the question was cut off").with_source(broken))
            }
            Err(_) => Err(late()),
        }
    }
}
