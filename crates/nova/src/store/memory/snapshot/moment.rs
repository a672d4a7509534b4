//! The moment that a snapshot shows, while it is written and the writer goes on.
//!
//! Both take turns at the ledger, the snapshot for a slice at a time. It writes users, posts and comments in the order
//! of their numbers. An entry that the writer is about to change, and that the snapshot has not come to yet, is saved
//! first, as it is: at its first change after the moment, so as it was then. The snapshot passes over it later. What
//! is made after the moment has a greater number than all of these. So every entry stands in the snapshot once, as it
//! was at the moment, whatever comes between; and the writer, for whom nothing is copied twice, waits for no more
//! than one slice.
//!
//! Facts that wait for their post never change, but leave: those are saved when they do. The few daily figures are
//! written at once, and the deduplication gives away a copy of what it is at the moment ([`Frozen`]).
//!
//! [`Frozen`]: crate::store::memory::identity::Frozen

use std::collections::VecDeque;
use std::ops::Range;

use nova_core::model::CommentId;

use super::draft::Draft;
use super::span::Span;
use super::taking::SLICE_BYTES;
use super::{comments, posts, users, waiting};
use crate::store::Placed;
use crate::store::memory::comments::{Comment, Comments};
use crate::store::memory::index::{Index, Ledger};
use crate::store::memory::post::Post;
use crate::store::memory::user::User;
use crate::store::memory::waiting::Waiting;

/// What the writer may save before the snapshot must take some of it, in bytes; one batch can exceed it.
const SAVED_MAX: usize = if cfg!(test) { 64 << 10 } else { 64 << 20 };
/// Entries looked at in one slice at most, when most of them were saved before.
const STEPS_MAX: usize = 1 << 16;

/// What is still to be written of the moment.
#[derive(Debug)]
pub(in crate::store::memory) struct Moment {
    users: Span,
    posts: Span,
    comments: Span,
    /// Facts that waited at the moment have numbers before its end, those written or saved before its start.
    waiting: Range<u64>,
    saved: Saved,
}

/// Records that the writer saved, in drafts of about a slice: the snapshot takes one at a time, so that a writer who
/// waits for room waits for one to be written and not for all.
#[derive(Debug, Default)]
struct Saved {
    full: VecDeque<Draft>,
    last: Draft,
    bytes: usize,
}

impl Saved {
    fn add(&mut self, save: impl FnOnce(&mut Draft)) {
        if self.last.len() >= SLICE_BYTES {
            self.full.push_back(std::mem::take(&mut self.last));
        }
        let before = self.last.len();
        save(&mut self.last);
        self.bytes += self.last.len() - before;
    }

    /// Swaps the oldest for an empty one.
    fn take(&mut self, empty: &mut Draft) {
        match self.full.pop_front() {
            Some(full) => *empty = full,
            None => std::mem::swap(&mut self.last, empty),
        }
        self.bytes -= empty.len();
    }
}

impl Moment {
    pub(super) fn new(index: &Index, ledger: &Ledger) -> Self {
        Self {
            users: Span::new(index.users.len()),
            posts: Span::new(index.posts.len()),
            comments: Span::new(ledger.comments.len()),
            waiting: 0..ledger.waiting.next(),
            saved: Saved::default(),
        }
    }

    /// Must the writer wait until the snapshot has taken some of what was saved?
    pub(in crate::store::memory) fn is_full(&self) -> bool {
        self.saved.bytes >= SAVED_MAX
    }

    /// A user is about to change.
    #[inline]
    pub(in crate::store::memory) fn before_user(&mut self, number: u32, user: &User) {
        if self.users.claim(number) {
            self.saved.add(|out| users::save(number, user, out));
        }
    }

    /// A post is about to change.
    #[inline]
    pub(in crate::store::memory) fn before_post(&mut self, number: u32, post: &Post) {
        if self.posts.claim(number) {
            self.saved.add(|out| posts::save(number, post, out));
        }
    }

    /// A comment is about to change.
    #[inline]
    pub(in crate::store::memory) fn before_comment(&mut self, number: u32, id: CommentId, comment: &Comment) {
        if self.comments.claim(number) {
            self.saved.add(|out| comments::save(id, comment, out));
        }
    }

    /// A fact that waited has left.
    pub(in crate::store::memory) fn before_leaving(&mut self, number: u64, placed: &Placed) {
        if self.waiting.contains(&number) {
            self.saved.add(|out| waiting::save(number, placed, out));
        }
    }

    /// Writes about `bytes_max` bytes more, of what was saved first; `out` is empty. `false`: that was all.
    pub(super) fn slice(
        &mut self,
        index: &Index,
        comments: &Comments,
        waiting: &Waiting,
        bytes_max: usize,
        out: &mut Draft,
    ) -> bool {
        self.saved.take(out);
        for _ in 0..STEPS_MAX {
            if out.len() >= bytes_max {
                return true;
            }
            if !self.step(index, comments, waiting, out) {
                return self.saved.bytes > 0;
            }
        }
        true
    }

    /// Writes the next entry.
    fn step(&mut self, index: &Index, comments: &Comments, waiting: &Waiting, out: &mut Draft) -> bool {
        if let Some(next) = self.users.step() {
            if let Some((number, user)) = next.and_then(|number| Some((number, index.users.get(number)?))) {
                users::save(number, user, out);
            }
        } else if let Some(next) = self.posts.step() {
            if let Some((number, post)) = next.and_then(|number| Some((number, index.posts.get(number)?))) {
                posts::save(number, post, out);
            }
        } else if let Some(next) = self.comments.step() {
            if let Some((id, comment)) = next.and_then(|number| comments.at(number)) {
                comments::save(id, comment, out);
            }
        } else if let Some((number, placed)) = waiting.first_in(self.waiting.clone()) {
            self.waiting.start = number + 1;
            waiting::save(number, placed, out);
        } else {
            self.waiting.start = self.waiting.end;
            return false;
        }
        true
    }
}
