//! How a product's own tables stand for Nova's: `[change]` of the configuration.
//!
//! ```toml
//! [change]
//! epoch = 0
//!
//! [change.tables.posts]
//! table = "articles"                              # topic = "cdc.articles" unless given
//! columns = { author_id = "writer", lang = "" }   # "": this product has no such column
//! ```

use std::collections::BTreeMap;

use nova_core::model::Table;
use serde::Deserialize;
use serde::de::{self, Deserializer};
use thiserror::Error;

/// The longest name PostgreSQL keeps, in bytes.
const IDENTIFIER_BYTES_MAX: usize = 63;
/// The longest topic name Kafka takes, in bytes.
const TOPIC_BYTES_MAX: usize = 249;
/// The most columns of a table.
pub(super) const COLUMNS_MAX: usize = 9;

/// Tables, topics and columns by the product's own names. The default is the schema of the documentation.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Mapping {
    /// The upper 8 bits of every version. Raised by one when the source's LSNs start again (a restored backup, a new
    /// cluster), followed by a new snapshot of every table: its rows then replace all earlier ones.
    pub epoch: u8,
    tables: Tables,
}

/// One table's names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TableMapping {
    table: String,
    topic: Option<String>,
    /// By the position in [`columns`]; empty where the product has no such column.
    columns: Vec<String>,
}

/// A mapping that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{key}: {detail}")]
pub struct MappingError {
    /// The configuration key, such as `change.tables.posts.table`.
    pub key: String,
    /// What is wrong with it.
    pub detail: String,
}

/// Nova's columns of a table, those of the primary key first.
#[must_use]
pub const fn columns(table: Table) -> &'static [&'static str] {
    match table {
        Table::Users => &["id", "handle", "display_name", "created_at", "updated_at", "deleted_at"],
        Table::Posts => {
            &["id", "author_id", "text", "media", "lang", "topics", "created_at", "updated_at", "deleted_at"]
        }
        Table::Comments => &["id", "post_id", "author_id", "text", "created_at", "deleted_at"],
        Table::Likes | Table::HiddenPosts => &["post_id", "user_id", "created_at"],
        Table::Follows => &["follower_id", "followee_id", "created_at"],
        Table::Blocks | Table::Mutes => &["user_id", "target_id", "created_at"],
    }
}

/// How many of the first [`columns`] are the primary key.
#[must_use]
pub const fn key_columns(table: Table) -> usize {
    match table {
        Table::Users | Table::Posts | Table::Comments => 1,
        Table::Likes | Table::Follows | Table::Blocks | Table::Mutes | Table::HiddenPosts => 2,
    }
}

/// Without these a row means nothing: they cannot be mapped away.
const fn is_required(table: Table, position: usize) -> bool {
    position < key_columns(table)
        || match table {
            Table::Posts => matches!(position, 1 | 6),
            Table::Comments => matches!(position, 1 | 2 | 4),
            _ => false,
        }
}

impl Mapping {
    /// The names of one table.
    #[must_use]
    pub fn of(&self, table: Table) -> &TableMapping {
        &self.tables.0[table as usize]
    }

    /// The table whose changes come on a topic.
    #[must_use]
    pub fn table_of_topic(&self, topic: &str) -> Option<Table> {
        Table::ALL.into_iter().find(|table| self.of(*table).topic() == topic)
    }

    /// Does any table or column go by another name than Nova's? Then all of the tables are a product's: Nova neither
    /// makes nor writes nor reads them, and knows them by their changes alone.
    #[must_use]
    pub fn is_of_a_product(&self) -> bool {
        Table::ALL.into_iter().any(|table| {
            let (given, own) = (self.of(table), TableMapping::standard(table));
            given.table != own.table || given.columns != own.columns
        })
    }

    /// Names are names, no two tables share one, and what a row cannot do without is mapped.
    ///
    /// # Errors
    /// The first key at fault.
    pub fn validate(&self) -> Result<(), MappingError> {
        for (index, table) in Table::ALL.into_iter().enumerate() {
            let names = self.of(table);
            names.validate(table)?;
            for earlier in &Table::ALL[..index] {
                let same = |field, what| {
                    fault(format!("{table}.{field}"), format!("{what} already stands for {earlier}"))
                };
                if self.of(*earlier).table == names.table {
                    return Err(same("table", &names.table));
                }
                if self.of(*earlier).topic() == names.topic() {
                    return Err(same("topic", &names.topic()));
                }
            }
        }
        Ok(())
    }
}

impl TableMapping {
    /// The names of the documentation.
    #[must_use]
    pub fn standard(table: Table) -> Self {
        Self {
            table: table.name().to_owned(),
            topic: None,
            columns: columns(table).iter().map(|name| (*name).to_owned()).collect(),
        }
    }

    /// The table's name in the source.
    #[must_use]
    pub fn table(&self) -> &str {
        &self.table
    }

    /// The topic its changes come on: as given, else `cdc.` and the table's name.
    #[must_use]
    pub fn topic(&self) -> String {
        self.topic.clone().unwrap_or_else(|| format!("cdc.{}", self.table))
    }

    /// The product's names for [`columns`], in their order; empty for one that the product does not have.
    pub fn columns(&self) -> impl ExactSizeIterator<Item = &str> {
        self.columns.iter().map(String::as_str)
    }

    /// The product's name of the column at a position of [`columns`].
    pub(super) fn column(&self, position: usize) -> &str {
        self.columns.get(position).map_or("", String::as_str)
    }

    /// Which of [`columns`] goes by this name in the source.
    pub(super) fn position(&self, name: &str) -> Option<usize> {
        self.columns.iter().position(|column| column == name).filter(|_| !name.is_empty())
    }

    fn validate(&self, table: Table) -> Result<(), MappingError> {
        let identifier = |name: &str| name.len() <= IDENTIFIER_BYTES_MAX && !name.contains('\0');
        if self.table.is_empty() || !identifier(&self.table) {
            return Err(fault(format!("{table}.table"), "must be a name of 1 to 63 bytes"));
        }
        let topic = self.topic();
        let legal = |byte: u8| byte.is_ascii_alphanumeric() || b"._-".contains(&byte);
        if topic.is_empty() || topic.len() > TOPIC_BYTES_MAX || !topic.bytes().all(legal) {
            return Err(fault(format!("{table}.topic"), "must be 1 to 249 of [a-zA-Z0-9._-]"));
        }
        for (position, (ours, theirs)) in columns(table).iter().zip(&self.columns).enumerate() {
            let key = || format!("{table}.columns.{ours}");
            if theirs.is_empty() && is_required(table, position) {
                return Err(fault(key(), "cannot be left out"));
            }
            if !identifier(theirs) {
                return Err(fault(key(), "must be a name of at most 63 bytes"));
            }
            if self.position(theirs).is_some_and(|first| first < position) {
                return Err(fault(key(), format!("{theirs} already stands for another column")));
            }
        }
        Ok(())
    }
}

fn fault(key: String, detail: impl Into<String>) -> MappingError {
    MappingError { key: format!("change.tables.{key}"), detail: detail.into() }
}

/// One mapping a table, in the order of [`Table::ALL`].
#[derive(Debug, Clone, PartialEq, Eq)]
struct Tables([TableMapping; Table::ALL.len()]);

impl Default for Tables {
    fn default() -> Self {
        Self(Table::ALL.map(TableMapping::standard))
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Given {
    table: Option<String>,
    topic: Option<String>,
    #[serde(default)]
    columns: BTreeMap<String, String>,
}

impl<'de> Deserialize<'de> for Tables {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let mut tables = Self::default();
        for (name, given) in BTreeMap::<String, Given>::deserialize(deserializer)? {
            let table = Table::ALL.into_iter().find(|table| table.name() == name).ok_or_else(|| {
                de::Error::custom(format!(
                    "unknown table {name}, expected one of {}",
                    Table::ALL.map(Table::name).join(", ")
                ))
            })?;
            let names = &mut tables.0[table as usize];
            names.topic = given.topic;
            names.table = given.table.unwrap_or_else(|| name.clone());
            for (ours, theirs) in given.columns {
                let position = columns(table).iter().position(|column| *column == ours).ok_or_else(|| {
                    de::Error::custom(format!(
                        "unknown column {name}.{ours}, expected one of {}",
                        columns(table).join(", ")
                    ))
                })?;
                names.columns[position] = theirs;
            }
        }
        Ok(tables)
    }
}
