//! Rows of the social tables, as they stand in the source.

use super::{CommentId, PostId, Timestamp, UserId};

/// A row of `users`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct User {
    /// Primary key.
    pub id: UserId,
    /// Unique without regard to case; absent where a product maps none.
    pub handle: Option<String>,
    /// What people read.
    pub display_name: Option<String>,
    /// Since when.
    pub created_at: Timestamp,
    /// Last written.
    pub updated_at: Timestamp,
    /// Set when the account was deleted.
    pub deleted_at: Option<Timestamp>,
}

/// What people read of a post. `None` in a change: the column did not come along (an unchanged TOAST value) and
/// keeps its earlier value.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct PostBody {
    /// The text.
    pub text: Option<String>,
    /// JSON array, as stored.
    pub media: Option<String>,
    /// BCP 47, as stored.
    pub lang: Option<String>,
    /// Topic words.
    pub topics: Option<Vec<String>>,
}

/// A row of `posts`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Post {
    /// Primary key.
    pub id: PostId,
    /// Who wrote it; never changes.
    pub author: UserId,
    /// What people read.
    pub body: PostBody,
    /// When it appears; ahead of now it waits.
    pub created_at: Timestamp,
    /// Last written.
    pub updated_at: Timestamp,
    /// Set when it was deleted.
    pub deleted_at: Option<Timestamp>,
}

/// A row of `comments`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Comment {
    /// Primary key.
    pub id: CommentId,
    /// The post it stands under.
    pub post: PostId,
    /// Who wrote it.
    pub author: UserId,
    /// What people read; `None` as in [`PostBody`].
    pub text: Option<String>,
    /// When it was written.
    pub created_at: Timestamp,
    /// Set when it was deleted.
    pub deleted_at: Option<Timestamp>,
}

/// A row of `likes`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Like {
    /// The liked post.
    pub post: PostId,
    /// Who likes it.
    pub user: UserId,
    /// Since when.
    pub created_at: Timestamp,
}

/// A row from one account to another: `follows`, `blocks`, `mutes`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Edge {
    /// `follower_id` or `user_id`.
    pub from: UserId,
    /// `followee_id` or `target_id`.
    pub to: UserId,
    /// Since when.
    pub created_at: Timestamp,
}

/// A row of any of the eight tables.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Row {
    /// `users`
    User(User),
    /// `posts`
    Post(Post),
    /// `comments`
    Comment(Comment),
    /// `likes`
    Like(Like),
    /// `follows`
    Follow(Edge),
    /// `blocks`
    Block(Edge),
    /// `mutes`
    Mute(Edge),
    /// `hidden_posts`: the same columns as a like.
    Hidden(Like),
}

/// The primary key of a row of any of the eight tables.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum RowKey {
    /// `users`
    User(UserId),
    /// `posts`
    Post(PostId),
    /// `comments`
    Comment(CommentId),
    /// `likes`: post and user
    Like(PostId, UserId),
    /// `follows`: follower and followee
    Follow(UserId, UserId),
    /// `blocks`: user and target
    Block(UserId, UserId),
    /// `mutes`: user and target
    Mute(UserId, UserId),
    /// `hidden_posts`: post and user
    Hidden(PostId, UserId),
}

impl Row {
    /// The row's primary key.
    #[must_use]
    pub const fn key(&self) -> RowKey {
        match self {
            Self::User(row) => RowKey::User(row.id),
            Self::Post(row) => RowKey::Post(row.id),
            Self::Comment(row) => RowKey::Comment(row.id),
            Self::Like(row) => RowKey::Like(row.post, row.user),
            Self::Follow(row) => RowKey::Follow(row.from, row.to),
            Self::Block(row) => RowKey::Block(row.from, row.to),
            Self::Mute(row) => RowKey::Mute(row.from, row.to),
            Self::Hidden(row) => RowKey::Hidden(row.post, row.user),
        }
    }
}
