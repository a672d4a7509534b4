//! Comments.

use deadpool_postgres::ClientWrapper;
use futures_util::future::try_join;
use nova_core::model::{CommentId, PostId, UserId};
use tokio_postgres::Row;

use super::super::connect::{Value, row, rows};
use super::super::value::{self, uuid};
use super::posts::post_reached;
use super::{limit, start, viewer_uuid};
use crate::social::{CommentView, Keyset};

/// `None`: the post is out of reach.
pub(in super::super) async fn comments(
    client: &ClientWrapper,
    post: PostId,
    viewer: Option<UserId>,
    page: Keyset,
) -> Result<Option<Vec<CommentView>>, tokio_postgres::Error> {
    let (time, before) = start(page);
    let (id, asking, limit) = (uuid(post.bits()), viewer_uuid(viewer), limit(page));
    let list: &[Value<'_>] = &[&id, &asking, &time, &before, &limit];
    let list = rows(client, include_str!("../sql/comments.sql"), list);
    let (reached, list) = try_join(post_reached(client, post, viewer), list).await?;
    reached.then(|| list.iter().map(view).collect()).transpose()
}

pub(in super::super) async fn comment(
    client: &ClientWrapper,
    id: CommentId,
    viewer: Option<UserId>,
) -> Result<Option<CommentView>, tokio_postgres::Error> {
    let values: &[Value<'_>] = &[&uuid(id.bits()), &viewer_uuid(viewer)];
    row(client, include_str!("../sql/comment.sql"), values).await?.as_ref().map(view).transpose()
}

fn view(row: &Row) -> Result<CommentView, tokio_postgres::Error> {
    Ok(CommentView { comment: value::comment(row, 0)? })
}
