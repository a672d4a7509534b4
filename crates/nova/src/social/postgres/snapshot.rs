//! Every row into the log again.
//!
//! The connector writes what the write-ahead log says, so a row that is updated to what it is comes by the same way as
//! any other change: with a number of its own, in its place among the changes of others, and without a setting of the
//! connector, which a snapshot that is asked of it by a signal would need. The record says `u`, with the whole row.
//! It costs PostgreSQL one more version of each row, which its vacuum takes back.

use deadpool_postgres::ClientWrapper;
use nova_core::error::{Error, Kind, Result};
use nova_core::model::Table;

use super::connect::{Connections, rows};
use super::value::{id, uuid};

const OP: &str = "social.resnapshot";

/// Rows of one transaction: who writes one of them waits a few milliseconds.
const PAGE: i64 = 1_000;
/// Attempts at one page where others write its rows in another order.
const ATTEMPTS_MAX: usize = 5;

/// Gives the number of rows touched.
pub(super) async fn run(connections: &Connections) -> Result<u64> {
    let mut total = 0;
    for table in Table::ALL {
        let mut from = Some((0, 0));
        // ends: each page begins behind the last, in the order of the primary key
        while let Some(start) = from {
            let touched = touched(connections, table, start).await?;
            total += touched.0;
            from = touched.1;
        }
    }
    Ok(total)
}

/// The number of rows of a page, and the key that the next one begins with.
type Touched = (u64, Option<(u128, u128)>);

async fn touched(connections: &Connections, table: Table, from: (u128, u128)) -> Result<Touched> {
    for _ in 0..ATTEMPTS_MAX {
        let lease = connections.lease(OP).await?;
        match lease.answered(page(lease.client(), table, from)).await {
            Err(error) if crowded(&error) => {}
            outcome => return outcome,
        }
    }
    Err(Error::new(
        Kind::Unavailable,
        OP,
        "others write the same rows all the time: try again when less is written",
    ))
}

fn crowded(error: &Error) -> bool {
    let cause =
        std::error::Error::source(error).and_then(|cause| cause.downcast_ref::<tokio_postgres::Error>());
    cause.is_some_and(super::write::is_crowded)
}

async fn page(
    client: &ClientWrapper,
    table: Table,
    (first, second): (u128, u128),
) -> Result<Touched, tokio_postgres::Error> {
    let found = rows(client, question(table), &[&uuid(first), &uuid(second), &PAGE]).await?;
    let count = u64::try_from(found.len()).unwrap_or(u64::MAX);
    let Some(last) = found.last().filter(|_| i64::try_from(found.len()).is_ok_and(|found| found >= PAGE))
    else {
        return Ok((count, None));
    };
    Ok((count, behind(id(last, 0)?.bits(), id(last, 1)?.bits(), is_pair(table))))
}

/// The least key after this one.
fn behind(first: u128, second: u128, pair: bool) -> Option<(u128, u128)> {
    match second.checked_add(1) {
        Some(second) if pair => Some((first, second)),
        _ => first.checked_add(1).map(|first| (first, 0)),
    }
}

const fn is_pair(table: Table) -> bool {
    !matches!(table, Table::Users | Table::Posts | Table::Comments)
}

const fn question(table: Table) -> &'static str {
    match table {
        Table::Users => include_str!("sql/touch_users.sql"),
        Table::Posts => include_str!("sql/touch_posts.sql"),
        Table::Comments => include_str!("sql/touch_comments.sql"),
        Table::Likes => include_str!("sql/touch_likes.sql"),
        Table::Follows => include_str!("sql/touch_follows.sql"),
        Table::Blocks => include_str!("sql/touch_blocks.sql"),
        Table::Mutes => include_str!("sql/touch_mutes.sql"),
        Table::HiddenPosts => include_str!("sql/touch_hidden_posts.sql"),
    }
}
