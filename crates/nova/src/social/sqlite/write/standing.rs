//! Who is there, and who reaches whom.

use hashbrown::HashMap;
use nova_core::error::Kind;
use nova_core::model::{PostId, UserId};
use rusqlite::{Connection, OptionalExtension};

use super::super::row::{blob, id};
use super::{Actor, Step, refused};

/// Answers from the tables, remembered for the length of one transaction: nobody else writes meanwhile. Holds at
/// most two accounts and one post for each write of the call.
pub(super) struct Standing<'c> {
    connection: &'c Connection,
    /// Is it there and not deleted?
    users: HashMap<UserId, bool>,
    /// The author of each post that is there and not deleted.
    posts: HashMap<PostId, Option<UserId>>,
    /// Does anybody block anybody? Spares an import two look-ups for every like and follow.
    any_block: Option<bool>,
}

/// Does hiding a post put it out of reach? Not for hiding it again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Hiding {
    Counts,
    Ignored,
}

impl<'c> Standing<'c> {
    pub(super) fn new(connection: &'c Connection) -> Self {
        Self { connection, users: HashMap::new(), posts: HashMap::new(), any_block: None }
    }

    pub(super) fn user_made(&mut self, user: UserId) {
        self.users.insert(user, true);
    }

    pub(super) fn user_deleted(&mut self, user: UserId) {
        self.users.insert(user, false);
    }

    pub(super) fn post_made(&mut self, post: PostId, author: UserId) {
        self.posts.insert(post, Some(author));
    }

    pub(super) fn post_deleted(&mut self, post: PostId) {
        self.posts.insert(post, None);
    }

    pub(super) fn blocked(&mut self) {
        self.any_block = Some(true);
    }

    pub(super) fn alive(&mut self, user: UserId) -> rusqlite::Result<bool> {
        if let Some(&alive) = self.users.get(&user) {
            return Ok(alive);
        }
        let alive = self
            .connection
            .prepare_cached("select 1 from users where id = ?1 and deleted_at is null")?
            .exists([blob(user.bits())])?;
        self.users.insert(user, alive);
        Ok(alive)
    }

    fn author(&mut self, post: PostId) -> rusqlite::Result<Option<UserId>> {
        if let Some(&author) = self.posts.get(&post) {
            return Ok(author);
        }
        let author = self
            .connection
            .prepare_cached("select author_id from posts where id = ?1 and deleted_at is null")?
            .query_row([blob(post.bits())], |row| id(row, 0).map(UserId))
            .optional()?;
        self.posts.insert(post, author);
        Ok(author)
    }

    /// Does one of the two block the other?
    fn apart(&mut self, one: UserId, other: UserId) -> rusqlite::Result<bool> {
        let any = match self.any_block {
            Some(any) => any,
            None => self.connection.prepare_cached("select 1 from blocks limit 1")?.exists([])?,
        };
        self.any_block = Some(any);
        if !any || one == other {
            return Ok(false);
        }
        self.connection
            .prepare_cached(include_str!("../sql/apart.sql"))?
            .exists([blob(one.bits()), blob(other.bits())])
    }

    /// The one who writes must have an account that stands.
    pub(super) fn require_writer(&mut self, user: UserId) -> Step<()> {
        if self.alive(user)? {
            return Ok(());
        }
        refused(Kind::NotFound, "user_id", "not_found", "there is no such account")
    }

    /// An account that `viewer` can reach.
    pub(super) fn require_user(&mut self, viewer: UserId, user: UserId, field: &'static str) -> Step<()> {
        if self.reaches_user(viewer, user)? {
            return Ok(());
        }
        refused(Kind::NotFound, field, "not_found", "there is no such account")
    }

    /// A post that `viewer` can reach.
    pub(super) fn require_post(&mut self, viewer: UserId, post: PostId, hiding: Hiding) -> Step<()> {
        if self.reaches_post(viewer, post, hiding)? {
            return Ok(());
        }
        post_missing()
    }

    /// The author of a post that the actor may change: one's own wherever it stands, an admin's where `admin_may`.
    /// Whoever cannot even reach it learns nothing more.
    pub(super) fn require_own_post(&mut self, actor: Actor, post: PostId, admin_may: bool) -> Step<UserId> {
        let admin = actor.admin && admin_may;
        if !admin {
            self.require_writer(actor.user)?;
        }
        match self.author(post)? {
            Some(author) if admin || author == actor.user => Ok(author),
            Some(_) if self.reaches_post(actor.user, post, Hiding::Counts)? => {
                refused(Kind::Forbidden, "post_id", "forbidden", "the post is another's")
            }
            _ => post_missing(),
        }
    }

    pub(super) fn reaches_user(&mut self, viewer: UserId, user: UserId) -> rusqlite::Result<bool> {
        Ok(self.alive(user)? && !self.apart(viewer, user)?)
    }

    pub(super) fn reaches_post(
        &mut self,
        viewer: UserId,
        post: PostId,
        hiding: Hiding,
    ) -> rusqlite::Result<bool> {
        let Some(author) = self.author(post)? else { return Ok(false) };
        Ok(self.reaches_user(viewer, author)? && (hiding == Hiding::Ignored || !self.hides(viewer, post)?))
    }

    fn hides(&self, viewer: UserId, post: PostId) -> rusqlite::Result<bool> {
        self.connection
            .prepare_cached("select 1 from hidden_posts where user_id = ?1 and post_id = ?2")?
            .exists([blob(viewer.bits()), blob(post.bits())])
    }
}

fn post_missing<T>() -> Step<T> {
    refused(Kind::NotFound, "post_id", "not_found", "there is no such post")
}
