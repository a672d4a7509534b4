//! Comments.

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use nova_core::model::{CommentId, PostId};
use utoipa::ToSchema;

use super::auth::Caller;
use super::body::{self, Body, Fields, FromFields};
use super::error::Result;
use super::posts::actor;
use super::query::PathId;
use super::state::Shared;
use super::view::{self, CommentRow, Id};
use crate::social::{NewComment, Write, limits};

#[derive(ToSchema)]
#[schema(as = NewComment)]
pub(crate) struct NewCommentBody {
    /// Characters after trimming.
    #[schema(min_length = 1, max_length = 2000)]
    text: String,
    #[schema(value_type = Option<Id>)]
    id: Option<CommentId>,
}

impl FromFields for NewCommentBody {
    fn read(fields: &mut Fields) -> Option<Self> {
        let text = fields.required("text", body::text(limits::comment_text));
        let id = fields.optional("id", body::id);
        Some(Self { text: text?, id })
    }
}

/// Writes a comment under a post.
///
/// With an `id` it can be repeated: the same comment under the same id is answered as it stands.
#[utoipa::path(post, path = "/api/v1/posts/{id}/comments", tag = "comments", params(("id" = Id, Path)),
    request_body = NewCommentBody, responses((status = 201, description = "Written", body = CommentRow)))]
pub(crate) async fn create(
    State(api): State<Shared>,
    caller: Caller,
    PathId(post): PathId<PostId>,
    Body(body): Body<NewCommentBody>,
) -> Result<Response> {
    let id = body.id.unwrap_or_else(|| CommentId::from_bits(api.new_id()));
    let comment = NewComment { id, post, author: caller.user, text: body.text };
    let row = view::as_comment(api.write(Write::Comment(comment, api.now())).await?)?;
    Ok(view::json(StatusCode::CREATED, &row, 512))
}

/// Deletes a comment: its author, or an admin.
#[utoipa::path(delete, path = "/api/v1/comments/{id}", tag = "comments", params(("id" = Id, Path)),
    responses((status = 204, description = "Deleted")))]
pub(crate) async fn delete(
    State(api): State<Shared>,
    caller: Caller,
    PathId(id): PathId<CommentId>,
) -> Result<StatusCode> {
    api.write(Write::DeleteComment(id, actor(caller), api.now())).await?;
    Ok(StatusCode::NO_CONTENT)
}
