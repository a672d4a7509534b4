//! 7. What leaves: HTTP.
//!
//! ```text
//!   request
//!      |   request_id   an id, a span, the time; renders and logs every problem, a panic among them
//!      |   query        parameters that the endpoint does not describe are refused
//!      |   overload     at most so many at once, for so long         (/api/v1 only)
//!      v   auth, query, body: read into valid values, or refused     (per endpoint)
//!   handler -> social | log | feed -> view
//! ```
//!
//! There are two layers, not one for each line: a layer is a boxed service and a boxed future, and the framework
//! copies everything inside it with each request.

mod advice;
mod auth;
mod body;
mod comments;
mod connections;
pub mod cursor;
mod discover;
mod docs;
mod edges;
mod error;
mod events;
mod feed;
mod health;
mod likes;
mod lists;
mod me;
mod overload;
mod page;
mod posts;
mod query;
mod request_id;
mod state;
mod users;
mod view;

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::http::{Method, StatusCode};
use axum::middleware::from_fn_with_state;
use axum::response::{IntoResponse, Response};
use metrics_exporter_prometheus::PrometheusHandle;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

pub use self::connections::{Bounds, serve};
use self::docs::Document;
use self::error::Problem;
use self::overload::Share;
use self::state::{Api, Shared};
use crate::app::{Ports, Services};

/// Everything that HTTP answers.
pub fn router(ports: Ports, services: Services, metrics: PrometheusHandle) -> Router {
    router_with(ports, services, metrics, Router::new())
}

/// The same, with routes that are not part of the API inside the same layers (the demo's).
pub fn router_with(ports: Ports, services: Services, metrics: PrometheusHandle, beside: Router) -> Router {
    let limit = Duration::from_millis(services.config.server.request_ms);
    let product = product().layer(from_fn_with_state(Share::new(limit), overload::bounded));
    let routes = operations().merge(product);
    layered(routes, page::router(), beside, (ports, services, metrics), true)
}

/// What operators use, for a process that answers no product.
pub fn operations_router(ports: Ports, services: Services, metrics: PrometheusHandle) -> Router {
    layered(operations(), Router::new(), Router::new(), (ports, services, metrics), false)
}

fn layered(
    routes: OpenApiRouter<Shared>,
    page: Router<Shared>,
    beside: Router,
    (ports, services, metrics): (Ports, Services, PrometheusHandle),
    product: bool,
) -> Router {
    let (routes, document) = routes.split_for_parts();
    let api = Arc::new(Api::new(ports, services, Document::new(document), metrics, product));
    routes
        .merge(page)
        .with_state(Arc::clone(&api))
        .merge(beside)
        .fallback(nowhere)
        .method_not_allowed_fallback(not_so)
        .layer(from_fn_with_state(api, request_id::observe))
}

/// The answer of a route beside the API when a port failed.
#[must_use]
pub fn problem(error: nova_core::error::Error) -> Response {
    Problem::from(error).into_response()
}

/// `/api/v1`: what a product's clients use.
fn product() -> OpenApiRouter<Shared> {
    OpenApiRouter::new()
        .routes(routes!(feed::page))
        .routes(routes!(feed::trending))
        .routes(routes!(feed::metrics))
        .routes(routes!(feed::invalidate))
        .routes(routes!(discover::suggested_users))
        .routes(routes!(events::report))
        .routes(routes!(users::create, users::find))
        .routes(routes!(users::show, users::edit, users::delete))
        .routes(routes!(lists::posts_of))
        .routes(routes!(lists::followers))
        .routes(routes!(lists::following))
        .routes(routes!(edges::follow, edges::unfollow))
        .routes(routes!(edges::block, edges::unblock))
        .routes(routes!(edges::mute, edges::unmute))
        .routes(routes!(posts::create))
        .routes(routes!(posts::show, posts::edit, posts::delete))
        .routes(routes!(comments::create, lists::comments))
        .routes(routes!(comments::delete))
        .routes(routes!(likes::like, likes::unlike))
        .routes(routes!(lists::likes))
        .routes(routes!(edges::hide, edges::unhide))
        .routes(routes!(me::show, me::delete))
        .routes(routes!(lists::blocks))
        .routes(routes!(lists::mutes))
        .routes(routes!(lists::hidden))
}

/// What operators use; answered also when the product's share is full.
fn operations() -> OpenApiRouter<Shared> {
    OpenApiRouter::with_openapi(docs::about())
        .routes(routes!(health::live))
        .routes(routes!(health::ready))
        .routes(routes!(health::metrics))
        .routes(routes!(docs::document))
        .routes(routes!(docs::rendered))
}

async fn nowhere() -> Problem {
    Problem::new(
        StatusCode::NOT_FOUND,
        "no_such_path",
        "there is nothing at this path; /docs lists what there is",
    )
}

/// The router adds `Allow`.
async fn not_so(method: Method) -> Response {
    if method == Method::OPTIONS {
        return StatusCode::NO_CONTENT.into_response();
    }
    Problem::new(StatusCode::METHOD_NOT_ALLOWED, "method_not_allowed", "this path does not take this method")
        .into_response()
}
