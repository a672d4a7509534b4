//! Whom to follow.

use axum::extract::State;
use axum::response::Response;
use utoipa::IntoParams;

use super::auth::Caller;
use super::error::Result;
use super::query::{FromQuery, Parameters, Query};
use super::state::Shared;
use super::view::{self, List, SuggestedUser};

#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct SuggestedQuery {
    /// Items wanted.
    #[param(default = 20, minimum = 1, maximum = 100, required = false)]
    limit: usize,
}

impl FromQuery for SuggestedQuery {
    fn read(parameters: &mut Parameters) -> Option<Self> {
        Some(Self { limit: parameters.limit() })
    }
}

/// Accounts the caller may want to follow, best first.
///
/// Never one that is followed already, blocked, muted, deleted, or the caller. It is one page: `next_cursor` is null.
#[utoipa::path(get, path = "/api/v1/discover/suggested-users", tag = "discover", params(SuggestedQuery),
    responses((status = 200, description = "Suggestions", body = List<SuggestedUser>)))]
pub(crate) async fn suggested_users(
    State(api): State<Shared>,
    caller: Caller,
    Query(query): Query<SuggestedQuery>,
) -> Result<Response> {
    let found = api.services.feed.suggested(caller.user, query.limit).await?;
    let items: Vec<SuggestedUser> = found.into_iter().map(SuggestedUser::from).collect();
    Ok(view::ok(&List { items, next_cursor: None }))
}
