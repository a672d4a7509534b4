//! Verdicts from the tables alone.

use deadpool_postgres::ClientWrapper;
use nova_core::model::{PostId, Timestamp, UserId};
use nova_core::pipeline::Verdict;
use tokio_postgres::Row;

use super::connect::rows;
use super::read::{body, place, uuids, viewer_uuid};
use super::value::{id, time, time_or_none};
use crate::social::Sight;

/// What speaks against showing each of these posts to the viewer, in their order; one dated after `latest` is early.
/// "Seen" is not known here.
pub(super) async fn verdicts(
    client: &ClientWrapper,
    viewer: Option<UserId>,
    latest: Timestamp,
    posts: &[PostId],
) -> Result<Vec<Verdict>, tokio_postgres::Error> {
    // one that is not there has no row in the answer
    let mut verdicts = vec![Verdict::GONE; posts.len()];
    if posts.is_empty() {
        return Ok(verdicts);
    }
    let found = rows(client, include_str!("sql/judge.sql"), &[&uuids(posts), &viewer_uuid(viewer)]).await?;
    for row in &found {
        if let Some(verdict) = verdicts.get_mut(place(row)?) {
            *verdict = spoken(row, viewer, latest)?;
        }
    }
    Ok(verdicts)
}

/// The same, and what else a page shows of the posts: one question, whose rows are found once for all of it.
pub(super) async fn sights(
    client: &ClientWrapper,
    viewer: UserId,
    latest: Timestamp,
    posts: &[PostId],
    texts: &[bool],
) -> Result<Vec<(Verdict, Sight)>, tokio_postgres::Error> {
    let mut sights = vec![(Verdict::GONE, Sight::default()); posts.len()];
    if posts.is_empty() {
        return Ok(sights);
    }
    let viewer = Some(viewer);
    let texts: Vec<bool> = texts.iter().copied().chain(std::iter::repeat(false)).take(posts.len()).collect();
    let question = include_str!("sql/sights.sql");
    for row in rows(client, question, &[&uuids(posts), &viewer_uuid(viewer), &texts]).await? {
        if let Some((verdict, sight)) = sights.get_mut(place(&row)?) {
            *verdict = spoken(&row, viewer, latest)?;
            sight.liked_at = time_or_none(&row, 8)?;
            sight.body = if row.try_get(9)? { Some(body(&row, 10)?) } else { None };
        }
    }
    Ok(sights)
}

/// What a row says, its columns from the second on those of `judge.sql`.
fn spoken(row: &Row, viewer: Option<UserId>, latest: Timestamp) -> Result<Verdict, tokio_postgres::Error> {
    Ok(Verdict::CLEAR
        .and_if(viewer == Some(UserId(id(row, 1)?)), Verdict::OWN)
        .and_if(time(row, 2)? > latest, Verdict::EARLY)
        .and_if(row.try_get(3)?, Verdict::GONE)
        .and_if(row.try_get(4)?, Verdict::AUTHOR_GONE)
        .and_if(row.try_get(5)?, Verdict::BLOCKED)
        .and_if(row.try_get(6)?, Verdict::MUTED)
        .and_if(row.try_get(7)?, Verdict::HIDDEN))
}
