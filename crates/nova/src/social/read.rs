//! What can be read.

use nova_core::model::{Comment, Id, Post, PostId, Timestamp, User, UserId};

/// A page by key: newest first, those after `before` in that order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Keyset {
    /// At most so many; 1..=101.
    pub limit: usize,
    /// Time and id of the last item of the page before (exclusive).
    pub before: Option<(Timestamp, Id)>,
}

/// A list of accounts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ListOf {
    /// Who follows this account.
    Followers(UserId),
    /// Whom it follows.
    Following(UserId),
    /// Who likes this post.
    Likers(PostId),
    /// Whom it blocks; only for itself.
    Blocks(UserId),
    /// Whom it mutes; only for itself.
    Mutes(UserId),
}

/// An account as it is shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UserView {
    /// The row.
    pub user: User,
    /// Accounts that follow it.
    pub followers: u64,
    /// Accounts it follows.
    pub following: u64,
    /// Posts that stand.
    pub posts: u64,
    /// Does the viewer follow it?
    pub followed: bool,
}

/// A post as it is shown outside a feed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PostView {
    /// The row.
    pub post: Post,
    /// Likes in the table.
    pub likes: u64,
    /// Comments that stand.
    pub comments: u64,
    /// Does the viewer like it?
    pub liked: bool,
}

/// A comment as it is shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CommentView {
    /// The row.
    pub comment: Comment,
}

/// What people read of a post.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Body {
    /// The text.
    pub text: String,
    /// A JSON array.
    pub media: String,
    /// The author's handle, for pages that show names.
    pub handle: Option<String>,
    /// The author's name.
    pub display_name: Option<String>,
}

/// What the tables say of a post to one viewer, beside the verdict.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Sight {
    /// Since when the viewer likes it, by a row.
    pub liked_at: Option<Timestamp>,
    /// What people read of it, where it was asked for and is there.
    pub body: Option<Body>,
}

/// A post in the chronological timeline.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TimelineItem {
    /// The post.
    pub post: PostId,
    /// Who wrote it.
    pub author: UserId,
    /// When it appeared.
    pub created_at: Timestamp,
}
