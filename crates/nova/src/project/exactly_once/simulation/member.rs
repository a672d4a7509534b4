//! A member of the group: carries out what its lanes ask for, freezes, loses, dies.

use std::collections::BTreeMap;

use rand::RngExt as _;

use super::world::{MANIFEST, World};
use super::{Mutant, config};
use crate::log::Topic;
use crate::project::exactly_once::{
    Assignment, Chunk, Epochs, Input, Lane, Notice, Operation, Outcome, Packed, Raw, Step, Token,
};

#[derive(Default)]
pub(super) struct Member {
    /// Of the group, as it was told last.
    pub(super) generation: u64,
    pub(super) epochs: Epochs,
    pub(super) seats: BTreeMap<u16, Seat>,
    /// Asked for by lanes that are gone, and still somewhere in a queue.
    pub(super) ghosts: Vec<(u16, Assignment, Operation)>,
    pub(super) frozen: bool,
}

pub(super) struct Seat {
    pub(super) lane: Lane,
    assignment: Assignment,
    /// The next record to be given, by its place in the log.
    next: usize,
    pub(super) pending: Option<Operation>,
}

impl Member {
    pub(super) fn assign(&mut self, world: &mut World, partition: u16) {
        let assignment = self.epochs.raise(Topic::Events, partition);
        let begin = match world.find(partition) {
            Ok(begin) => begin,
            Err(why) => return world.wrong.push(format!("partition {partition} cannot be assigned: {why}")),
        };
        let lines = &world.logs[usize::from(partition)].lines;
        // a reader may be given what it has seen before
        let next = lines.partition_point(|line| line.offset < begin.next).saturating_sub(1);
        let lane = Lane::new(partition, MANIFEST.epoch, begin, config(world));
        self.seats.insert(partition, Seat { lane, assignment, next, pending: None });
    }

    /// It is told that it loses everything; in good time, or afterwards.
    pub(super) fn revoke(&mut self, world: &mut World, lost: bool) {
        for partition in self.seats.keys().copied().collect::<Vec<_>>() {
            if !lost {
                self.step(world, partition, Input::Revoked);
                for _ in 0..world.rng.random_range(0..8) {
                    self.carry(world, partition);
                }
            }
            self.step(world, partition, Input::Lost);
            self.epochs.raise(Topic::Events, partition);
        }
        self.seats.clear();
    }

    /// Records arrive.
    pub(super) fn feed(&mut self, world: &mut World, partition: u16) {
        let Some(seat) = self.seats.get_mut(&partition).filter(|seat| seat.lane.wants()) else { return };
        let lines = &world.logs[usize::from(partition)].lines;
        let upto = (seat.next + world.rng.random_range(1..8_usize)).min(lines.len());
        let mut chunk = Chunk::default();
        for line in &lines[seat.next.min(upto)..upto] {
            chunk.push(Raw {
                offset: line.offset,
                received_at: line.received_at,
                key: b"",
                value: line.value.as_deref(),
                headers: Packed::default(),
            });
        }
        seat.next = upto;
        self.step(world, partition, Input::Records(chunk));
    }

    pub(super) fn step(&mut self, world: &mut World, partition: u16, input: Input) {
        let Some(seat) = self.seats.get_mut(&partition) else { return };
        let lost = matches!(input, Input::Lost);
        let Step { operation, notices } = seat.lane.step(world.now, input);
        if (lost || operation.is_some() || seat.lane.is_over())
            && let Some(old) = seat.pending.take()
        {
            self.ghosts.push((partition, seat.assignment, old));
        }
        seat.pending = operation.map(|(operation, _)| operation).or(seat.pending.take());
        for notice in notices {
            match notice {
                Notice::Halted(why) => world.wrong.push(format!("partition {partition} halted: {why}")),
                Notice::Differs { .. } => world.wrong.push(format!("partition {partition}: {notice:?}")),
                Notice::Written(_) | Notice::Vanished(_) | Notice::Completed { .. } | Notice::Hole { .. } => {
                }
            }
        }
    }

    /// The names of inserts that it is at, or had been when a lane was taken from it.
    pub(super) fn inserting(&self) -> impl Iterator<Item = Token> {
        let pending = self.seats.values().filter_map(|seat| seat.pending.as_ref());
        let all = pending.chain(self.ghosts.iter().map(|(.., operation)| operation));
        all.filter_map(|operation| match operation {
            Operation::Insert { token, .. } => Some(*token),
            _ => None,
        })
    }

    /// The operation under way is done, or fails.
    pub(super) fn carry(&mut self, world: &mut World, partition: u16) {
        let Some(seat) = self.seats.get_mut(&partition) else { return };
        let Some(operation) = seat.pending.take() else { return };
        let assignment = seat.assignment;
        let outcome = self.perform(world, partition, assignment, operation);
        self.step(world, partition, Input::Done(outcome));
    }

    /// What a lane that is gone had asked for comes to its turn.
    pub(super) fn haunt(&mut self, world: &mut World) {
        if !self.ghosts.is_empty() {
            let (partition, assignment, operation) =
                self.ghosts.swap_remove(world.rng.random_range(0..self.ghosts.len()));
            self.perform(world, partition, assignment, operation);
        }
    }

    fn perform(
        &self,
        world: &mut World,
        partition: u16,
        assignment: Assignment,
        operation: Operation,
    ) -> Outcome {
        let allowed =
            world.mutant == Mutant::NoEpochs || self.epochs.allow(Topic::Events, partition, assignment);
        match operation {
            Operation::Commit { .. } | Operation::Insert { .. } if !allowed => Outcome::Fenced,
            Operation::Commit { offset, intent } => world.commit(self.generation, partition, offset, intent),
            Operation::Insert { block, token } => world.insert(block, token),
            _ if world.fails(12) => Outcome::Failed,
            Operation::Marks { since, after, limit } => {
                Outcome::Marks(world.marks(partition, since, after, limit))
            }
            Operation::Ask(identities) => Outcome::Told(world.kept(&identities)),
            Operation::Bury(letters) => {
                if world.mutant != Mutant::NoLetters {
                    world.store.letters.extend(letters.iter().map(|letter| letter.place));
                }
                Outcome::Buried
            }
            Operation::Blocks { since } => Outcome::Blocks(world.blocks(since)),
            Operation::Find(range) => {
                let lane = self.seats.get(&partition).map(|seat| &seat.lane);
                let expected = lane.map_or_else(Vec::new, Lane::expected);
                Outcome::Found(world.standing(range, expected))
            }
            Operation::Complete(range) => Outcome::Completed(world.complete(range)),
            Operation::Refuse(refused) => {
                world.store.letters.extend(refused.iter().map(|refused| refused.placed.place));
                Outcome::Buried
            }
            Operation::Record(entry) => {
                world.store.ledger.insert((partition, entry.range.first), entry);
                Outcome::Recorded
            }
        }
    }
}
