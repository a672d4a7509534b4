//! What a client is told when there is no answer: `application/problem+json` (RFC 9457).
//!
//! A handler gives a [`Problem`]; the response carries it as an extension, and [`super::request_id`] renders it with
//! the request's id and logs it: once, there. What caused it is logged and never shown.

use std::borrow::Cow;
use std::error::Error as StdError;
use std::sync::Arc;

use axum::http::header::{RETRY_AFTER, WWW_AUTHENTICATE};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use nova_core::error::{Error, Kind};
use serde::Serialize;
use serde_json::{Map, Value};
use utoipa::ToSchema;

use crate::feed::FeedError;

/// When to try again after a 503: what is down is usually back, or known to be down, after a second.
const RETRY_AFTER_S: u16 = 1;

/// Field errors of one problem, and characters of a client's word that one repeats: an answer is not much longer
/// than what it answers.
const ERRORS_MAX: usize = 20;
const NAME_CHARS_MAX: usize = 64;

/// What a handler gives.
pub(crate) type Result<T, E = Problem> = std::result::Result<T, E>;

/// Why a request has no answer. Small, because every handler returns it.
#[derive(Debug)]
pub(crate) struct Problem(Box<Inner>);

#[derive(Debug)]
struct Inner {
    status: StatusCode,
    code: &'static str,
    detail: Cow<'static, str>,
    errors: Vec<FieldError>,
    challenge: Option<&'static str>,
    cause: Option<Box<dyn StdError + Send + Sync>>,
    members: Map<String, Value>,
}

/// What is wrong with one field or parameter.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub(crate) struct FieldError {
    /// The field, parameter or header.
    pub(crate) field: Cow<'static, str>,
    /// A stable word.
    pub(crate) code: &'static str,
    /// The field and the reason, for people.
    pub(crate) detail: Cow<'static, str>,
}

impl FieldError {
    /// `reason` goes on after the field's name: "must have 1 to 5000 characters".
    pub(crate) fn new(field: impl Into<Cow<'static, str>>, code: &'static str, reason: &str) -> Self {
        let mut field = field.into();
        if let Some((end, _)) = field.char_indices().nth(NAME_CHARS_MAX) {
            field = Cow::Owned(format!("{}…", &field[..end]));
        }
        let detail = Cow::Owned(format!("{field} {reason}"));
        Self { field, code, detail }
    }
}

impl Problem {
    pub(crate) fn new(status: StatusCode, code: &'static str, detail: impl Into<Cow<'static, str>>) -> Self {
        Self(Box::new(Inner {
            status,
            code,
            detail: detail.into(),
            errors: Vec::new(),
            challenge: None,
            cause: None,
            members: Map::new(),
        }))
    }

    /// 400: it cannot be read.
    pub(crate) fn malformed(code: &'static str, detail: impl Into<Cow<'static, str>>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, code, detail)
    }

    /// 401, with the challenge that HTTP asks for.
    pub(crate) fn unauthorized(
        challenge: &'static str,
        code: &'static str,
        detail: impl Into<Cow<'static, str>>,
    ) -> Self {
        let mut problem = Self::new(StatusCode::UNAUTHORIZED, code, detail);
        problem.0.challenge = Some(challenge);
        problem
    }

    /// 403.
    pub(crate) fn forbidden(detail: impl Into<Cow<'static, str>>) -> Self {
        Self::new(StatusCode::FORBIDDEN, "forbidden", detail)
    }

    /// 422: read and understood, but not acceptable. Empty `errors` are a defect of the caller.
    pub(crate) fn invalid(mut errors: Vec<FieldError>) -> Self {
        debug_assert!(!errors.is_empty(), "a refusal names its field");
        errors.truncate(ERRORS_MAX);
        let (code, detail) = match errors.as_slice() {
            [only] => (only.code, only.detail.clone()),
            several => {
                ("invalid", several.iter().map(|error| &*error.detail).collect::<Vec<_>>().join("; ").into())
            }
        };
        let mut problem = Self::new(StatusCode::UNPROCESSABLE_ENTITY, code, detail);
        problem.0.errors = errors;
        problem
    }

    /// 500: a defect of ours.
    pub(crate) fn internal(cause: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        Self::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            "internal",
            "something broke; the log has it under the request id",
        )
        .caused_by(cause)
    }

    /// 503 for now.
    pub(crate) fn unavailable(code: &'static str, detail: impl Into<Cow<'static, str>>) -> Self {
        Self::new(StatusCode::SERVICE_UNAVAILABLE, code, detail)
    }

    /// What the log is to say beside it.
    pub(crate) fn caused_by(mut self, cause: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        self.0.cause = Some(cause.into());
        self
    }

    /// Members of its own, beside those that every problem has.
    pub(crate) fn with_members(mut self, members: &impl Serialize) -> Self {
        if let Ok(Value::Object(members)) = serde_json::to_value(members) {
            self.0.members = members;
        }
        self
    }

    pub(super) fn log(&self) {
        let Inner { status, code, detail, cause, .. } = &*self.0;
        let (status, cause) = (status.as_u16(), cause.as_ref().map(tracing::field::debug));
        match status {
            503 => tracing::warn!(http.status = status, code, cause, "a request was turned away: {detail}"),
            500.. => tracing::error!(http.status = status, code, cause, "a request broke: {detail}"),
            _ => tracing::debug!(http.status = status, code, "a request was refused: {detail}"),
        }
    }

    pub(super) fn body<'a>(&'a self, request_id: &'a str) -> ProblemBody<'a> {
        let Inner { status, code, detail, errors, members, .. } = &*self.0;
        ProblemBody {
            r#type: "about:blank",
            title: status.canonical_reason().unwrap_or("Error"),
            status: status.as_u16(),
            detail,
            code,
            request_id,
            errors,
            members,
        }
    }
}

/// RFC 9457, with a stable `code`, the id of the request, and what is wrong with each field.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Problem)]
pub(crate) struct ProblemBody<'a> {
    /// Always `about:blank`: `code` says what it is.
    r#type: &'static str,
    /// The status in words.
    title: &'a str,
    status: u16,
    /// For people: names the field and the reason.
    detail: &'a str,
    /// A stable word for programs.
    code: &'a str,
    /// As in the header `X-Request-Id`.
    request_id: &'a str,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    errors: &'a [FieldError],
    #[serde(flatten)]
    #[schema(ignore)]
    members: &'a Map<String, Value>,
}

impl IntoResponse for Problem {
    /// Status, headers, and the problem itself for [`super::request_id`] to render.
    fn into_response(self) -> Response {
        let mut response = self.0.status.into_response();
        let headers = response.headers_mut();
        if matches!(self.0.status, StatusCode::SERVICE_UNAVAILABLE | StatusCode::TOO_MANY_REQUESTS) {
            headers.insert(RETRY_AFTER, HeaderValue::from(RETRY_AFTER_S));
        }
        if let Some(challenge) = self.0.challenge {
            headers.insert(WWW_AUTHENTICATE, HeaderValue::from_static(challenge));
        }
        response.extensions_mut().insert(Arc::new(self));
        response
    }
}

impl From<Error> for Problem {
    /// A port's code, field and detail are made for clients; its source and the name of the call are not.
    fn from(error: Error) -> Self {
        let detail = error.detail().to_owned();
        match error.kind() {
            Kind::Corrupt => Self::internal(error),
            Kind::Unavailable | Kind::Timeout => Self::unavailable(error.code(), detail).caused_by(error),
            kind => {
                let status = StatusCode::from_u16(kind.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
                let mut problem = Self::new(status, error.code(), detail.clone());
                if !error.field().is_empty() {
                    let field = Cow::Borrowed(error.field());
                    problem.0.errors.push(FieldError { field, code: error.code(), detail: detail.into() });
                }
                problem
            }
        }
    }
}

impl From<FeedError> for Problem {
    fn from(error: FeedError) -> Self {
        match error {
            FeedError::CursorInvalid => cursor_invalid(),
            FeedError::CursorExpired => Self::malformed("cursor_expired", error.to_string()),
            FeedError::Port(error) => error.into(),
        }
    }
}

/// Forged, of another list, or of another caller: nobody is told which.
pub(crate) fn cursor_invalid() -> Problem {
    Problem::malformed("cursor_invalid", FeedError::CursorInvalid.to_string())
}
