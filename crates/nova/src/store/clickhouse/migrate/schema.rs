//! What must be there, read from the steps themselves, and what is there.

use std::collections::{HashMap, HashSet};

use clickhouse::Row;
use nova_core::error::Result;
use serde::Deserialize;

use super::{OP, STEPS, statements};
use crate::store::clickhouse::ClickHouse;

/// Inserts that a table remembers. With 12 partitions and an insert a second in each, a quarter of it lasts for half
/// an hour: longer than any consumer takes to come back with the same token.
pub(super) const WINDOW: u64 = 100_000;

const TABLES: &str = "SELECT name, engine, sorting_key, create_table_query FROM system.tables
                      WHERE database = currentDatabase() LIMIT 10000";
const COLUMNS: &str = "SELECT table, name, type FROM system.columns
                       WHERE database = currentDatabase() LIMIT 100000";

#[derive(Debug, Row, Deserialize)]
struct Found {
    name: String,
    engine: String,
    sorting_key: String,
    create_table_query: String,
}

#[derive(Debug, Row, Deserialize)]
struct Column {
    table: String,
    name: String,
    r#type: String,
}

/// A table or a view as a step makes it.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Wanted<'a> {
    Table {
        name: &'a str,
        engine: &'a str,
        sorted_by: String,
        columns: Vec<(&'a str, String)>,
        windowed: bool,
    },
    View {
        name: &'a str,
        to: &'a str,
    },
}

pub(super) async fn deviations(store: &ClickHouse) -> Result<Vec<String>> {
    let tables: Vec<Found> = store.rows(OP, store.query(TABLES)).await?;
    let columns: Vec<Column> = store.rows(OP, store.query(COLUMNS)).await?;
    let tables: HashMap<&str, &Found> = tables.iter().map(|table| (table.name.as_str(), table)).collect();
    let columns: HashMap<(&str, &str), &str> = columns
        .iter()
        .map(|column| ((column.table.as_str(), column.name.as_str()), column.r#type.as_str()))
        .collect();
    let mut deviations = Vec::new();
    let mut known = HashSet::new();
    let steps =
        STEPS.iter().flat_map(|step| statements::split(step.sql).into_iter().map(|sql| (step.version, sql)));
    for (step, statement) in steps {
        match wanted(statement) {
            Some(Wanted::Table { name, engine, sorted_by, columns: wanted, windowed }) => {
                match tables.get(name) {
                    None => deviations.push(missing("table", name, step)),
                    Some(found) => {
                        deviations.extend(table(found, engine, &sorted_by, windowed));
                        deviations.extend(wanted.iter().filter_map(|(column, of)| {
                            differs(name, column, of, columns.get(&(name, *column)).copied())
                        }));
                    }
                }
            }
            Some(Wanted::View { name, to }) => {
                known.insert(name);
                match tables.get(name) {
                    None => deviations.push(missing("view", name, step)),
                    Some(found) => deviations.extend(view(found, to)),
                }
            }
            None => {}
        }
    }
    deviations.extend(strangers(&tables, &known));
    Ok(deviations)
}

fn missing(what: &str, name: &str, step: u32) -> String {
    format!(
        "the {what} {name} is missing: run nova migrate; if it says that all is done, {name} was dropped by hand: ALTER \
         TABLE schema_migrations DELETE WHERE version = {step}, and run it again"
    )
}

fn table(found: &Found, engine: &str, sorted_by: &str, windowed: bool) -> Vec<String> {
    let name = &found.name;
    let mut deviations = Vec::new();
    let own = found.engine.trim_start_matches("Replicated").trim_start_matches("Shared");
    if own != engine {
        deviations.push(format!("{name} has the engine {} instead of {engine}: make it anew", found.engine));
    }
    if bare(&found.sorting_key) != bare(sorted_by) {
        deviations.push(format!(
            "{name} is sorted by ({}) instead of ({sorted_by}): questions would read all of it; make it anew",
            found.sorting_key
        ));
    }
    if windowed && window(&found.create_table_query) < WINDOW {
        deviations.push(format!(
            "{name} remembers {} inserts instead of {WINDOW}, so that one that is repeated would count twice: ALTER \
             TABLE {name} MODIFY SETTING non_replicated_deduplication_window = {WINDOW}",
            window(&found.create_table_query)
        ));
    }
    deviations
}

/// The window that a table was made with, or was given later; on a cluster the replicated one.
fn window(create: &str) -> u64 {
    let setting = if create.contains("ENGINE = Replicated") {
        " replicated_deduplication_window = "
    } else {
        " non_replicated_deduplication_window = "
    };
    let (_, rest) = create.split_once(setting).unwrap_or_default();
    rest.split(|c: char| !c.is_ascii_digit()).next().and_then(|digits| digits.parse().ok()).unwrap_or(0)
}

fn differs(table: &str, column: &str, wanted: &str, found: Option<&str>) -> Option<String> {
    match found {
        None => Some(format!(
            "{table} has no column {column}: ALTER TABLE {table} ADD COLUMN {column} {wanted}, or make it anew"
        )),
        Some(found) if bare(found) != bare(wanted) => {
            Some(format!("{table}.{column} is {found} instead of {wanted}: make {table} anew"))
        }
        Some(_) => None,
    }
}

fn view(found: &Found, to: &str) -> Option<String> {
    let name = &found.name;
    if found.engine != "MaterializedView" {
        return Some(format!("{name} is a {} instead of a materialised view: drop it", found.engine));
    }
    let (_, rest) = found.create_table_query.split_once(" TO ")?;
    let target = rest.split([' ', '(']).next().unwrap_or_default();
    let target = target.rsplit('.').next().unwrap_or_default().trim_matches('`');
    (target != to)
        .then(|| format!("the view {name} writes to {target} instead of {to}: drop it, run nova migrate"))
}

/// Somebody's own view on our tables: a target without a window counts a repeated insert twice, and one that fails
/// stops ours.
fn strangers(tables: &HashMap<&str, &Found>, known: &HashSet<&str>) -> Vec<String> {
    let mut deviations = Vec::new();
    for found in tables.values().filter(|found| found.engine == "MaterializedView") {
        let target = found.create_table_query.split_once(" TO ").map(|(_, rest)| {
            let target = rest.split([' ', '(']).next().unwrap_or_default();
            target.rsplit('.').next().unwrap_or_default().trim_matches('`')
        });
        let held =
            target.and_then(|target| tables.get(target)).map_or(0, |to| window(&to.create_table_query));
        if !known.contains(found.name.as_str()) && held < WINDOW {
            deviations.push(format!(
                "the view {} is not Nova's, and its target remembers {held} inserts, so that one that is repeated would \
                 count twice there: give the target non_replicated_deduplication_window = {WINDOW}, or drop the view",
                found.name
            ));
        }
    }
    deviations.sort();
    deviations
}

/// Without what is written differently and means the same.
fn bare(text: &str) -> String {
    text.chars().filter(|c| !c.is_whitespace() && *c != '(' && *c != ')').collect()
}

/// What a statement makes.
pub(super) fn wanted(statement: &str) -> Option<Wanted<'_>> {
    if let Some((_, rest)) = statement.split_once("create materialized view if not exists ") {
        let mut words = rest.split_whitespace();
        let name = words.next()?;
        return words.nth(1).map(|to| Wanted::View { name, to });
    }
    let (_, rest) = statement.split_once("create table if not exists ")?;
    let (name, rest) = rest.split_once(" (\n")?;
    let (columns, rest) = rest.split_once("\n) engine = ")?;
    let engine = rest.split(|c: char| !c.is_alphanumeric()).next()?;
    let (_, rest) = rest.split_once("order by ")?;
    let sorted_by = rest.lines().next()?.trim_matches(['(', ')']).to_owned();
    let columns = parts(columns).into_iter().filter_map(column).collect();
    let windowed = rest.contains("non_replicated_deduplication_window");
    Some(Wanted::Table { name, engine, sorted_by, columns, windowed })
}

/// Name and type of a column; `None` for an index or a projection.
fn column(part: &str) -> Option<(&str, String)> {
    let mut text = part.trim();
    while text.starts_with("--") {
        text = text.split_once('\n')?.1.trim_start();
    }
    let (name, rest) = text.split_once(' ')?;
    let ends = [" comment ", " codec(", " default "];
    let end = ends.iter().filter_map(|word| rest.find(word)).min().unwrap_or(rest.len());
    (!matches!(name, "index" | "projection")).then(|| (name, rest[..end].to_owned()))
}

/// The parts of a list, split at the commas that stand in no brackets and no quotes.
fn parts(list: &str) -> Vec<&str> {
    let (mut parts, mut start, mut depth, mut quoted) = (Vec::new(), 0, 0_u32, false);
    for (at, c) in list.char_indices() {
        match c {
            '\'' => quoted = !quoted,
            '(' if !quoted => depth += 1,
            ')' if !quoted => depth = depth.saturating_sub(1),
            ',' if !quoted && depth == 0 => {
                parts.push(list[start..at].trim());
                start = at + 1;
            }
            _ => {}
        }
    }
    parts.push(list[start..].trim());
    parts
}
