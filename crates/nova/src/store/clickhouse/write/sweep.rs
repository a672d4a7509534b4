//! Interactions that came before their post find their author.

use clickhouse::Row;
use nova_core::error::Result;
use serde::Deserialize;

use crate::store::clickhouse::rows::{Awaited, Interaction};
use crate::store::clickhouse::{ClickHouseStore, rows};

const OPEN: &str = include_str!("../sql/awaited.sql");
const OP: &str = "store.sweep_authors";

#[derive(Debug, Row, Deserialize)]
struct Open {
    post_id: u128,
    user_id: u128,
    kind: i8,
    id: u128,
    day: i32,
    at: i64,
    counts: u8,
    version: u128,
    moved: u8,
    author: u128,
}

impl ClickHouseStore {
    /// Gives interactions that were written before their post was known their author, at most `limit` of them, and
    /// says how many: as many as `limit` means that there may be more. Run twice, or by two at once, it changes
    /// nothing more.
    ///
    /// # Errors
    /// `Unavailable` and `Timeout` may be repeated; what was not moved is moved by the next call.
    pub async fn sweep_authors(&self, limit: usize) -> Result<usize> {
        let query = self.db.query(OPEN).param("limit", limit);
        let open: Vec<Open> = self.db.rows(OP, query).await?;
        let interactions: Vec<Interaction> = open.iter().map(interaction).collect();
        self.db.insert::<Interaction>(OP, &interactions, None).await?;
        // only when they stand where they are asked for
        let moved: Vec<Awaited> = open.into_iter().map(awaited).collect();
        self.db.insert::<Awaited>(OP, &moved, None).await?;
        Ok(moved.len())
    }
}

const fn interaction(open: &Open) -> Interaction {
    rows::Interaction {
        user_id: open.user_id,
        kind: open.kind,
        id: open.id,
        author_id: open.author,
        day: open.day,
        at: open.at,
        counts: open.counts,
        version: open.version,
    }
}

const fn awaited(open: Open) -> Awaited {
    let Open { post_id, user_id, kind, id, day, at, counts, version, moved, .. } = open;
    rows::Awaited { post_id, user_id, kind, id, day, at, counts, version, moved }
}
