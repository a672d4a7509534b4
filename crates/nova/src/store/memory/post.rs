//! One row per post: everything that a feed asks of it stands in one cache line.

use std::ops::Deref;
use std::sync::atomic::{AtomicI64, AtomicU32, AtomicU64, Ordering};

use nova_core::model::{PostId, Timestamp};

use super::packed::{AtomicId, bump};

/// No author: a post of which only its deletion is known.
pub(super) const NOBODY: u32 = u32::MAX;

/// It is deleted, or on its way in: a row begins so, and shows only once all else stands in it.
pub(super) const GONE: u32 = 1;
/// Its author's account is deleted.
pub(super) const AUTHOR_GONE: u32 = 1 << 1;

/// A post. Views, clicks and dwells are not kept for each post: no question of the feed asks for them (they count
/// in the viewer's affinity and in the daily figures).
///
/// Everybody reads it; it is changed through [`PostMut`] alone.
#[derive(Debug)]
#[repr(align(64))]
pub(super) struct Post {
    id: AtomicId,
    version: AtomicU64,
    created_at: AtomicI64,
    author: AtomicU32,
    flags: AtomicU32,
    likes: AtomicU32,
    comments: AtomicU32,
    shares: AtomicU32,
    impressions: AtomicU32,
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

/// What was counted of a post.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Counts {
    pub(super) likes: u32,
    pub(super) comments: u32,
    pub(super) shares: u32,
    pub(super) impressions: u32,
}

impl Post {
    #[inline]
    pub(super) fn id(&self) -> PostId {
        PostId::from_bits(self.id.get())
    }

    /// Before its number is known to anybody.
    pub(super) fn set_id(&self, id: PostId) {
        self.id.set(id.bits());
    }

    pub(super) fn version(&self) -> u64 {
        self.version.load(Ordering::Relaxed)
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
    pub(super) fn flags(&self) -> u32 {
        // who finds it shown finds its author and its date
        self.flags.load(Ordering::Acquire)
    }

    #[inline]
    pub(super) fn has(&self, flags: u32) -> bool {
        self.flags() & flags != 0
    }

    #[inline]
    pub(super) fn counts(&self) -> Counts {
        let count = |counter: &AtomicU32| counter.load(Ordering::Relaxed);
        Counts {
            likes: count(&self.likes),
            comments: count(&self.comments),
            shares: count(&self.shares),
            impressions: count(&self.impressions),
        }
    }

    /// `likes + 2*comments + 3*shares`.
    #[inline]
    pub(super) fn response(&self) -> f64 {
        let Counts { likes, comments, shares, .. } = self.counts();
        nova_core::ranking::response(likes, comments, shares)
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

/// A post in the writer's hand: whatever snapshot is being written, this post's part of it is safe.
/// [`Posts`](super::posts::Posts) gives it.
#[derive(Debug, Clone, Copy)]
pub(super) struct PostMut<'a>(&'a Post);

impl Deref for PostMut<'_> {
    type Target = Post;

    #[inline]
    fn deref(&self) -> &Post {
        self.0
    }
}

impl<'a> PostMut<'a> {
    /// Only for what no snapshot needs any more as it is: see [`Posts::get_mut`](super::posts::Posts::get_mut).
    #[inline]
    pub(super) const fn safe(post: &'a Post) -> Self {
        Self(post)
    }

    pub(super) fn set_version(&self, version: u64) {
        self.0.version.store(version, Ordering::Relaxed);
    }

    pub(super) fn set_author(&self, author: u32) {
        self.0.author.store(author, Ordering::Relaxed);
    }

    pub(super) fn set_created_at(&self, created_at: Timestamp) {
        self.0.created_at.store(created_at.micros(), Ordering::Relaxed);
    }

    pub(super) fn set_flags(&self, flags: u32) {
        self.0.flags.store(flags, Ordering::Release);
    }

    /// Sets one flag or takes it away.
    pub(super) fn set(&self, flag: u32, holds: bool) {
        let flags = self.0.flags.load(Ordering::Relaxed);
        self.set_flags(if holds { flags | flag } else { flags & !flag });
    }

    pub(super) fn set_counts(&self, counts: Counts) {
        self.0.likes.store(counts.likes, Ordering::Relaxed);
        self.0.comments.store(counts.comments, Ordering::Relaxed);
        self.0.shares.store(counts.shares, Ordering::Relaxed);
        self.0.impressions.store(counts.impressions, Ordering::Relaxed);
    }

    #[inline]
    pub(super) fn add_likes(&self, by: i32) {
        bump(&self.0.likes, by);
    }

    #[inline]
    pub(super) fn add_comments(&self, by: i32) {
        bump(&self.0.comments, by);
    }

    #[inline]
    pub(super) fn add_share(&self) {
        bump(&self.0.shares, 1);
    }

    #[inline]
    pub(super) fn add_impression(&self) {
        bump(&self.0.impressions, 1);
    }
}
