//! Users and posts.

use std::sync::atomic::Ordering;

use nova_core::error::Result;
use nova_core::model::{self, PostId, Stamp, Timestamp, UserId};

use super::{Apply, Outcome, full};
use crate::store::memory::posts::{AUTHOR_GONE, GONE, NOBODY, Post};
use crate::store::memory::users::{self, User};

impl Apply<'_> {
    pub(super) fn user(&mut self, id: UserId, gone: bool, stamp: Stamp) -> Result<Outcome> {
        let (_, user) = self.user_of(id)?;
        let flags = user.flags.load(Ordering::Relaxed);
        if flags & users::KNOWN == 0 {
            self.index.users_known.fetch_add(1, Ordering::Relaxed);
        } else if user.version.load(Ordering::Relaxed) >= stamp.version {
            return Ok(Outcome::Stale);
        }
        user.version.store(stamp.version, Ordering::Relaxed);
        user.flags.store(users::KNOWN | if gone { users::GONE } else { 0 }, Ordering::Relaxed);
        if gone != (flags & users::GONE != 0) {
            // once here, instead of looking the author up for every candidate of every feed
            for dated in user.posts.read().all() {
                if let Some(post) = self.index.posts.get(dated.row) {
                    post.set(AUTHOR_GONE, gone);
                }
            }
        }
        Ok(Outcome::Changed)
    }

    pub(super) fn post(&mut self, row: &model::Post, stamp: Stamp) -> Result<Outcome> {
        if let Some((number, post)) = self.index.posts.find(row.id) {
            if post.version.load(Ordering::Relaxed) >= stamp.version {
                return Ok(Outcome::Stale);
            }
            post.version.store(stamp.version, Ordering::Relaxed);
            if post.author() == NOBODY {
                return self.enlist(number, post, row).map(|()| Outcome::Changed);
            }
            post.set(GONE, row.deleted_at.is_some());
            if post.created_at() != row.created_at {
                self.redate(number, post, row.created_at);
            }
            return Ok(Outcome::Changed);
        }
        let (number, post) = self.index.posts.make(row.id).ok_or_else(full)?;
        post.version.store(stamp.version, Ordering::Relaxed);
        self.enlist(number, post, row)?;
        self.arrived(row.id, number, post)?;
        Ok(Outcome::Changed)
    }

    pub(super) fn post_removed(&mut self, id: PostId, stamp: Stamp) -> Result<Outcome> {
        if let Some((_, post)) = self.index.posts.find(id) {
            if post.version.load(Ordering::Relaxed) >= stamp.version {
                return Ok(Outcome::Stale);
            }
            post.version.store(stamp.version, Ordering::Relaxed);
            post.set(GONE, true);
            return Ok(Outcome::Changed);
        }
        let (number, post) = self.index.posts.make(id).ok_or_else(full)?;
        post.version.store(stamp.version, Ordering::Relaxed);
        self.arrived(id, number, post)?;
        Ok(Outcome::Changed)
    }

    /// Gives a post its author and its place in time; from here on the sources find it.
    fn enlist(&self, number: u32, post: &Post, row: &model::Post) -> Result<()> {
        let (author, cell) = self.user_of(row.author)?;
        post.author.store(author, Ordering::Relaxed);
        post.created_at.store(row.created_at.micros(), Ordering::Relaxed);
        post.set(AUTHOR_GONE, cell.is_gone());
        post.set(GONE, row.deleted_at.is_some());
        self.date(number, post, cell, row.created_at);
        Ok(())
    }

    /// Moves a post whose date was changed.
    fn redate(&self, number: u32, post: &Post, created_at: Timestamp) {
        let Some(cell) = self.index.users.get(post.author()) else { return };
        self.index.timeline.remove(post.created_at(), number);
        cell.posts.write().remove(post.created_at(), number);
        self.date(number, post, cell, created_at);
    }

    fn date(&self, number: u32, post: &Post, author: &User, created_at: Timestamp) {
        post.created_at.store(created_at.micros(), Ordering::Relaxed);
        self.index.timeline.add(created_at, number);
        let mut posts = author.posts.write();
        posts.add(created_at, number);
        author.newest.store(posts.newest(), Ordering::Relaxed);
        let many = posts.all().len() >= self.index.config.posts_many;
        drop(posts);
        if many {
            self.index.note_many(post.author(), author);
        }
        // the post may bring answers from another hour
        self.index.answered(post);
    }
}
