//! The questions to both sides.

use std::collections::BTreeMap;

use clickhouse::Row;
use clickhouse::query::Query;
use nova_core::error::{Error, Kind, Result};
use nova_core::model::{Id, Table};
use serde::Deserialize;

use super::compare::Line;
use super::shape::{Column, Shape, kept_table, key, quoted};
use super::{Key, OP, Rows};

/// Rows of one page.
const PAGE: i64 = 20_000;
/// Rows of the store in the range of one page, looked at one by one; where it has more, those are found once these
/// are mended.
const KEPT_MAX: usize = 40_000;

/// Keys behind one and up to another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Range {
    after: Option<Key>,
    upto: Option<Key>,
}

impl Range {
    pub(super) const fn all() -> Self {
        Self { after: None, upto: None }
    }

    pub(super) fn upto(&self, last: Key) -> Self {
        Self { after: self.after.clone(), upto: Some(last) }
    }

    /// What comes behind it, if it has an end.
    pub(super) fn behind(&self) -> Option<Self> {
        self.upto.clone().map(|last| Self { after: Some(last), upto: None })
    }
}

/// A page of the source.
#[derive(Debug)]
pub(super) struct Page {
    pub(super) n: u64,
    pub(super) sum: String,
    pub(super) last: Option<String>,
}

impl Page {
    /// There may be another.
    pub(super) const fn is_full(&self) -> bool {
        self.n >= PAGE.unsigned_abs()
    }
}

#[derive(Debug, PartialEq, Eq, Row, Deserialize)]
struct Summed {
    n: u64,
    sum: String,
}

#[derive(Debug, Row, Deserialize)]
struct Kept {
    key: String,
    hash: i64,
}

fn corrupt(error: tokio_postgres::Error) -> Error {
    Error::new(Kind::Corrupt, OP, "PostgreSQL answered in another shape than was asked for")
        .with_source(error)
}

/// An id as its column has it.
fn literal(id: u128) -> String {
    let id = Id::from_bits(id);
    id.as_integer().map_or_else(|| id.to_string(), |integer| integer.to_string())
}

impl Rows<'_> {
    /// How a table is read; or why it cannot be.
    pub(super) async fn shape(&self, table: Table) -> Result<std::result::Result<Shape, String>> {
        let names = self.mapping.of(table);
        let name = format!("public.{}", quoted(names.table()));
        let found = self.social.ask(OP, include_str!("sql/columns.sql"), &[&name]).await?;
        if found.is_empty() {
            return Ok(Err("it is not there, and the store has rows of it".to_owned()));
        }
        let mut columns = BTreeMap::<String, Column>::new();
        for row in found {
            let name = row.try_get(0).map_err(corrupt)?;
            columns.insert(name, (row.try_get(1).map_err(corrupt)?, row.try_get(2).map_err(corrupt)?));
        }
        Ok(Shape::of(table, names, &columns))
    }

    /// Has the store no rows of a table?
    pub(super) async fn is_empty(&self, table: Table) -> Result<bool> {
        let sql = include_str!("sql/any.sql").replace("/* table */", &kept_table(table));
        let any: u8 = self.store.row(OP, self.store.query(&sql)).await?;
        Ok(any == 0)
    }

    /// Up to where the source has written its log.
    pub(super) async fn reached(&self) -> Result<u64> {
        let sql = "select (pg_current_wal_insert_lsn() - '0/0'::pg_lsn)::bigint";
        let rows = self.social.ask(OP, sql, &[]).await?;
        let reached = rows.first().map(|row| row.try_get::<_, i64>(0)).transpose().map_err(corrupt)?;
        Ok(reached.unwrap_or(0).unsigned_abs())
    }

    /// Count and sum of the source's rows behind the beginning of the range, and where the page ends.
    pub(super) async fn page(&self, shape: &Shape, range: &Range) -> Result<Page> {
        let rows = self.ask_source(include_str!("sql/page.sql"), shape, range).await?;
        let row = rows.first().ok_or_else(|| Error::new(Kind::Corrupt, OP, "a count has no row"))?;
        let n: i64 = row.try_get(0).map_err(corrupt)?;
        Ok(Page {
            n: n.unsigned_abs(),
            sum: row.try_get(1).map_err(corrupt)?,
            last: row.try_get(2).map_err(corrupt)?,
        })
    }

    /// The source's rows of the range, in order.
    pub(super) async fn lines(&self, shape: &Shape, range: &Range) -> Result<Vec<Line>> {
        let rows = self.ask_source(include_str!("sql/lines.sql"), shape, range).await?;
        rows.iter()
            .map(|row| Ok((row.try_get(0).map_err(corrupt)?, row.try_get(1).map_err(corrupt)?)))
            .collect()
    }

    async fn ask_source(&self, sql: &str, shape: &Shape, range: &Range) -> Result<Vec<tokio_postgres::Row>> {
        let columns = shape.source_key.join(", ");
        let bound = |start: usize| {
            let types = shape.source_types.iter().enumerate();
            types.map(|(at, of)| format!("${}::text::{of}", start + at)).collect::<Vec<_>>().join(", ")
        };
        let mut terms = Vec::new();
        let mut values = Vec::new();
        for (bounding, sign) in [(&range.after, ">"), (&range.upto, "<=")] {
            if let Some(Key(ids)) = bounding {
                terms.push(format!("({columns}) {sign} ({})", bound(2 + values.len())));
                values.extend(ids.iter().map(|id| literal(*id)));
            }
        }
        let terms = if terms.is_empty() { "true".to_owned() } else { terms.join(" and ") };
        let sql = sql
            .replace("/* key */", &shape.source_key_text)
            .replace("/* line */", &shape.source_line)
            .replace("/* table */", &shape.source_table)
            .replace("/* after */", &terms)
            .replace("/* columns */", &columns);
        let mut given: Vec<&(dyn tokio_postgres::types::ToSql + Sync)> = vec![&PAGE];
        given.extend(values.iter().map(|value| value as &(dyn tokio_postgres::types::ToSql + Sync)));
        self.social.ask(OP, &sql, &given).await
    }

    /// Count and sum of the store's rows of the range.
    pub(super) async fn kept(&self, shape: &Shape, range: &Range) -> Result<(u64, String)> {
        let query = self.ask_kept(include_str!("sql/kept_page.sql"), shape, range);
        let Summed { n, sum } = self.store.row(OP, query).await?;
        Ok((n, sum))
    }

    /// The store's rows of the range, in order.
    pub(super) async fn kept_lines(&self, shape: &Shape, range: &Range) -> Result<Vec<Line>> {
        let query = self.ask_kept(include_str!("sql/kept_lines.sql"), shape, range).param("limit", KEPT_MAX);
        let kept: Vec<Kept> = self.store.rows(OP, query).await?;
        Ok(kept.into_iter().map(|Kept { key, hash }| (key, hash)).collect())
    }

    fn ask_kept(&self, sql: &str, shape: &Shape, range: &Range) -> Query {
        let columns = key(shape.table);
        let bound = |name: &str| {
            let ids = (0..columns.len()).map(|at| format!("{{{name}_{}:UInt128}}", ["a", "b"][at]));
            ids.collect::<Vec<_>>().join(", ")
        };
        let tuple = columns.join(", ");
        let first = match &range.after {
            Some(_) => format!("tuple({tuple}) > tuple({})", bound("first")),
            None => "1".to_owned(),
        };
        let last = match &range.upto {
            Some(_) => format!("tuple({tuple}) <= tuple({})", bound("last")),
            None => "1".to_owned(),
        };
        let sql = sql
            .replace("/* key */", &shape.kept_key_text)
            .replace("/* line */", &shape.kept_line)
            .replace("/* table */", &kept_table(shape.table))
            .replace("/* first */", columns[0])
            .replace("/* range */", &format!("{first} and {last}"));
        let (least, most) = (Key(vec![0; 2]), Key(vec![u128::MAX; 2]));
        let Key(from) = range.after.as_ref().unwrap_or(&least);
        let Key(to) = range.upto.as_ref().unwrap_or(&most);
        let mut query = self.store.query(&sql).param("first_a", from[0]).param("last_a", to[0]);
        if columns.len() > 1 {
            query = query.param("first_b", from[1]).param("last_b", to[1]);
        }
        query
    }

    /// Lets the source send these rows again; gives how many it has.
    pub(super) async fn touch(&self, shape: &Shape, keys: &[&Key]) -> Result<u64> {
        let column = &shape.source_key[0];
        let equal = |at: usize| {
            let name = ["first", "second"][at];
            format!("t.{} = keys.{name}::{}", shape.source_key[at], shape.source_types[at])
        };
        let equal: Vec<_> = (0..shape.source_key.len()).map(equal).collect();
        let sql = include_str!("sql/touch.sql")
            .replace("/* table */", &shape.source_table)
            .replace("/* column */", column)
            .replace("/* keys */", &equal.join(" and "));
        let part = |at: usize| -> Vec<String> {
            keys.iter().map(|Key(ids)| literal(ids[at.min(ids.len() - 1)])).collect()
        };
        Ok(self.social.ask(OP, &sql, &[&part(0), &part(1)]).await?.len() as u64)
    }

    /// Removes these rows from the store.
    pub(super) async fn remove(&self, shape: &Shape, keys: &[&Key]) -> Result<()> {
        let columns = key(shape.table);
        let gone = match shape.table {
            Table::Users | Table::Posts | Table::Comments => "1 as gone,",
            _ => "",
        };
        let ids =
            |Key(ids): &Key| ids.iter().map(|id| format!("toUInt128('{id}')")).collect::<Vec<_>>().join(", ");
        let keys: Vec<_> = keys.iter().map(|key| format!("tuple({})", ids(key))).collect();
        let sql = include_str!("sql/remove.sql")
            .replace("/* table */", &kept_table(shape.table))
            .replace("/* gone */", gone)
            .replace("/* columns */", &columns.join(", "))
            .replace("/* keys */", &keys.join(", "));
        let statement = self.store.statement(&sql);
        let statement = statement.with_setting("insert_deduplicate", "0").with_setting("async_insert", "0");
        self.store.run_query(OP, statement.with_setting("wait_end_of_query", "1")).await
    }
}
