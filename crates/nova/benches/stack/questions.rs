//! What pages cost ClickHouse, by its own log of queries.

use anyhow::Result;
use clickhouse::Row;
use nova::store::clickhouse::ClickHouse;
use serde::Deserialize;

use crate::table::{beside, number};

const QUESTIONS: &str = include_str!("sql/questions.sql");

#[derive(Debug, Row, Deserialize)]
struct Question {
    name: String,
    n: u64,
    processor_ms: f64,
    read_rows: u64,
}

/// Questions and processor time of so many pages, which were asked for since `since`, microseconds since 1970.
pub(crate) async fn report(db: &ClickHouse, pages: u64, since: i64) -> Result<()> {
    db.run("bench", "system flush logs").await?;
    let asked: Vec<Question> = db.rows("bench", db.query(QUESTIONS).param("since", since)).await?;
    let per = |total: f64| total / pages.max(1) as f64;
    let (n, ms) = asked.iter().fold((0, 0.0), |(n, ms), of| (n + of.n, ms + of.processor_ms));
    let each = format!("{} questions a page", number(per(n as f64)));
    beside("processor time of ClickHouse for a page", &format!("{} ms", number(per(ms))), &each);
    for Question { name, n, processor_ms, read_rows } in asked {
        let each = |total: f64| number(total / n.max(1) as f64);
        let on = format!("{} rows each, {} times a page", each(read_rows as f64), number(per(n as f64)));
        beside(&name, &format!("{} ms", each(processor_ms)), &on);
    }
    Ok(())
}
