//! Accounts.

use deadpool_postgres::ClientWrapper;
use futures_util::future::try_join;
use nova_core::model::{Timestamp, UserId};
use tokio_postgres::Row;

use super::super::connect::{Value, row, rows};
use super::super::value::{self, count, uuid};
use super::posts::post_reached;
use super::{limit, start, viewer_uuid};
use crate::social::{Keyset, ListOf, UserView};

pub(in super::super) async fn user(
    client: &ClientWrapper,
    id: UserId,
    viewer: Option<UserId>,
) -> Result<Option<UserView>, tokio_postgres::Error> {
    let values: &[Value<'_>] = &[&uuid(id.bits()), &viewer_uuid(viewer)];
    row(client, include_str!("../sql/user.sql"), values).await?.as_ref().map(view).transpose()
}

pub(in super::super) async fn user_by_handle(
    client: &ClientWrapper,
    handle: &str,
    viewer: Option<UserId>,
) -> Result<Option<UserView>, tokio_postgres::Error> {
    let values: &[Value<'_>] = &[&handle, &viewer_uuid(viewer)];
    row(client, include_str!("../sql/user_by_handle.sql"), values).await?.as_ref().map(view).transpose()
}

/// `None`: the subject of the list is out of reach.
pub(in super::super) async fn users(
    client: &ClientWrapper,
    list: ListOf,
    viewer: Option<UserId>,
    page: Keyset,
) -> Result<Option<Vec<(UserView, Timestamp)>>, tokio_postgres::Error> {
    let (subject, question) = match list {
        ListOf::Followers(of) => (of.0, include_str!("../sql/followers.sql")),
        ListOf::Following(of) => (of.0, include_str!("../sql/following.sql")),
        ListOf::Likers(of) => (of.0, include_str!("../sql/likers.sql")),
        ListOf::Blocks(of) => (of.0, include_str!("../sql/blocks.sql")),
        ListOf::Mutes(of) => (of.0, include_str!("../sql/mutes.sql")),
    };
    let reached = async {
        match list {
            ListOf::Likers(post) => post_reached(client, post, viewer).await,
            ListOf::Followers(user)
            | ListOf::Following(user)
            | ListOf::Blocks(user)
            | ListOf::Mutes(user) => user_reached(client, user, viewer).await,
        }
    };
    let (time, before) = start(page);
    let (id, asking, limit) = (uuid(subject.bits()), viewer_uuid(viewer), limit(page));
    let values: &[Value<'_>] = &[&id, &asking, &time, &before, &limit];
    let (reached, found) = try_join(reached, rows(client, question, values)).await?;
    reached.then(|| found.iter().map(|row| Ok((view(row)?, value::time(row, 10)?))).collect()).transpose()
}

/// Is the account there, and does no block stand between?
pub(super) async fn user_reached(
    client: &ClientWrapper,
    id: UserId,
    viewer: Option<UserId>,
) -> Result<bool, tokio_postgres::Error> {
    let (id, viewer) = (uuid(id.bits()), viewer_uuid(viewer));
    Ok(row(client, include_str!("../sql/user_reached.sql"), &[&id, &viewer]).await?.is_some())
}

fn view(row: &Row) -> Result<UserView, tokio_postgres::Error> {
    Ok(UserView {
        user: value::user(row, 0)?,
        followers: count(row, 6)?,
        following: count(row, 7)?,
        posts: count(row, 8)?,
        followed: row.try_get(9)?,
    })
}
