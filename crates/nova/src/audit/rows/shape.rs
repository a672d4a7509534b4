//! One line of text for each row, written alike by PostgreSQL and by ClickHouse: what the store keeps of it.
//!
//! The line begins with the key, which is 32 digits for each id: lines are in the order of their keys on both sides.

use std::collections::BTreeMap;

use nova_core::model::{Table, Timestamp};

use crate::ingest::change::{TableMapping, columns, key_columns};

/// What a column is, and so how it is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Id,
    Time,
    Text,
    Texts,
    /// A time of deletion, or a flag.
    Gone,
}

/// What the store keeps of a table, beside the key.
const fn kept(table: Table) -> &'static [(&'static str, Kind)] {
    match table {
        Table::Users => &[("deleted_at", Kind::Gone)],
        Table::Posts => &[
            ("author_id", Kind::Id),
            ("created_at", Kind::Time),
            ("lang", Kind::Text),
            ("topics", Kind::Texts),
            ("deleted_at", Kind::Gone),
        ],
        Table::Comments => &[
            ("post_id", Kind::Id),
            ("author_id", Kind::Id),
            ("created_at", Kind::Time),
            ("deleted_at", Kind::Gone),
        ],
        Table::Likes | Table::Follows | Table::Blocks | Table::Mutes | Table::HiddenPosts => {
            &[("created_at", Kind::Time)]
        }
    }
}

/// The key, in the order of the store's table.
pub(super) const fn key(table: Table) -> &'static [&'static str] {
    match table {
        Table::HiddenPosts => &["user_id", "post_id"],
        Table::Likes => &["post_id", "user_id"],
        Table::Follows => &["follower_id", "followee_id"],
        Table::Blocks | Table::Mutes => &["user_id", "target_id"],
        Table::Users | Table::Posts | Table::Comments => &["id"],
    }
}

/// A column of the source: its type, and whether it is never null.
pub(super) type Column = (String, bool);

/// How a table is read on both sides.
#[derive(Debug, Clone)]
pub(super) struct Shape {
    pub(super) table: Table,
    /// The product's names of the key's columns, quoted.
    pub(super) source_key: Vec<String>,
    /// Their types.
    pub(super) source_types: Vec<String>,
    /// The product's name of the table, quoted.
    pub(super) source_table: String,
    /// The key as text.
    pub(super) source_key_text: String,
    /// The line.
    pub(super) source_line: String,
    /// In the store.
    pub(super) kept_key_text: String,
    pub(super) kept_line: String,
}

/// A name as PostgreSQL takes it.
pub(super) fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

impl Shape {
    /// By the columns that the source has.
    ///
    /// # Errors
    /// Why the table cannot be compared.
    pub(super) fn of(
        table: Table,
        names: &TableMapping,
        found: &BTreeMap<String, Column>,
    ) -> Result<Self, String> {
        let theirs = |ours: &str| {
            let position = columns(table).iter().position(|column| *column == ours);
            position.and_then(|position| names.columns().nth(position)).unwrap_or_default().to_owned()
        };
        let column = |ours: &str| found.get(&theirs(ours)).cloned();
        let key = key(table);
        debug_assert_eq!(key.len(), key_columns(table), "the key is whole");
        let (mut source_types, mut source_ids, mut kept_ids) = (Vec::new(), Vec::new(), Vec::new());
        for ours in key {
            let (kind, _) = column(ours).ok_or_else(|| format!("it has no column {}", theirs(ours)))?;
            source_ids.push(source(Kind::Id, &quoted(&theirs(ours)), &kind).ok_or_else(|| {
                format!("its key is of the type {kind}; uuid, bigint, integer and smallint are compared")
            })?);
            source_types.push(kind);
            kept_ids.push(store(Kind::Id, ours));
        }
        let source_key_text = source_ids.join(" || ' ' || ");
        let kept_key_text = format!("concat({}, '')", kept_ids.join(", ' ', "));
        let (mut source_line, mut kept_line) = (vec![source_key_text.clone()], vec![kept_key_text.clone()]);
        for &(ours, kind) in kept(table) {
            // what the product does not have or leaves open, the store makes up by itself
            let Some((of, never_null)) = column(ours) else { continue };
            if kind == Kind::Time && !never_null {
                continue;
            }
            let Some(text) = source(kind, &quoted(&theirs(ours)), &of) else { continue };
            source_line.push(text);
            kept_line.push(store(kind, if kind == Kind::Gone { "gone" } else { ours }));
        }
        Ok(Self {
            table,
            source_key: key.iter().map(|ours| quoted(&theirs(ours))).collect(),
            source_types,
            source_table: format!("public.{}", quoted(names.table())),
            source_key_text,
            source_line: source_line.join(" || '|' || "),
            kept_key_text,
            kept_line: format!("concat({})", kept_line.join(", '|', ")),
        })
    }
}

/// The table in the store.
pub(super) fn kept_table(table: Table) -> String {
    format!("{}_cdc", table.name())
}

/// A column as text, in PostgreSQL; `None` for a type that is not compared.
fn source(kind: Kind, column: &str, of: &str) -> Option<String> {
    let (least, most) = (Timestamp::MIN.micros(), Timestamp::MAX.micros());
    Some(match (kind, of) {
        (Kind::Id, "uuid") => format!("replace({column}::text, '-', '')"),
        // as ids of integers are written everywhere: a prefix and 64 bits
        (Kind::Id, "bigint" | "integer" | "smallint") => {
            format!("'6e6f766100000000' || lpad(to_hex({column}::bigint), 16, '0')")
        }
        (Kind::Time, "timestamp with time zone" | "timestamp without time zone") => format!(
            "(case when {column} = '-infinity' then {least} when {column} = 'infinity' then {most} else \
             least({most}, greatest({least}, extract(epoch from date_trunc('second', {column}))::bigint * 1000000 \
             + extract(microseconds from {column})::bigint % 1000000)) end)::text"
        ),
        (Kind::Text, "text" | "character varying") => format!("coalesce({column}, '')"),
        (Kind::Texts, "text[]" | "character varying[]") => {
            format!("coalesce(array_to_string({column}, chr(31)), '')")
        }
        (Kind::Gone, "boolean") => format!("coalesce({column}, false)::int::text"),
        (Kind::Gone, _) => format!("({column} is not null)::int::text"),
        _ => return None,
    })
}

/// A column as text, in ClickHouse.
fn store(kind: Kind, column: &str) -> String {
    match kind {
        Kind::Id => format!("lower(leftPad(hex({column}), 32, '0'))"),
        Kind::Time => format!("toString(toUnixTimestamp64Micro({column}))"),
        Kind::Text => format!("toString({column})"),
        Kind::Texts => format!("arrayStringConcat({column}, char(31))"),
        Kind::Gone => format!("toString({column})"),
    }
}
