//! What can be written. Ids and times come with the write: nothing here reads a clock.

use nova_core::model::{Comment, CommentId, Post, PostId, Timestamp, User, UserId};

use crate::log::Positions;

/// Who asks for an edit or a deletion.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Actor {
    /// The caller.
    pub user: UserId,
    /// May delete what others wrote.
    pub admin: bool,
}

/// A new account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewUser {
    /// Its id.
    pub id: UserId,
    /// 3..=30 of `[a-z0-9_]`, checked by the caller; unique without regard to case (`handle_taken`).
    pub handle: String,
    /// What people read.
    pub display_name: String,
}

/// Fields to change; `None` leaves one as it is.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct UserPatch {
    /// As in [`NewUser`].
    pub handle: Option<String>,
    /// As in [`NewUser`].
    pub display_name: Option<String>,
}

/// A new post.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewPost {
    /// Its id.
    pub id: PostId,
    /// Who writes it; must be there (`author_unknown`).
    pub author: UserId,
    /// 1..=5,000 characters, trimmed, checked by the caller.
    pub text: String,
    /// A JSON array.
    pub media: String,
    /// BCP 47.
    pub lang: Option<String>,
    /// Topic words.
    pub topics: Vec<String>,
}

/// Fields to change; `None` leaves one as it is.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct PostPatch {
    /// As in [`NewPost`].
    pub text: Option<String>,
    /// As in [`NewPost`].
    pub media: Option<String>,
    /// As in [`NewPost`]; `Some(None)` clears it.
    pub lang: Option<Option<String>>,
    /// As in [`NewPost`].
    pub topics: Option<Vec<String>>,
}

/// A new comment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewComment {
    /// Its id.
    pub id: CommentId,
    /// The post it stands under; `NotFound` when the author cannot reach it.
    pub post: PostId,
    /// Who writes it.
    pub author: UserId,
    /// 1..=2,000 characters, trimmed, checked by the caller.
    pub text: String,
}

/// One write. `at` is its time: `created_at`, `updated_at` or `deleted_at` of the row it touches.
///
/// Setting what is set and unsetting what is not is no error and leaves no change record. A user who sets something
/// must have a row (`NotFound`, field `user_id`), and what it is set on must be reachable for them (`NotFound`).
/// An id that is taken is `Conflict` (`id_taken`), unless what stands there says the same and is by the same author: a
/// request that is repeated because its answer was lost is no error. Then nothing changes, and the answer is the row as
/// it stands, with the times it was made at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Write {
    /// Makes an account.
    User(NewUser, Timestamp),
    /// Edits one.
    EditUser(UserId, UserPatch, Timestamp),
    /// Soft and final; its follows, likes and posts stay in the tables, hidden with it.
    DeleteUser(UserId, Timestamp),
    /// Makes a post.
    Post(NewPost, Timestamp),
    /// Edits one; `Forbidden` unless the actor wrote it.
    EditPost(PostId, PostPatch, Actor, Timestamp),
    /// Soft and final; `Forbidden` unless the actor wrote it or is an admin.
    DeletePost(PostId, Actor, Timestamp),
    /// Makes a comment.
    Comment(NewComment, Timestamp),
    /// Soft; `Forbidden` unless the actor wrote it or is an admin.
    DeleteComment(CommentId, Actor, Timestamp),
    /// A user likes a post.
    Like(UserId, PostId, Timestamp),
    /// No longer.
    Unlike(UserId, PostId, Timestamp),
    /// The first follows the second. Oneself: `Rejected` (`self_follow`).
    Follow(UserId, UserId, Timestamp),
    /// No longer.
    Unfollow(UserId, UserId, Timestamp),
    /// The first blocks the second; follows both ways end in the same transaction. Oneself: `Rejected` (`self_block`).
    /// Allowed also where the other blocks already.
    Block(UserId, UserId, Timestamp),
    /// No longer. Follows do not come back.
    Unblock(UserId, UserId, Timestamp),
    /// The first mutes the second. Oneself: `Rejected` (`self_mute`).
    Mute(UserId, UserId, Timestamp),
    /// No longer.
    Unmute(UserId, UserId, Timestamp),
    /// A user hides a post.
    Hide(UserId, PostId, Timestamp),
    /// No longer.
    Unhide(UserId, PostId, Timestamp),
}

impl Write {
    /// Who writes.
    #[must_use]
    pub const fn by(&self) -> UserId {
        match self {
            Self::User(NewUser { id, .. }, _) | Self::EditUser(id, ..) | Self::DeleteUser(id, _) => *id,
            Self::Post(NewPost { author, .. }, _) | Self::Comment(NewComment { author, .. }, _) => *author,
            Self::EditPost(_, _, actor, _)
            | Self::DeletePost(_, actor, _)
            | Self::DeleteComment(_, actor, _) => actor.user,
            Self::Like(user, ..)
            | Self::Unlike(user, ..)
            | Self::Follow(user, ..)
            | Self::Unfollow(user, ..)
            | Self::Block(user, ..)
            | Self::Unblock(user, ..)
            | Self::Mute(user, ..)
            | Self::Unmute(user, ..)
            | Self::Hide(user, ..)
            | Self::Unhide(user, ..) => *user,
        }
    }
}

/// What a write left behind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Written {
    /// The account as it stands.
    User(User, Option<Positions>),
    /// The post as it stands.
    Post(Post, Option<Positions>),
    /// The comment as it stands.
    Comment(Comment, Option<Positions>),
    /// Set or unset.
    Edge(Option<Positions>),
}

impl Written {
    /// Where its change records end in the log, for whoever must wait until they are applied. `None`: nothing
    /// changed, or the records come by another way (a connector): then a like that changed has one of no partition.
    #[must_use]
    pub fn position(&self) -> Option<&Positions> {
        match self {
            Self::User(_, at) | Self::Post(_, at) | Self::Comment(_, at) | Self::Edge(at) => at.as_ref(),
        }
    }
}
