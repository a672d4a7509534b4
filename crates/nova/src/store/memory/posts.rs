//! One row per post: everything that a feed asks of it stands in one cache line.

use std::sync::atomic::{AtomicI64, AtomicU32, AtomicU64, Ordering};

use nova_core::model::{PostId, Timestamp};
use nova_core::pipeline::{Retrieved, RowHint};

use super::chunks::Chunks;
use super::intern::Intern;
use super::packed::AtomicId;
use super::users::Users;

/// No author: a post of which only its deletion is known.
pub(super) const NOBODY: u32 = u32::MAX;

/// It is deleted, or on its way in: a row begins so, and shows only once all else stands in it.
pub(super) const GONE: u32 = 1;
/// Its author's account is deleted.
pub(super) const AUTHOR_GONE: u32 = 1 << 1;

/// A post. Views, clicks and dwells are not kept for each post: no question of the feed asks for them (they count
/// in the viewer's affinity and in the daily figures).
#[derive(Debug)]
#[repr(align(64))]
pub(super) struct Post {
    pub(super) id: AtomicId,
    pub(super) version: AtomicU64,
    pub(super) created_at: AtomicI64,
    pub(super) author: AtomicU32,
    pub(super) flags: AtomicU32,
    pub(super) likes: AtomicU32,
    pub(super) comments: AtomicU32,
    pub(super) shares: AtomicU32,
    pub(super) impressions: AtomicU32,
}

impl Default for Post {
    fn default() -> Self {
        Self {
            id: AtomicId::default(),
            version: AtomicU64::new(0),
            created_at: AtomicI64::new(0),
            author: AtomicU32::new(NOBODY),
            flags: AtomicU32::new(GONE),
            likes: AtomicU32::new(0),
            comments: AtomicU32::new(0),
            shares: AtomicU32::new(0),
            impressions: AtomicU32::new(0),
        }
    }
}

impl Post {
    #[inline]
    pub(super) fn id(&self) -> PostId {
        PostId::from_bits(self.id.get())
    }

    #[inline]
    pub(super) fn author(&self) -> u32 {
        self.author.load(Ordering::Relaxed)
    }

    #[inline]
    pub(super) fn created_at(&self) -> Timestamp {
        Timestamp::from_micros(self.created_at.load(Ordering::Relaxed))
    }

    #[inline]
    pub(super) fn has(&self, flags: u32) -> bool {
        // who finds it shown finds its author and its date
        self.flags.load(Ordering::Acquire) & flags != 0
    }

    /// Only the writer.
    pub(super) fn set(&self, flag: u32, holds: bool) {
        let flags = self.flags.load(Ordering::Relaxed);
        self.flags.store(if holds { flags | flag } else { flags & !flag }, Ordering::Release);
    }

    /// `likes + 2*comments + 3*shares`.
    #[inline]
    pub(super) fn response(&self) -> f64 {
        let count = |counter: &AtomicU32| counter.load(Ordering::Relaxed);
        nova_core::ranking::response(count(&self.likes), count(&self.comments), count(&self.shares))
    }

    /// Answers a showing: what engagement grows with. A post that was not shown yet counts as shown once.
    pub(super) fn rate(&self) -> f64 {
        self.response() / f64::from(self.impressions.load(Ordering::Relaxed).max(1))
    }

    /// Could it be shown to anybody, as long as it is not dated after `latest`?
    #[inline]
    pub(super) fn shows(&self, latest: Timestamp) -> bool {
        !self.has(GONE | AUTHOR_GONE) && self.created_at() <= latest
    }
}

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

    /// The row of an id, made if need be; `None` when the table is full.
    pub(super) fn make(&self, id: PostId) -> Option<(u32, &Post)> {
        if let Some(found) = self.find(id) {
            return Some(found);
        }
        self.push(id)
    }

    /// Gives the next row to an id that has none.
    pub(super) fn push(&self, id: PostId) -> Option<(u32, &Post)> {
        self.rows.make(self.len())?.id.set(id.bits());
        let row = self.intern.add(id.bits(), |row| self.id_bits(row))?;
        Some((row, self.get(row)?))
    }

    pub(super) fn reserve(&self, count: usize) {
        self.intern.reserve(count, |row| self.id_bits(row));
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
        self.get(row).map_or(0, |post| post.id.get())
    }

    /// Estimated: rows and table.
    pub(super) fn bytes(&self) -> u64 {
        Chunks::<Post>::bytes(self.len()) + u64::from(self.len()) * 8
    }
}
