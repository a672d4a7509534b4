//! From the columns of a record to a row or a key.

use nova_core::model::{
    Comment, CommentId, Edge, Id, Like, Post, PostBody, PostId, Row, RowKey, Table, Timestamp, User, UserId,
};
use serde::de::{IgnoredAny, MapAccess};
use serde_json::value::RawValue;

use super::Undecodable;
use super::column::{self, Unit};
use super::mapping::{COLUMNS_MAX, TableMapping, columns, key_columns};
use crate::ingest::json::{Members, Named, Value};

/// A record's values by their position in [`columns`].
#[derive(Debug, Default)]
pub(super) struct Slots<'a> {
    values: [Value<'a>; COLUMNS_MAX],
    /// Columns without a position.
    pub(super) unknown: u32,
}

impl Slots<'_> {
    /// No column of the mapping was there.
    pub(super) fn is_empty(&self) -> bool {
        self.values.iter().all(|value| matches!(value, Value::Missing))
    }
}

/// Reads an object's columns by the mapping's names; of a column given twice the last counts.
#[derive(Debug, Clone, Copy)]
pub(super) struct Columns<'a> {
    pub(super) table: Table,
    pub(super) names: &'a TableMapping,
}

impl<'de> Members<'de> for Columns<'de> {
    type Out = Slots<'de>;

    fn read<A: MapAccess<'de>>(self, mut members: A) -> Result<Slots<'de>, A::Error> {
        let mut slots = Slots::default();
        while let Some(position) = members.next_key_seed(Named(|name: &str| self.names.position(name)))? {
            let Some(position) = position.filter(|position| *position < COLUMNS_MAX) else {
                slots.unknown += 1;
                members.next_value::<IgnoredAny>()?;
                continue;
            };
            let value = if is_json(self.table, position) {
                members.next_value::<Option<&'de RawValue>>()?.map_or(Value::Null, Value::Raw)
            } else {
                members.next_value()?
            };
            slots.values[position] = if column::is_unavailable(&value) { Value::Missing } else { value };
        }
        Ok(slots)
    }
}

/// `media` and `topics` of a post.
const fn is_json(table: Table, position: usize) -> bool {
    matches!(table, Table::Posts) && matches!(position, 3 | 5)
}

/// What turns columns into rows.
#[derive(Debug, Clone, Copy)]
pub(super) struct Rows<'a> {
    pub(super) table: Table,
    pub(super) names: &'a TableMapping,
    pub(super) schema: Option<&'a RawValue>,
    /// Stands for a time that a table does not keep.
    pub(super) committed_at: Timestamp,
}

impl<'a> Rows<'a> {
    /// The row of an insert, update or snapshot.
    pub(super) fn row(&self, mut slots: Slots<'a>) -> Result<Row, Undecodable> {
        let row = &mut slots.values;
        Ok(match self.table {
            Table::Users => Row::User(User {
                id: UserId(self.id(row, 0)?),
                handle: self.text(row, 1)?.filter(|text| !text.is_empty()),
                display_name: self.text(row, 2)?.filter(|text| !text.is_empty()),
                created_at: self.time(row, 3)?.unwrap_or(self.committed_at),
                updated_at: self.time(row, 4)?.unwrap_or(self.committed_at),
                deleted_at: self.deleted_at(row, 5)?,
            }),
            Table::Posts => Row::Post(Post {
                id: PostId(self.id(row, 0)?),
                author: UserId(self.id(row, 1)?),
                body: PostBody {
                    text: self.text(row, 2)?,
                    media: column::media(&row[3]).map_err(|cause| self.fault(3, cause))?,
                    lang: self.text(row, 4)?,
                    topics: column::topics(&row[5]).map_err(|cause| self.fault(5, cause))?,
                },
                created_at: self.time_required(row, 6)?,
                updated_at: self.time(row, 7)?.unwrap_or(self.committed_at),
                deleted_at: self.deleted_at(row, 8)?,
            }),
            Table::Comments => Row::Comment(Comment {
                id: CommentId(self.id(row, 0)?),
                post: PostId(self.id(row, 1)?),
                author: UserId(self.id(row, 2)?),
                text: self.text(row, 3)?,
                created_at: self.time_required(row, 4)?,
                deleted_at: self.deleted_at(row, 5)?,
            }),
            Table::Likes => Row::Like(self.like(row)?),
            Table::HiddenPosts => Row::Hidden(self.like(row)?),
            Table::Follows => Row::Follow(self.edge(row)?),
            Table::Blocks => Row::Block(self.edge(row)?),
            Table::Mutes => Row::Mute(self.edge(row)?),
        })
    }

    /// The primary key: from the row, and what is missing there from the record's key.
    pub(super) fn key_or_else(
        &self,
        row: &Slots<'a>,
        key: impl FnOnce() -> Option<Slots<'a>>,
    ) -> Result<RowKey, Undecodable> {
        let known = (0..key_columns(self.table)).all(|position| !row.values[position].is_none());
        let beside = if known { None } else { key() };
        let id = |position: usize| {
            let found = [Some(row), beside.as_ref()].into_iter().flatten().map(|it| &it.values[position]);
            self.id_of(found.into_iter().find(|value| !value.is_none()).unwrap_or(&Value::Missing), position)
        };
        Ok(match self.table {
            Table::Users => RowKey::User(UserId(id(0)?)),
            Table::Posts => RowKey::Post(PostId(id(0)?)),
            Table::Comments => RowKey::Comment(CommentId(id(0)?)),
            Table::Likes => RowKey::Like(PostId(id(0)?), UserId(id(1)?)),
            Table::HiddenPosts => RowKey::Hidden(PostId(id(0)?), UserId(id(1)?)),
            Table::Follows => RowKey::Follow(UserId(id(0)?), UserId(id(1)?)),
            Table::Blocks => RowKey::Block(UserId(id(0)?), UserId(id(1)?)),
            Table::Mutes => RowKey::Mute(UserId(id(0)?), UserId(id(1)?)),
        })
    }

    fn like(&self, row: &[Value<'a>]) -> Result<Like, Undecodable> {
        Ok(Like {
            post: PostId(self.id(row, 0)?),
            user: UserId(self.id(row, 1)?),
            created_at: self.time(row, 2)?.unwrap_or(self.committed_at),
        })
    }

    fn edge(&self, row: &[Value<'a>]) -> Result<Edge, Undecodable> {
        Ok(Edge {
            from: UserId(self.id(row, 0)?),
            to: UserId(self.id(row, 1)?),
            created_at: self.time(row, 2)?.unwrap_or(self.committed_at),
        })
    }

    fn id(&self, row: &[Value<'a>], position: usize) -> Result<Id, Undecodable> {
        self.id_of(&row[position], position)
    }

    fn id_of(&self, value: &Value<'a>, position: usize) -> Result<Id, Undecodable> {
        if value.is_none() {
            return Err(self.fault(position, "is missing"));
        }
        value.id().map_err(|error| self.fault(position, error))
    }

    /// Null is the empty text: `None` would leave what was there before.
    fn text(&self, row: &mut [Value<'a>], position: usize) -> Result<Option<String>, Undecodable> {
        match std::mem::take(&mut row[position]) {
            Value::Missing => Ok(None),
            Value::Null => Ok(Some(String::new())),
            Value::Text(text) => Ok(Some(text.into_owned())),
            _ => Err(self.fault(position, "must be text")),
        }
    }

    fn time(&self, row: &[Value<'a>], position: usize) -> Result<Option<Timestamp>, Undecodable> {
        let unit = || Unit::of(self.schema, self.names.column(position));
        column::time(&row[position], unit).map_err(|cause| self.fault(position, cause))
    }

    fn time_required(&self, row: &[Value<'a>], position: usize) -> Result<Timestamp, Undecodable> {
        self.time(row, position)?.ok_or_else(|| self.fault(position, "is missing"))
    }

    /// A time, or a flag: a product may only remember that a row was deleted, not when.
    fn deleted_at(&self, row: &[Value<'a>], position: usize) -> Result<Option<Timestamp>, Undecodable> {
        match row[position] {
            Value::Bool(deleted) => Ok(deleted.then_some(self.committed_at)),
            _ => self.time(row, position),
        }
    }

    fn fault(&self, position: usize, cause: impl std::fmt::Display) -> Undecodable {
        let theirs = self.names.column(position);
        let ours = columns(self.table).get(position).copied().unwrap_or_default();
        Undecodable::field(if theirs.is_empty() { ours } else { theirs }, cause)
    }
}
