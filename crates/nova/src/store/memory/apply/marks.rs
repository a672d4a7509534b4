//! Likes, hides and comments: what can be taken back.

use nova_core::error::Result;
use nova_core::model::{self, CommentId, Stamp, UserId};

use super::{Apply, Outcome, full};
use crate::store::memory::comments::{AWAITED, Comment};
use crate::store::memory::index::Ledger;
use crate::store::memory::packed::Split;
use crate::store::memory::post::{NOBODY, PostMut};
use crate::store::memory::register::{Mark, Shift};
use crate::store::memory::user::{User, UserMut};

impl Apply<'_> {
    pub(super) fn like_row(
        &mut self,
        user: UserId,
        (row, post): (u32, PostMut<'_>),
        stamp: Stamp,
        set: bool,
        day: i32,
    ) -> Result<Outcome> {
        let (viewer, cell) = self.user_of(user)?;
        let Some(shift) = cell.change(|viewer| viewer.likes.by_row(row, stamp, set, day)) else {
            return Ok(Outcome::Stale);
        };
        self.liked(viewer, cell, row, post, shift);
        Ok(Outcome::Changed)
    }

    /// Counts, affinity and the daily figures follow what holds of a like.
    pub(super) fn liked(
        &mut self,
        viewer: u32,
        cell: UserMut<'_>,
        row: u32,
        post: PostMut<'_>,
        shift: Shift,
    ) {
        if shift.before == shift.after {
            return;
        }
        let before = shift.before.filter(|mark| mark.is_set());
        let after = shift.after.filter(|mark| mark.is_set());
        post.add_likes(i32::from(after.is_some()) - i32::from(before.is_some()));
        self.index.answered(&post);
        let author = post.author();
        if let Some(mark) = before {
            self.interacted(viewer, author, mark.day(), -1);
            self.converted(mark, -1);
        }
        if let Some(mark) = after {
            self.interacted(viewer, author, mark.day(), 1);
            let recommended = match before {
                Some(before) => before.is_recommended(),
                None => self.is_recommended(viewer, &cell, author),
            };
            cell.change(|viewer| viewer.likes.note_recommended(row, recommended));
            self.converted(mark.with_recommended(recommended), 1);
        }
    }

    pub(super) fn hide_row(&mut self, user: UserId, row: u32, stamp: Stamp, set: bool) -> Result<Outcome> {
        let (_, cell) = self.user_of(user)?;
        let shift = cell.change(|viewer| viewer.hidden.get_or_insert_default().by_row(row, stamp, set, 0));
        Ok(if shift.is_some() { Outcome::Changed } else { Outcome::Stale })
    }

    pub(super) fn comment(
        &mut self,
        comment: &model::Comment,
        (row, post): (u32, PostMut<'_>),
        stamp: Stamp,
    ) -> Result<Outcome> {
        let (author, cell) = self.user_of(comment.author)?;
        let mut next = Comment {
            version: Split::new(stamp.version),
            post: row,
            author,
            mark: Mark::new(comment.deleted_at.is_none(), comment.created_at.day()),
        };
        let before = match self.ledger.comments.get(comment.id) {
            Some(held) if held.overtakes(stamp.version) => return Ok(Outcome::Stale),
            held => held.copied(),
        };
        if next.mark.is_set() {
            let recommended = match before.filter(|before| before.mark.is_set()) {
                Some(before) => before.mark.is_recommended(),
                None => self.is_recommended(author, &cell, post.author()),
            };
            next.mark = next.mark.with_recommended(recommended);
        }
        self.comment_set(comment.id, next)
    }

    /// A comment whose post is not known yet. Its version holds from here on, as if it had been applied: a removal
    /// that comes while it waits finds it in the order of the log, whichever topic was faster.
    pub(super) fn comment_awaits(&mut self, id: CommentId, stamp: Stamp) -> Result<Outcome> {
        match self.ledger.comments.get(id) {
            Some(held) if held.overtakes(stamp.version) => Ok(Outcome::Stale),
            _ => self.comment_set(id, Comment::nowhere(stamp.version, AWAITED)),
        }
    }

    pub(super) fn comment_removed(&mut self, id: CommentId, stamp: Stamp) -> Result<Outcome> {
        match self.ledger.comments.get(id) {
            Some(held) if held.version.get() >= stamp.version => Ok(Outcome::Stale),
            _ => self.comment_set(id, Comment::nowhere(stamp.version, NOBODY)),
        }
    }

    fn comment_set(&mut self, id: CommentId, next: Comment) -> Result<Outcome> {
        let Ledger { comments, moment, .. } = &mut *self.ledger;
        if let Some(before) = comments.set(id, next, moment.as_mut()).ok_or_else(full)? {
            self.commented(before, -1);
        }
        self.commented(next, 1);
        Ok(Outcome::Changed)
    }

    /// Counts a comment that stands, or takes it back.
    fn commented(&mut self, comment: Comment, by: i32) {
        if !comment.mark.is_set() {
            return;
        }
        let Some(post) = self.post_at(comment.post) else { return };
        post.add_comments(by);
        self.index.answered(&post);
        self.interacted(comment.author, post.author(), comment.mark.day(), by);
        self.converted(comment.mark, by);
    }

    /// A viewer turned to an author, or took it back. What authors do with their own posts says nothing about whom
    /// they want to read, and does not count.
    pub(super) fn interacted(&mut self, viewer: u32, author: u32, day: i32, by: i32) {
        if viewer == author || author == NOBODY {
            return;
        }
        let keep = self.ledger.affinity_keep(&self.index.config);
        let Some(cell) = self.user_at(viewer) else { return };
        if cell.change(|viewer| viewer.affinity.add(author, day, by, keep))
            && let Some(author) = self.user_at(author)
        {
            author.change(|author| author.add_fan(viewer));
        }
    }

    /// Does a viewer not follow the author, so that the post came by recommendation?
    pub(super) fn is_recommended(&self, viewer: u32, cell: &User, author: u32) -> bool {
        viewer != author && author != NOBODY && !cell.follows().stands(author)
    }

    fn converted(&self, mark: Mark, by: i32) {
        if mark.is_recommended() {
            self.index.days.change(mark.day(), self.index.config.days_max, |day| {
                day.recommended_conversions =
                    day.recommended_conversions.saturating_add_signed(i64::from(by));
            });
        }
    }
}
