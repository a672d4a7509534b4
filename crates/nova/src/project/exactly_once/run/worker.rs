//! A lane's task: carries out what the lane asks for, one operation at a time.

use std::sync::{Arc, mpsc};
use std::time::Duration;

use futures_util::FutureExt as _;
use futures_util::future::{BoxFuture, Fuse, FusedFuture as _};
use nova_core::error::Kind;
use nova_core::model::Timestamp;
use tokio::sync::{mpsc as channel, oneshot, watch};

use super::refused::said;
use super::seats::Delivery;
use super::{Answer, Ground, Phase, Request};
use crate::log::{DeadLetter, Topic};
use crate::metrics;
use crate::project::exactly_once::status::Load;
use crate::project::exactly_once::{Assignment, Block, Input, Lane, Operation, Outcome, Token};

pub(super) struct Worker {
    pub(super) lane: Lane,
    pub(super) partition: u16,
    pub(super) assignment: Assignment,
    pub(super) inbox: channel::UnboundedReceiver<Delivery>,
    pub(super) load: Load,
    pub(super) phase: watch::Receiver<Phase>,
    pub(super) requests: mpsc::Sender<Request>,
    pub(super) ground: Arc<Ground>,
}

impl Worker {
    /// Until the partition is taken away or stands still.
    pub(super) async fn run(mut self) {
        let mut operation: Fuse<BoxFuture<'static, Outcome>> = Fuse::terminated();
        while !self.lane.is_over() {
            let input = tokio::select! {
                biased;
                changed = self.phase.changed() => match (changed, *self.phase.borrow()) {
                    (Ok(()), Phase::Revoked) => Input::Revoked,
                    (Ok(()), Phase::Live) => continue,
                    _ => Input::Lost,
                },
                outcome = &mut operation, if !operation.is_terminated() => Input::Done(outcome),
                delivery = self.inbox.recv(), if self.lane.wants() => match delivery {
                    Some((_, chunk)) => {
                        self.load.taken(chunk.bytes());
                        Input::Records(chunk)
                    }
                    None => Input::Lost,
                },
                () = until(self.lane.deadline(), self.ground.clock.now()) => Input::Look,
            };
            let step = self.lane.step(self.ground.clock.now(), input);
            for notice in &step.notices {
                self.ground.tell(Topic::Events, self.partition, notice);
            }
            if let Some((next, failed)) = step.operation {
                operation = self.carry(next, failed).fuse();
            }
        }
        self.inbox.close();
        while let Ok((_, chunk)) = self.inbox.try_recv() {
            self.load.taken(chunk.bytes());
        }
    }

    fn carry(&self, operation: Operation, failed: u32) -> BoxFuture<'static, Outcome> {
        let hand = Hand {
            partition: self.partition,
            assignment: self.assignment,
            requests: self.requests.clone(),
            ground: Arc::clone(&self.ground),
        };
        async move {
            hand.ground.pause(failed).await;
            hand.perform(operation).await
        }
        .boxed()
    }
}

/// Looks again when the lane wants to; never, if it does not.
async fn until(deadline: Option<Timestamp>, now: Timestamp) {
    match deadline {
        Some(deadline) => {
            let micros = u64::try_from(deadline.micros_since(now)).unwrap_or(0);
            tokio::time::sleep(Duration::from_micros(micros)).await;
        }
        None => std::future::pending().await,
    }
}

/// What an operation needs of its worker.
struct Hand {
    partition: u16,
    assignment: Assignment,
    requests: mpsc::Sender<Request>,
    ground: Arc<Ground>,
}

impl Hand {
    async fn perform(&self, operation: Operation) -> Outcome {
        let ground = &*self.ground;
        let done = match operation {
            Operation::Commit { offset, intent } => {
                let (answer, done) = oneshot::channel();
                let (partition, assignment) = (self.partition, self.assignment);
                let request = Request { topic: Topic::Events, partition, assignment, offset, intent, answer };
                return match (self.requests.send(request), done.await) {
                    (Ok(()), Ok(Answer::Done)) => Outcome::Committed,
                    (Ok(()), Ok(Answer::Failed)) => Outcome::Failed,
                    _ => Outcome::Fenced,
                };
            }
            Operation::Insert { block, token } => return self.insert(&block, token).await,
            Operation::Marks { since, after, limit } => ground
                .within("marks", ground.sink.marks(self.partition, since, after, limit))
                .await
                .map(Outcome::Marks),
            Operation::Ask(identities) => {
                ground.within("kept", ground.sink.kept(&identities)).await.map(Outcome::Told)
            }
            Operation::Bury(letters) => self.bury(&letters).await,
            Operation::Blocks { since } => {
                ground.within("blocks", ground.sink.blocks(since)).await.map(Outcome::Blocks)
            }
            Operation::Find(range) => {
                ground.within("standing", ground.sink.standing(&range)).await.map(Outcome::Found)
            }
            Operation::Complete(range) => {
                ground.within("complete", ground.sink.complete(&range)).await.map(Outcome::Completed)
            }
            Operation::Refuse(refused) => {
                let letters = ground.refused(&refused).await;
                match letters {
                    Some(letters) => self.bury(&letters).await,
                    None => None,
                }
            }
            Operation::Record(entry) => ground.ledger.record(entry).await.then_some(Outcome::Recorded),
        };
        done.unwrap_or(Outcome::Failed)
    }

    /// The number of the assignment is looked at right before, each time.
    async fn insert(&self, block: &Block, token: Token) -> Outcome {
        let ground = &*self.ground;
        if !ground.epochs.allow(Topic::Events, self.partition, self.assignment) {
            return Outcome::Fenced;
        }
        match ground.judged("insert", ground.sink.insert(block, &token.to_string())).await {
            Ok(()) => {
                if let Some(first) = block.events.first() {
                    metrics::visible_after(ground.clock.now().micros_since(first.received_at));
                }
                Outcome::Inserted
            }
            Err(error) if error.kind() == Kind::Rejected => Outcome::Refused(said(&error)),
            // an answer that cannot be read says nothing either: the rows are counted
            Err(_) => Outcome::Failed,
        }
    }

    async fn bury(&self, letters: &[DeadLetter]) -> Option<Outcome> {
        let buried = self.ground.dead.bury(letters.to_vec());
        self.ground.within("bury", buried).await?;
        letters.iter().for_each(|letter| metrics::buried(letter.reason));
        if let Some(first) = letters.first() {
            tracing::warn!(
                letters = letters.len(), letter.id = %DeadLetter::id(first.place), letter.reason = first.reason.name(),
                letter.detail = %first.detail, "records cannot be used and were put aside; see `nova dead-letters`"
            );
        }
        Some(Outcome::Buried)
    }
}
