//! What people read of posts: asked for every page of every feed.

use deadpool_postgres::ClientWrapper;
use nova_core::model::PostId;
use tokio_postgres::Row;

use super::super::connect::rows;
use super::{place, uuids};
use crate::social::Body;

pub(in super::super) async fn bodies(
    client: &ClientWrapper,
    posts: &[PostId],
) -> Result<Vec<Option<Body>>, tokio_postgres::Error> {
    let mut bodies = vec![None; posts.len()];
    if posts.is_empty() {
        return Ok(bodies);
    }
    for row in rows(client, include_str!("../sql/bodies.sql"), &[&uuids(posts)]).await? {
        if let Some(found) = bodies.get_mut(place(&row)?) {
            *found = Some(body(&row, 1)?);
        }
    }
    Ok(bodies)
}

/// From its four columns, the first of them at `at`.
pub(in super::super) fn body(row: &Row, at: usize) -> Result<Body, tokio_postgres::Error> {
    Ok(Body {
        text: row.try_get(at)?,
        media: row.try_get(at + 1)?,
        handle: row.try_get(at + 2)?,
        display_name: row.try_get(at + 3)?,
    })
}
