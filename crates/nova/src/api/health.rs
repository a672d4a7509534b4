//! Is the process there, and can it work?

use std::time::Duration;

use axum::extract::State;
use axum::http::header::{CONTENT_TYPE, RETRY_AFTER};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use nova_core::error::Result;
use serde::Serialize;
use utoipa::ToSchema;

use super::state::{Api, Shared};
use super::view;
use crate::config::Mode;
use crate::project::Index;

/// How long a part may take to say that it is well.
const CHECK_MAX: Duration = Duration::from_secs(2);
/// Records that the index may be behind and still be called ready: about a second of its work.
const LAG_MAX: u64 = 50_000;

/// Whether the process can work.
#[derive(Serialize, ToSchema)]
pub(crate) struct Readiness {
    /// `ready`, or `not_ready` when a part that is needed fails.
    status: &'static str,
    parts: Vec<Part>,
}

/// One part and its state.
#[derive(Serialize, ToSchema)]
struct Part {
    /// `social`, `log`, `store`, `cache`, `projection`.
    name: &'static str,
    /// `ok`, `failed`, or `lagging`.
    state: &'static str,
    /// Without it the process is not ready. The cache is not: feeds are made without it. Distributed, neither are the
    /// log and the store where the process answers requests, nor the tables where they are a product's own.
    required: bool,
    /// What is wrong.
    #[serde(skip_serializing_if = "Option::is_none")]
    detail: Option<String>,
    /// Records that the index has not applied yet; only of `projection`.
    #[serde(skip_serializing_if = "Option::is_none")]
    lag_records: Option<u64>,
}

/// The process is there.
#[utoipa::path(get, path = "/health/live", tag = "operations",
    responses((status = 200, description = "It is", body = Liveness)))]
pub(crate) async fn live() -> Response {
    view::ok(&Liveness { status: "live" })
}

/// That the process is there.
#[derive(Serialize, ToSchema)]
pub(crate) struct Liveness {
    /// Always `live`.
    status: &'static str,
}

/// The process and its parts can work.
#[utoipa::path(get, path = "/health/ready", tag = "operations",
    responses((status = 200, description = "All that is needed works", body = Readiness),
        (status = 503, description = "Something that is needed does not", body = Readiness)))]
pub(crate) async fn ready(State(api): State<Shared>) -> Response {
    let ports = &api.ports;
    // distributed, feeds are made without them, and a replica that is taken away answers nobody
    let needed = api.services.config.mode() == Mode::Embedded || !api.product;
    // a product's are not asked by any request
    let tables = !api.services.config.change.is_of_a_product();
    let (social, log, store, cache, projection) = tokio::join!(
        checked("social", tables, ports.social.check()),
        checked("log", needed, ports.log.check()),
        checked("store", needed, ports.store.check()),
        checked("cache", false, ports.cache.check()),
        projection(&api),
    );
    let parts = [social, log, store, cache].into_iter().chain(projection).chain(consumer(&api)).collect();
    answer(parts)
}

fn answer(parts: Vec<Part>) -> Response {
    if parts.iter().any(|part| part.required && part.state != "ok") {
        let answer = Readiness { status: "not_ready", parts };
        let mut response = view::json(StatusCode::SERVICE_UNAVAILABLE, &answer, 512);
        response.headers_mut().insert(RETRY_AFTER, HeaderValue::from_static("1"));
        return response;
    }
    view::ok(&Readiness { status: "ready", parts })
}

async fn checked(name: &'static str, required: bool, check: impl Future<Output = Result<()>>) -> Part {
    let (state, detail) = match tokio::time::timeout(CHECK_MAX, check).await {
        Ok(Ok(())) => ("ok", None),
        Ok(Err(error)) => ("failed", Some(error.detail().to_owned())),
        Err(_) => ("failed", Some(format!("no answer within {} s", CHECK_MAX.as_secs()))),
    };
    Part { name, state, required, detail, lag_records: None }
}

/// What carries the log into the shared store, where this process does.
fn consumer(api: &Api) -> Option<Part> {
    let halted = api.services.halted.as_ref()?();
    let state = if halted.is_empty() { "ok" } else { "failed" };
    let detail = (!halted.is_empty()).then(|| halted.join("; "));
    Some(Part { name: "consumer", state, required: true, detail, lag_records: None })
}

/// How far the index of this process is behind the log, where it has one.
async fn projection(api: &Api) -> Option<Part> {
    if api.services.fence.index() == Index::Absent {
        return None;
    }
    // where a shared store stands behind the index, requests are answered without it
    let required = api.services.fence.index() == Index::Alone;
    let part = |state, detail, lag_records| Part { name: "projection", state, required, detail, lag_records };
    Some(match tokio::time::timeout(CHECK_MAX, api.ports.log.ends()).await {
        Ok(Ok(ends)) => {
            let lag = ends.lag_of(&api.services.progress.applied());
            let behind = || format!("the index is {lag} records behind");
            if lag > LAG_MAX || !api.services.fence.has_started() {
                part("lagging", Some(behind()), Some(lag))
            } else {
                part("ok", None, Some(lag))
            }
        }
        Ok(Err(_)) | Err(_) => part("failed", Some("the log does not say where it ends".to_owned()), None),
    })
}

/// Every metric, for Prometheus.
#[utoipa::path(get, path = "/metrics", tag = "operations",
    responses((status = 200, description = "Text exposition format", content_type = "text/plain", body = String)))]
pub(crate) async fn metrics(State(api): State<Shared>) -> Response {
    let text = HeaderValue::from_static("text/plain; version=0.0.4; charset=utf-8");
    ([(CONTENT_TYPE, text)], api.metrics.render()).into_response()
}
