//! Is the server new enough? Asked by a check alone: a start does not wait for a cache.

use nova_core::error::{Error, Kind, Result};
use redis::InfoDict;
use redis::aio::ConnectionManager;

use crate::version::Oldest;

/// `GETEX` reads and prolongs in one exchange since. Valkey names the Redis that it does as much as.
pub(super) const OLDEST: Oldest =
    Oldest { server: "Redis", version: (6, 2), lacks: "GETEX, without which slates are not found again" };

/// Tells a server that is older. One that does not say, as its account may not ask, is not judged: what it cannot do
/// fails for itself, and costs time alone.
pub(super) async fn check(connection: &mut ConnectionManager, oldest: &Oldest) -> Result<()> {
    let asked = redis::cmd("INFO").arg("server").query_async::<InfoDict>(connection).await;
    let Some(found) = asked.ok().and_then(|info| info.get::<String>("redis_version")) else { return Ok(()) };
    oldest.wrong(&found).map_or(Ok(()), |line| Err(Error::new(Kind::Conflict, "cache.check", line)))
}
