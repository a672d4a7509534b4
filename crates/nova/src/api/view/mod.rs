//! The shapes of answers. Names are the contract: fields may be added, none renamed.

mod feed;
mod social;

pub(crate) use feed::{FeedView, TrendingView, feed, trending};
pub(crate) use social::{
    CommentRow, HiddenPost, ListedUser, PostRow, PostView, SuggestedUser, UserRow, UserView, as_comment,
    as_post, as_user,
};

use axum::body::Body;
use axum::http::header::{CONTENT_TYPE, LOCATION};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use utoipa::ToSchema;

use super::error::Problem;

/// UUID text, or decimal digits for products whose tables use integers; a request may also send a JSON integer.
#[derive(ToSchema)]
#[schema(example = "0190a1b2-c3d4-7e5f-8a9b-0c1d2e3f4a5b")]
#[expect(dead_code, reason = "describes ids in the OpenAPI document")]
pub(crate) struct Id(String);

/// RFC 3339, UTC, with microseconds; read with any offset and 0 to 9 fraction digits.
#[derive(ToSchema)]
#[schema(format = DateTime, example = "2026-01-02T03:04:05.678901Z")]
#[expect(dead_code, reason = "describes times in the OpenAPI document")]
pub(crate) struct Time(String);

/// A page of a list.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct List<T> {
    pub(crate) items: Vec<T>,
    /// Where the next page starts; null at the end.
    #[schema(required)]
    pub(crate) next_cursor: Option<String>,
}

/// `application/json`; `capacity` is a guess that spares the buffer its growth.
pub(crate) fn json<T: Serialize>(status: StatusCode, value: &T, capacity: usize) -> Response {
    let mut bytes = Vec::with_capacity(capacity);
    match serde_json::to_writer(&mut bytes, value) {
        Ok(()) => written(status, bytes),
        Err(error) => Problem::internal(error).into_response(),
    }
}

/// `application/json` that is written already.
pub(crate) fn written(status: StatusCode, json: Vec<u8>) -> Response {
    let mut response = Response::new(Body::from(json));
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response
}

/// 200 with a small answer.
pub(crate) fn ok<T: Serialize>(value: &T) -> Response {
    json(StatusCode::OK, value, 512)
}

/// 201 with the row and where it can be read.
pub(crate) fn created<T: Serialize>(value: &T, location: &str) -> Response {
    let mut response = json(StatusCode::CREATED, value, 512);
    if let Ok(location) = HeaderValue::from_str(location) {
        response.headers_mut().insert(LOCATION, location);
    }
    response
}
