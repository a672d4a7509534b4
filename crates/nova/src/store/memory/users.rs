//! All users by number, and the number of each id.

use std::sync::atomic::{AtomicU32, Ordering};

use nova_core::model::UserId;

use super::chunks::Chunks;
use super::intern::Intern;
use super::snapshot::Moment;
use super::user::{User, UserMut};

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

    /// A user to be changed; `moment` keeps what it was if a snapshot still needs it.
    #[inline]
    pub(super) fn get_mut(&self, number: u32, moment: Option<&mut Moment>) -> Option<UserMut<'_>> {
        let user = self.get(number)?;
        if let Some(moment) = moment {
            moment.before_user(number, user);
        }
        Some(UserMut::safe(user))
    }

    /// The same by id, which gets a number if it has none; `None` when the table is full.
    pub(super) fn make_mut(&self, id: UserId, moment: Option<&mut Moment>) -> Option<(u32, UserMut<'_>)> {
        let number = match self.find(id) {
            Some((number, _)) => number,
            None => self.push(id)?,
        };
        Some((number, self.get_mut(number, moment)?))
    }

    fn push(&self, id: UserId) -> Option<u32> {
        self.cells.make(self.len())?.set_id(id);
        self.followers.make(self.len())?;
        self.intern.add(id.bits(), |user| self.id_bits(user))
    }

    /// Makes the first `count` cells, to be filled from a snapshot in any order; `None` if there cannot be so many.
    pub(super) fn prepare(&self, count: u32) -> Option<()> {
        (0..count).try_for_each(|user| {
            self.cells.make(user)?;
            self.followers.make(user).map(drop)
        })
    }

    /// All of them are filled: from here on their ids are found.
    pub(super) fn number(&self, count: u32) -> Option<()> {
        self.intern.reserve(count as usize, |user| self.id_bits(user));
        (0..count)
            .try_for_each(|user| self.intern.add(self.id_bits(user), |user| self.id_bits(user)).map(drop))
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
        self.get(user).map_or(0, |user| user.id().bits())
    }

    /// Estimated: cells, counts and table.
    pub(super) fn bytes(&self) -> u64 {
        Chunks::<User>::bytes(self.len()) + Chunks::<AtomicU32>::bytes(self.len()) + u64::from(self.len()) * 8
    }
}
