//! Comments.

use nova_core::model::{CommentId, PostId, UserId};
use rusqlite::{Connection, OptionalExtension};

use super::super::row::{self, blob};
use super::posts::post_reached;
use super::{limit, start, viewer_blob};
use crate::social::{CommentView, Keyset};

/// `None`: the post is out of reach.
pub(in super::super) fn comments(
    tables: &Connection,
    post: PostId,
    viewer: Option<UserId>,
    page: Keyset,
) -> rusqlite::Result<Option<Vec<CommentView>>> {
    if !post_reached(tables, post, viewer)? {
        return Ok(None);
    }
    let (time, before) = start(page);
    tables
        .prepare_cached(include_str!("../sql/comments.sql"))?
        .query_map((blob(post.bits()), viewer_blob(viewer), time, before, limit(page)), |row| {
            Ok(CommentView { comment: row::comment(row)? })
        })?
        .collect::<rusqlite::Result<_>>()
        .map(Some)
}

pub(in super::super) fn comment(
    tables: &Connection,
    id: CommentId,
    viewer: Option<UserId>,
) -> rusqlite::Result<Option<CommentView>> {
    let found = tables
        .prepare_cached(include_str!("../sql/comment.sql"))?
        .query_row((blob(id.bits()), viewer_blob(viewer)), |row| {
            Ok(CommentView { comment: row::comment(row)? })
        })
        .optional()?;
    match found {
        Some(view) if post_reached(tables, view.comment.post, viewer)? => Ok(Some(view)),
        _ => Ok(None),
    }
}
