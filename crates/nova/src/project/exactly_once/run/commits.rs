//! Offsets of all tasks, committed in one request, after the numbers of their assignments were looked at.

use std::sync::mpsc;

use rdkafka::consumer::{BaseConsumer, CommitMode, Consumer as _};
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::{Offset, TopicPartitionList};
use tokio::sync::oneshot;

use super::Ground;
use super::context::Context;
use crate::log::Topic;
use crate::metrics;
use crate::project::exactly_once::{Assignment, Intent};

/// What a task wants committed. A lane has one at most, a table one for each partition.
#[derive(Debug)]
pub(in crate::project::exactly_once) struct Request {
    pub(in crate::project::exactly_once) topic: Topic,
    pub(in crate::project::exactly_once) partition: u16,
    pub(in crate::project::exactly_once) assignment: Assignment,
    pub(in crate::project::exactly_once) offset: u64,
    pub(in crate::project::exactly_once) intent: Intent,
    pub(in crate::project::exactly_once) answer: oneshot::Sender<Answer>,
}

/// What became of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::project::exactly_once) enum Answer {
    Done,
    Failed,
    Fenced,
}

/// Commits what is asked for by now. Called on the thread that polls, which waits for the answer: between the look at
/// the numbers and the end of the commit nothing can be assigned or taken away.
pub(super) fn commit(consumer: &BaseConsumer<Context>, ground: &Ground, requests: &mpsc::Receiver<Request>) {
    send(consumer, ground, requests.try_iter().collect());
}

pub(super) fn send(consumer: &BaseConsumer<Context>, ground: &Ground, requests: Vec<Request>) {
    let mut offsets = TopicPartitionList::new();
    let mut sent = Vec::with_capacity(requests.len());
    for request in requests {
        let allowed = ground.epochs.allow(request.topic, request.partition, request.assignment);
        let put = allowed.then(|| put(&mut offsets, ground, &request));
        match put {
            Some(Ok(())) => sent.push(request.answer),
            Some(Err(error)) => {
                tracing::error!(%error, topic = request.topic.name(), request.partition, "an offset cannot be committed");
                let _ = request.answer.send(Answer::Failed);
            }
            None => {
                let _ = request.answer.send(Answer::Fenced);
            }
        }
    }
    if sent.is_empty() {
        return;
    }
    let answer = match consumer.commit(&offsets, CommitMode::Sync) {
        Ok(()) => Answer::Done,
        Err(error) => {
            metrics::consumer_retried("commit");
            tracing::warn!(%error, partitions = sent.len(), "offsets could not be committed");
            if is_fenced(&error) { Answer::Fenced } else { Answer::Failed }
        }
    };
    // whoever has lost its partition does not listen
    for waiting in sent {
        let _ = waiting.send(answer);
    }
}

fn put(offsets: &mut TopicPartitionList, ground: &Ground, request: &Request) -> Result<(), KafkaError> {
    let offset = i64::try_from(request.offset).unwrap_or(i64::MAX);
    let topic = ground.config.kafka.topic(request.topic);
    let mut at = offsets.add_partition(&topic, i32::from(request.partition));
    at.set_metadata(request.intent.to_string());
    at.set_offset(Offset::Offset(offset))
}

/// Is this member none of the group any more, or not as it was?
fn is_fenced(error: &KafkaError) -> bool {
    use RDKafkaErrorCode::{FencedInstanceId, IllegalGeneration, StaleMemberEpoch, UnknownMemberId};
    let code = error.rdkafka_error_code();
    matches!(code, Some(FencedInstanceId | IllegalGeneration | StaleMemberEpoch | UnknownMemberId))
}
