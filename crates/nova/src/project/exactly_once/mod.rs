//! The consumer of the distributed mode: every event of the log stands in the store once, whatever dies when.
//!
//! ```text
//!   Kafka --poller--> chunks --> a lane for each partition of `events` --> sink: block under a token, count, ledger
//!     ^                `-------> a gatherer for each table             --> sink: rows with versions
//!     `--- commits of all of them in one request: offset + intent ---'
//! ```
//!
//! **Why once.** Before a block is written its range is committed as an intent, in the metadata of the group's offset;
//! afterwards the offset moves behind it. Whoever takes over reads exactly the intended range again and writes it under
//! the same token, which follows from the range alone: what an insert did not reach that was cut off, it reaches now. A
//! store forgets tokens after so many others; so its ledger is asked before anything is repeated, and where the token may
//! be forgotten, what stands is left and what is missing is written. After a repeat it is looked what stands, for a store
//! may remember a token without its rows. What is a copy is a function of the log and of what was kept of it, so the
//! range is decided the same again.
//!
//! **What the store refuses.** A block that it will never take is halved until the events that are the reason stand
//! alone; those are put aside, the others go in. Too many of them stop the partition.
//!
//! **Who may write.** A member that lost a partition is not refused by the broker once it has joined again. So
//! each assignment has a number, and nothing is committed or inserted for an earlier one (`epochs`).
//!
//! Change topics need none of this: their rows carry versions, and at least once is enough (`rows`).

mod sink;
mod token;
mod intent;
mod manifest;
mod records;
mod halt;
mod check;
mod epochs;
mod window;
mod poison;
mod batch;
mod flight;
mod stage;
mod step;
mod lane;
mod status;
mod rows;
mod resume;
mod run;
#[cfg(test)]
mod simulation;
#[cfg(test)]
mod tests;

pub use batch::Limits;
pub use check::{Found, Start, start};
pub use epochs::{Assignment, Epochs};
pub use flight::Refused;
pub use halt::Why;
pub use intent::{Intent, Pending};
pub use lane::{Lane, LaneConfig};
pub use manifest::{begin_epochs, manifest};
pub use records::{Chunk, Packed, Raw};
pub use resume::{Standstill, accept, standstills};
pub use rows::RowsLimits;
pub use run::{Consumer, ConsumerConfig, GROUP};
pub use sink::{Block, Entry, Held, Mark, Range, Sink};
pub use status::Status;
pub use step::{Input, Notice, Operation, Outcome, Step};
pub use token::Token;
pub use window::Span;

use uuid::Uuid;

/// What a topic should be, as the store has it written down.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Manifest {
    /// Given by Kafka when it was made: under another one the same offsets mean other records.
    pub id: Uuid,
    /// Raised when the topic is made anew.
    pub epoch: u32,
    /// Its partitions.
    pub partitions: u16,
}
