//! Accounts.

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use nova_core::error::Kind;
use nova_core::model::UserId;
use utoipa::{IntoParams, ToSchema};

use super::auth::Caller;
use super::body::{self, Body, Fields, FromFields};
use super::error::{Problem, Result};
use super::query::{FromQuery, Parameters, PathId, Query};
use super::state::Shared;
use super::view::{self, Id, List, UserRow, UserView};
use crate::social::{NewUser, UserPatch, Write, limits};

#[derive(ToSchema)]
#[schema(as = NewUser)]
pub(crate) struct NewUserBody {
    /// Unique without regard to case.
    #[schema(pattern = "^[a-z0-9_]{3,30}$")]
    handle: String,
    #[schema(min_length = 1, max_length = 100)]
    display_name: String,
    #[schema(value_type = Option<Id>)]
    id: Option<UserId>,
}

impl FromFields for NewUserBody {
    fn read(fields: &mut Fields) -> Option<Self> {
        let handle = fields.required("handle", body::word(limits::handle));
        let display_name = fields.required("display_name", body::text(limits::display_name));
        let id = fields.optional("id", body::id);
        Some(Self { handle: handle?, display_name: display_name?, id })
    }
}

/// Makes an account.
///
/// It can be repeated: the same account under the same id is answered as it stands.
///
/// Without authentication (`auth.mode = "open"`) nobody need be named. With a token it makes the account of `sub`;
/// another one's only with the scope `nova:admin`.
#[utoipa::path(post, path = "/api/v1/users", tag = "users", request_body = NewUserBody,
    responses((status = 201, description = "Made", body = UserRow)))]
pub(crate) async fn create(
    State(api): State<Shared>,
    caller: Option<Caller>,
    Body(body): Body<NewUserBody>,
) -> Result<Response> {
    let id = if api.auth.is_open() {
        body.id.unwrap_or_else(|| UserId::from_bits(api.new_id()))
    } else {
        let caller = caller.ok_or_else(|| api.auth.missing())?;
        match body.id {
            Some(id) if id != caller.user && !caller.admin => {
                return Err(Problem::forbidden(
                    "makes the account of the token's sub; another one needs nova:admin",
                ));
            }
            id => id.unwrap_or(caller.user),
        }
    };
    let user = NewUser { id, handle: body.handle, display_name: body.display_name };
    let row = view::as_user(api.write(Write::User(user, api.now())).await?)?;
    Ok(view::created(&row, &format!("/api/v1/users/{id}")))
}

#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct HandleQuery {
    /// Without regard to case.
    handle: String,
}

impl FromQuery for HandleQuery {
    fn read(parameters: &mut Parameters) -> Option<Self> {
        let text = |text: &str| Some(text.to_owned());
        Some(Self { handle: parameters.required("handle", "handle_invalid", "must be a handle", text)? })
    }
}

/// The account with a handle: a list of one, or of none.
#[utoipa::path(get, path = "/api/v1/users", tag = "users", params(HandleQuery),
    responses((status = 200, description = "Who has it", body = List<UserView>)))]
pub(crate) async fn find(
    State(api): State<Shared>,
    caller: Option<Caller>,
    Query(query): Query<HandleQuery>,
) -> Result<Response> {
    let viewer = caller.map(|caller| caller.user);
    let items = match api.ports.social.user_by_handle(&query.handle, viewer).await {
        Ok(found) => vec![UserView::new(found, viewer)],
        Err(error) if error.kind() == Kind::NotFound => Vec::new(),
        Err(error) => return Err(error.into()),
    };
    Ok(view::ok(&List { items, next_cursor: None }))
}

/// An account.
#[utoipa::path(get, path = "/api/v1/users/{id}", tag = "users", params(("id" = Id, Path)),
    responses((status = 200, description = "The account", body = UserView)))]
pub(crate) async fn show(
    State(api): State<Shared>,
    caller: Option<Caller>,
    PathId(id): PathId<UserId>,
) -> Result<Response> {
    let viewer = caller.map(|caller| caller.user);
    let found = api.ports.social.user(id, viewer).await?;
    Ok(view::ok(&UserView::new(found, viewer)))
}

#[derive(ToSchema)]
#[schema(as = UserPatch)]
pub(crate) struct UserPatchBody {
    #[schema(pattern = "^[a-z0-9_]{3,30}$")]
    handle: Option<String>,
    #[schema(min_length = 1, max_length = 100)]
    display_name: Option<String>,
}

impl FromFields for UserPatchBody {
    fn read(fields: &mut Fields) -> Option<Self> {
        let handle = fields.present("handle", body::word(limits::handle));
        let display_name = fields.present("display_name", body::text(limits::display_name));
        Some(Self { handle, display_name })
    }
}

/// Edits the caller's own account; fields that are absent stay.
#[utoipa::path(patch, path = "/api/v1/users/{id}", tag = "users", params(("id" = Id, Path)),
    request_body = UserPatchBody, responses((status = 200, description = "As it stands now", body = UserRow)))]
pub(crate) async fn edit(
    State(api): State<Shared>,
    caller: Caller,
    PathId(id): PathId<UserId>,
    Body(body): Body<UserPatchBody>,
) -> Result<Response> {
    must_be_own(&api, caller, id, "only its owner edits an account").await?;
    let patch = UserPatch { handle: body.handle, display_name: body.display_name };
    let row = view::as_user(api.write(Write::EditUser(id, patch, api.now())).await?)?;
    Ok(view::ok(&row))
}

/// Deletes an account, for good: its owner, or an admin.
#[utoipa::path(delete, path = "/api/v1/users/{id}", tag = "users", params(("id" = Id, Path)),
    responses((status = 204, description = "Deleted")))]
pub(crate) async fn delete(
    State(api): State<Shared>,
    caller: Caller,
    PathId(id): PathId<UserId>,
) -> Result<StatusCode> {
    if !caller.admin {
        must_be_own(&api, caller, id, "only its owner or an admin deletes an account").await?;
    }
    api.write(Write::DeleteUser(id, api.now())).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// 404 before 403: whoever may not see an account is not told that there is one.
async fn must_be_own(api: &Shared, caller: Caller, id: UserId, rule: &'static str) -> Result<()> {
    if id == caller.user {
        return Ok(());
    }
    api.ports.social.user(id, Some(caller.user)).await?;
    Err(Problem::forbidden(rule))
}
