//! The newest posts of those a viewer follows.
//!
//! ```text
//!   follows few:    author a  . . 9 . . 5 . 2        the newest of each by the index by author; a page of L posts is
//!                   author b  . . . 7 6 . . .        by the L authors whose newest are the newest
//!   follows many:   everyone  9 8 7 6 5 4 3 2        the index by time, authors looked up as they come: the work is
//!                                                    that of the posts in between, small where many are followed
//! ```
//!
//! The walk by time is cut off after [`WALK_ROWS`]: those who follow many that are silent get the first way then.

use deadpool_postgres::ClientWrapper;
use nova_core::model::{PostId, Timestamp, UserId};
use tokio_postgres::Row;
use uuid::Uuid;

use super::connect::{Value, row, rows};
use super::read::{limit, start_by};
use super::value::{Moment, id, time, uuid};
use crate::social::{Keyset, TimelineItem};

/// Up to so many followed accounts are asked for their newest post at once: about 10 ms.
const MERGE_FIRST_MAX: i64 = 1_000;
/// Up to so many are asked after a walk that found too little: about 100 ms, and rare. As in `timeline_merged.sql`.
const MERGE_MAX: i64 = 20_000;
/// Rows of a walk before that: about 10 ms.
const WALK_ROWS: i64 = 2_000;
/// Rows of a walk that nothing takes over from (everyone's posts, or more accounts followed than can be asked).
/// A page that is not full after them ends early.
const WALK_ROWS_MAX: i64 = 100_000;

/// A page for `viewer`, see [`crate::social::Social::timeline`], of posts dated up to `latest`.
pub(super) async fn page(
    client: &ClientWrapper,
    viewer: UserId,
    latest: Timestamp,
    page: Keyset,
    everyone: bool,
) -> Result<Vec<TimelineItem>, tokio_postgres::Error> {
    let (before, before_id) = start_by(page, latest);
    let feed = Feed { client, viewer: uuid(viewer.bits()), before, before_id, limit: limit(page) };
    if everyone {
        return feed.walk(include_str!("sql/timeline_everyone.sql"), WALK_ROWS_MAX).await;
    }
    let followed = include_str!("sql/timeline_walked.sql");
    let following = row(client, include_str!("sql/following_count.sql"), &[&feed.viewer]).await?;
    let following = following.map_or(Ok(0), |row| row.try_get::<_, i64>(0))?;
    if following > MERGE_MAX {
        return feed.walk(followed, WALK_ROWS_MAX).await;
    }
    if following > MERGE_FIRST_MAX {
        let items = feed.walk(followed, WALK_ROWS).await?;
        if i64::try_from(items.len()).is_ok_and(|found| found >= feed.limit) {
            return Ok(items);
        }
    }
    feed.merge().await
}

struct Feed<'a> {
    client: &'a ClientWrapper,
    viewer: Uuid,
    before: Moment,
    before_id: Uuid,
    limit: i64,
}

impl Feed<'_> {
    async fn merge(&self) -> Result<Vec<TimelineItem>, tokio_postgres::Error> {
        let question = include_str!("sql/timeline_merged.sql");
        let values: &[Value<'_>] = &[&self.viewer, &self.before, &self.before_id, &self.limit];
        rows(self.client, question, values).await?.iter().map(item).collect()
    }

    async fn walk(&self, question: &str, rows_max: i64) -> Result<Vec<TimelineItem>, tokio_postgres::Error> {
        let values: &[Value<'_>] = &[&self.viewer, &self.before, &self.before_id, &self.limit, &rows_max];
        rows(self.client, question, values).await?.iter().map(item).collect()
    }
}

fn item(row: &Row) -> Result<TimelineItem, tokio_postgres::Error> {
    Ok(TimelineItem { created_at: time(row, 0)?, post: PostId(id(row, 1)?), author: UserId(id(row, 2)?) })
}
