//! What of the API's answers is read. Unknown fields are passed over: a newer server may say more.

use nova_core::model::{PostId, UserId};
use serde::Deserialize;

/// A page of a feed.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Page {
    pub(crate) items: Vec<Item>,
    #[serde(default)]
    pub(crate) next_cursor: Option<String>,
    #[serde(default)]
    pub(crate) degraded: Vec<String>,
}

/// A post on a page.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Item {
    pub(crate) post_id: PostId,
    pub(crate) author_id: UserId,
    pub(crate) created_at: nova_core::model::Timestamp,
    #[serde(default)]
    pub(crate) reason: String,
    #[serde(default)]
    pub(crate) relaxed: bool,
    #[serde(default)]
    pub(crate) viewer: ViewerState,
}

/// How the viewer stands to a post.
#[derive(Debug, Clone, Copy, Default, Deserialize)]
pub(crate) struct ViewerState {
    #[serde(default)]
    pub(crate) liked: bool,
}

/// Suggested users.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Suggestions {
    pub(crate) items: Vec<Suggestion>,
}

/// A suggested user.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Suggestion {
    pub(crate) user_id: UserId,
}

/// A post that was written.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Created {
    pub(crate) id: PostId,
}

/// What became of a batch of events.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Taken {
    pub(crate) accepted: usize,
}
