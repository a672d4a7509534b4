//! Posts.

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use nova_core::model::PostId;
use serde_json::Value;
use utoipa::ToSchema;

use super::auth::Caller;
use super::body::{self, Body, Fields, FromFields, Refusal};
use super::error::Result;
use super::query::PathId;
use super::state::Shared;
use super::view::{self, Id, PostRow, PostView};
use crate::social::{Actor, NewPost, PostPatch, Write, limits};

#[derive(ToSchema)]
#[schema(as = NewPost)]
pub(crate) struct NewPostBody {
    /// Characters after trimming.
    #[schema(min_length = 1, max_length = 5000)]
    text: String,
    /// Any JSON: at most 20 entries and 8,192 bytes.
    #[schema(value_type = Option<Vec<Value>>, max_items = 20)]
    media: Option<String>,
    /// BCP 47.
    #[schema(max_length = 35, example = "en")]
    lang: Option<String>,
    /// Words, each of 1 to 50 characters.
    #[schema(max_items = 20)]
    topics: Option<Vec<String>>,
    #[schema(value_type = Option<Id>)]
    id: Option<PostId>,
}

impl FromFields for NewPostBody {
    fn read(fields: &mut Fields) -> Option<Self> {
        let text = fields.required("text", body::text(limits::post_text));
        let media = fields.optional("media", media);
        let lang = fields.optional("lang", body::word(limits::lang));
        let topics = fields.optional("topics", topics);
        let id = fields.optional("id", body::id);
        Some(Self { text: text?, media, lang, topics, id })
    }
}

fn media(value: Value) -> Result<String, Refusal> {
    match value {
        Value::Array(entries) => limits::media(&entries),
        _ => Err(body::wrong_type("an array")),
    }
}

fn topics(value: Value) -> Result<Vec<String>, Refusal> {
    let wrong_type = || body::wrong_type("an array of strings");
    let words = value.as_array().ok_or_else(wrong_type)?;
    let words: Option<Vec<&str>> = words.iter().map(Value::as_str).collect();
    limits::topics(&words.ok_or_else(wrong_type)?)
}

/// Writes a post.
///
/// With an `id` it can be repeated: the same post under the same id is answered as it stands.
#[utoipa::path(post, path = "/api/v1/posts", tag = "posts", request_body = NewPostBody,
    responses((status = 201, description = "Written", body = PostRow)))]
pub(crate) async fn create(
    State(api): State<Shared>,
    caller: Caller,
    Body(body): Body<NewPostBody>,
) -> Result<Response> {
    let id = body.id.unwrap_or_else(|| PostId::from_bits(api.new_id()));
    let post = NewPost {
        id,
        author: caller.user,
        text: body.text,
        media: body.media.unwrap_or_else(|| "[]".to_owned()),
        lang: body.lang,
        topics: body.topics.unwrap_or_default(),
    };
    let row = view::as_post(api.write(Write::Post(post, api.now())).await?)?;
    Ok(view::created(&row, &format!("/api/v1/posts/{id}")))
}

/// A post.
#[utoipa::path(get, path = "/api/v1/posts/{id}", tag = "posts", params(("id" = Id, Path)),
    responses((status = 200, description = "The post", body = PostView)))]
pub(crate) async fn show(
    State(api): State<Shared>,
    caller: Option<Caller>,
    PathId(id): PathId<PostId>,
) -> Result<Response> {
    let viewer = caller.map(|caller| caller.user);
    let found = api.ports.social.post(id, viewer).await?;
    Ok(view::ok(&PostView::new(found, viewer)))
}

#[derive(ToSchema)]
#[schema(as = PostPatch)]
pub(crate) struct PostPatchBody {
    #[schema(min_length = 1, max_length = 5000)]
    text: Option<String>,
    #[schema(value_type = Option<Vec<Value>>, max_items = 20)]
    media: Option<String>,
    /// Null clears it.
    #[schema(value_type = Option<String>, max_length = 35)]
    lang: Option<Option<String>>,
    #[schema(max_items = 20)]
    topics: Option<Vec<String>>,
}

impl FromFields for PostPatchBody {
    fn read(fields: &mut Fields) -> Option<Self> {
        let text = fields.present("text", body::text(limits::post_text));
        let media = fields.present("media", media);
        let lang = fields.nullable("lang", body::word(limits::lang));
        Some(Self { text, media, lang, topics: fields.present("topics", topics) })
    }
}

/// Edits a post: only its author. Fields that are absent stay.
#[utoipa::path(patch, path = "/api/v1/posts/{id}", tag = "posts", params(("id" = Id, Path)),
    request_body = PostPatchBody, responses((status = 200, description = "As it stands now", body = PostRow)))]
pub(crate) async fn edit(
    State(api): State<Shared>,
    caller: Caller,
    PathId(id): PathId<PostId>,
    Body(body): Body<PostPatchBody>,
) -> Result<Response> {
    let patch = PostPatch { text: body.text, media: body.media, lang: body.lang, topics: body.topics };
    let written = api.write(Write::EditPost(id, patch, actor(caller), api.now())).await?;
    api.services.feed.edited(id);
    Ok(view::ok(&view::as_post(written)?))
}

/// Deletes a post, for good: its author, or an admin.
#[utoipa::path(delete, path = "/api/v1/posts/{id}", tag = "posts", params(("id" = Id, Path)),
    responses((status = 204, description = "Deleted")))]
pub(crate) async fn delete(
    State(api): State<Shared>,
    caller: Caller,
    PathId(id): PathId<PostId>,
) -> Result<StatusCode> {
    api.write(Write::DeletePost(id, actor(caller), api.now())).await?;
    api.services.feed.edited(id);
    Ok(StatusCode::NO_CONTENT)
}

/// Who asks, as the tables judge it.
pub(super) const fn actor(caller: Caller) -> Actor {
    Actor { user: caller.user, admin: caller.admin }
}
