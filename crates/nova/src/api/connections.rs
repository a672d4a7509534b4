//! Connections: how many at once, how long one may keep its place without using it, and their end.
//!
//! The framework's own `serve` bounds neither: whoever opens connections and sends half a request on each would hold
//! them, and this process's open files, for ever.

use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::serve::Listener;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::sync::Semaphore;
use tokio_io_timeout::TimeoutStream;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::config::Server;
use crate::metrics;

/// Bytes of a request's head: the longest token and cursor fit several times. A longer one is answered 431.
const HEAD_BYTES_MAX: usize = 65_536;

/// What connections may take; `[server]` of the configuration.
#[derive(Debug, Clone, Copy)]
pub struct Bounds {
    /// Open at once; the next one waits in the system's queue until one of them ends.
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
    let connections = TaskTracker::new();
    loop {
        let next = async {
            // never closed: it is always given in the end
            let place = Arc::clone(&places).acquire_owned().await;
            (place, listener.accept().await.0)
        };
        let (place, stream) = tokio::select! {
            next = next => next,
            () = stop.cancelled() => break,
        };
        let (router, stop) = (router.clone(), stop.clone());
        connections.spawn(async move {
            metrics::connections(1.0);
            converse(stream, router, bounds, stop).await;
            metrics::connections(-1.0);
            drop(place);
        });
    }
    // whoever comes now is refused by the system
    drop(listener);
    connections.close();
    connections.wait().await;
}

/// One connection, from its first request to its end.
async fn converse<S>(stream: S, router: Router, bounds: Bounds, stop: CancellationToken)
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let mut stream = TimeoutStream::new(stream);
    stream.set_write_timeout(Some(bounds.idle));
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new()).header_read_timeout(bounds.idle).max_buf_size(HEAD_BYTES_MAX);
    let io = TokioIo::new(Box::pin(stream));
    let mut conversation = pin!(http.serve_connection(io, TowerToHyperService::new(router)));
    let ended = tokio::select! {
        biased;
        ended = conversation.as_mut() => Some(ended),
        () = stop.cancelled() => {
            conversation.as_mut().graceful_shutdown();
            tokio::time::timeout(bounds.request, conversation).await.ok()
        }
    };
    if let Some(Err(error)) = ended {
        tracing::debug!(error = ?error, "a connection broke, or was left by its client");
    }
}
