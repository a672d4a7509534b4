//! What stands of rows that changes are held against before they are written.

use std::collections::HashMap;

use clickhouse::{RowOwned, RowRead};
use nova_core::error::Result;
use nova_core::model::RowKey;

use super::IDS_MAX;
use super::rows::{OP, Placement, key};
use crate::store::clickhouse::ClickHouse;

/// How the rows of one table are asked for.
pub(super) struct Question<T> {
    pub(super) sql: &'static str,
    /// The parameter that takes the ids.
    pub(super) ids: &'static str,
    /// The id that a change of this table names.
    pub(super) of_change: fn(RowKey) -> Option<u128>,
    pub(super) of_row: fn(&T) -> u128,
}

/// The rows that these changes are about, by id; those that are not there are not among them.
pub(super) async fn standing<T: RowOwned + RowRead>(
    db: &ClickHouse,
    changes: &[Placement<'_>],
    question: &Question<T>,
) -> Result<HashMap<u128, T>> {
    let mut ids: Vec<u128> =
        changes.iter().filter_map(|(change, _)| (question.of_change)(key(change))).collect();
    ids.sort_unstable();
    ids.dedup();
    let mut found = HashMap::new();
    for ids in ids.chunks(IDS_MAX) {
        let query = db.query(question.sql).param(question.ids, ids);
        for row in db.rows::<T>(OP, query).await? {
            found.insert((question.of_row)(&row), row);
        }
    }
    Ok(found)
}
