//! Users and posts.

use std::sync::atomic::Ordering;

use nova_core::error::Result;
use nova_core::model::{self, PostId, Stamp, Timestamp, UserId};

use super::{Apply, Outcome, full};
use crate::store::memory::post::{AUTHOR_GONE, GONE, NOBODY, PostMut};
use crate::store::memory::user::{self, UserMut};

impl Apply<'_> {
    pub(super) fn user(&mut self, id: UserId, gone: bool, stamp: Stamp) -> Result<Outcome> {
        let (_, user) = self.user_of(id)?;
        let flags = user.flags();
        if flags & user::KNOWN == 0 {
            self.index.users_known.fetch_add(1, Ordering::Relaxed);
        } else if user.version() >= stamp.version {
            return Ok(Outcome::Stale);
        }
        user.set_row(stamp.version, user::KNOWN | if gone { user::GONE } else { 0 });
        if gone != (flags & user::GONE != 0) {
            // once here, instead of looking the author up for every candidate of every feed
            for dated in user.posts().all() {
                if let Some(post) = self.post_at(dated.row) {
                    post.set(AUTHOR_GONE, gone);
                }
            }
        }
        Ok(Outcome::Changed)
    }

    pub(super) fn post(&mut self, row: &model::Post, stamp: Stamp) -> Result<Outcome> {
        if let Some((number, post)) = self.index.posts.find_mut(row.id, self.ledger.moment.as_mut()) {
            if post.version() >= stamp.version {
                return Ok(Outcome::Stale);
            }
            post.set_version(stamp.version);
            if post.author() == NOBODY {
                return self.enlist(number, post, row).map(|()| Outcome::Changed);
            }
            post.set(GONE, row.deleted_at.is_some());
            if post.created_at() != row.created_at {
                self.redate(number, post, row.created_at);
            }
            return Ok(Outcome::Changed);
        }
        let (number, post) = self.index.posts.push(row.id).ok_or_else(full)?;
        post.set_version(stamp.version);
        self.enlist(number, post, row)?;
        self.arrived(row.id, number, post)?;
        Ok(Outcome::Changed)
    }

    pub(super) fn post_removed(&mut self, id: PostId, stamp: Stamp) -> Result<Outcome> {
        if let Some((_, post)) = self.index.posts.find_mut(id, self.ledger.moment.as_mut()) {
            if post.version() >= stamp.version {
                return Ok(Outcome::Stale);
            }
            post.set_version(stamp.version);
            post.set(GONE, true);
            return Ok(Outcome::Changed);
        }
        let (number, post) = self.index.posts.push(id).ok_or_else(full)?;
        post.set_version(stamp.version);
        self.arrived(id, number, post)?;
        Ok(Outcome::Changed)
    }

    /// Gives a post its author and its place in time; from here on the sources find it.
    fn enlist(&mut self, number: u32, post: PostMut<'_>, row: &model::Post) -> Result<()> {
        let (author, cell) = self.user_of(row.author)?;
        post.set_author(author);
        post.set_created_at(row.created_at);
        post.set(AUTHOR_GONE, cell.is_gone());
        post.set(GONE, row.deleted_at.is_some());
        self.date(number, post, cell, row.created_at);
        Ok(())
    }

    /// Moves a post whose date was changed.
    fn redate(&mut self, number: u32, post: PostMut<'_>, created_at: Timestamp) {
        let Some(author) = self.user_at(post.author()) else { return };
        self.index.timeline.remove(post.created_at(), number);
        author.change_posts(|posts| posts.remove(post.created_at(), number));
        self.date(number, post, author, created_at);
    }

    fn date(&self, number: u32, post: PostMut<'_>, author: UserMut<'_>, created_at: Timestamp) {
        post.set_created_at(created_at);
        self.index.timeline.add(created_at, number);
        author.change_posts(|posts| posts.add(created_at, number));
        self.index.note_many(post.author(), &author);
        // the post may bring answers from another hour
        self.index.answered(&post);
    }
}
