//! The distributed twin: Redis 6.2 or later (or Valkey), shared by every replica.
//!
//! One multiplexed connection: the commands of concurrent requests go out in one write and come back in one read, so
//! that a pool would only spread them over more sockets. It reconnects by itself; until then every call fails at
//! once, and the feed goes on without a cache. A Redis that has forgotten everything costs time, never an answer.

mod lease;
mod version;
#[cfg(test)]
mod tests;

use std::fmt;
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use nova_core::error::{Error, Kind, Result};
use redis::aio::{ConnectionManager, ConnectionManagerConfig};
use redis::{
    AsyncTypedCommands as _, Client, ErrorKind, ExistenceCheck, Expiry, RedisError, RedisResult, Script,
    SetExpiry, SetOptions,
};

use self::lease::Leases;
use super::{Asked, Cache, Space};

/// Deletes a key if it still holds what the caller put there; compared and deleted in one step.
const REMOVE_IF: &str =
    "if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('DEL', KEYS[1]) end return 0";
/// Adds to the end of a value and keeps the last so many bytes of it, for so many milliseconds.
const APPEND: &str = "
local whole = (redis.call('GET', KEYS[1]) or '') .. ARGV[1]
redis.call('SET', KEYS[1], string.sub(whole, -ARGV[2]), 'PX', ARGV[3])";
/// Attempts to connect beyond the first that one call waits for. The next call tries again.
const RETRIES: usize = 0;

/// How a Redis is reached.
#[derive(Clone)]
pub struct RedisCacheConfig {
    /// `redis://[user:password@]host:port/db`.
    pub url: String,
    /// Goes before every key, so that several installations share a server. May be empty.
    pub prefix: String,
    /// A connection or an answer that takes longer has failed.
    pub deadline: Duration,
}

impl fmt::Debug for RedisCacheConfig {
    /// Without the URL, which may hold a password.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RedisCacheConfig")
            .field("prefix", &self.prefix)
            .field("deadline", &self.deadline)
            .finish_non_exhaustive()
    }
}

/// The cache on Redis.
pub struct RedisCache {
    connection: ConnectionManager,
    prefix: String,
    remove_if: Script,
    append: Script,
    leases: Leases,
}

impl RedisCache {
    /// Prepares the connection; it is made with the first call, so that a start does not wait for a cache.
    ///
    /// # Errors
    /// `Rejected` when the URL is none.
    pub fn open(config: RedisCacheConfig) -> Result<Self> {
        let refused = |error: RedisError| {
            Error::new(Kind::Rejected, "cache.open", "cache.url is not a Redis URL: redis://host:port/db")
                .at("cache.url", "invalid")
                .with_source(error)
        };
        let client = Client::open(config.url).map_err(refused)?;
        let settings = ConnectionManagerConfig::new()
            .set_connection_timeout(Some(config.deadline))
            .set_response_timeout(Some(config.deadline))
            .set_number_of_retries(RETRIES);
        let connection = ConnectionManager::new_lazy_with_config(client, settings).map_err(refused)?;
        Ok(Self {
            connection,
            prefix: config.prefix,
            remove_if: Script::new(REMOVE_IF),
            append: Script::new(APPEND),
            leases: Leases::new(),
        })
    }

    fn key(&self, space: Space, key: &str) -> String {
        [self.prefix.as_str(), space.prefix(), key].concat()
    }
}

/// Redis counts milliseconds, and refuses to keep something for none.
fn millis(ttl: Duration) -> u64 {
    u64::try_from(ttl.as_millis()).unwrap_or(u64::MAX).max(1)
}

fn read(key: String, extend: Option<Duration>) -> redis::Cmd {
    match extend {
        None => redis::Cmd::get(key),
        Some(ttl) => redis::Cmd::get_ex(key, Expiry::PX(millis(ttl))),
    }
}

fn failed(op: &'static str) -> impl Fn(RedisError) -> Error {
    move |error| {
        let (kind, detail) = match error.kind() {
            ErrorKind::AuthenticationFailed => {
                (Kind::Unavailable, "Redis refuses the login: correct user and password in cache.url")
            }
            _ if error.is_timeout() => (Kind::Timeout, "Redis did not answer in time"),
            _ => (Kind::Unavailable, "Redis did not do it"),
        };
        Error::new(kind, op, detail).with_source(error)
    }
}

#[async_trait]
impl Cache for RedisCache {
    async fn get(&self, space: Space, key: &str, extend: Option<Duration>) -> Result<Option<Bytes>> {
        let key = self.key(space, key);
        let mut connection = self.connection.clone();
        let value: RedisResult<Option<Vec<u8>>> = match space {
            Space::Lease => self.leases.read(&mut connection, &key).await,
            _ => read(key, extend).query_async(&mut connection).await,
        };
        Ok(value.map_err(failed("cache.get"))?.map(Bytes::from))
    }

    async fn get_all(&self, asked: &[Asked<'_>]) -> Result<Vec<Option<Bytes>>> {
        if asked.is_empty() {
            return Ok(Vec::new());
        }
        let mut exchange = redis::pipe();
        for one in asked {
            exchange.add_command(read(self.key(one.space, one.key), one.extend));
        }
        let values: RedisResult<Vec<Option<Vec<u8>>>> =
            exchange.query_async(&mut self.connection.clone()).await;
        let values = values.map_err(failed("cache.get_all"))?;
        Ok(values.into_iter().map(|value| value.map(Bytes::from)).collect())
    }

    async fn append(
        &self,
        space: Space,
        key: &str,
        piece: Bytes,
        bytes_max: usize,
        ttl: Duration,
    ) -> Result<()> {
        let key = self.key(space, key);
        let added: RedisResult<()> = self
            .append
            .key(key)
            .arg(piece.as_ref())
            .arg(bytes_max)
            .arg(millis(ttl))
            .invoke_async(&mut self.connection.clone())
            .await;
        added.map_err(failed("cache.append"))
    }

    async fn put(&self, space: Space, key: &str, value: Bytes, ttl: Duration) -> Result<()> {
        let key = self.key(space, key);
        let mut connection = self.connection.clone();
        let kept = match space {
            Space::Lease => self.leases.put(&mut connection, &key, &value, ttl).await,
            _ => connection.pset_ex(key, value.as_ref(), millis(ttl)).await,
        };
        kept.map_err(failed("cache.put"))
    }

    async fn put_if_absent(&self, space: Space, key: &str, value: Bytes, ttl: Duration) -> Result<bool> {
        let key = self.key(space, key);
        let mut connection = self.connection.clone();
        let absent = SetOptions::default()
            .conditional_set(ExistenceCheck::NX)
            .with_expiration(SetExpiry::PX(millis(ttl)));
        let kept = match space {
            Space::Lease => self.leases.take(&mut connection, &key, &value, ttl).await,
            _ => connection.set_options(key, value.as_ref(), absent).await.map(|kept| kept.is_some()),
        };
        kept.map_err(failed("cache.put_if_absent"))
    }

    async fn remove(&self, space: Space, key: &str) -> Result<()> {
        let mut connection = self.connection.clone();
        connection.del(self.key(space, key)).await.map_err(failed("cache.remove")).map(drop)
    }

    async fn remove_if(&self, space: Space, key: &str, value: &[u8]) -> Result<bool> {
        let key = self.key(space, key);
        let mut connection = self.connection.clone();
        let removed = match space {
            Space::Lease => self.leases.give_back(&mut connection, &key, value).await,
            _ => self.remove_if.key(key).arg(value).invoke_async(&mut connection).await,
        };
        removed.map_err(failed("cache.remove_if"))
    }

    async fn check(&self) -> Result<()> {
        let mut connection = self.connection.clone();
        connection.ping().await.map_err(failed("cache.check"))?;
        version::check(&mut connection, &version::OLDEST).await
    }
}
