//! A snapshot in the making.

use std::io::{self, Write};
use std::sync::Arc;

use nova_core::error::{Error, Kind as ErrorKind, Result};

use super::blocks::Blocks;
use super::draft::Draft;
use super::frame::Output;
use super::head;
use super::moment::Moment;
use super::record::Kind;
use crate::log::Positions;
use crate::store::memory::identity::Frozen;
use crate::store::memory::index::{Desk, Index, Ledger};

/// Bytes written in one turn at the ledger, about: some milliseconds, and as long the writer may have to wait. One
/// user's record is never divided.
pub(super) const SLICE_BYTES: usize = if cfg!(test) { 1 << 10 } else { 1 << 20 };

/// From its beginning to its end the writer saves what the snapshot needs of what it changes. It ends when it is
/// dropped, written or not, and there is only one at a time.
#[derive(Debug)]
pub(in crate::store::memory) struct Taking {
    index: Arc<Index>,
    desk: Arc<Desk>,
    head: Draft,
    identities: Box<dyn Frozen>,
    positions: Positions,
}

impl Taking {
    /// Takes this moment.
    ///
    /// # Errors
    /// `Unavailable` while another is being written.
    pub(in crate::store::memory) fn begin(index: &Arc<Index>, desk: &Arc<Desk>) -> Result<Self> {
        let mut ledger = desk.lock();
        if ledger.moment.is_some() {
            let detail = "a snapshot is being written already";
            return Err(Error::new(ErrorKind::Unavailable, "store.snapshot", detail));
        }
        ledger.moment = Some(Moment::new(index, &ledger));
        let mut head = Draft::default();
        head::save(index, &ledger, &mut head);
        Ok(Self {
            index: Arc::clone(index),
            desk: Arc::clone(desk),
            head,
            identities: ledger.identities.freeze(),
            positions: ledger.positions.clone(),
        })
    }

    /// Writes all of it.
    pub(super) fn write<W: Write>(&self, file: W) -> io::Result<W> {
        self.write_slices(SLICE_BYTES, file, || {})
    }

    /// The same in slices of another size; `between` is called after each.
    pub(super) fn write_slices<W: Write>(
        &self,
        bytes_max: usize,
        file: W,
        mut between: impl FnMut(),
    ) -> io::Result<W> {
        let mut out = Output::new(file)?;
        out.bytes(self.head.bytes())?;
        let mut draft = Draft::default();
        while self.slice(bytes_max, &mut draft) {
            out.bytes(draft.bytes())?;
            draft.clear();
            between();
        }
        Kind::End.begin(0, &mut draft);
        out.bytes(draft.bytes())?;
        let mut blocks = Blocks::new(&mut out);
        self.identities.save(&mut blocks)?;
        blocks.finish()?;
        out.finish()
    }

    /// What was written will be found again. Gives where it stands: everything before is in it.
    pub(super) fn durable(self) -> Positions {
        self.desk.lock().identities.saved();
        self.positions.clone()
    }

    /// The next part of the records; `false` for the last.
    pub(super) fn slice(&self, bytes_max: usize, draft: &mut Draft) -> bool {
        let mut ledger = self.desk.lock();
        let Ledger { moment, comments, waiting, .. } = &mut *ledger;
        let more = moment
            .as_mut()
            .is_some_and(|moment| moment.slice(&self.index, comments, waiting, bytes_max, draft));
        self.desk.pass_on(ledger);
        more
    }
}

impl Drop for Taking {
    fn drop(&mut self) {
        let mut ledger = self.desk.lock();
        ledger.moment = None;
        self.desk.pass_on(ledger);
    }
}
