//! What is known of comments: enough to take each back. Only the writer reads it.

use nova_core::model::CommentId;

use super::intern::Intern;
use super::packed::Split;
use super::post::NOBODY;
use super::register::Mark;
use super::snapshot::Moment;

/// Rows of a chunk: a list that grows by whole chunks never moves what it has.
const CHUNK: usize = 1 << 14;

/// No post has this number: the comment's row waits for the post, and its version holds already.
pub(super) const AWAITED: u32 = u32::MAX - 1;

/// A comment: 20 bytes.
#[derive(Debug, Clone, Copy)]
pub(super) struct Comment {
    pub(super) version: Split,
    /// [`NOBODY`] where only the deletion is known, [`AWAITED`] until the post is.
    pub(super) post: u32,
    pub(super) author: u32,
    pub(super) mark: Mark,
}

impl Comment {
    /// What holds a version and counts nowhere.
    pub(super) const fn nowhere(version: u64, post: u32) -> Self {
        Self { version: Split::new(version), post, author: NOBODY, mark: Mark::new(false, 0) }
    }

    /// Does it stand against a row of this version? The first of a version does, unless it still waits to be applied.
    pub(super) const fn overtakes(&self, version: u64) -> bool {
        self.version.get() > version || self.version.get() == version && self.post != AWAITED
    }
}

/// With its id, in the alignment of the rest.
#[derive(Debug, Clone, Copy)]
struct Row {
    id: [u32; 4],
    comment: Comment,
}

impl Row {
    fn id(&self) -> u128 {
        self.id.iter().fold(0, |bits, &part| bits << 32 | u128::from(part))
    }
}

/// All comments by number, removed ones too.
#[derive(Debug)]
pub(super) struct Comments {
    intern: Intern,
    chunks: Vec<Vec<Row>>,
}

impl Comments {
    pub(super) fn new() -> Self {
        Self { intern: Intern::new(), chunks: Vec::new() }
    }

    pub(super) fn len(&self) -> u32 {
        self.intern.len()
    }

    /// The comment of a number.
    pub(super) fn at(&self, number: u32) -> Option<(CommentId, &Comment)> {
        self.row(number).map(|row| (CommentId::from_bits(row.id()), &row.comment))
    }

    pub(super) fn get(&self, id: CommentId) -> Option<&Comment> {
        self.row(self.find(id)?).map(|row| &row.comment)
    }

    /// Sets what is known of a comment, and gives what was; `None` when the table is full. `moment` keeps what was if
    /// a snapshot still needs it.
    pub(super) fn set(
        &mut self,
        id: CommentId,
        comment: Comment,
        moment: Option<&mut Moment>,
    ) -> Option<Option<Comment>> {
        let Some(number) = self.find(id) else { return self.push(id, comment).map(|()| None) };
        let row = self.chunks.get_mut(number as usize / CHUNK)?.get_mut(number as usize % CHUNK)?;
        if let Some(moment) = moment {
            moment.before_comment(number, id, &row.comment);
        }
        Some(Some(std::mem::replace(&mut row.comment, comment)))
    }

    fn push(&mut self, id: CommentId, comment: Comment) -> Option<()> {
        let bits = id.bits();
        let id = [(bits >> 96) as u32, (bits >> 64) as u32, (bits >> 32) as u32, bits as u32];
        if self.chunks.last().is_none_or(|last| last.len() == CHUNK) {
            self.chunks.push(Vec::with_capacity(CHUNK));
        }
        self.chunks.last_mut()?.push(Row { id, comment });
        let added = self.intern.add(bits, |number| self.row(number).map_or(0, Row::id));
        if added.is_none() {
            // the row has no number: as if it had never been there
            self.chunks.last_mut().map(Vec::pop);
        }
        added.map(drop)
    }

    fn find(&self, id: CommentId) -> Option<u32> {
        self.intern.find(id.bits(), |number| self.row(number).map_or(0, Row::id))
    }

    fn row(&self, number: u32) -> Option<&Row> {
        self.chunks.get(number as usize / CHUNK)?.get(number as usize % CHUNK)
    }
}
