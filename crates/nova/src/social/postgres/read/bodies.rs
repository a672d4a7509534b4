//! What people read of posts: asked for every page of every feed.

use deadpool_postgres::ClientWrapper;
use nova_core::model::PostId;

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
        if let Some(body) = bodies.get_mut(place(&row)?) {
            *body = Some(Body {
                text: row.try_get(1)?,
                media: row.try_get(2)?,
                handle: row.try_get(3)?,
                display_name: row.try_get(4)?,
            });
        }
    }
    Ok(bodies)
}
