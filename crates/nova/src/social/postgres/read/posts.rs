//! Posts.

use deadpool_postgres::ClientWrapper;
use futures_util::future::try_join;
use nova_core::model::{PostId, Timestamp, UserId};
use tokio_postgres::Row;

use super::super::connect::{Value, row, rows};
use super::super::value::{self, count, uuid};
use super::users::user_reached;
use super::{limit, start, start_by, viewer_uuid};
use crate::social::{Keyset, PostView};

pub(in super::super) async fn post(
    client: &ClientWrapper,
    id: PostId,
    viewer: Option<UserId>,
) -> Result<Option<PostView>, tokio_postgres::Error> {
    let values: &[Value<'_>] = &[&uuid(id.bits()), &viewer_uuid(viewer)];
    row(client, include_str!("../sql/post.sql"), values).await?.as_ref().map(view).transpose()
}

/// `None`: the author is out of reach.
pub(in super::super) async fn posts_of(
    client: &ClientWrapper,
    author: UserId,
    viewer: Option<UserId>,
    latest: Timestamp,
    page: Keyset,
) -> Result<Option<Vec<PostView>>, tokio_postgres::Error> {
    let (time, before) = start_by(page, latest);
    let (id, asking, limit) = (uuid(author.bits()), viewer_uuid(viewer), limit(page));
    let list: &[Value<'_>] = &[&id, &asking, &time, &before, &limit];
    let list = rows(client, include_str!("../sql/posts_of.sql"), list);
    let (reached, list) = try_join(user_reached(client, author, viewer), list).await?;
    reached.then(|| list.iter().map(view).collect()).transpose()
}

pub(in super::super) async fn hidden_posts(
    client: &ClientWrapper,
    viewer: UserId,
    page: Keyset,
) -> Result<Vec<(PostView, Timestamp)>, tokio_postgres::Error> {
    let (time, before) = start(page);
    let id = uuid(viewer.bits());
    let list: &[Value<'_>] = &[&id, &id, &time, &before, &limit(page)];
    let list = rows(client, include_str!("../sql/hidden_posts.sql"), list).await?;
    list.iter().map(|row| Ok((view(row)?, value::time(row, 12)?))).collect()
}

/// Is the post there, its author too, no block between, and not hidden?
pub(super) async fn post_reached(
    client: &ClientWrapper,
    id: PostId,
    viewer: Option<UserId>,
) -> Result<bool, tokio_postgres::Error> {
    let (id, viewer) = (uuid(id.bits()), viewer_uuid(viewer));
    Ok(row(client, include_str!("../sql/post_reached.sql"), &[&id, &viewer]).await?.is_some())
}

fn view(row: &Row) -> Result<PostView, tokio_postgres::Error> {
    Ok(PostView {
        post: value::post(row, 0)?,
        likes: count(row, 9)?,
        comments: count(row, 10)?,
        liked: row.try_get(11)?,
    })
}
