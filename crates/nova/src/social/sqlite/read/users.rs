//! Accounts.

use nova_core::model::{Timestamp, UserId};
use rusqlite::{Connection, OptionalExtension};

use super::super::row::{self, blob, count};
use super::posts::post_reached;
use super::{limit, start, viewer_blob};
use crate::social::{Keyset, ListOf, UserView};

pub(in super::super) fn user(
    tables: &Connection,
    id: UserId,
    viewer: Option<UserId>,
) -> rusqlite::Result<Option<UserView>> {
    if user_reached(tables, id, viewer)? { view(tables, id, viewer) } else { Ok(None) }
}

pub(in super::super) fn user_by_handle(
    tables: &Connection,
    handle: &str,
    viewer: Option<UserId>,
) -> rusqlite::Result<Option<UserView>> {
    let id = tables
        .prepare_cached("select id from users where handle = ?1")?
        .query_row([handle], |row| row::id(row, 0).map(UserId))
        .optional()?;
    id.map_or(Ok(None), |id| user(tables, id, viewer))
}

/// `None`: the subject of the list is out of reach.
pub(in super::super) fn users(
    tables: &Connection,
    list: ListOf,
    viewer: Option<UserId>,
    page: Keyset,
) -> rusqlite::Result<Option<Vec<(UserView, Timestamp)>>> {
    let (subject, reached, question) = match list {
        ListOf::Followers(of) => {
            (of.0, user_reached(tables, of, viewer)?, include_str!("../sql/followers.sql"))
        }
        ListOf::Following(of) => {
            (of.0, user_reached(tables, of, viewer)?, include_str!("../sql/following.sql"))
        }
        ListOf::Likers(of) => (of.0, post_reached(tables, of, viewer)?, include_str!("../sql/likers.sql")),
        ListOf::Blocks(of) => (of.0, user_reached(tables, of, viewer)?, include_str!("../sql/blocks.sql")),
        ListOf::Mutes(of) => (of.0, user_reached(tables, of, viewer)?, include_str!("../sql/mutes.sql")),
    };
    if !reached {
        return Ok(None);
    }
    let (time, before) = start(page);
    let mut statement = tables.prepare_cached(question)?;
    let mut rows = statement.query((blob(subject.bits()), viewer_blob(viewer), time, before, limit(page)))?;
    let mut found = Vec::with_capacity(page.limit.min(super::LIMIT_MAX));
    while let Some(row) = rows.next()? {
        let at = row::time(row, 1)?;
        found.extend(view(tables, UserId(row::id(row, 0)?), viewer)?.map(|view| (view, at)));
    }
    Ok(Some(found))
}

/// Is the account there, and does no block stand between?
pub(super) fn user_reached(
    tables: &Connection,
    id: UserId,
    viewer: Option<UserId>,
) -> rusqlite::Result<bool> {
    tables
        .prepare_cached(include_str!("../sql/user_reached.sql"))?
        .exists((blob(id.bits()), viewer_blob(viewer)))
}

fn view(tables: &Connection, id: UserId, viewer: Option<UserId>) -> rusqlite::Result<Option<UserView>> {
    tables
        .prepare_cached(include_str!("../sql/user_view.sql"))?
        .query_row((blob(id.bits()), viewer_blob(viewer)), |row| {
            Ok(UserView {
                user: row::user(row)?,
                followers: count(row, 6)?,
                following: count(row, 7)?,
                posts: count(row, 8)?,
                followed: row.get(9)?,
            })
        })
        .optional()
}
