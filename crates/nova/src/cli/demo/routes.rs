//! What the page asks beside the API: whom to look at, and the figures.

use std::sync::Arc;

use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use nova_lab::world::World;
use nova_lab::world::person::Person;
use serde_json::{Value, json};

use super::figures::Figures;
use crate::app::Ports;

/// People that the page suggests to look through the eyes of.
const VIEWERS: usize = 12;
/// Tastes that are named of each.
const TASTES: usize = 3;

/// `/demo/viewers` and `/demo/figures`.
pub(super) fn router(ports: &Ports, world: &Arc<World>, figures: &Arc<Figures>) -> Router {
    let viewers = Arc::new(viewers(world));
    let (store, figures) = (Arc::clone(&ports.store), Arc::clone(figures));
    Router::new().route("/demo/viewers", get(move || std::future::ready(Json(Value::clone(&viewers))))).route(
        "/demo/figures",
        get(move || {
            let (store, figures) = (Arc::clone(&store), Arc::clone(&figures));
            async move { answer(&*store, &figures).await }
        }),
    )
}

async fn answer(store: &dyn crate::store::FeedStore, figures: &Figures) -> Response {
    match store.size().await {
        Ok(size) => Json(figures.json(&size)).into_response(),
        Err(error) => {
            tracing::warn!(error = ?error, "the figures could not be read");
            StatusCode::SERVICE_UNAVAILABLE.into_response()
        }
    }
}

fn viewers(world: &World) -> Value {
    let showcase = world.showcase();
    let others = world.people().iter().filter(|person| showcase.is_none_or(|first| first.id != person.id));
    let items: Vec<Value> =
        showcase.into_iter().chain(others).take(VIEWERS).map(|person| viewer(world, person)).collect();
    json!({ "items": items })
}

fn viewer(world: &World, person: &Person) -> Value {
    let taste: Vec<&str> =
        person.tastes.strongest(TASTES).into_iter().map(|topic| world.topic_name(topic)).collect();
    json!({"id": person.id, "handle": person.handle, "display_name": person.display_name, "taste": taste})
}
