//! What keeps one request from taking the others down: a bound on how many run, on how long, and a panic's end.

use std::any::Any;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use tokio::sync::Semaphore;

use super::error::{Problem, Result};
use crate::deadline;

/// Requests of `/api/v1` that are worked on at once; the next one is turned away at once instead of waiting where
/// nobody sees it. At a millisecond each this is a queue of a quarter of a second on two cores. Below
/// `server.connections_max`, of which each has one request at a time: some are left for the operators' questions.
const IN_FLIGHT_MAX: usize = 512;

/// What the requests of `/api/v1` may take.
#[derive(Clone)]
pub(super) struct Share {
    /// How many more may run.
    places: Arc<Semaphore>,
    /// How long one may run; reading its body counts.
    limit: Duration,
}

impl Share {
    pub(super) fn new(limit: Duration) -> Self {
        Self { places: Arc::new(Semaphore::new(IN_FLIGHT_MAX)), limit }
    }
}

/// Turns a request away when too many run, and ends one that takes too long.
pub(super) async fn bounded(State(share): State<Share>, request: Request, next: Next) -> Result<Response> {
    let Ok(_place) = share.places.try_acquire() else {
        return Err(Problem::unavailable("overloaded", "too many requests are being worked on"));
    };
    deadline::within(share.limit, next.run(request)).await.map_err(|_| {
        Problem::unavailable(
            "timeout",
            "the request took too long; what it was to change may or may not be done",
        )
    })
}

/// A panic is a defect: the log has it, the client is told that it is not theirs, the process goes on.
pub(super) fn panicked(panic: Box<dyn Any + Send + 'static>) -> Response {
    let message = panic
        .downcast_ref::<String>()
        .map(String::as_str)
        .or_else(|| panic.downcast_ref::<&str>().copied())
        .unwrap_or("a panic without a message");
    Problem::internal(message.to_owned()).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::Router;
    use axum::body::Body;
    use axum::http::StatusCode;
    use axum::middleware::from_fn_with_state;
    use axum::routing::get;
    use tokio::sync::Notify;
    use tower::ServiceExt as _;

    async fn ask(router: &Router) -> StatusCode {
        router.clone().oneshot(Request::new(Body::empty())).await.expect("infallible").status()
    }

    #[tokio::test]
    async fn one_too_many_is_turned_away_at_once_and_the_place_comes_back() {
        let (entered, leave) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
        let handler = {
            let (entered, leave) = (Arc::clone(&entered), Arc::clone(&leave));
            get(async move || {
                entered.notify_one();
                leave.notified().await;
            })
        };
        let share = Share { places: Arc::new(Semaphore::new(1)), limit: Duration::from_secs(20) };
        let router: Router =
            Router::new().route("/", handler).layer(from_fn_with_state(share.clone(), bounded));
        let first = async {
            let second = async {
                entered.notified().await;
                let refused = ask(&router).await;
                leave.notify_one();
                refused
            };
            tokio::join!(ask(&router), second)
        };
        assert_eq!(first.await, (StatusCode::OK, StatusCode::SERVICE_UNAVAILABLE));
        assert_eq!(share.places.available_permits(), 1);
    }

    #[tokio::test]
    async fn a_request_that_takes_too_long_gives_its_place_back() {
        let share = Share { places: Arc::new(Semaphore::new(1)), limit: Duration::from_millis(10) };
        let router: Router = Router::new()
            .route("/", get(std::future::pending::<()>))
            .layer(from_fn_with_state(share.clone(), bounded));
        assert_eq!(ask(&router).await, StatusCode::SERVICE_UNAVAILABLE);
        assert_eq!(share.places.available_permits(), 1);
    }
}
