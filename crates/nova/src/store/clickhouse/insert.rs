//! One insert: rows or columns as bytes, the settings that make it one block, and a token.

use std::time::Duration;

use clickhouse::RowWrite;
use clickhouse::error::Error as Fault;
use clickhouse::native::builder::{BlockBuilder, BlockBuilderError};
use clickhouse::native::{Block, Column};
use nova_core::error::Result;

use super::connect::{ClickHouse, failed, seconds, within};
use super::rows::{Columns, Table};

/// Rows that are turned into columns at once: few enough to stay near the processor.
const ROWS_AT_ONCE: usize = 512;

/// What every insert is sent with, whatever the server's profile says: one insert is one block, views are written with
/// it in one order, and its token is what it is known by, in the table and in the targets of views.
pub(super) fn pinned(
    deadline: Duration,
    token: Option<&str>,
) -> impl Iterator<Item = (&'static str, String)> {
    [
        // a block of its own, not one shared with others
        ("async_insert", "0".to_owned()),
        ("insert_deduplicate", u8::from(token.is_some()).to_string()),
        ("insert_deduplication_token", token.unwrap_or_default().to_owned()),
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
    /// Writes rows to their table as one block, under a token; without one they may be written again, which rows that
    /// carry a rank can bear. An error with `kind().retry()` leaves open whether they are written; another: they are
    /// not. No rows: nothing is sent.
    ///
    /// # Errors
    /// `Unavailable` and `Timeout` may be repeated.
    pub(super) async fn insert<T: Table + RowWrite>(
        &self,
        op: &'static str,
        rows: &[T::Value<'_>],
        token: Option<&str>,
    ) -> Result<()> {
        if rows.is_empty() {
            return Ok(());
        }
        let deadline = self.insert_deadline();
        let write = async {
            // names, but no types, go with the rows: `verify` holds the types against the tables
            let client = self.client().clone().with_validation(false);
            let mut insert = client.insert::<T>(T::TABLE).await?;
            for (name, value) in pinned(deadline, token) {
                insert = insert.with_setting(name, value);
            }
            for row in rows {
                insert.write(row).await?;
            }
            insert.end().await
        };
        within(op, deadline, write).await
    }

    /// The same by column: 50,000 events are read by the server in a tenth of the time that their rows take it, and reading
    /// rows took as long as sorting and writing them.
    ///
    /// # Errors
    /// As [`ClickHouse::insert`].
    pub(super) async fn insert_columns<T: Columns>(
        &self,
        op: &'static str,
        rows: impl Iterator<Item = T>,
        token: Option<&str>,
    ) -> Result<()> {
        let Some(block) = block(rows).map_err(failed(op))? else { return Ok(()) };
        let deadline = self.insert_deadline();
        let write = async {
            // named, or a column that the table lacks would be passed over
            let names: Vec<&str> = block.columns().iter().map(Column::name).collect();
            let mut insert =
                self.client().insert_native_unescaped(&format!("{} ({})", T::TABLE, names.join(", ")));
            for (name, value) in pinned(deadline, token) {
                insert = insert.with_setting(name, value);
            }
            insert.write(&block).await?;
            insert.end().await
        };
        within(op, deadline, write).await
    }
}

/// Rows as columns; `None` where there are no rows.
fn block<T: Columns>(mut rows: impl Iterator<Item = T>) -> clickhouse::error::Result<Option<Block>> {
    let (mut columns, mut some) = (BlockBuilder::new(), Vec::with_capacity(ROWS_AT_ONCE));
    loop {
        some.clear();
        some.extend(rows.by_ref().take(ROWS_AT_ONCE));
        if some.is_empty() {
            break;
        }
        T::add(&some, &mut columns)?;
    }
    match columns.build() {
        Ok(block) => Ok(Some(block)),
        Err(BlockBuilderError::BlockEmpty) => Ok(None),
        Err(wrong) => Err(Fault::InvalidParams(wrong.into())),
    }
}
