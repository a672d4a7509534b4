//! Verdicts from the tables alone.

use nova_core::model::{PostId, Timestamp, UserId};
use nova_core::pipeline::Verdict;
use rusqlite::{Connection, OptionalExtension};

use super::row::{blob, id, time};

/// What speaks against showing each of these posts to the viewer, in their order; one dated after `latest` is early.
/// "Seen" is not known here.
pub(super) fn verdicts(
    tables: &Connection,
    viewer: Option<UserId>,
    latest: Timestamp,
    posts: &[PostId],
) -> rusqlite::Result<Vec<Verdict>> {
    let asking = viewer.map(|viewer| blob(viewer.bits()));
    let mut judge = tables.prepare_cached(include_str!("sql/judge.sql"))?;
    posts
        .iter()
        .map(|post| {
            let found = judge.query_row((blob(post.bits()), asking), |row| {
                Ok(Verdict::CLEAR
                    .and_if(viewer == Some(UserId(id(row, 0)?)), Verdict::OWN)
                    .and_if(time(row, 1)? > latest, Verdict::EARLY)
                    .and_if(row.get(2)?, Verdict::GONE)
                    .and_if(row.get(3)?, Verdict::AUTHOR_GONE)
                    .and_if(row.get(4)?, Verdict::BLOCKED)
                    .and_if(row.get(5)?, Verdict::MUTED)
                    .and_if(row.get(6)?, Verdict::HIDDEN))
            });
            Ok(found.optional()?.unwrap_or(Verdict::GONE))
        })
        .collect()
}
