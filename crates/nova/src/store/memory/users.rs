//! One cell per user: as an author (whose posts are read by others) and as a viewer.

use std::sync::atomic::{AtomicI64, AtomicU32, AtomicU64, Ordering};

use nova_core::model::{Timestamp, UserId};
use parking_lot::RwLock;

use super::authors::PostList;
use super::chunks::Chunks;
use super::follows::Follows;
use super::intern::Intern;
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
#[derive(Debug)]
#[repr(C, align(64))]
pub(super) struct User {
    pub(super) id: AtomicId,
    pub(super) flags: AtomicU32,
    /// When the newest post appeared, in [`seconds`](super::packed::seconds): spares the lock for idle authors.
    pub(super) newest: AtomicU32,
    pub(super) posts: RwLock<PostList>,
    /// Its `users` row's version.
    pub(super) version: AtomicU64,

    pub(super) follows: RwLock<Follows>,
    /// Absent until there is anything to keep: most accounts never act.
    pub(super) viewer: RwLock<Option<Box<Viewer>>>,
    pub(super) last_event: AtomicI64,
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

    #[inline]
    pub(super) fn is_gone(&self) -> bool {
        self.flags.load(Ordering::Relaxed) & GONE != 0
    }

    /// When it last did something; `None` before the first event.
    pub(super) fn last_event(&self) -> Option<Timestamp> {
        let at = self.last_event.load(Ordering::Relaxed);
        (at != NEVER).then(|| Timestamp::from_micros(at))
    }

    /// Reads what is kept of the viewer, if anything is.
    pub(super) fn read<R>(&self, read: impl FnOnce(&Viewer) -> R) -> Option<R> {
        self.viewer.read().as_deref().map(read)
    }

    /// Changes what is kept of the viewer. Only the writer.
    pub(super) fn change<R>(&self, change: impl FnOnce(&mut Viewer) -> R) -> R {
        change(self.viewer.write().get_or_insert_default())
    }
}

/// All users that anything is known of, deleted ones too.
#[derive(Debug)]
pub(super) struct Users {
    intern: Intern,
    cells: Chunks<User>,
    /// Apart from the cells: suggestions look at many users' counts and at nothing else of them.
    followers: Chunks<AtomicU32>,
}

impl Users {
    pub(super) fn new() -> Self {
        Self { intern: Intern::new(), cells: Chunks::new(), followers: Chunks::new() }
    }

    pub(super) fn len(&self) -> u32 {
        self.intern.len()
    }

    #[inline]
    pub(super) fn get(&self, user: u32) -> Option<&User> {
        self.cells.get(user)
    }

    #[inline]
    pub(super) fn id(&self, user: u32) -> Option<UserId> {
        self.get(user).map(User::id)
    }

    pub(super) fn find(&self, id: UserId) -> Option<(u32, &User)> {
        let user = self.intern.find(id.bits(), |user| self.id_bits(user))?;
        Some((user, self.get(user)?))
    }

    /// The number of an id, made if need be; `None` when the table is full.
    pub(super) fn make(&self, id: UserId) -> Option<(u32, &User)> {
        if let Some(found) = self.find(id) {
            return Some(found);
        }
        self.push(id)
    }

    /// Gives the next number to an id that has none.
    pub(super) fn push(&self, id: UserId) -> Option<(u32, &User)> {
        self.cells.make(self.len())?.id.set(id.bits());
        self.followers.make(self.len())?;
        let user = self.intern.add(id.bits(), |user| self.id_bits(user))?;
        Some((user, self.get(user)?))
    }

    pub(super) fn reserve(&self, count: usize) {
        self.intern.reserve(count, |user| self.id_bits(user));
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &User> {
        self.cells.iter(self.len())
    }

    /// How many follow this user.
    #[inline]
    pub(super) fn followers(&self, user: u32) -> u32 {
        self.followers.get(user).map_or(0, |count| count.load(Ordering::Relaxed))
    }

    /// Every user's followers, in the order of their numbers.
    pub(super) fn all_followers(&self) -> impl Iterator<Item = u32> {
        self.followers.iter(self.len()).map(|count| count.load(Ordering::Relaxed))
    }

    /// Only the writer.
    pub(super) fn add_followers(&self, user: u32, by: i32) {
        if let Some(count) = self.followers.get(user) {
            super::packed::bump(count, by);
        }
    }

    fn id_bits(&self, user: u32) -> u128 {
        self.get(user).map_or(0, |user| user.id.get())
    }

    /// Estimated: cells, counts and table.
    pub(super) fn bytes(&self) -> u64 {
        Chunks::<User>::bytes(self.len()) + Chunks::<AtomicU32>::bytes(self.len()) + u64::from(self.len()) * 8
    }
}
