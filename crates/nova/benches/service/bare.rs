//! A route of the same framework that returns bytes it was given: what the service's answers are compared with.

use std::net::SocketAddr;

use anyhow::Result;
use axum::Router;
use axum::http::header::CONTENT_TYPE;
use axum::routing::get;
use bytes::Bytes;
use tokio::net::TcpListener;
use tokio::runtime::Runtime;

/// Answers every request with the same bytes until it is dropped.
pub(crate) struct Bare {
    pub(crate) address: SocketAddr,
    _runtime: Runtime,
}

impl Bare {
    pub(crate) fn start(body: Bytes) -> Result<Self> {
        let runtime = tokio::runtime::Builder::new_multi_thread().thread_name("bare").enable_all().build()?;
        let router = Router::new().route(
            "/",
            get(move || std::future::ready(([(CONTENT_TYPE, "application/json")], body.clone()))),
        );
        let listener = runtime.block_on(TcpListener::bind("127.0.0.1:0"))?;
        let address = listener.local_addr()?;
        drop(runtime.spawn(async move { axum::serve(listener, router).await }));
        Ok(Self { address, _runtime: runtime })
    }
}
