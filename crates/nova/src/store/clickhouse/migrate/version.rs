//! Is the server new enough? Asked before anything is made in it.

use nova_core::error::{Error, Kind, Result};

use crate::store::clickhouse::ClickHouse;
use crate::version::Oldest;

/// The oldest whose tables, views and questions were tried. What exactly once rests on is tried by the canary on the
/// very server.
pub(super) const OLDEST: Oldest = Oldest {
    server: "ClickHouse",
    version: (25, 8),
    lacks: "the deduplication of inserts behind views on which exactly once rests",
};

/// Refuses a server that is older.
pub(super) async fn check(store: &ClickHouse, oldest: &Oldest) -> Result<()> {
    const OP: &str = "store.version";
    // the database may not be there yet
    let server = store.without_database();
    let found: String = server.row(OP, server.query("SELECT version()")).await?;
    oldest.wrong(&found).map_or(Ok(()), |line| Err(Error::new(Kind::Conflict, OP, line)))
}
