//! A change of a source table, whichever way it was captured.

use std::fmt;

use super::{Row, RowKey, Timestamp};

/// The tables whose changes Nova reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[repr(u8)]
pub enum Table {
    /// Accounts.
    Users = 0,
    /// Posts.
    Posts = 1,
    /// Comments under posts.
    Comments = 2,
    /// Likes of posts.
    Likes = 3,
    /// Who follows whom.
    Follows = 4,
    /// Who blocks whom.
    Blocks = 5,
    /// Who mutes whom.
    Mutes = 6,
    /// Posts that a viewer hid.
    HiddenPosts = 7,
}

impl Table {
    /// Every table.
    pub const ALL: [Self; 8] = [
        Self::Users,
        Self::Posts,
        Self::Comments,
        Self::Likes,
        Self::Follows,
        Self::Blocks,
        Self::Mutes,
        Self::HiddenPosts,
    ];

    /// The table's name in the source, unless mapped.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Users => "users",
            Self::Posts => "posts",
            Self::Comments => "comments",
            Self::Likes => "likes",
            Self::Follows => "follows",
            Self::Blocks => "blocks",
            Self::Mutes => "mutes",
            Self::HiddenPosts => "hidden_posts",
        }
    }
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Where a change stands among the changes of its row, and when it was committed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stamp {
    /// `source epoch << 56 | LSN`: of two changes of one row the greater is the later. Sound per row (a row lock
    /// forces the order of its changes in the WAL), not across rows.
    pub version: u64,
    /// When the source committed it; the moment of reading for a snapshot row.
    pub committed_at: Timestamp,
}

/// A row was written or removed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    /// Insert, update or snapshot: the row stands so now.
    Put {
        /// The whole row.
        row: Row,
        /// Its place in the row's history.
        stamp: Stamp,
    },
    /// The row is gone.
    Delete {
        /// Which.
        key: RowKey,
        /// Its place in the row's history.
        stamp: Stamp,
    },
}
