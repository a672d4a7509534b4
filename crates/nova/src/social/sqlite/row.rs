//! How values stand in SQLite.

use nova_core::model::{Comment, CommentId, Id, Post, PostBody, PostId, Table, Timestamp, User, UserId};
use rusqlite::Row;
use rusqlite::types::Type;

/// The bytes of an id, most significant first: they sort as [`Id`] does.
pub(super) fn blob(bits: u128) -> [u8; 16] {
    bits.to_be_bytes()
}

/// The tables whose rows join two things.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Join {
    Likes,
    Follows,
    Blocks,
    Mutes,
    HiddenPosts,
}

impl Join {
    #[cfg(test)]
    pub(super) const ALL: [Self; 5] =
        [Self::Likes, Self::Follows, Self::Blocks, Self::Mutes, Self::HiddenPosts];

    pub(super) const fn table(self) -> Table {
        match self {
            Self::Likes => Table::Likes,
            Self::Follows => Table::Follows,
            Self::Blocks => Table::Blocks,
            Self::Mutes => Table::Mutes,
            Self::HiddenPosts => Table::HiddenPosts,
        }
    }

    /// The two columns of its primary key.
    pub(super) const fn key(self) -> [&'static str; 2] {
        match self {
            Self::Likes => ["post_id", "user_id"],
            Self::Follows => ["follower_id", "followee_id"],
            Self::Blocks | Self::Mutes => ["user_id", "target_id"],
            Self::HiddenPosts => ["user_id", "post_id"],
        }
    }
}

/// A row of one of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Pair {
    pub(super) join: Join,
    /// The first column of its primary key.
    pub(super) first: Id,
    /// The second.
    pub(super) second: Id,
    /// Since when.
    pub(super) created_at: Timestamp,
}

pub(super) fn id(row: &Row<'_>, column: usize) -> rusqlite::Result<Id> {
    row.get(column).map(u128::from_be_bytes).map(Id::from_bits)
}

pub(super) fn time(row: &Row<'_>, column: usize) -> rusqlite::Result<Timestamp> {
    row.get(column).map(Timestamp::from_micros)
}

fn time_or_none(row: &Row<'_>, column: usize) -> rusqlite::Result<Option<Timestamp>> {
    Ok(row.get::<_, Option<i64>>(column)?.map(Timestamp::from_micros))
}

/// A count; the tables keep none below zero.
pub(super) fn count(row: &Row<'_>, column: usize) -> rusqlite::Result<u64> {
    row.get::<_, i64>(column).map(|count| u64::try_from(count).unwrap_or(0))
}

/// The columns of `users` from the first on, in the order of the table.
pub(super) fn user(row: &Row<'_>) -> rusqlite::Result<User> {
    Ok(User {
        id: UserId(id(row, 0)?),
        handle: Some(row.get(1)?),
        display_name: Some(row.get(2)?),
        created_at: time(row, 3)?,
        updated_at: time(row, 4)?,
        deleted_at: time_or_none(row, 5)?,
    })
}

/// The columns of `posts` from the first on, in the order of the table.
pub(super) fn post(row: &Row<'_>) -> rusqlite::Result<Post> {
    Ok(Post {
        id: PostId(id(row, 0)?),
        author: UserId(id(row, 1)?),
        body: PostBody {
            text: Some(row.get(2)?),
            media: Some(row.get(3)?),
            lang: row.get(4)?,
            topics: Some(topics(row, 5)?),
        },
        created_at: time(row, 6)?,
        updated_at: time(row, 7)?,
        deleted_at: time_or_none(row, 8)?,
    })
}

fn topics(row: &Row<'_>, column: usize) -> rusqlite::Result<Vec<String>> {
    let text = row.get_ref(column)?.as_str()?;
    if text == "[]" {
        return Ok(Vec::new());
    }
    serde_json::from_str(text)
        .map_err(|error| rusqlite::Error::FromSqlConversionFailure(column, Type::Text, Box::new(error)))
}

/// The columns of `comments` from the first on, in the order of the table.
pub(super) fn comment(row: &Row<'_>) -> rusqlite::Result<Comment> {
    Ok(Comment {
        id: CommentId(id(row, 0)?),
        post: PostId(id(row, 1)?),
        author: UserId(id(row, 2)?),
        text: Some(row.get(3)?),
        created_at: time(row, 4)?,
        deleted_at: time_or_none(row, 5)?,
    })
}

/// The three columns of a table that joins two things.
pub(super) fn pair(join: Join, row: &Row<'_>) -> rusqlite::Result<Pair> {
    Ok(Pair { join, first: id(row, 0)?, second: id(row, 1)?, created_at: time(row, 2)? })
}
