//! Leases: kept without an expiry, because the server may evict what has one before its time when memory is short.
//!
//! The value carries the deadline by the server's clock, `<milliseconds since 1970>:<holder>`. What has run out is
//! nobody's; the next holder replaces it. There is one key for each job, so nothing piles up.

use std::time::Duration;

use redis::aio::ConnectionManager;
use redis::{RedisResult, Script};

use super::millis;

/// The server's time, and the holder of a lease that has not run out.
const PRELUDE: &str = "
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local function holder()
  local deadline, value = string.match(redis.call('GET', KEYS[1]) or '', '^(%d+):(.*)$')
  if deadline and tonumber(deadline) > now then return value end
  return false
end
local function keep()
  redis.call('SET', KEYS[1], string.format('%.0f:', now + ARGV[2]) .. ARGV[1])
  return 1
end
";

/// The scripts, each one step for the server.
pub(super) struct Leases {
    read: Script,
    put: Script,
    take: Script,
    give_back: Script,
}

impl Leases {
    pub(super) fn new() -> Self {
        let script = |body: &str| Script::new(&[PRELUDE, body].concat());
        Self {
            read: script("return holder()"),
            put: script("return keep()"),
            take: script("if holder() then return 0 end return keep()"),
            give_back: script("if holder() == ARGV[1] then return redis.call('DEL', KEYS[1]) end return 0"),
        }
    }

    /// Who holds it.
    pub(super) async fn read(&self, to: &mut ConnectionManager, key: &str) -> RedisResult<Option<Vec<u8>>> {
        self.read.key(key).invoke_async(to).await
    }

    /// Gives it to a holder, whoever had it.
    pub(super) async fn put(
        &self,
        to: &mut ConnectionManager,
        key: &str,
        holder: &[u8],
        ttl: Duration,
    ) -> RedisResult<()> {
        self.put.key(key).arg(holder).arg(millis(ttl)).invoke_async(to).await
    }

    /// Gives it to a holder if it is free; says whether it was.
    pub(super) async fn take(
        &self,
        to: &mut ConnectionManager,
        key: &str,
        holder: &[u8],
        ttl: Duration,
    ) -> RedisResult<bool> {
        self.take.key(key).arg(holder).arg(millis(ttl)).invoke_async(to).await
    }

    /// Frees it if this holder has it; says whether it had.
    pub(super) async fn give_back(
        &self,
        to: &mut ConnectionManager,
        key: &str,
        holder: &[u8],
    ) -> RedisResult<bool> {
        self.give_back.key(key).arg(holder).invoke_async(to).await
    }
}
