//! The columns of a line, each read once and typed when it is asked for.

use std::borrow::Cow;

use nova_core::model::{Id, Timestamp};
use serde::de::{IgnoredAny, MapAccess};
use serde_json::value::RawValue;

use crate::ingest::json::{self, Members, Named, Object, Value};

/// The longest name or word that a reason repeats, in characters.
const WORD_CHARS_MAX: usize = 40;

macro_rules! columns {
    ($($column:ident $name:literal)*) => {
        /// A column of any kind of line.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub(super) enum Column { $($column),* }

        const NAMES: &[&str] = &[$($name),*];

        impl Column {
            fn named(name: &str) -> Option<Self> {
                match name {
                    $($name => Some(Self::$column),)*
                    _ => None,
                }
            }
        }
    };
}

columns! {
    Type "type"
    Id "id"
    Handle "handle"
    DisplayName "display_name"
    AuthorId "author_id"
    Text "text"
    Media "media"
    Lang "lang"
    Topics "topics"
    PostId "post_id"
    UserId "user_id"
    FollowerId "follower_id"
    FolloweeId "followee_id"
    TargetId "target_id"
    CreatedAt "created_at"
    UpdatedAt "updated_at"
    DeletedAt "deleted_at"
    EventId "event_id"
    EventTime "event_time"
    Action "action"
    DwellMs "dwell_ms"
    Device "device"
    AppVer "app_ver"
}

impl Column {
    const fn name(self) -> &'static str {
        NAMES[self as usize]
    }
}

/// What is wrong with a column: its name and the reason.
pub(super) fn fault(column: Column, reason: impl std::fmt::Display) -> String {
    format!("{}: {reason}", column.name())
}

/// The columns that a line has, borrowed from it. What was asked for is gone.
#[derive(Default)]
pub(super) struct Columns<'a> {
    values: [Value<'a>; NAMES.len()],
    repeated: Option<Column>,
    unknown: Option<String>,
}

impl<'a> Columns<'a> {
    /// Reads a whole line, whatever it is.
    ///
    /// # Errors
    /// Why it is no object of columns, each there once.
    pub(super) fn read(line: &'a str) -> Result<Self, String> {
        let columns = json::parse(line.as_bytes(), Object(Line)).map_err(|error| shown(&error))?;
        let columns = columns.ok_or("must be a JSON object")?;
        match columns.repeated {
            Some(column) => Err(fault(column, "is there more than once")),
            None => Ok(columns),
        }
    }

    /// Text that must be there.
    pub(super) fn text(&mut self, column: Column) -> Result<Cow<'a, str>, String> {
        self.text_or_none(column)?.ok_or_else(|| missing(column))
    }

    /// Text that may be absent or null.
    pub(super) fn text_or_none(&mut self, column: Column) -> Result<Option<Cow<'a, str>>, String> {
        match self.take(column) {
            None => Ok(None),
            Some(Value::Text(text)) => Ok(Some(text)),
            Some(_) => Err(fault(column, "must be a string")),
        }
    }

    /// An id that must be there.
    pub(super) fn id(&mut self, column: Column) -> Result<Id, String> {
        self.id_or_none(column)?.ok_or_else(|| missing(column))
    }

    /// An id that may be absent or null.
    pub(super) fn id_or_none(&mut self, column: Column) -> Result<Option<Id>, String> {
        self.take(column).map(|value| value.id().map_err(|error| fault(column, error))).transpose()
    }

    /// A time that must be there.
    pub(super) fn time(&mut self, column: Column) -> Result<Timestamp, String> {
        self.time_or_none(column)?.ok_or_else(|| missing(column))
    }

    /// A time that may be absent or null.
    pub(super) fn time_or_none(&mut self, column: Column) -> Result<Option<Timestamp>, String> {
        let text = self.text_or_none(column)?;
        text.map(|text| text.parse().map_err(|error| fault(column, error))).transpose()
    }

    /// A number from 0 on that may be absent or null.
    pub(super) fn number_or_none(&mut self, column: Column) -> Result<Option<u64>, String> {
        match self.take(column) {
            None => Ok(None),
            Some(Value::Unsigned(number)) => Ok(Some(number)),
            Some(_) => Err(fault(column, "must be an integer from 0 on")),
        }
    }

    /// An array; none that is absent or null has entries.
    pub(super) fn list<T: for<'de> serde::Deserialize<'de>>(
        &mut self,
        column: Column,
        expected: &str,
    ) -> Result<Vec<T>, String> {
        match self.take(column) {
            None => Ok(Vec::new()),
            Some(Value::Raw(json)) => serde_json::from_str(json.get()).map_err(|_| fault(column, expected)),
            Some(_) => Err(fault(column, expected)),
        }
    }

    /// Passes over a column that a line may have and nobody needs.
    pub(super) fn ignore(&mut self, column: Column) {
        self.values[column as usize] = Value::Missing;
    }

    /// Refuses what nobody asked for: a column with a wrong name would be lost without a word.
    pub(super) fn end(self) -> Result<(), String> {
        let left = self.values.iter().zip(NAMES).find(|(value, _)| !matches!(value, Value::Missing));
        let left = left.map(|(_, name)| (*name).to_owned()).or(self.unknown);
        left.map_or(Ok(()), |name| Err(format!("{name}: is no column of this type")))
    }

    fn take(&mut self, column: Column) -> Option<Value<'a>> {
        let value = std::mem::take(&mut self.values[column as usize]);
        (!value.is_none()).then_some(value)
    }
}

struct Line;

impl<'de> Members<'de> for Line {
    type Out = Columns<'de>;

    fn read<A: MapAccess<'de>>(self, mut members: A) -> Result<Columns<'de>, A::Error> {
        let mut columns = Columns::default();
        let named = |name: &str| Column::named(name).ok_or_else(|| short(name));
        while let Some(column) = members.next_key_seed(Named(named))? {
            let column = match column {
                Ok(column) => column,
                Err(unknown) => {
                    members.next_value::<IgnoredAny>()?;
                    columns.unknown.get_or_insert(unknown);
                    continue;
                }
            };
            let slot = &mut columns.values[column as usize];
            if !matches!(slot, Value::Missing) {
                columns.repeated.get_or_insert(column);
            }
            *slot = match column {
                Column::Media | Column::Topics => {
                    members.next_value::<Option<&'de RawValue>>()?.map_or(Value::Null, Value::Raw)
                }
                _ => members.next_value()?,
            };
        }
        Ok(columns)
    }
}

fn missing(column: Column) -> String {
    fault(column, "is missing")
}

/// A name or word as a reason repeats it.
pub(super) fn short(word: &str) -> String {
    word.chars().take(WORD_CHARS_MAX).collect()
}

/// serde's text without its position: the line number says where.
fn shown(error: &serde_json::Error) -> String {
    let text = error.to_string();
    text.split_once(" at line ").map_or(text.as_str(), |(reason, _)| reason).to_owned()
}
