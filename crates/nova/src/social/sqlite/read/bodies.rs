//! What people read of posts: asked for every page of every feed.

use nova_core::model::{PostId, UserId};
use rusqlite::{Connection, OptionalExtension, Row, Statement};

use super::super::row::{blob, time};
use crate::social::{Body, Sight};

/// One prepared statement, run once for each post: about 2 µs each, and the answers stand in the order of the posts
/// by themselves.
pub(in super::super) fn bodies(tables: &Connection, posts: &[PostId]) -> rusqlite::Result<Vec<Option<Body>>> {
    let mut question = tables.prepare_cached(include_str!("../sql/body.sql"))?;
    posts.iter().map(|&post| body(&mut question, post)).collect()
}

/// The bodies of those that are marked, and since when the viewer likes each.
pub(in super::super) fn sights(
    tables: &Connection,
    viewer: UserId,
    posts: &[PostId],
    texts: &[bool],
) -> rusqlite::Result<Vec<Sight>> {
    let mut question = tables.prepare_cached(include_str!("../sql/body.sql"))?;
    let mut liked_at = tables.prepare_cached(include_str!("../sql/liked_at.sql"))?;
    let texts = texts.iter().copied().chain(std::iter::repeat(false));
    let sight = |(&post, text): (&PostId, bool)| {
        let like = (blob(post.bits()), blob(viewer.bits()));
        Ok(Sight {
            liked_at: liked_at.query_row(like, |row| time(row, 0)).optional()?,
            body: if text { body(&mut question, post)? } else { None },
        })
    };
    posts.iter().zip(texts).map(sight).collect()
}

fn body(question: &mut Statement<'_>, post: PostId) -> rusqlite::Result<Option<Body>> {
    let read = |row: &Row<'_>| {
        Ok(Body { text: row.get(0)?, media: row.get(1)?, handle: row.get(2)?, display_name: row.get(3)? })
    };
    question.query_row([blob(post.bits())], read).optional()
}
