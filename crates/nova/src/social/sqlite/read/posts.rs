//! Posts.

use nova_core::model::{PostId, Timestamp, UserId};
use rusqlite::{Connection, OptionalExtension};

use super::super::row::{self, blob, count};
use super::users::user_reached;
use super::{limit, start, start_by, viewer_blob};
use crate::social::{Keyset, PostView};

pub(in super::super) fn post(
    tables: &Connection,
    id: PostId,
    viewer: Option<UserId>,
) -> rusqlite::Result<Option<PostView>> {
    if post_reached(tables, id, viewer)? { view(tables, id, viewer) } else { Ok(None) }
}

/// `None`: the author is out of reach.
pub(in super::super) fn posts_of(
    tables: &Connection,
    author: UserId,
    viewer: Option<UserId>,
    latest: Timestamp,
    page: Keyset,
) -> rusqlite::Result<Option<Vec<PostView>>> {
    if !user_reached(tables, author, viewer)? {
        return Ok(None);
    }
    let (time, before) = start_by(page, latest);
    let mut statement = tables.prepare_cached(include_str!("../sql/posts_of.sql"))?;
    let mut rows = statement.query((blob(author.bits()), viewer_blob(viewer), time, before, limit(page)))?;
    let mut found = Vec::with_capacity(page.limit.min(super::LIMIT_MAX));
    while let Some(row) = rows.next()? {
        found.extend(view(tables, PostId(row::id(row, 0)?), viewer)?);
    }
    Ok(Some(found))
}

pub(in super::super) fn hidden_posts(
    tables: &Connection,
    viewer: UserId,
    page: Keyset,
) -> rusqlite::Result<Vec<(PostView, Timestamp)>> {
    let (time, before) = start(page);
    let mut statement = tables.prepare_cached(include_str!("../sql/hidden_posts.sql"))?;
    let mut rows = statement.query((blob(viewer.bits()), time, before, limit(page)))?;
    let mut found = Vec::with_capacity(page.limit.min(super::LIMIT_MAX));
    while let Some(row) = rows.next()? {
        let at = row::time(row, 1)?;
        let post = view(tables, PostId(row::id(row, 0)?), Some(viewer))?;
        found.extend(post.map(|post| (post, at)));
    }
    Ok(found)
}

/// Is the post there, its author too, no block between, and not hidden?
pub(super) fn post_reached(
    tables: &Connection,
    id: PostId,
    viewer: Option<UserId>,
) -> rusqlite::Result<bool> {
    tables
        .prepare_cached(include_str!("../sql/post_reached.sql"))?
        .exists((blob(id.bits()), viewer_blob(viewer)))
}

fn view(tables: &Connection, id: PostId, viewer: Option<UserId>) -> rusqlite::Result<Option<PostView>> {
    tables
        .prepare_cached(include_str!("../sql/post_view.sql"))?
        .query_row((blob(id.bits()), viewer_blob(viewer)), |row| {
            Ok(PostView {
                post: row::post(row)?,
                likes: count(row, 9)?,
                comments: count(row, 10)?,
                liked: row.get(11)?,
            })
        })
        .optional()
}
