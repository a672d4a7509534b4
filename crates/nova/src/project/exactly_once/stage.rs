//! How far the range at hand has come, and what is to be done next for it.

use std::sync::Arc;

use nova_core::model::{EventId, Timestamp, UserId};

use super::batch::{Batch, Decided};
use super::flight::Flight;
use super::intent::{Intent, Pending};
use super::step::Operation;
use crate::log::Topic;

/// One range at a time; the next one is gathered meanwhile.
#[derive(Debug)]
pub(super) enum Stage {
    /// No record was seen yet: what must be remembered hangs on when it was received.
    Fresh,
    /// What the lane before this one kept is read from the store.
    Recalling { since: Timestamp, after: Option<(u32, u64)> },
    /// Nothing is about to be written.
    Idle,
    /// The store is asked about what memory cannot know.
    Asking { batch: Batch, identities: Arc<[(UserId, EventId)]>, all: bool },
    /// What cannot be used is put aside.
    Burying(Decided),
    /// The intent is being committed.
    Intending(Decided),
    /// It is being looked at what of a repeated range stands, before anything is written.
    Surveying(Flight),
    /// A part may have been written: it is being asked whether its token is surely remembered.
    Weighing(Flight),
    /// A part is being written.
    Inserting(Flight),
    /// It is being looked at what of the part stands.
    Looking(Flight),
    /// What the store refused is put aside.
    Refusing(Flight),
    /// What derived tables lack of what stood before is being written.
    Completing(Flight),
    /// The ledger is being written.
    Recording(Flight),
    /// The end of the last range is being committed, with nothing behind it.
    Advancing,
    /// Nothing more will be done.
    Over,
}

/// What a stage needs of its lane.
#[derive(Debug, Clone, Copy)]
pub(super) struct Ground {
    pub(super) epoch: u32,
    /// The range that is being repeated, as it was intended first.
    pub(super) replay: Option<Pending>,
    /// Where the group is to stand, where a range is done and that is not committed yet.
    pub(super) owed: Option<u64>,
    pub(super) page: usize,
}

impl Stage {
    /// What is to be done; `None` while there is nothing to be done.
    pub(super) fn operation(&self, ground: Ground) -> Option<Operation> {
        let intent = |pending| Intent { topic: Topic::Events, epoch: ground.epoch, pending };
        Some(match self {
            Self::Fresh | Self::Idle | Self::Over => return None,
            Self::Recalling { since, after } => {
                Operation::Marks { since: *since, after: *after, limit: ground.page }
            }
            Self::Asking { identities, .. } => Operation::Ask(Arc::clone(identities)),
            Self::Burying(decided) => Operation::Bury(Arc::clone(&decided.letters)),
            Self::Intending(decided) => {
                // repeated as it was: the rows that may stand are those of the first time
                let pending = ground.replay.unwrap_or_else(|| decided.pending());
                Operation::Commit { offset: pending.first, intent: intent(Some(pending)) }
            }
            Self::Inserting(flight) => {
                let part = flight.part()?;
                Operation::Insert { block: Arc::clone(&part.block), token: part.token() }
            }
            Self::Weighing(flight) => Operation::Blocks { since: flight.entry().sealed_at },
            Self::Surveying(flight) => Operation::Find(flight.entry().range),
            Self::Looking(flight) => Operation::Find(flight.part()?.block.range),
            Self::Refusing(flight) => Operation::Refuse(Arc::clone(flight.refused())),
            Self::Completing(flight) => Operation::Complete(flight.entry().range),
            Self::Recording(flight) => Operation::Record(flight.entry()),
            Self::Advancing => Operation::Commit { offset: ground.owed?, intent: intent(None) },
        })
    }
}
