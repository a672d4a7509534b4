//! The thread that polls.

use std::sync::Arc;
use std::time::Duration;

use nova_core::error::{Error, Kind, Result};
use parking_lot::Mutex;
use rdkafka::consumer::{BaseConsumer, Consumer as _};
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use tokio::runtime::Handle;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::context::Context;
use super::seats::{Seats, failed};
use super::{Ground, backoff};
use crate::log::kafka::context::unwell;

/// How long a poll waits for a record: as long as a request for a commit may wait.
const WAIT: Duration = Duration::from_millis(3);
/// Records of one turn at most: then commits are looked at, and partitions that have too much are paused. Its bytes are
/// bounded beside, by half of what may wait for one task, and one record more.
const TURN_RECORDS_MAX: usize = 16_384;
/// Between two looks whether somebody accepted a gap, while a partition stands still for one.
const ACCEPTED_EVERY: Duration = Duration::from_secs(2);
/// Of a pause, before it is looked whether to stop.
const PAUSE_LOOK: Duration = Duration::from_millis(20);

/// Joins the group, again and again, until `stop`.
pub(super) fn until(ground: &Arc<Ground>, runtime: &Handle, stop: &CancellationToken) -> Result<()> {
    let mut ended_early = 0;
    while !stop.is_cancelled() {
        let began = Instant::now();
        let Err(error) = session(ground, runtime, stop) else { break };
        if !error.kind().retry() {
            return Err(error);
        }
        ended_early = if began.elapsed() > Duration::from_secs(60) { 1 } else { ended_early + 1_u32 };
        tracing::warn!(error = ?error, "the consumer joins its group again");
        let pause = Instant::now() + backoff(ended_early);
        while Instant::now() < pause && !stop.is_cancelled() {
            std::thread::sleep(PAUSE_LOOK);
        }
    }
    Ok(())
}

/// One membership, from the subscription to its end.
fn session(ground: &Arc<Ground>, runtime: &Handle, stop: &CancellationToken) -> Result<()> {
    let config = &ground.config;
    let mut client = config.kafka.member(
        &config.group,
        config.instance.as_deref(),
        config.session,
        config.ahead_bytes_max,
    );
    client.set("max.poll.interval.ms", config.poll_max.max(config.session).as_millis().to_string());
    let seats = Mutex::new(Seats::new(Arc::clone(ground), runtime.clone()));
    let consumer: BaseConsumer<Context> = client.create_with_context(Context { seats }).map_err(|error| {
        Error::new(Kind::Rejected, "consume", "Kafka's client takes no such configuration").with_source(error)
    })?;
    let topics: Vec<String> = config.topics.keys().map(|topic| config.kafka.topic(*topic)).collect();
    let topics: Vec<&str> = topics.iter().map(String::as_str).collect();
    consumer.subscribe(&topics).map_err(failed)?;
    let ended = turns(&consumer, ground, stop);
    // nothing is polled any more: what is under way comes to its end under the assignment that stands, but for records
    // that may be of another topic
    let mut seats = consumer.context().seats.lock();
    let drain = seats.anew().is_none();
    seats.leave(&consumer, drain);
    drop(seats);
    ended
}

fn turns(consumer: &BaseConsumer<Context>, ground: &Ground, stop: &CancellationToken) -> Result<()> {
    let seats = &consumer.context().seats;
    let mut looked = Instant::now();
    while !stop.is_cancelled() {
        // the one clock that a test can hold still, and this thread with it
        ground.clock.now();
        let (mut wait, mut bytes) = (WAIT, 0);
        for _ in 0..TURN_RECORDS_MAX {
            if bytes > ground.config.waiting_bytes_max / 2 {
                break;
            }
            match consumer.poll(wait) {
                Some(Ok(message)) => bytes += seats.lock().put(&message),
                Some(Err(error)) => told(error)?,
                None => break,
            }
            wait = Duration::ZERO;
        }
        let mut seats = seats.lock();
        seats.flush(consumer);
        seats.commit(consumer);
        if let Some(error) = seats.failed() {
            return Err(error);
        }
        if let Some(topic) = seats.anew() {
            let why = format!("topic {} was made anew while it was read", ground.config.kafka.topic(topic));
            return Err(Error::new(Kind::Unavailable, "consume", why));
        }
        if looked.elapsed() > ACCEPTED_EVERY {
            looked = Instant::now();
            // a store that does not answer is asked again
            if seats.is_accepted().unwrap_or(false) {
                return Err(Error::new(
                    Kind::Unavailable,
                    "consume",
                    "a gap was accepted: the partition goes on",
                ));
            }
        }
    }
    Ok(())
}

/// What the client says beside records: some of it ends the session, so that every partition's place is looked at anew.
fn told(error: KafkaError) -> Result<()> {
    use RDKafkaErrorCode::{
        AutoOffsetReset, Fatal, FencedInstanceId, OffsetOutOfRange, UnknownTopicOrPartition,
    };
    let code = error.rdkafka_error_code();
    let ends = matches!(error, KafkaError::MessageConsumptionFatal(_))
        || matches!(
            code,
            Some(AutoOffsetReset | OffsetOutOfRange | Fatal | FencedInstanceId | UnknownTopicOrPartition)
        );
    if ends {
        return Err(failed(error));
    }
    unwell(&error, "told to the consumer, which goes on");
    Ok(())
}
