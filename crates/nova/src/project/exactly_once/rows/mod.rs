//! A table's changes: rows carry versions, so writing them again, or in another order, changes nothing, and at least
//! once is enough. What all owned partitions have within a moment is written together, then committed.

mod put;

use std::collections::BTreeMap;
use std::sync::{Arc, mpsc};
use std::time::Duration;

use futures_util::future::join_all;
use nova_core::error::Error;
use nova_core::model::Table;
use tokio::sync::{mpsc as channel, oneshot, watch};
use tokio::time::Instant;

use super::batch::letter;
use super::poison::StopRule;
use super::records::{Chunk, Raw};
use super::run::{Answer, Ground, Phase, Request, backoff};
use super::status::Load;
use super::{Assignment, Intent, Notice, Why};
use crate::ingest::change::{self, Decoded};
use crate::log::{DeadLetter, Place, Topic};
use crate::metrics;
use crate::store::{Fact, Placed};

/// When what was gathered is written, whichever comes first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RowsLimits {
    /// Records, at most and one chunk more.
    pub records_max: usize,
    /// Since the first record was taken.
    pub age_max: Duration,
}

impl Default for RowsLimits {
    /// 10,000 records, 300 ms.
    fn default() -> Self {
        Self { records_max: 10_000, age_max: Duration::from_millis(300) }
    }
}

/// One partition of the table.
#[derive(Debug, Clone, Copy)]
pub(super) struct RowsSeat {
    pub(super) partition: u16,
    pub(super) assignment: Assignment,
    pub(super) next: u64,
    pub(super) epoch: u32,
}

/// One table, all owned partitions.
pub(super) struct Rows {
    table: Table,
    seats: BTreeMap<u16, (RowsSeat, StopRule)>,
    inbox: channel::UnboundedReceiver<(u16, Chunk)>,
    load: Load,
    phase: watch::Receiver<Phase>,
    requests: mpsc::Sender<Request>,
    ground: Arc<Ground>,
}

/// What was read since the last commit.
#[derive(Debug, Default)]
struct Gathered {
    changes: Vec<Placed>,
    letters: Vec<DeadLetter>,
    records: usize,
    /// By partition, the next record.
    upto: BTreeMap<u16, u64>,
}

impl Rows {
    pub(super) fn new(
        table: Table,
        seats: Vec<RowsSeat>,
        inbox: channel::UnboundedReceiver<(u16, Chunk)>,
        load: Load,
        phase: watch::Receiver<Phase>,
        requests: mpsc::Sender<Request>,
        ground: Arc<Ground>,
    ) -> Self {
        let seats = seats.into_iter().map(|seat| (seat.partition, (seat, StopRule::default()))).collect();
        Self { table, seats, inbox, load, phase, requests, ground }
    }

    /// Until the partitions are taken away or the table stands still.
    pub(super) async fn run(mut self) {
        self.carry().await;
        self.inbox.close();
        while let Ok((_, chunk)) = self.inbox.try_recv() {
            self.load.taken(chunk.bytes());
        }
    }

    async fn carry(&mut self) {
        loop {
            let (gathered, stop) = self.gather().await;
            let written = self.write(gathered).await;
            let refused = if let Err(End::Halted(partition, why)) = &written {
                Some((*partition, why.clone()))
            } else {
                None
            };
            if let Some((partition, why)) = refused.or(stop) {
                self.ground.tell(Topic::Change(self.table), partition, &Notice::Halted(why));
                return;
            }
            let live = *self.phase.borrow() == Phase::Live && self.phase.has_changed().is_ok();
            if written.is_err() || !live {
                return;
            }
        }
    }

    /// Reads until there is enough, or time is up, or somebody must decide.
    async fn gather(&mut self) -> (Gathered, Option<(u16, Why)>) {
        let limits = self.ground.config.rows;
        let mut gathered = Gathered::default();
        let mut due: Option<Instant> = None;
        while gathered.records < limits.records_max && *self.phase.borrow() == Phase::Live {
            let timer = async {
                match due {
                    Some(due) => tokio::time::sleep_until(due).await,
                    None => std::future::pending().await,
                }
            };
            tokio::select! {
                biased;
                // whatever the new phase is, or that nobody is left to set one: nothing more is read
                _ = self.phase.changed() => return (gathered, None),
                () = timer => return (gathered, None),
                delivery = self.inbox.recv() => {
                    let Some((partition, chunk)) = delivery else { return (gathered, None) };
                    self.load.taken(chunk.bytes());
                    if let Some(why) = self.decode(partition, &chunk, &mut gathered) {
                        return (gathered, Some((partition, why)));
                    }
                }
            }
            due = due.or_else(|| Some(Instant::now() + limits.age_max));
        }
        (gathered, None)
    }

    fn decode(&mut self, partition: u16, chunk: &Chunk, gathered: &mut Gathered) -> Option<Why> {
        let (seat, poison) = self.seats.get_mut(&partition)?;
        for record in (0..chunk.len()).map_while(|index| chunk.get(index)) {
            if record.offset < seat.next {
                continue;
            }
            let buried = match one(&self.ground, self.table, partition, &record) {
                Ok(Some(placed)) => {
                    gathered.changes.push(placed);
                    false
                }
                Ok(None) => false,
                Err(Unusable::Truncation) => return Some(Why::Truncated { offset: record.offset }),
                Err(Unusable::Letter(letter)) => {
                    gathered.letters.push(*letter);
                    true
                }
            };
            gathered.records += 1;
            seat.next = record.offset + 1;
            gathered.upto.insert(partition, seat.next);
            if let Some(why) = poison.read(buried) {
                return Some(why);
            }
        }
        None
    }

    /// Letters, then rows, then what was refused of them, then offsets.
    async fn write(&mut self, gathered: Gathered) -> Result<(), End> {
        let Gathered { changes, letters, upto, .. } = gathered;
        self.bury(letters).await?;
        for (partition, refused) in self.put(changes).await? {
            let ground = Arc::clone(&self.ground);
            let letters = self.insist("read again", || ground.letters(&refused)).await?;
            tracing::warn!(
                table = self.table.name(),
                partition,
                letters = letters.len(),
                "the store refused rows"
            );
            self.bury(letters).await?;
        }
        self.commit(upto).await
    }

    async fn bury(&self, letters: Vec<DeadLetter>) -> Result<(), End> {
        if letters.is_empty() {
            return Ok(());
        }
        let ground = Arc::clone(&self.ground);
        self.insist("bury", || ground.dead.bury(letters.clone())).await?;
        letters.iter().for_each(|letter| metrics::buried(letter.reason));
        tracing::warn!(
            table = self.table.name(),
            letters = letters.len(),
            "change records cannot be used and were put aside; see `nova dead-letters`"
        );
        Ok(())
    }

    async fn commit(&self, mut upto: BTreeMap<u16, u64>) -> Result<(), End> {
        let mut failed = 0;
        while !upto.is_empty() {
            self.wait(failed).await?;
            let asked: Vec<_> = upto.iter().filter_map(|(at, next)| self.ask(*at, *next)).collect();
            let answers = join_all(asked.into_iter().map(|(at, done)| async move { (at, done.await) }));
            for (partition, answer) in answers.await {
                match answer {
                    Ok(Answer::Done) => drop(upto.remove(&partition)),
                    Ok(Answer::Failed) => {}
                    Ok(Answer::Fenced) | Err(_) => return Err(End::Lost),
                }
            }
            failed += 1;
        }
        Ok(())
    }

    fn ask(&self, partition: u16, offset: u64) -> Option<(u16, oneshot::Receiver<Answer>)> {
        let (RowsSeat { assignment, epoch, .. }, _) = self.seats.get(&partition)?;
        let (answer, done) = oneshot::channel();
        let topic = Topic::Change(self.table);
        let intent = Intent { topic, epoch: *epoch, pending: None };
        let request = Request { topic, partition, assignment: *assignment, offset, intent, answer };
        // where nobody takes it any more the answer says so
        drop(self.requests.send(request));
        Some((partition, done))
    }

    /// Repeats until it works, or the partitions are somebody else's: going on without would lose rows.
    async fn insist<T, F: Future<Output = nova_core::error::Result<T>>>(
        &self,
        step: &'static str,
        call: impl Fn() -> F,
    ) -> Result<T, End> {
        self.attempt(step, call, |_| false).await?.map_err(|_| End::Lost)
    }

    /// The same, but for errors of which another try is not the cure. The numbers of the assignments are looked at right
    /// before, each time: they come and go together, and what was read is of all of them.
    async fn attempt<T, F: Future<Output = nova_core::error::Result<T>>>(
        &self,
        step: &'static str,
        call: impl Fn() -> F,
        is_final: impl Fn(&Error) -> bool,
    ) -> Result<nova_core::error::Result<T>, End> {
        let ground = Arc::clone(&self.ground);
        let mut failed = 0;
        loop {
            self.wait(failed).await?;
            if !self.is_allowed() {
                return Err(End::Lost);
            }
            let mut phase = self.phase.clone();
            tokio::select! {
                done = ground.judged(step, call()) => match done {
                    Err(error) if !is_final(&error) => {}
                    done => return Ok(done),
                },
                _ = phase.wait_for(|phase| *phase == Phase::Lost) => return Err(End::Lost),
            }
            failed += 1;
        }
    }

    /// May what was begun still be written?
    fn is_allowed(&self) -> bool {
        let topic = Topic::Change(self.table);
        self.seats.values().all(|(it, _)| self.ground.epochs.allow(topic, it.partition, it.assignment))
    }

    /// The pause before a try, unless the partitions are lost meanwhile.
    async fn wait(&self, failed: u32) -> Result<(), End> {
        let mut phase = self.phase.clone();
        tokio::select! {
            biased;
            _ = phase.wait_for(|phase| *phase == Phase::Lost) => Err(End::Lost),
            () = tokio::time::sleep(backoff(failed)) => Ok(()),
        }
    }
}

/// Why nothing more is written.
#[derive(Debug)]
enum End {
    /// The partitions are somebody else's.
    Lost,
    /// Somebody must decide.
    Halted(u16, Why),
}

enum Unusable {
    Truncation,
    Letter(Box<DeadLetter>),
}

fn one(ground: &Ground, table: Table, partition: u16, record: &Raw<'_>) -> Result<Option<Placed>, Unusable> {
    let place = Place { topic: Topic::Change(table), partition, offset: record.offset };
    let received_at = record.received_at;
    match change::decode(&ground.config.mapping, table, record.key, record.value, received_at) {
        Ok(Decoded::Change { change, unknown_columns }) => {
            metrics::columns_passed_over(unknown_columns);
            Ok(Some(Placed { place, received_at, fact: Fact::Change(change) }))
        }
        Ok(Decoded::Skipped(_)) => Ok(None),
        Err(why) if why.detail == change::TRUNCATION => Err(Unusable::Truncation),
        Err(why) => Err(Unusable::Letter(Box::new(letter(place, record, why, ground.clock.now())))),
    }
}
