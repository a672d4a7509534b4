//! Connections: how many at once, how long one may keep its place without using it, and their end.
//!
//! The framework's own `serve` bounds neither: whoever opens connections and sends half a request on each would hold
//! them, and this process's open files, for ever.

use std::collections::VecDeque;
use std::pin::pin;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use axum::Router;
use axum::response::Response;
use axum::serve::Listener;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::sync::{AcquireError, Notify, OwnedSemaphorePermit, Semaphore};
use tokio_io_timeout::TimeoutStream;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tower::util::MapResponse;

use crate::config::Server;
use crate::metrics;

/// Bytes of a request's head: the longest token and cursor fit several times. A longer one is answered 431.
const HEAD_BYTES_MAX: usize = 65_536;

/// Between asking one connection to leave and asking another, while nobody has.
const ASK_EVERY: Duration = Duration::from_millis(20);

/// What connections may take; `[server]` of the configuration.
#[derive(Debug, Clone, Copy)]
pub struct Bounds {
    /// Open at once. For the next one the oldest has to leave; until then it waits, and others in the system's queue.
    pub connections_max: usize,
    /// Without the whole head of a request, or with an answer of which the client takes nothing.
    pub idle: Duration,
    /// From a whole head to its answer.
    pub request: Duration,
}

impl From<&Server> for Bounds {
    fn from(keys: &Server) -> Self {
        Self {
            connections_max: keys.connections_max,
            idle: Duration::from_secs(keys.idle_s),
            request: Duration::from_millis(keys.request_ms),
        }
    }
}

/// Answers until `stop` is cancelled, then takes no new connections and ends when the open ones have their answers: at
/// the latest after the time that a request may take, so that nobody who sent half of one is waited for.
pub async fn serve<L: Listener>(mut listener: L, router: Router, bounds: Bounds, stop: CancellationToken) {
    let places = Arc::new(Semaphore::new(bounds.connections_max));
    let mut open = Open::default();
    let connections = TaskTracker::new();
    loop {
        let next = async {
            let (stream, _) = listener.accept().await;
            (stream, place(&places, &mut open).await)
        };
        let (stream, place) = tokio::select! {
            next = next => next,
            () = stop.cancelled() => break,
        };
        let (router, stop, leave) = (router.clone(), stop.clone(), stop.child_token());
        open.push(leave.clone(), bounds.connections_max);
        connections.spawn(async move {
            metrics::connections(1.0);
            converse(stream, router, bounds, &stop, &leave).await;
            metrics::connections(-1.0);
            leave.cancel();
            drop(place);
        });
    }
    // whoever comes now is refused by the system
    drop(listener);
    connections.close();
    connections.wait().await;
}

/// A place for one more, at once or as soon as somebody has left. Whoever is asked to leave does so within the time of
/// one request, and all are asked in turn: this ends. The semaphore is never closed, so there always is a place.
async fn place(places: &Arc<Semaphore>, open: &mut Open) -> Result<OwnedSemaphorePermit, AcquireError> {
    let mut place = pin!(Arc::clone(places).acquire_owned());
    if let Poll::Ready(place) = futures_util::poll!(place.as_mut()) {
        return place;
    }
    loop {
        open.ask_oldest();
        if let Ok(place) = tokio::time::timeout(ASK_EVERY, place.as_mut()).await {
            return place;
        }
    }
}

/// Open connections, the oldest first: each one's request to leave, which it cancels itself when it ends.
#[derive(Default)]
struct Open(VecDeque<CancellationToken>);

impl Open {
    fn push(&mut self, leave: CancellationToken, connections_max: usize) {
        // those that ended by themselves are in the way: at most as many as may be open
        if self.0.len() >= 2 * connections_max {
            self.0.retain(|leave| !leave.is_cancelled());
        }
        self.0.push_back(leave);
    }

    fn ask_oldest(&mut self) {
        while let Some(leave) = self.0.pop_front() {
            if !leave.is_cancelled() {
                return leave.cancel();
            }
        }
    }
}

/// One connection, from its first request to its end. Asked to leave, it ends with its present answer, or its first
/// one: a client that has just connected sends its request in a moment. Where everything stops there is no such moment.
async fn converse<S>(
    stream: S,
    router: Router,
    bounds: Bounds,
    stop: &CancellationToken,
    leave: &CancellationToken,
) where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let mut stream = TimeoutStream::new(stream);
    stream.set_write_timeout(Some(bounds.idle));
    let answered = Arc::new(Notify::new());
    let tell = Arc::clone(&answered);
    let service = MapResponse::new(router, move |answer: Response| {
        tell.notify_one();
        answer
    });
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new()).header_read_timeout(bounds.idle).max_buf_size(HEAD_BYTES_MAX);
    let io = TokioIo::new(Box::pin(stream));
    let mut conversation = pin!(http.serve_connection(io, TowerToHyperService::new(service)));
    tokio::select! {
        biased;
        ended = conversation.as_mut() => return note(ended),
        () = leave.cancelled() => {}
    }
    let end = async {
        tokio::select! {
            biased;
            ended = conversation.as_mut() => return note(ended),
            () = stop.cancelled() => {}
            () = answered.notified() => {}
        }
        conversation.as_mut().graceful_shutdown();
        note(conversation.await);
    };
    // no request takes longer, and half of one is not waited for
    if tokio::time::timeout(bounds.request, end).await.is_err() {
        tracing::debug!("a connection was closed in the middle of a request");
    }
}

fn note(ended: hyper::Result<()>) {
    if let Err(error) = ended {
        tracing::debug!(error = ?error, "a connection broke, or was left by its client");
    }
}
