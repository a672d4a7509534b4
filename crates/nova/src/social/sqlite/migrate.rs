//! The shape of the social tables, in numbered steps.
//!
//! The version stands in a table of its own: `pragma user_version` is that of the whole file, which the log shares.

use nova_core::error::{Error, Kind, Result};
use rusqlite::{Connection, OptionalExtension, TransactionBehavior};

use crate::sqlite::failure;

const OP: &str = "social.open";

/// Step n brings the tables from version n - 1 to version n. Steps that were released are never edited.
const STEPS: [&str; 1] = [include_str!("migrations/0001_tables.sql")];

/// Brings the tables to the present shape, all steps or none.
///
/// # Errors
/// `Rejected` when a newer Nova wrote them: they may hold what this one would not keep right.
pub(super) fn migrate(connection: &mut Connection) -> Result<()> {
    let refused = |error| failure(OP, error);
    let transaction =
        connection.transaction_with_behavior(TransactionBehavior::Immediate).map_err(refused)?;
    let version = version(&transaction).map_err(refused)?;
    if version > STEPS.len() {
        let known = STEPS.len();
        let why = format!(
            "the social tables have version {version} of a newer program; this one knows up to {known}"
        );
        return Err(Error::new(Kind::Rejected, OP, why));
    }
    for step in &STEPS[version..] {
        transaction.execute_batch(step).map_err(refused)?;
    }
    transaction
        .execute("insert or replace into social_version (id, version) values (1, ?1)", [STEPS.len() as i64])
        .map_err(refused)?;
    transaction.commit().map_err(refused)
}

/// 0 where there are no tables yet.
fn version(connection: &Connection) -> rusqlite::Result<usize> {
    connection.execute_batch(include_str!("migrations/0000_version.sql"))?;
    let version = connection
        .query_row("select version from social_version", [], |row| row.get::<_, i64>(0))
        .optional()?
        .unwrap_or(0);
    Ok(usize::try_from(version).unwrap_or(usize::MAX))
}
