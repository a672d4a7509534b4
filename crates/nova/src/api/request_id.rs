//! The outermost layer: every request has an id, a span and a duration, and every problem is rendered and logged
//! here.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;

use axum::extract::{MatchedPath, Request, State};
use axum::http::header::{CACHE_CONTROL, CONTENT_LENGTH, CONTENT_TYPE, X_CONTENT_TYPE_OPTIONS};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use futures_util::FutureExt as _;
use rand::RngExt as _;
use tokio::time::Instant;
use tracing::Instrument as _;
use uuid::Uuid;

use super::error::Problem;
use super::state::Shared;
use super::{overload, query};
use crate::metrics;

const X_REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
/// The longest id that is taken over from a caller.
const ID_BYTES_MAX: usize = 64;

/// Answers a request through everything inside, and sees to what every answer has.
pub(super) async fn observe(State(api): State<Shared>, mut request: Request, next: Next) -> Response {
    let started = Instant::now();
    let id = id_of(request.headers());
    let method = method_name(request.method());
    let matched = request.extensions().get::<MatchedPath>().cloned();
    let route = matched.as_ref().map_or("unmatched", MatchedPath::as_str);
    let span = tracing::info_span!(
        "request",
        request.id = text(&id),
        trace.id = trace_id(request.headers()),
        http.method = method,
        http.route = route,
    );
    let mut response = match query::check(&api.document, &mut request) {
        Ok(()) => {
            let answer = AssertUnwindSafe(next.run(request)).catch_unwind().instrument(span.clone());
            answer.await.unwrap_or_else(overload::panicked)
        }
        Err(problem) => problem.into_response(),
    };
    if let Some(problem) = response.extensions_mut().remove::<Arc<Problem>>() {
        span.in_scope(|| problem.log());
        render(&problem, text(&id), &mut response);
    }
    let headers = response.headers_mut();
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    // answers are for one caller at one moment; what may be kept (the page's files) says so itself
    headers.entry(CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    headers.insert(X_REQUEST_ID, id);
    metrics::answered(method, route, response.status().as_u16(), started.elapsed());
    response
}

fn render(problem: &Problem, id: &str, response: &mut Response) {
    let body = serde_json::to_vec(&problem.body(id)).unwrap_or_default();
    response.headers_mut().remove(CONTENT_LENGTH);
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
    *response.body_mut() = body.into();
}

/// The caller's id if it is sane, else a new one: 128 random bits.
fn id_of(headers: &HeaderMap) -> HeaderValue {
    let sane = |id: &&HeaderValue| {
        (1..=ID_BYTES_MAX).contains(&id.len())
            && id.as_bytes().iter().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b'-'))
    };
    headers.get(X_REQUEST_ID).filter(sane).cloned().unwrap_or_else(|| {
        let bits = Uuid::from_u128(rand::rng().random());
        HeaderValue::from_str(bits.simple().encode_lower(&mut Uuid::encode_buffer()))
            .unwrap_or(HeaderValue::from_static("0"))
    })
}

/// Ids are ASCII, the caller's too.
fn text(id: &HeaderValue) -> &str {
    id.to_str().unwrap_or_default()
}

/// The trace that the caller's request belongs to: W3C Trace Context, `00-{trace id}-{parent id}-{flags}`.
fn trace_id(headers: &HeaderMap) -> Option<&str> {
    let mut parts = headers.get("traceparent")?.to_str().ok()?.split('-');
    let (version, trace, parent) = (parts.next()?, parts.next()?, parts.next()?);
    let hex = |text: &str, length: usize| {
        text.len() == length && text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'))
    };
    let some = |text: &str| text.bytes().any(|b| b != b'0');
    let well_formed = hex(version, 2) && version != "ff" && hex(trace, 32) && hex(parent, 16);
    (well_formed && some(trace) && some(parent)).then_some(trace)
}

/// A closed set, because it labels a metric.
fn method_name(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::HEAD => "HEAD",
        Method::POST => "POST",
        Method::PUT => "PUT",
        Method::PATCH => "PATCH",
        Method::DELETE => "DELETE",
        Method::OPTIONS => "OPTIONS",
        _ => "other",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(name: &'static str, value: &'static str) -> HeaderMap {
        HeaderMap::from_iter([(HeaderName::from_static(name), HeaderValue::from_static(value))])
    }

    #[test]
    fn a_sane_id_is_kept_and_any_other_replaced() {
        assert_eq!(id_of(&headers("x-request-id", "a.B_9-")), "a.B_9-");
        for bad in ["", "a b", "a\"b", "a,b", &"x".repeat(65)] {
            let bad: &'static str = bad.to_owned().leak();
            let id = id_of(&headers("x-request-id", bad));
            assert_eq!(id.len(), 32, "{bad:?} became {id:?}");
        }
        assert_ne!(id_of(&HeaderMap::new()), id_of(&HeaderMap::new()));
    }

    #[test]
    fn a_trace_is_honoured_only_when_it_is_one() {
        let trace = "4bf92f3577b34da6a3ce929d0e0e4736";
        for (value, found) in [
            ("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01", Some(trace)),
            ("cc-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-more", Some(trace)),
            ("ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01", None),
            ("00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01", None),
            ("00-00000000000000000000000000000000-00f067aa0ba902b7-01", None),
            ("00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01", None),
            ("00-4bf9", None),
            ("", None),
        ] {
            assert_eq!(trace_id(&headers("traceparent", value)), found, "{value}");
        }
    }
}
