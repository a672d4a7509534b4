//! A snapshot's records: each begins with what it is, and they come in any order.
//!
//! ```text
//!   record  kind(4 bits) number(28 bits)  content
//! ```

use std::io::Read;

use super::draft::Draft;
use super::frame::{Fault, Input};
use crate::store::memory::chunks::ENTRIES_MAX;

const NUMBER_BITS: u32 = 28;

const _: () = assert!(ENTRIES_MAX < 1 << NUMBER_BITS);

/// What a record is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// After the last.
    End,
    User,
    Post,
    Comment,
    /// A fact that waits for its post.
    Waiting,
}

const KINDS: [Kind; 5] = [Kind::End, Kind::User, Kind::Post, Kind::Comment, Kind::Waiting];

impl Kind {
    /// Begins a record. The number is that of a user or a post, else 0.
    #[inline]
    pub(super) fn begin(self, number: u32, out: &mut Draft) {
        out.u32((self as u32) << NUMBER_BITS | number);
    }

    /// Reads how the next record begins.
    #[inline]
    pub(super) fn next<R: Read>(input: &mut Input<R>) -> Result<(Self, u32), Fault> {
        let tag = input.u32()?;
        let kind = KINDS.get((tag >> NUMBER_BITS) as usize);
        let kind = kind.ok_or(Fault::Damaged("it holds a record of an unknown kind"))?;
        Ok((*kind, tag & ((1 << NUMBER_BITS) - 1)))
    }
}
