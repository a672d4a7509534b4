//! A behaviour event: what somebody did with a post.

use super::{Action, EventId, PostId, Timestamp, UserId};

/// One accepted event, every field within its range.
///
/// Identity is `(user, id)`: the same pair counts once (see `project::dedup` in the service).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    /// Given by the client, or by the server where the client gave none.
    pub id: EventId,
    /// When it happened, by the client's clock; within the accepted window when it was received.
    pub time: Timestamp,
    /// Who did it.
    pub user: UserId,
    /// The post it was done to. It may not be known yet.
    pub post: PostId,
    /// The author the client believes; the post's own author is what counts.
    pub author: Option<UserId>,
    /// What was done.
    pub action: Action,
    /// Milliseconds spent, 0..=3,600,000; only, and always, with [`Action::Dwell`].
    pub dwell_ms: Option<u32>,
    /// Free text of the client, at most 64 bytes.
    pub device: Option<Box<str>>,
    /// The client's version, at most 64 bytes.
    pub app_ver: Option<Box<str>>,
}

impl Event {
    /// The longest dwell that is believed: one hour.
    pub const DWELL_MS_MAX: u32 = 3_600_000;
}
