//! The index on disk: a snapshot holds everything up to some positions of the log; the rest is replayed.
//!
//! It shows the index at one [`Moment`], although the writer goes on while it is written.
//!
//! ```text
//!   head  records of users, posts, comments and waiting facts, in any order  end  deduplication
//! ```

mod draft;
mod frame;
mod record;
mod head;
mod users;
mod viewers;
mod posts;
mod comments;
mod waiting;
mod blocks;
mod span;
mod moment;
mod taking;
mod files;
#[cfg(test)]
mod tests;

pub(super) use files::Snapshots;
pub use files::{Opened, SnapshotInfo};
pub(super) use moment::Moment;
pub(super) use taking::Taking;

use std::io::Read;

use self::blocks::Unblocks;
use self::frame::{Fault, Input};
use self::head::Counts;
use self::record::Kind;
use self::span::Bits;
use super::config::MemoryStoreConfig;
use super::identity::Identities;
use super::index::{Index, Ledger};

/// Reads what a [`Taking`] wrote, from a file of `len` bytes. Any bytes are read without a panic, and nothing is
/// reserved for which the file has no bytes.
fn load<R: Read>(
    file: R,
    len: u64,
    config: &MemoryStoreConfig,
    identities: Box<dyn Identities>,
) -> Result<(Index, Ledger), Fault> {
    let mut input = Input::new(file, len)?;
    let (index, mut ledger) = (Index::new(config.clone()), Ledger::new(identities));
    let counts = head::load(&index, &mut ledger, &mut input)?;
    load_records(counts, &index, &mut ledger, &mut input)?;
    let mut unblocks = Unblocks::new(&mut input);
    ledger.identities.restore(&mut unblocks)?;
    unblocks.finish()?;
    input.finish()?;
    Ok((index, ledger))
}

fn load_records<R: Read>(
    counts: Counts,
    index: &Index,
    ledger: &mut Ledger,
    input: &mut Input<R>,
) -> Result<(), Fault> {
    let many = Fault::Damaged("it has too many users or posts");
    index.users.prepare(counts.users).and_then(|()| index.posts.prepare(counts.posts)).ok_or(many)?;
    let (mut users, mut posts) = (Bits::new(counts.users), Bits::new(counts.posts));
    let mut waiting = Vec::new();
    loop {
        let (kind, number) = Kind::next(input)?;
        match kind {
            Kind::End => break,
            Kind::User if users.add(number) => users::load(number, counts.users, index, input)?,
            Kind::Post if posts.add(number) => posts::load(number, index, input)?,
            Kind::User | Kind::Post => return Err(Fault::Damaged("a record is none of those counted")),
            Kind::Comment => comments::load(&mut ledger.comments, input)?,
            Kind::Waiting => waiting.push(waiting::load(input)?),
        }
    }
    if !users.is_full() || !posts.is_full() {
        return Err(Fault::Damaged("records are missing"));
    }
    users::finish(counts.users, index)?;
    posts::finish(counts.posts, index)?;
    ledger.waiting.restore(waiting);
    Ok(())
}
