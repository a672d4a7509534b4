//! What is shown, and to whom. Each question takes a connection: several of one connection polled together are one
//! round trip.

mod bodies;
mod comments;
mod posts;
mod users;

pub(super) use bodies::{bodies, body};
pub(super) use comments::{comment, comments};
pub(super) use posts::{hidden_posts, post, posts_of};
pub(super) use users::{user, user_by_handle, users};

use deadpool_postgres::ClientWrapper;
use nova_core::model::{PostId, Timestamp, UserId};
use tokio_postgres::Row;
use uuid::Uuid;

use super::connect::row;
use super::value::{Moment, uuid};
use crate::social::Keyset;

/// The largest page.
const LIMIT_MAX: usize = 101;

/// The viewer as a parameter. Nobody is `null`, which equals no one in a `where`.
pub(super) fn viewer_uuid(viewer: Option<UserId>) -> Option<Uuid> {
    viewer.map(|viewer| uuid(viewer.bits()))
}

pub(super) fn uuids(posts: &[PostId]) -> Vec<Uuid> {
    posts.iter().map(|post| uuid(post.bits())).collect()
}

/// Where a page begins, as parameters: time and id that its items lie before.
pub(super) fn start(page: Keyset) -> (Moment, Uuid) {
    match page.before {
        Some((time, id)) => (Moment::of(time), uuid(id.bits())),
        None => (Moment::END, Uuid::nil()),
    }
}

/// The same for a list that shows nothing dated after `latest`.
pub(super) fn start_by(page: Keyset, latest: Timestamp) -> (Moment, Uuid) {
    // right behind the last moment that is shown: before it lies every id of that moment
    let behind = (Timestamp::from_micros(latest.micros() + 1), Uuid::nil());
    let (time, id) = page.before.map_or(behind, |(time, id)| behind.min((time, uuid(id.bits()))));
    (Moment::of(time), id)
}

/// The items of a page, as a parameter.
pub(super) fn limit(page: Keyset) -> i64 {
    i64::try_from(page.limit.clamp(1, LIMIT_MAX)).unwrap_or(1)
}

/// Which of the things that were asked for a row answers: the first column, `with ordinality`, from one.
pub(super) fn place(row: &Row) -> Result<usize, tokio_postgres::Error> {
    row.try_get::<_, i64>(0).map(|place| usize::try_from(place - 1).unwrap_or(usize::MAX))
}

/// Reads a row and writes one, which changes nothing that anybody sees.
pub(super) async fn check(client: &ClientWrapper) -> Result<(), tokio_postgres::Error> {
    row(client, "select id from users limit 1", &[]).await?;
    row(client, include_str!("../sql/touch.sql"), &[]).await.map(drop)
}
