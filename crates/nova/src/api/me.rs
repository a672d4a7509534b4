//! The caller's own account.

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;

use super::auth::Caller;
use super::error::Result;
use super::state::Shared;
use super::view::{self, UserView};
use crate::social::Write;

/// The caller's account; 404 while there is none.
#[utoipa::path(get, path = "/api/v1/me", tag = "me",
    responses((status = 200, description = "The account", body = UserView)))]
pub(crate) async fn show(State(api): State<Shared>, caller: Caller) -> Result<Response> {
    let found = api.ports.social.user(caller.user, Some(caller.user)).await?;
    Ok(view::ok(&UserView::new(found, Some(caller.user))))
}

/// Deletes the caller's account, for good.
#[utoipa::path(delete, path = "/api/v1/me", tag = "me", responses((status = 204, description = "Deleted")))]
pub(crate) async fn delete(State(api): State<Shared>, caller: Caller) -> Result<StatusCode> {
    api.write(Write::DeleteUser(caller.user, api.now())).await?;
    Ok(StatusCode::NO_CONTENT)
}
