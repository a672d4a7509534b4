//! Verdicts from the tables alone.

use deadpool_postgres::ClientWrapper;
use nova_core::model::{PostId, Timestamp, UserId};
use nova_core::pipeline::Verdict;

use super::connect::rows;
use super::read::{place, uuids, viewer_uuid};
use super::value::{id, time};

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
            *verdict = Verdict::CLEAR
                .and_if(viewer == Some(UserId(id(row, 1)?)), Verdict::OWN)
                .and_if(time(row, 2)? > latest, Verdict::EARLY)
                .and_if(row.try_get(3)?, Verdict::GONE)
                .and_if(row.try_get(4)?, Verdict::AUTHOR_GONE)
                .and_if(row.try_get(5)?, Verdict::BLOCKED)
                .and_if(row.try_get(6)?, Verdict::MUTED)
                .and_if(row.try_get(7)?, Verdict::HIDDEN);
        }
    }
    Ok(verdicts)
}
