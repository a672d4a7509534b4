//! Accounts, posts and comments as they are shown.

use nova_core::model::{Comment, CommentId, Post, PostId, Timestamp, User, UserId};
use serde::Serialize;
use serde_json::value::RawValue;
use utoipa::ToSchema;

use super::{Id, Time};
use crate::api::error::{Problem, Result};
use crate::social::{self, Written};
use crate::store::Suggestion;

/// A row of `users`.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct UserRow {
    #[schema(value_type = Id)]
    id: UserId,
    #[schema(required)]
    handle: Option<String>,
    #[schema(required)]
    display_name: Option<String>,
    #[schema(value_type = Time)]
    created_at: Timestamp,
    #[schema(value_type = Time)]
    updated_at: Timestamp,
    #[schema(value_type = Option<Time>, required)]
    deleted_at: Option<Timestamp>,
}

impl From<User> for UserRow {
    fn from(user: User) -> Self {
        let User { id, handle, display_name, created_at, updated_at, deleted_at } = user;
        Self { id, handle, display_name, created_at, updated_at, deleted_at }
    }
}

/// An account.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct UserView {
    #[serde(flatten)]
    row: UserRow,
    counts: UserCounts,
    /// Only when there is a caller.
    #[serde(skip_serializing_if = "Option::is_none")]
    viewer: Option<UserViewer>,
}

#[derive(Debug, Serialize, ToSchema)]
struct UserCounts {
    followers: u64,
    following: u64,
    posts: u64,
}

/// What the caller is to an account.
#[derive(Debug, Serialize, ToSchema)]
struct UserViewer {
    follows: bool,
}

impl UserView {
    pub(crate) fn new(view: social::UserView, viewer: Option<UserId>) -> Self {
        Self {
            counts: UserCounts { followers: view.followers, following: view.following, posts: view.posts },
            viewer: viewer.map(|_| UserViewer { follows: view.followed }),
            row: view.user.into(),
        }
    }
}

/// An account in a list.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ListedUser {
    #[serde(flatten)]
    user: UserView,
    /// Since when it stands in this list.
    #[schema(value_type = Time)]
    since: Timestamp,
}

impl ListedUser {
    pub(crate) fn new(view: social::UserView, since: Timestamp, viewer: Option<UserId>) -> Self {
        Self { user: UserView::new(view, viewer), since }
    }
}

/// A row of `posts`.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct PostRow {
    #[schema(value_type = Id)]
    id: PostId,
    #[schema(value_type = Id)]
    author_id: UserId,
    #[schema(required)]
    text: Option<String>,
    #[schema(value_type = Option<Vec<serde_json::Value>>, required)]
    media: Option<Box<RawValue>>,
    #[schema(required)]
    lang: Option<String>,
    topics: Vec<String>,
    #[schema(value_type = Time)]
    created_at: Timestamp,
    #[schema(value_type = Time)]
    updated_at: Timestamp,
    #[schema(value_type = Option<Time>, required)]
    deleted_at: Option<Timestamp>,
}

impl From<Post> for PostRow {
    fn from(post: Post) -> Self {
        Self {
            id: post.id,
            author_id: post.author,
            text: post.body.text,
            // what plain SQL wrote may be no JSON at all; then there is no media
            media: post.body.media.and_then(|media| RawValue::from_string(media).ok()),
            lang: post.body.lang,
            topics: post.body.topics.unwrap_or_default(),
            created_at: post.created_at,
            updated_at: post.updated_at,
            deleted_at: post.deleted_at,
        }
    }
}

/// A post outside a feed.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct PostView {
    #[serde(flatten)]
    row: PostRow,
    counts: PostCounts,
    /// Only when there is a caller.
    #[serde(skip_serializing_if = "Option::is_none")]
    viewer: Option<PostViewer>,
}

#[derive(Debug, Serialize, ToSchema)]
struct PostCounts {
    likes: u64,
    comments: u64,
}

/// What the caller did with a post.
#[derive(Debug, Serialize, ToSchema)]
struct PostViewer {
    liked: bool,
}

impl PostView {
    pub(crate) fn new(view: social::PostView, viewer: Option<UserId>) -> Self {
        Self {
            counts: PostCounts { likes: view.likes, comments: view.comments },
            viewer: viewer.map(|_| PostViewer { liked: view.liked }),
            row: view.post.into(),
        }
    }
}

/// A post the caller hid.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct HiddenPost {
    #[serde(flatten)]
    post: PostView,
    /// Since when it is hidden.
    #[schema(value_type = Time)]
    since: Timestamp,
}

impl HiddenPost {
    pub(crate) fn new(view: social::PostView, since: Timestamp, viewer: UserId) -> Self {
        Self { post: PostView::new(view, Some(viewer)), since }
    }
}

/// A row of `comments`.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct CommentRow {
    #[schema(value_type = Id)]
    id: CommentId,
    #[schema(value_type = Id)]
    post_id: PostId,
    #[schema(value_type = Id)]
    author_id: UserId,
    #[schema(required)]
    text: Option<String>,
    #[schema(value_type = Time)]
    created_at: Timestamp,
    #[schema(value_type = Option<Time>, required)]
    deleted_at: Option<Timestamp>,
}

impl From<Comment> for CommentRow {
    fn from(comment: Comment) -> Self {
        let Comment { id, post, author, text, created_at, deleted_at } = comment;
        Self { id, post_id: post, author_id: author, text, created_at, deleted_at }
    }
}

/// Somebody to follow.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SuggestedUser {
    #[schema(value_type = Id)]
    user_id: UserId,
    /// Higher is better; comparable within one answer only.
    score: f64,
    /// `mutual_follows`, `similar_taste` or `popular`.
    reason: &'static str,
    /// Up to 3 people the caller follows who follow this one.
    #[schema(value_type = Vec<Id>)]
    mutuals: Vec<UserId>,
}

impl From<Suggestion> for SuggestedUser {
    fn from(found: Suggestion) -> Self {
        Self { user_id: found.user, score: found.score, reason: found.reason.name(), mutuals: found.mutuals }
    }
}

/// The account a write left behind.
pub(crate) fn as_user(written: Written) -> Result<UserRow> {
    match written {
        Written::User(user, _) => Ok(user.into()),
        other => Err(unexpected(&other)),
    }
}

/// The post a write left behind.
pub(crate) fn as_post(written: Written) -> Result<PostRow> {
    match written {
        Written::Post(post, _) => Ok(post.into()),
        other => Err(unexpected(&other)),
    }
}

/// The comment a write left behind.
pub(crate) fn as_comment(written: Written) -> Result<CommentRow> {
    match written {
        Written::Comment(comment, _) => Ok(comment.into()),
        other => Err(unexpected(&other)),
    }
}

fn unexpected(written: &Written) -> Problem {
    Problem::internal(format!("a write was answered with another one's result: {written:?}"))
}
