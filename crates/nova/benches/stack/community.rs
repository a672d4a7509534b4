//! A community in PostgreSQL and in ClickHouse, written by SQL: how it comes there is not what is measured.

use anyhow::Result;
use nova::app::SystemClock;
use nova_core::clock::Clock as _;

use crate::place::Place;
use crate::size::Size;

/// People that each follows, about; some pairs come twice.
const FOLLOWS: u64 = 30;
const POSTGRES: &str = include_str!("sql/postgres.sql");
const CLICKHOUSE: &str = include_str!("sql/clickhouse.sql");
const HISTORY: &str = include_str!("sql/history.sql");

/// Writes people, posts, follows and the events of a week.
pub(crate) async fn write(place: &Place, size: &Size) -> Result<()> {
    let now = SystemClock.now().micros() / 1_000_000;
    let with = |sql: &str| {
        sql.replace("$users", &size.users.to_string())
            .replace("$posts", &size.posts.to_string())
            .replace("$follows", &FOLLOWS.to_string())
            .replace("$history", &size.history.to_string())
            .replace("$now", &now.to_string())
    };
    place.postgres().await?.batch_execute(&with(POSTGRES)).await?;
    let db = place.clickhouse()?;
    for sql in [CLICKHOUSE, HISTORY] {
        for statement in with(sql).split(";\n").filter(|statement| statement.contains("insert")) {
            db.run("bench", statement).await?;
        }
    }
    Ok(())
}
