//! What people read of posts: asked for every page of every feed.

use nova_core::model::PostId;
use rusqlite::{Connection, OptionalExtension};

use super::super::row::blob;
use crate::social::Body;

/// One prepared statement, run once for each post: about 2 µs each, and the answers stand in the order of the posts
/// by themselves.
pub(in super::super) fn bodies(tables: &Connection, posts: &[PostId]) -> rusqlite::Result<Vec<Option<Body>>> {
    let mut body = tables.prepare_cached(include_str!("../sql/body.sql"))?;
    posts
        .iter()
        .map(|post| {
            body.query_row([blob(post.bits())], |row| {
                Ok(Body {
                    text: row.get(0)?,
                    media: row.get(1)?,
                    handle: row.get(2)?,
                    display_name: row.get(3)?,
                })
            })
            .optional()
        })
        .collect()
}
