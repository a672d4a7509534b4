//! How far the range at hand has come, and what is to be done next for it.

use std::sync::Arc;

use nova_core::model::{EventId, Timestamp, UserId};

use super::batch::{Batch, Decided};
use super::intent::{Intent, Pending};
use super::step::Operation;
use super::{Entry, Token};
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
    /// The block is being written.
    Inserting(Flight),
    /// The rows of the range are being counted.
    Counting(Flight),
    /// The ledger is being written.
    Recording(Flight),
    /// The end of the last range is being committed, with nothing behind it.
    Advancing,
    /// Nothing more will be done.
    Over,
}

/// A range whose intent is committed.
#[derive(Debug)]
pub(super) struct Flight {
    pub(super) decided: Decided,
    /// Fresh tokens taken, see [`Token::retry`].
    pub(super) retry: u32,
    /// It is not known what the store did with it: its rows are to be counted.
    pub(super) verify: bool,
}

impl Flight {
    pub(super) const fn token(&self) -> Token {
        Token { range: self.decided.entry.range, retry: self.retry }
    }
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
                Operation::Insert { block: Arc::clone(&flight.decided.block), token: flight.token() }
            }
            Self::Counting(flight) => Operation::Count(flight.decided.entry.range),
            Self::Recording(flight) => Operation::Record(flight.decided.entry),
            Self::Advancing => Operation::Commit { offset: ground.owed?, intent: intent(None) },
        })
    }
}

/// What a count of the rows means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verdict {
    /// They stand; the ledger says so.
    Stands(Entry),
    /// None of them does, whatever the token says.
    Missing,
    /// Some do.
    Partial,
}

/// The count is the judge. Of a range that is repeated the rows of the first time may stand, whatever is decided now.
pub(super) fn judge(standing: u64, entry: Entry, replay: Option<Pending>) -> Verdict {
    if standing == entry.kept {
        return Verdict::Stands(entry);
    }
    if let Some(first) = replay.filter(|first| first.kept == standing && standing > 0) {
        let duplicates = entry.records.saturating_sub(entry.buried + entry.skipped + standing);
        return Verdict::Stands(Entry { kept: standing, duplicates, hash: first.hash, ..entry });
    }
    if standing == 0 { Verdict::Missing } else { Verdict::Partial }
}
