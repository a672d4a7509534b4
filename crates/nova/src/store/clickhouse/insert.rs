//! One insert: rows as bytes, the settings that make it one block, and a token.

use std::time::Duration;

use clickhouse::{Row, RowOwned, RowWrite};
use nova_core::error::{Error, Kind, Result};
use tokio::time::timeout;

use super::connect::{ClickHouse, failed, seconds};

/// What every insert is sent with, whatever the server's profile says: one insert is one block, views are written with
/// it in one order, and its token is what it is known by, in the table and in the targets of views.
pub(super) fn pinned(deadline: Duration, token: &str) -> impl Iterator<Item = (&'static str, String)> {
    [
        // a block of its own, not one shared with others
        ("async_insert", "0".to_owned()),
        ("insert_deduplicate", "1".to_owned()),
        ("insert_deduplication_token", token.to_owned()),
        ("deduplicate_blocks_in_dependent_materialized_views", "1".to_owned()),
        // a batch is below a million rows and 256 MB
        ("max_insert_block_size", "1048576".to_owned()),
        ("min_insert_block_size_rows", "1048576".to_owned()),
        ("min_insert_block_size_bytes", "1073741824".to_owned()),
        ("max_insert_threads", "1".to_owned()),
        ("input_format_parallel_parsing", "0".to_owned()),
        ("parallel_view_processing", "0".to_owned()),
        ("materialized_views_ignore_errors", "0".to_owned()),
        // answered when it is done
        ("wait_end_of_query", "1".to_owned()),
        ("max_execution_time", seconds(deadline)),
    ]
    .into_iter()
}

impl ClickHouse {
    /// Writes rows to a table as one block. An error with `kind().retry()` leaves open whether they are written;
    /// another: they are not. No rows: nothing is sent.
    ///
    /// # Errors
    /// As [`failed`] says.
    pub(super) async fn insert<T>(&self, op: &'static str, table: &str, rows: &[T], token: &str) -> Result<()>
    where
        T: RowOwned + RowWrite + Row + for<'a> Row<Value<'a> = T>,
    {
        if rows.is_empty() {
            return Ok(());
        }
        let deadline = self.insert_deadline();
        let write = async {
            // names, but no types, go with the rows: `verify` holds the types against the tables
            let client = self.client().clone().with_validation(false);
            let mut insert = client.insert::<T>(table).await?;
            for (name, value) in pinned(deadline, token) {
                insert = insert.with_setting(name, value);
            }
            for row in rows {
                insert.write(row).await?;
            }
            insert.end().await
        };
        match timeout(deadline, write).await {
            Ok(written) => written.map_err(failed(op)),
            Err(_) => {
                let detail =
                    format!("ClickHouse did not confirm the insert within {} ms", deadline.as_millis());
                Err(Error::new(Kind::Timeout, op, detail))
            }
        }
    }
}
