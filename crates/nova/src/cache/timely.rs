//! A cache that does not answer in time has failed: nothing that it is asked for is worth waiting for.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use nova_core::error::{Error, Kind, Result};

use super::{Cache, Space};
use crate::deadline;

/// A cache whose every call has a deadline.
pub struct Timely {
    inner: Arc<dyn Cache>,
    deadline: Duration,
}

impl Timely {
    /// Calls that take longer than `deadline` fail with `Timeout`.
    #[must_use]
    pub fn new(inner: Arc<dyn Cache>, deadline: Duration) -> Self {
        Self { inner, deadline }
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
        self.within("cache.get", self.inner.get(space, key, extend)).await
    }

    async fn put(&self, space: Space, key: &str, value: Bytes, ttl: Duration) -> Result<()> {
        self.within("cache.put", self.inner.put(space, key, value, ttl)).await
    }

    async fn put_if_absent(&self, space: Space, key: &str, value: Bytes, ttl: Duration) -> Result<bool> {
        self.within("cache.put_if_absent", self.inner.put_if_absent(space, key, value, ttl)).await
    }

    async fn remove(&self, space: Space, key: &str) -> Result<()> {
        self.within("cache.remove", self.inner.remove(space, key)).await
    }

    async fn remove_if(&self, space: Space, key: &str, value: &[u8]) -> Result<bool> {
        self.within("cache.remove_if", self.inner.remove_if(space, key, value)).await
    }

    async fn check(&self) -> Result<()> {
        self.within("cache.check", self.inner.check()).await
    }
}
