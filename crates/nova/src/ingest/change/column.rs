//! Single column values: times in every unit a connector sends, JSON columns, values that did not come along.

use nova_core::model::{Timestamp, TimestampError};
use serde::Deserialize;
use serde_json::value::RawValue;

use crate::ingest::json::{Value, is_sound};

/// What the connector sends for an unchanged TOAST value: its default `unavailable.value.placeholder`.
const UNAVAILABLE: &str = "__debezium_unavailable_value";
/// The same in a `bytea` column.
const UNAVAILABLE_BASE64: &str = "X19kZWJleml1bV91bmF2YWlsYWJsZV92YWx1ZQ==";

/// The value did not come along.
pub(super) fn is_unavailable(value: &Value<'_>) -> bool {
    let placeholder = |text: &str| text == UNAVAILABLE || text == UNAVAILABLE_BASE64;
    match value {
        Value::Text(text) => placeholder(text),
        Value::Raw(raw) => {
            let json = raw.get();
            // no other JSON of this length needs a look
            json.len() <= UNAVAILABLE_BASE64.len() + 16
                && (serde_json::from_str::<&str>(json).is_ok_and(placeholder)
                    || serde_json::from_str::<[&str; 1]>(json).is_ok_and(|[only]| placeholder(only)))
        }
        _ => false,
    }
}

/// What an integer of a time column counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Unit {
    Days,
    Millis,
    Micros,
    Nanos,
}

impl Unit {
    /// By the schema's name of the column; microseconds, what the connector sends for PostgreSQL's own precision,
    /// where there is no schema or no name.
    pub(super) fn of(schema: Option<&RawValue>, column: &str) -> Result<Self, &'static str> {
        let Some(schema) = schema.filter(|schema| schema.get() != "null") else { return Ok(Self::Micros) };
        let schema: Schema = serde_json::from_str(schema.get()).map_err(|_| "its schema cannot be read")?;
        Ok(match schema.name_of(column) {
            Some("io.debezium.time.Date" | "org.apache.kafka.connect.data.Date") => Self::Days,
            Some("io.debezium.time.Timestamp" | "org.apache.kafka.connect.data.Timestamp") => Self::Millis,
            Some("io.debezium.time.NanoTimestamp") => Self::Nanos,
            _ => Self::Micros,
        })
    }
}

/// A Kafka Connect schema, as far as it names columns. As deep as serde_json reads.
#[derive(Debug, Deserialize)]
struct Schema {
    field: Option<String>,
    name: Option<String>,
    #[serde(default)]
    fields: Vec<Schema>,
}

impl Schema {
    /// The semantic type of a column: inside `after` or `before` of an envelope, else at the top.
    fn name_of(&self, column: &str) -> Option<&str> {
        let named = |schemas: &[Self], name: &str| {
            schemas.iter().position(|schema| schema.field.as_deref() == Some(name))
        };
        let side = ["after", "before"].into_iter().find_map(|side| named(&self.fields, side));
        let fields = side.map_or(&self.fields, |side| &self.fields[side].fields);
        named(fields, column).and_then(|found| fields[found].name.as_deref())
    }
}

/// A time; `None` for null and for a column that is not there.
///
/// Text is RFC 3339 as PostgreSQL prints it, with its infinities, years BC and years beyond 9999; integers count
/// `unit`. What Nova's times do not reach is their nearest end.
pub(super) fn time(
    value: &Value<'_>,
    unit: impl FnOnce() -> Result<Unit, &'static str>,
) -> Result<Option<Timestamp>, &'static str> {
    let count = match value {
        Value::Missing | Value::Null => return Ok(None),
        Value::Text(text) => return text_time(text).map(Some),
        Value::Unsigned(count) => i64::try_from(*count).unwrap_or(i64::MAX),
        Value::Negative(count) => *count,
        _ => return Err("must be an RFC 3339 time or an integer"),
    };
    // the infinities of a timestamp without zone, in whichever unit
    let micros = match (count, unit()?) {
        (i64::MIN | i64::MAX, _) | (_, Unit::Micros) => count,
        (_, Unit::Days) => count.saturating_mul(86_400_000_000),
        (_, Unit::Millis) => count.saturating_mul(1_000),
        (_, Unit::Nanos) => count.div_euclid(1_000),
    };
    Ok(Some(Timestamp::from_micros(micros)))
}

fn text_time(text: &str) -> Result<Timestamp, &'static str> {
    match text.parse::<Timestamp>() {
        Ok(time) => return Ok(time),
        // the year 0000, or an offset across an end
        Err(TimestampError::Range) => {
            return Ok(if text.starts_with('0') { Timestamp::MIN } else { Timestamp::MAX });
        }
        Err(TimestampError::Form) => {}
    }
    let (end, rest) = match (text, text.as_bytes()) {
        ("infinity", _) => return Ok(Timestamp::MAX),
        ("-infinity", _) => return Ok(Timestamp::MIN),
        (_, [b'-', ..]) => (Timestamp::MIN, &text[1..]),
        (_, [b'+', ..]) => (Timestamp::MAX, &text[1..]),
        _ => (Timestamp::MAX, text),
    };
    // years of other than four digits: hold the rest to the form by reading it in a year that is known
    let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
    let far = digits > 4 || (digits == 4 && text.starts_with('-'));
    let form = far && digits <= 9 && format!("2000{}", &rest[digits..]).parse::<Timestamp>().is_ok();
    if form { Ok(end) } else { Err("must be an RFC 3339 time") }
}

/// `media`: JSON text as the connector gives `jsonb`, or the JSON itself; stored as text. Null is the empty list.
pub(super) fn media(value: &Value<'_>) -> Result<Option<String>, &'static str> {
    let Value::Raw(raw) = value else { return Ok(empty(value, "[]")) };
    let json = match raw.get() {
        text if text.starts_with('"') => serde_json::from_str::<String>(text).map_err(|_| "must be JSON")?,
        json => json.to_owned(),
    };
    if is_sound(&json) { Ok(Some(json)) } else { Err("must be JSON, nested at most 127 deep") }
}

/// `topics`: an array of text, or that array as JSON text. Null is the empty list, and so is a null inside it.
pub(super) fn topics(value: &Value<'_>) -> Result<Option<Vec<String>>, &'static str> {
    const CAUSE: &str = "must be an array of text";
    let Value::Raw(raw) = value else { return Ok(empty(value, Vec::new())) };
    let json = raw.get();
    let words: Vec<Option<String>> = if json.starts_with('"') {
        let text: String = serde_json::from_str(json).map_err(|_| CAUSE)?;
        serde_json::from_str(&text).map_err(|_| CAUSE)?
    } else {
        serde_json::from_str(json).map_err(|_| CAUSE)?
    };
    Ok(Some(words.into_iter().flatten().collect()))
}

fn empty<T>(value: &Value<'_>, of: impl Into<T>) -> Option<T> {
    matches!(value, Value::Null).then(|| of.into())
}
