//! Likes, follows, blocks, mutes and hidden posts: rows that are set and unset.

use nova_core::error::Kind;
use nova_core::model::{Id, PostId, Timestamp, UserId};
use rusqlite::OptionalExtension;

use super::super::envelope::Op;
use super::super::row::{self, Join, Pair, blob};
use super::standing::Hiding;
use super::{Done, Session, Step, refused};
use crate::social::Written;

impl Session<'_> {
    pub(super) fn like(&mut self, user: UserId, post: PostId, at: Timestamp) -> Step<Done> {
        self.standing.require_writer(user)?;
        self.standing.require_post(user, post, Hiding::Counts)?;
        let set = self.set(Join::Likes, post.0, user.0, at)?;
        self.totals.post(post).likes += i64::from(set);
        Ok(done(set))
    }

    pub(super) fn unlike(&mut self, user: UserId, post: PostId) -> Step<Done> {
        self.standing.require_writer(user)?;
        let unset = self.unset(Join::Likes, post.0, user.0)?;
        self.totals.post(post).likes -= i64::from(unset);
        Ok(done(unset))
    }

    pub(super) fn follow(&mut self, user: UserId, target: UserId, at: Timestamp) -> Step<Done> {
        if user == target {
            return refused(Kind::Rejected, "followee_id", "self_follow", "nobody follows themselves");
        }
        self.standing.require_writer(user)?;
        self.standing.require_user(user, target, "followee_id")?;
        let set = self.set(Join::Follows, user.0, target.0, at)?;
        self.count_follow(user, target, i64::from(set));
        Ok(done(set))
    }

    pub(super) fn unfollow(&mut self, user: UserId, target: UserId) -> Step<Done> {
        self.standing.require_writer(user)?;
        self.end_follow(user, target).map(done)
    }

    pub(super) fn block(&mut self, user: UserId, target: UserId, at: Timestamp) -> Step<Done> {
        if user == target {
            return refused(Kind::Rejected, "target_id", "self_block", "nobody blocks themselves");
        }
        self.standing.require_writer(user)?;
        if !self.standing.alive(target)? {
            return refused(Kind::NotFound, "target_id", "not_found", "there is no such account");
        }
        let set = self.set(Join::Blocks, user.0, target.0, at)?;
        self.standing.blocked();
        let left = self.end_follow(user, target)?;
        let lost = self.end_follow(target, user)?;
        Ok(done(set || left || lost))
    }

    pub(super) fn unblock(&mut self, user: UserId, target: UserId) -> Step<Done> {
        self.standing.require_writer(user)?;
        self.unset(Join::Blocks, user.0, target.0).map(done)
    }

    pub(super) fn mute(&mut self, user: UserId, target: UserId, at: Timestamp) -> Step<Done> {
        if user == target {
            return refused(Kind::Rejected, "target_id", "self_mute", "nobody mutes themselves");
        }
        self.standing.require_writer(user)?;
        self.standing.require_user(user, target, "target_id")?;
        self.set(Join::Mutes, user.0, target.0, at).map(done)
    }

    pub(super) fn unmute(&mut self, user: UserId, target: UserId) -> Step<Done> {
        self.standing.require_writer(user)?;
        self.unset(Join::Mutes, user.0, target.0).map(done)
    }

    pub(super) fn hide(&mut self, user: UserId, post: PostId, at: Timestamp) -> Step<Done> {
        self.standing.require_writer(user)?;
        self.standing.require_post(user, post, Hiding::Ignored)?;
        self.set(Join::HiddenPosts, user.0, post.0, at).map(done)
    }

    pub(super) fn unhide(&mut self, user: UserId, post: PostId) -> Step<Done> {
        self.standing.require_writer(user)?;
        self.unset(Join::HiddenPosts, user.0, post.0).map(done)
    }

    fn end_follow(&mut self, user: UserId, target: UserId) -> Step<bool> {
        let unset = self.unset(Join::Follows, user.0, target.0)?;
        self.count_follow(user, target, -i64::from(unset));
        Ok(unset)
    }

    fn count_follow(&mut self, user: UserId, target: UserId, by: i64) {
        if by != 0 {
            self.totals.user(user).following += by;
            self.totals.user(target).followers += by;
        }
    }

    /// Was it not set before?
    fn set(&mut self, join: Join, first: Id, second: Id, at: Timestamp) -> Step<bool> {
        let made = self.connection.prepare_cached(insert(join))?.execute((
            blob(first.bits()),
            blob(second.bits()),
            at.micros(),
        ))?;
        if made > 0 {
            self.changes.push(Op::Created(&Pair { join, first, second, created_at: at }));
        }
        Ok(made > 0)
    }

    /// Was it set before?
    fn unset(&mut self, join: Join, first: Id, second: Id) -> Step<bool> {
        let removed = self
            .connection
            .prepare_cached(delete(join))?
            .query_row([blob(first.bits()), blob(second.bits())], |row| row::pair(join, row))
            .optional()?;
        if let Some(pair) = &removed {
            self.changes.push(Op::Deleted(pair));
        }
        Ok(removed.is_some())
    }
}

fn done(changed: bool) -> Done {
    Done { written: Written::Edge(None), changed }
}

macro_rules! statements {
    ($($join:ident $table:literal $first:literal $second:literal)*) => {
        const fn insert(join: Join) -> &'static str {
            match join {
                $(Join::$join => concat!(
                    "insert into ", $table, " (", $first, ", ", $second, ", created_at) ",
                    "values (?1, ?2, ?3) on conflict do nothing",
                ),)*
            }
        }

        const fn delete(join: Join) -> &'static str {
            match join {
                $(Join::$join => concat!(
                    "delete from ", $table, " where ", $first, " = ?1 and ", $second, " = ?2 ",
                    "returning ", $first, ", ", $second, ", created_at",
                ),)*
            }
        }
    };
}

statements! {
    Likes "likes" "post_id" "user_id"
    Follows "follows" "follower_id" "followee_id"
    Blocks "blocks" "user_id" "target_id"
    Mutes "mutes" "user_id" "target_id"
    HiddenPosts "hidden_posts" "user_id" "post_id"
}
