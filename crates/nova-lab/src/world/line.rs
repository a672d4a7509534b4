//! One thing that happened, in the shape that `nova import` reads.

use nova_core::model::{CommentId, EventId, PostId, Timestamp, UserId};
use serde::Serialize;

/// An import line: `type`, then the columns of its table, or the fields of an event.
#[derive(Debug, Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
#[expect(missing_docs, reason = "the fields are the columns of the tables, under their names")]
pub enum Line<'a> {
    /// Somebody joined.
    User { id: UserId, handle: &'a str, display_name: &'a str, created_at: Timestamp },
    /// Somebody wrote.
    Post {
        id: PostId,
        author_id: UserId,
        text: String,
        lang: &'static str,
        topics: [&'static str; 1],
        created_at: Timestamp,
    },
    /// Somebody answered.
    Comment { id: CommentId, post_id: PostId, author_id: UserId, text: String, created_at: Timestamp },
    /// Somebody liked a post.
    Like { post_id: PostId, user_id: UserId, created_at: Timestamp },
    /// Somebody follows.
    Follow { follower_id: UserId, followee_id: UserId, created_at: Timestamp },
    /// Somebody keeps another away.
    Block { user_id: UserId, target_id: UserId, created_at: Timestamp },
    /// Somebody did something with a post.
    Event {
        event_id: EventId,
        event_time: Timestamp,
        user_id: UserId,
        post_id: PostId,
        author_id: UserId,
        action: &'static str,
        #[serde(skip_serializing_if = "Option::is_none")]
        dwell_ms: Option<u32>,
        device: &'static str,
        app_ver: &'static str,
    },
}

impl Line<'_> {
    /// Appends the line as JSON, without a line end.
    pub fn write(&self, out: &mut Vec<u8>) {
        serde_json::to_writer(out, self).expect("strings, numbers and a Vec to write to cannot fail");
    }
}
