//! The index on disk: a snapshot holds everything up to some positions of the log; the rest is replayed.

mod frame;
mod graph;
mod viewers;
mod ledger;
mod waiting;
mod blocks;
mod files;

pub(super) use files::Snapshots;
pub use files::{Opened, SnapshotInfo};

use std::io::{Read, Write};

use self::frame::{Fault, Input, Output};
use super::config::MemoryStoreConfig;
use super::identity::Identities;
use super::index::{Index, Ledger};

/// Writes everything, in the order in which [`load`] reads it.
fn save<W: Write>(index: &Index, ledger: &mut Ledger, file: W) -> std::io::Result<W> {
    let mut out = Output::new(file)?;
    ledger::save_positions(ledger, &mut out)?;
    graph::save(index, &mut out)?;
    viewers::save(index, &mut out)?;
    ledger::save(index, ledger, &mut out)?;
    out.finish()
}

/// Reads what [`save`] wrote, from a file of `len` bytes. Any bytes are read without a panic, and nothing is reserved
/// for which the file has no bytes.
fn load<R: Read>(
    file: R,
    len: u64,
    config: &MemoryStoreConfig,
    identities: Box<dyn Identities>,
) -> Result<(Index, Ledger), Fault> {
    let mut input = Input::new(file, len)?;
    let (index, mut ledger) = (Index::new(config.clone()), Ledger::new(identities));
    ledger::load_positions(&mut ledger, &mut input)?;
    graph::load(&index, &mut input)?;
    viewers::load(&index, &mut input)?;
    ledger::load(&index, &mut ledger, &mut input)?;
    input.finish()?;
    Ok((index, ledger))
}
