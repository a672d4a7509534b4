//! All posts by number, and the number of each id.

use nova_core::model::PostId;
use nova_core::pipeline::{Retrieved, RowHint};

use super::chunks::Chunks;
use super::intern::Intern;
use super::post::{Post, PostMut};
use super::snapshot::Moment;
use super::users::Users;

/// All posts, deleted ones too.
#[derive(Debug)]
pub(super) struct Posts {
    intern: Intern,
    rows: Chunks<Post>,
}

impl Posts {
    pub(super) fn new() -> Self {
        Self { intern: Intern::new(), rows: Chunks::new() }
    }

    pub(super) fn len(&self) -> u32 {
        self.intern.len()
    }

    #[inline]
    pub(super) fn get(&self, row: u32) -> Option<&Post> {
        self.rows.get(row)
    }

    /// The row of an id.
    pub(super) fn find(&self, id: PostId) -> Option<(u32, &Post)> {
        let row = self.intern.find(id.bits(), |row| self.id_bits(row))?;
        Some((row, self.get(row)?))
    }

    /// The row of an id; with a hint that is right, without a look-up.
    #[inline]
    pub(super) fn resolve(&self, id: PostId, hint: RowHint) -> Option<(u32, &Post)> {
        // what lies past the last number given has id 0, which a post may have: hence the length
        if hint.0 < self.len()
            && let Some(post) = self.get(hint.0).filter(|post| post.id() == id)
        {
            return Some((hint.0, post));
        }
        self.find(id)
    }

    /// A post to be changed; `moment` keeps what it was if a snapshot still needs it.
    #[inline]
    pub(super) fn get_mut(&self, row: u32, moment: Option<&mut Moment>) -> Option<PostMut<'_>> {
        let post = self.get(row)?;
        if let Some(moment) = moment {
            moment.before_post(row, post);
        }
        Some(PostMut::safe(post))
    }

    /// The same by id.
    #[inline]
    pub(super) fn find_mut(&self, id: PostId, moment: Option<&mut Moment>) -> Option<(u32, PostMut<'_>)> {
        let (row, _) = self.find(id)?;
        Some((row, self.get_mut(row, moment)?))
    }

    /// Gives the next row to an id that has none; `None` when the table is full.
    pub(super) fn push(&self, id: PostId) -> Option<(u32, PostMut<'_>)> {
        self.rows.make(self.len())?.set_id(id);
        let row = self.intern.add(id.bits(), |row| self.id_bits(row))?;
        // made after any moment, so of no snapshot that is being written
        Some((row, PostMut::safe(self.get(row)?)))
    }

    /// Makes the first `count` rows, to be filled from a snapshot in any order; `None` if there cannot be so many.
    pub(super) fn prepare(&self, count: u32) -> Option<()> {
        (0..count).try_for_each(|row| self.rows.make(row).map(drop))
    }

    /// All of them are filled: from here on their ids are found.
    pub(super) fn number(&self, count: u32) -> Option<()> {
        self.intern.reserve(count as usize, |row| self.id_bits(row));
        (0..count).try_for_each(|row| self.intern.add(self.id_bits(row), |row| self.id_bits(row)).map(drop))
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &Post> {
        self.rows.iter(self.len())
    }

    /// What a source gives for a row.
    #[inline]
    pub(super) fn retrieved(&self, row: u32, users: &Users) -> Option<Retrieved> {
        let post = self.get(row)?;
        let author = users.id(post.author())?;
        Some(Retrieved { post: post.id(), author, created_at: post.created_at(), row: RowHint(row) })
    }

    fn id_bits(&self, row: u32) -> u128 {
        self.get(row).map_or(0, |post| post.id().bits())
    }

    /// Estimated: rows and table.
    pub(super) fn bytes(&self) -> u64 {
        Chunks::<Post>::bytes(self.len()) + u64::from(self.len()) * 8
    }
}
