//! One cell per user: as an author (whose posts are read by others) and as a viewer.

use std::ops::Deref;
use std::sync::atomic::{AtomicI64, AtomicU32, AtomicU64, Ordering};

use nova_core::model::{Timestamp, UserId};
use parking_lot::{RwLock, RwLockReadGuard};

use super::authors::PostList;
use super::follows::Follows;
use super::packed::AtomicId;
use super::viewer::Viewer;

/// Its row was seen (or its deletion): its version holds.
pub(super) const KNOWN: u32 = 1;
/// The account is deleted.
pub(super) const GONE: u32 = 1 << 1;

/// No event yet.
const NEVER: i64 = i64::MIN;

/// A user, two cache lines: the first is what others' feeds read of an author, the second what a viewer's own feed
/// reads. Each part has a lock of its own, so that a reader waits for the writer only where both touch the same user,
/// and then for well under a microsecond; no lock is held while another is taken.
///
/// Everybody reads it; it is changed through [`UserMut`] alone.
#[derive(Debug)]
#[repr(C, align(64))]
pub(super) struct User {
    id: AtomicId,
    flags: AtomicU32,
    /// When the newest post appeared, in [`seconds`](super::packed::seconds): spares the lock for idle authors.
    newest: AtomicU32,
    posts: RwLock<PostList>,
    /// Its `users` row's version.
    version: AtomicU64,

    follows: RwLock<Follows>,
    /// Absent until there is anything to keep: most accounts never act.
    viewer: RwLock<Option<Box<Viewer>>>,
    last_event: AtomicI64,
}

const _: () = assert!(size_of::<User>() == 128);

impl Default for User {
    fn default() -> Self {
        Self {
            id: AtomicId::default(),
            flags: AtomicU32::new(0),
            newest: AtomicU32::new(0),
            posts: RwLock::default(),
            version: AtomicU64::new(0),
            follows: RwLock::default(),
            viewer: RwLock::default(),
            last_event: AtomicI64::new(NEVER),
        }
    }
}

impl User {
    #[inline]
    pub(super) fn id(&self) -> UserId {
        UserId::from_bits(self.id.get())
    }

    /// Before its number is known to anybody.
    pub(super) fn set_id(&self, id: UserId) {
        self.id.set(id.bits());
    }

    pub(super) fn flags(&self) -> u32 {
        self.flags.load(Ordering::Relaxed)
    }

    #[inline]
    pub(super) fn is_gone(&self) -> bool {
        self.flags() & GONE != 0
    }

    pub(super) fn version(&self) -> u64 {
        self.version.load(Ordering::Relaxed)
    }

    /// The second of the newest post; 0 without any.
    #[inline]
    pub(super) fn newest(&self) -> u32 {
        self.newest.load(Ordering::Relaxed)
    }

    /// When it last did something; `None` before the first event.
    pub(super) fn last_event(&self) -> Option<Timestamp> {
        let at = self.last_event.load(Ordering::Relaxed);
        (at != NEVER).then(|| Timestamp::from_micros(at))
    }

    #[inline]
    pub(super) fn posts(&self) -> RwLockReadGuard<'_, PostList> {
        self.posts.read()
    }

    #[inline]
    pub(super) fn follows(&self) -> RwLockReadGuard<'_, Follows> {
        self.follows.read()
    }

    #[inline]
    pub(super) fn viewer(&self) -> RwLockReadGuard<'_, Option<Box<Viewer>>> {
        self.viewer.read()
    }

    /// Reads what is kept of the viewer, if anything is.
    pub(super) fn read<R>(&self, read: impl FnOnce(&Viewer) -> R) -> Option<R> {
        self.viewer().as_deref().map(read)
    }
}

/// A user in the writer's hand: whatever snapshot is being written, this user's part of it is safe.
/// [`Users`](super::users::Users) gives it.
#[derive(Debug, Clone, Copy)]
pub(super) struct UserMut<'a>(&'a User);

impl Deref for UserMut<'_> {
    type Target = User;

    #[inline]
    fn deref(&self) -> &User {
        self.0
    }
}

impl<'a> UserMut<'a> {
    /// Only for what no snapshot needs any more as it is: see [`Users::get_mut`](super::users::Users::get_mut).
    #[inline]
    pub(super) const fn safe(user: &'a User) -> Self {
        Self(user)
    }

    /// Its `users` row stands so, or is gone.
    pub(super) fn set_row(&self, version: u64, flags: u32) {
        self.0.version.store(version, Ordering::Relaxed);
        self.0.flags.store(flags, Ordering::Relaxed);
    }

    pub(super) fn set_last_event(&self, at: Option<Timestamp>) {
        self.0.last_event.store(at.map_or(NEVER, Timestamp::micros), Ordering::Relaxed);
    }

    /// Changes whom it follows.
    pub(super) fn change_follows<R>(&self, change: impl FnOnce(&mut Follows) -> R) -> R {
        change(&mut self.0.follows.write())
    }

    /// Changes its posts.
    pub(super) fn change_posts(&self, change: impl FnOnce(&mut PostList)) {
        let mut posts = self.0.posts.write();
        change(&mut posts);
        self.0.newest.store(posts.newest(), Ordering::Relaxed);
    }

    /// Changes what is kept of the viewer.
    #[inline]
    pub(super) fn change<R>(&self, change: impl FnOnce(&mut Viewer) -> R) -> R {
        change(self.0.viewer.write().get_or_insert_default())
    }
}
