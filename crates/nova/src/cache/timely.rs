//! A cache that does not answer in time has failed: nothing that it is asked for is worth waiting for.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use nova_core::error::{Error, Kind, Result};

use super::{Asked, Cache, Space};
use crate::deadline;
use crate::guard::Watch;

/// A cache whose every call has a deadline.
pub struct Timely {
    inner: Arc<dyn Cache>,
    deadline: Duration,
    /// Of a cache that is not in this process.
    watch: Option<Arc<Watch>>,
}

impl Timely {
    /// Calls that take longer than `deadline` fail with `Timeout`.
    #[must_use]
    pub fn new(inner: Arc<dyn Cache>, deadline: Duration) -> Self {
        Self { inner, deadline, watch: None }
    }

    /// The same for a cache on another machine: the watch's deadline, and its breaker, so that one that hangs costs
    /// its deadline a few times and not with every request.
    #[must_use]
    pub fn watched(inner: Arc<dyn Cache>, deadline: Duration, watch: Arc<Watch>) -> Self {
        Self { inner, deadline, watch: Some(watch) }
    }

    async fn call<T>(&self, op: &'static str, call: impl Future<Output = Result<T>> + Send) -> Result<T> {
        match &self.watch {
            Some(watch) => watch.call(op, call).await,
            None => self.within(op, call).await,
        }
    }

    async fn within<T>(&self, op: &'static str, call: impl Future<Output = Result<T>> + Send) -> Result<T> {
        match deadline::within(self.deadline, call).await {
            Ok(outcome) => outcome,
            Err(_) => Err(Error::new(Kind::Timeout, op, "the cache did not answer within its deadline")),
        }
    }
}

#[async_trait]
impl Cache for Timely {
    async fn get(&self, space: Space, key: &str, extend: Option<Duration>) -> Result<Option<Bytes>> {
        self.call("cache.get", self.inner.get(space, key, extend)).await
    }

    async fn get_all(&self, asked: &[Asked<'_>]) -> Result<Vec<Option<Bytes>>> {
        self.call("cache.get_all", self.inner.get_all(asked)).await
    }

    async fn append(
        &self,
        space: Space,
        key: &str,
        piece: Bytes,
        bytes_max: usize,
        ttl: Duration,
    ) -> Result<()> {
        self.call("cache.append", self.inner.append(space, key, piece, bytes_max, ttl)).await
    }

    async fn put(&self, space: Space, key: &str, value: Bytes, ttl: Duration) -> Result<()> {
        self.call("cache.put", self.inner.put(space, key, value, ttl)).await
    }

    async fn put_if_absent(&self, space: Space, key: &str, value: Bytes, ttl: Duration) -> Result<bool> {
        self.call("cache.put_if_absent", self.inner.put_if_absent(space, key, value, ttl)).await
    }

    async fn remove(&self, space: Space, key: &str) -> Result<()> {
        self.call("cache.remove", self.inner.remove(space, key)).await
    }

    async fn remove_if(&self, space: Space, key: &str, value: &[u8]) -> Result<bool> {
        self.call("cache.remove_if", self.inner.remove_if(space, key, value)).await
    }

    async fn check(&self) -> Result<()> {
        // whoever asks whether it is well wants to know how it is now
        self.within("cache.check", self.inner.check()).await
    }
}
