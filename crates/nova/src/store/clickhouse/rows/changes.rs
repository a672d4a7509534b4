//! Rows of the source's tables.

use clickhouse::Row;
use nova_core::model::Stamp;
use serde::Serialize;

use super::Table;
use crate::log::Place;

/// The change that a row comes from.
#[derive(Debug, Clone, Copy)]
pub(in crate::store::clickhouse) struct Origin {
    /// Was the row removed?
    pub(in crate::store::clickhouse) deleted: bool,
    pub(in crate::store::clickhouse) stamp: Stamp,
    pub(in crate::store::clickhouse) place: Place,
}

impl Origin {
    /// What orders the changes of one row: the greater is the later. Of one version the first in the log holds.
    pub(in crate::store::clickhouse) const fn rank(self) -> u128 {
        (self.stamp.version as u128) << 64 | (u64::MAX - self.place.offset) as u128
    }
}

/// A row of a table of the source, with the columns that all of them end with.
macro_rules! change {
    ($(#[$doc:meta])* $name:ident of $table:literal { $($field:ident: $type:ty,)* }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Row, Serialize)]
        pub(in crate::store::clickhouse) struct $name {
            $(pub(in crate::store::clickhouse) $field: $type,)*
            #[serde(rename = "_version")]
            version: u64,
            #[serde(rename = "_deleted")]
            deleted: u8,
            committed_at: i64,
            k_partition: u16,
            k_offset: u64,
            #[serde(rename = "_rank")]
            rank: u128,
        }

        impl $name {
            pub(in crate::store::clickhouse) const fn new($($field: $type,)* of: Origin) -> Self {
                Self {
                    $($field,)*
                    version: of.stamp.version,
                    deleted: of.deleted as u8,
                    committed_at: of.stamp.committed_at.micros(),
                    k_partition: of.place.partition,
                    k_offset: of.place.offset,
                    rank: of.rank(),
                }
            }
        }

        impl Table for $name {
            const TABLE: &'static str = $table;
        }
    };
}

change! {
    /// An account.
    User of "users_cdc" { id: u128, gone: u8, }
}

change! {
    /// A post.
    Post of "posts_cdc" {
        id: u128, author_id: u128, created_at: i64, lang: String, topics: Vec<String>, gone: u8,
    }
}

change! {
    /// A comment.
    Comment of "comments_cdc" {
        id: u128, post_id: u128, author_id: u128, post_author_id: u128, created_at: i64, gone: u8,
    }
}

change! {
    /// A like.
    Like of "likes_cdc" { post_id: u128, user_id: u128, post_author_id: u128, created_at: i64, }
}

change! {
    /// Who follows whom.
    Follow of "follows_cdc" { follower_id: u128, followee_id: u128, created_at: i64, }
}

change! {
    /// Who blocks whom.
    Block of "blocks_cdc" { user_id: u128, target_id: u128, created_at: i64, }
}

change! {
    /// Who mutes whom.
    Mute of "mutes_cdc" { user_id: u128, target_id: u128, created_at: i64, }
}

change! {
    /// Who hid which post.
    Hidden of "hidden_posts_cdc" { user_id: u128, post_id: u128, created_at: i64, }
}

/// Where a post stands in time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::store::clickhouse) struct PlacedPost {
    pub(in crate::store::clickhouse) id: u128,
    pub(in crate::store::clickhouse) author_id: u128,
    pub(in crate::store::clickhouse) created_at: i64,
}

/// A post under its author: written here only to say that it stands there no longer.
#[derive(Debug, Clone, Row, Serialize)]
pub(in crate::store::clickhouse) struct RecentPost {
    author_id: u128,
    created_at: i64,
    id: u128,
    gone: u8,
    #[serde(rename = "_rank")]
    rank: u128,
}

/// As [`RecentPost`], by time.
#[derive(Debug, Clone, Row, Serialize)]
pub(in crate::store::clickhouse) struct NewestPost {
    created_at: i64,
    id: u128,
    author_id: u128,
    gone: u8,
    #[serde(rename = "_rank")]
    rank: u128,
}

impl PlacedPost {
    /// It stands there no longer, from the change of this rank on.
    pub(in crate::store::clickhouse) const fn left(self, rank: u128) -> (RecentPost, NewestPost) {
        let Self { id, author_id, created_at } = self;
        let recent = RecentPost { author_id, created_at, id, gone: 1, rank };
        (recent, NewestPost { created_at, id, author_id, gone: 1, rank })
    }
}

impl Table for RecentPost {
    const TABLE: &'static str = "posts_recent";
}

impl Table for NewestPost {
    const TABLE: &'static str = "posts_newest";
}
