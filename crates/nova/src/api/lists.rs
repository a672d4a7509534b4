//! Lists of the social tables, newest first, paged by key: what is written meanwhile moves no later page.

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use bytes::{Buf as _, BufMut as _};
use nova_core::model::{Id as Key, PostId, Timestamp, UserId};
use serde::Serialize;
use utoipa::IntoParams;

use super::auth::Caller;
use super::error::{self, Result};
use super::query::{FromQuery, Parameters, PathId, Query};
use super::state::{Api, Shared};
use super::view::{self, CommentRow, HiddenPost, Id, List, ListedUser, PostView};
use crate::social::{Keyset, ListOf};

/// Bytes of a cursor's payload: time and id of the last item.
const PAYLOAD_BYTES: usize = 8 + 16;
/// Bytes of one item as JSON, about.
const ITEM_BYTES: usize = 512;

#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct PageQuery {
    /// Items wanted.
    #[param(default = 20, minimum = 1, maximum = 100, required = false)]
    limit: usize,
    /// `next_cursor` of the page before; empty is none.
    cursor: Option<String>,
}

impl FromQuery for PageQuery {
    fn read(parameters: &mut Parameters) -> Option<Self> {
        Some(Self { limit: parameters.limit(), cursor: parameters.cursor() })
    }
}

/// Which list a cursor belongs to: name, subject, caller.
struct Scope(String);

impl Scope {
    fn new(list: &str, subject: Key, caller: Option<UserId>) -> Self {
        let caller = caller.map(|caller| caller.to_string()).unwrap_or_default();
        Self(format!("list|{list}|{subject}|{caller}"))
    }
}

impl Api {
    /// The keys of the page asked for, and of one item more: it tells whether there is a next page.
    fn keyset(&self, scope: &Scope, query: &PageQuery) -> Result<Keyset> {
        let before = match &query.cursor {
            None => None,
            Some(cursor) => Some(self.key(scope, cursor).ok_or_else(error::cursor_invalid)?),
        };
        Ok(Keyset { limit: query.limit + 1, before })
    }

    fn key(&self, scope: &Scope, cursor: &str) -> Option<(Timestamp, Key)> {
        let payload = self.services.signer.open(&scope.0, cursor)?;
        let mut from = payload.as_slice();
        (from.len() == PAYLOAD_BYTES)
            .then(|| (Timestamp::from_micros(from.get_i64()), Key::from_bits(from.get_u128())))
    }

    fn list<R, T: Serialize>(
        &self,
        scope: &Scope,
        query: &PageQuery,
        mut rows: Vec<R>,
        key: impl Fn(&R) -> (Timestamp, Key),
        item: impl Fn(R) -> T,
    ) -> Response {
        let more = rows.len() > query.limit;
        rows.truncate(query.limit);
        let next_cursor = rows.last().filter(|_| more).map(|last| {
            let (time, id) = key(last);
            let mut payload = Vec::with_capacity(PAYLOAD_BYTES);
            payload.put_i64(time.micros());
            payload.put_u128(id.bits());
            self.services.signer.seal(&scope.0, &payload)
        });
        let list = List { items: rows.into_iter().map(item).collect(), next_cursor };
        view::json(StatusCode::OK, &list, (1 + list.items.len()) * ITEM_BYTES)
    }

    async fn users_in(
        &self,
        name: &str,
        list: ListOf,
        caller: Option<Caller>,
        query: PageQuery,
    ) -> Result<Response> {
        let viewer = caller.map(|caller| caller.user);
        let subject = match list {
            ListOf::Followers(user)
            | ListOf::Following(user)
            | ListOf::Blocks(user)
            | ListOf::Mutes(user) => user.0,
            ListOf::Likers(post) => post.0,
        };
        let scope = Scope::new(name, subject, viewer);
        let rows = self.ports.social.users(list, viewer, self.keyset(&scope, &query)?).await?;
        let key = |(view, since): &(crate::social::UserView, Timestamp)| (*since, view.user.id.0);
        Ok(self.list(&scope, &query, rows, key, |(view, since)| ListedUser::new(view, since, viewer)))
    }
}

/// Who follows an account, latest first.
#[utoipa::path(get, path = "/api/v1/users/{id}/followers", tag = "users", params(("id" = Id, Path), PageQuery),
    responses((status = 200, description = "A page", body = List<ListedUser>)))]
pub(crate) async fn followers(
    State(api): State<Shared>,
    caller: Option<Caller>,
    PathId(id): PathId<UserId>,
    Query(query): Query<PageQuery>,
) -> Result<Response> {
    api.users_in("followers", ListOf::Followers(id), caller, query).await
}

/// Whom an account follows, latest first.
#[utoipa::path(get, path = "/api/v1/users/{id}/following", tag = "users", params(("id" = Id, Path), PageQuery),
    responses((status = 200, description = "A page", body = List<ListedUser>)))]
pub(crate) async fn following(
    State(api): State<Shared>,
    caller: Option<Caller>,
    PathId(id): PathId<UserId>,
    Query(query): Query<PageQuery>,
) -> Result<Response> {
    api.users_in("following", ListOf::Following(id), caller, query).await
}

/// Who likes a post, latest first.
#[utoipa::path(get, path = "/api/v1/posts/{id}/likes", tag = "posts", params(("id" = Id, Path), PageQuery),
    responses((status = 200, description = "A page", body = List<ListedUser>)))]
pub(crate) async fn likes(
    State(api): State<Shared>,
    caller: Option<Caller>,
    PathId(id): PathId<PostId>,
    Query(query): Query<PageQuery>,
) -> Result<Response> {
    api.users_in("likes", ListOf::Likers(id), caller, query).await
}

/// Whom the caller blocks, latest first.
#[utoipa::path(get, path = "/api/v1/me/blocks", tag = "me", params(PageQuery),
    responses((status = 200, description = "A page", body = List<ListedUser>)))]
pub(crate) async fn blocks(
    State(api): State<Shared>,
    caller: Caller,
    Query(query): Query<PageQuery>,
) -> Result<Response> {
    api.users_in("blocks", ListOf::Blocks(caller.user), Some(caller), query).await
}

/// Whom the caller mutes, latest first.
#[utoipa::path(get, path = "/api/v1/me/mutes", tag = "me", params(PageQuery),
    responses((status = 200, description = "A page", body = List<ListedUser>)))]
pub(crate) async fn mutes(
    State(api): State<Shared>,
    caller: Caller,
    Query(query): Query<PageQuery>,
) -> Result<Response> {
    api.users_in("mutes", ListOf::Mutes(caller.user), Some(caller), query).await
}

/// The posts the caller hid, latest first.
#[utoipa::path(get, path = "/api/v1/me/hidden", tag = "me", params(PageQuery),
    responses((status = 200, description = "A page", body = List<HiddenPost>)))]
pub(crate) async fn hidden(
    State(api): State<Shared>,
    caller: Caller,
    Query(query): Query<PageQuery>,
) -> Result<Response> {
    let scope = Scope::new("hidden", caller.user.0, Some(caller.user));
    let rows = api.ports.social.hidden_posts(caller.user, api.keyset(&scope, &query)?).await?;
    let key = |(view, since): &(crate::social::PostView, Timestamp)| (*since, view.post.id.0);
    Ok(api.list(&scope, &query, rows, key, |(view, since)| HiddenPost::new(view, since, caller.user)))
}

/// An account's posts, newest first.
#[utoipa::path(get, path = "/api/v1/users/{id}/posts", tag = "users", params(("id" = Id, Path), PageQuery),
    responses((status = 200, description = "A page", body = List<PostView>)))]
pub(crate) async fn posts_of(
    State(api): State<Shared>,
    caller: Option<Caller>,
    PathId(id): PathId<UserId>,
    Query(query): Query<PageQuery>,
) -> Result<Response> {
    let viewer = caller.map(|caller| caller.user);
    let scope = Scope::new("posts", id.0, viewer);
    let rows = api.ports.social.posts_of(id, viewer, api.now(), api.keyset(&scope, &query)?).await?;
    let key = |view: &crate::social::PostView| (view.post.created_at, view.post.id.0);
    Ok(api.list(&scope, &query, rows, key, |view| PostView::new(view, viewer)))
}

/// A post's comments, newest first.
#[utoipa::path(get, path = "/api/v1/posts/{id}/comments", tag = "comments",
    params(("id" = Id, Path), PageQuery),
    responses((status = 200, description = "A page", body = List<CommentRow>)))]
pub(crate) async fn comments(
    State(api): State<Shared>,
    caller: Option<Caller>,
    PathId(id): PathId<PostId>,
    Query(query): Query<PageQuery>,
) -> Result<Response> {
    let viewer = caller.map(|caller| caller.user);
    let scope = Scope::new("comments", id.0, viewer);
    let rows = api.ports.social.comments(id, viewer, api.keyset(&scope, &query)?).await?;
    let key = |view: &crate::social::CommentView| (view.comment.created_at, view.comment.id.0);
    Ok(api.list(&scope, &query, rows, key, |view| CommentRow::from(view.comment)))
}
