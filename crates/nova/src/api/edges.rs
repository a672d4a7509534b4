//! What joins accounts and posts: set with PUT, unset with DELETE, both as often as one likes.

use axum::extract::State;
use axum::http::StatusCode;
use nova_core::model::{PostId, UserId};

use super::auth::Caller;
use super::error::Result;
use super::query::PathId;
use super::state::Shared;
use super::view::Id;
use crate::feed::Deed;
use crate::social::Write;

/// What every handler here answers.
type Done = Result<StatusCode>;

/// Follows an account; oneself is 422, across a block is 404.
#[utoipa::path(put, path = "/api/v1/users/{id}/follow", tag = "users", params(("id" = Id, Path)),
    responses((status = 204, description = "Set, now or before")))]
pub(crate) async fn follow(State(api): State<Shared>, caller: Caller, PathId(id): PathId<UserId>) -> Done {
    api.write(Write::Follow(caller.user, id, api.now())).await?;
    api.circle_changed(caller.user).await;
    Ok(StatusCode::NO_CONTENT)
}

/// Follows an account no longer.
#[utoipa::path(delete, path = "/api/v1/users/{id}/follow", tag = "users", params(("id" = Id, Path)),
    responses((status = 204, description = "Unset, now or before")))]
pub(crate) async fn unfollow(State(api): State<Shared>, caller: Caller, PathId(id): PathId<UserId>) -> Done {
    api.write(Write::Unfollow(caller.user, id, api.now())).await?;
    api.circle_changed(caller.user).await;
    Ok(StatusCode::NO_CONTENT)
}

/// Blocks an account: follows both ways end, and neither sees the other anywhere, from the next request on.
#[utoipa::path(put, path = "/api/v1/users/{id}/block", tag = "users", params(("id" = Id, Path)),
    responses((status = 204, description = "Set, now or before")))]
pub(crate) async fn block(State(api): State<Shared>, caller: Caller, PathId(id): PathId<UserId>) -> Done {
    api.write(Write::Block(caller.user, id, api.now())).await?;
    api.circle_changed(caller.user).await;
    // the other's follows of the caller ended too
    api.circle_changed(id).await;
    Ok(StatusCode::NO_CONTENT)
}

/// Blocks an account no longer; follows do not come back.
#[utoipa::path(delete, path = "/api/v1/users/{id}/block", tag = "users", params(("id" = Id, Path)),
    responses((status = 204, description = "Unset, now or before")))]
pub(crate) async fn unblock(State(api): State<Shared>, caller: Caller, PathId(id): PathId<UserId>) -> Done {
    api.write(Write::Unblock(caller.user, id, api.now())).await?;
    api.circle_changed(caller.user).await;
    Ok(StatusCode::NO_CONTENT)
}

/// Mutes an account: its posts are not shown to the caller any more.
#[utoipa::path(put, path = "/api/v1/users/{id}/mute", tag = "users", params(("id" = Id, Path)),
    responses((status = 204, description = "Set, now or before")))]
pub(crate) async fn mute(State(api): State<Shared>, caller: Caller, PathId(id): PathId<UserId>) -> Done {
    api.write(Write::Mute(caller.user, id, api.now())).await?;
    api.circle_changed(caller.user).await;
    Ok(StatusCode::NO_CONTENT)
}

/// Mutes an account no longer.
#[utoipa::path(delete, path = "/api/v1/users/{id}/mute", tag = "users", params(("id" = Id, Path)),
    responses((status = 204, description = "Unset, now or before")))]
pub(crate) async fn unmute(State(api): State<Shared>, caller: Caller, PathId(id): PathId<UserId>) -> Done {
    api.write(Write::Unmute(caller.user, id, api.now())).await?;
    api.circle_changed(caller.user).await;
    Ok(StatusCode::NO_CONTENT)
}

/// Hides a post from the caller.
#[utoipa::path(put, path = "/api/v1/posts/{id}/hide", tag = "posts", params(("id" = Id, Path)),
    responses((status = 204, description = "Set, now or before")))]
pub(crate) async fn hide(State(api): State<Shared>, caller: Caller, PathId(id): PathId<PostId>) -> Done {
    api.write(Write::Hide(caller.user, id, api.now())).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Hides a post no longer.
#[utoipa::path(delete, path = "/api/v1/posts/{id}/hide", tag = "posts", params(("id" = Id, Path)),
    responses((status = 204, description = "Unset, now or before")))]
pub(crate) async fn unhide(State(api): State<Shared>, caller: Caller, PathId(id): PathId<PostId>) -> Done {
    api.write(Write::Unhide(caller.user, id, api.now())).await?;
    // the store may have heard of the hide and not of its end: who wrote is judged by the tables' word on it
    api.services.feed.did(vec![(caller.user, id, Deed::Unhide)]).await;
    api.services.feed.wrote(caller.user).await;
    Ok(StatusCode::NO_CONTENT)
}
