//! The body of `POST /api/v1/events`: `{"events": [..]}`, each event read by itself.

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::error::Category;
use serde_json::value::RawValue;
use thiserror::Error;

use super::{RawEvent, Refused};
use crate::ingest::json::{self, Members, Named, Object};

/// The longest name that an error repeats, in characters.
const NAME_CHARS_MAX: usize = 64;

/// A call of which nothing can be taken.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum CallError {
    /// Not `{"events": [..]}`: 400.
    #[error("{0}")]
    Malformed(String),
    /// A member beside `events`: 422.
    #[error("unknown field {0}")]
    UnknownField(String),
    /// More events than a call may hold: 422.
    #[error("{count} events, at most {max} a call")]
    TooMany {
        /// In this call.
        count: usize,
        /// Allowed.
        max: usize,
    },
}

/// Takes a call apart: the events in their order, each typed or refused by itself.
///
/// Bytes that are not JSON, or not UTF-8, are the whole call's fault; whatever is JSON but not an event (a number
/// beyond every type, half a surrogate pair, a member given twice) is that event's.
///
/// # Errors
/// [`CallError`], with nothing taken.
pub fn parse_call(body: &[u8], events_max: usize) -> Result<Vec<Result<RawEvent<'_>, Refused>>, CallError> {
    const SHAPE: &str = "the body must be {\"events\": [...]}";
    let shape = || CallError::Malformed(SHAPE.to_owned());
    let call = json::parse(body, Object(Call { events_max }))
        .map_err(|error| match error.classify() {
            // the parser's own words would repeat the value
            Category::Data => shape(),
            _ => CallError::Malformed(format!("not JSON: {error}")),
        })?
        .ok_or_else(shape)?;
    let events = call.events.ok_or_else(shape)?;
    if call.repeated {
        return Err(CallError::Malformed("events is given twice".to_owned()));
    }
    if let Some(name) = call.unknown {
        return Err(CallError::UnknownField(name));
    }
    if events.count > events_max {
        return Err(CallError::TooMany { count: events.count, max: events_max });
    }
    Ok(events.raw.into_iter().enumerate().map(|(index, raw)| RawEvent::parse(index, raw.get())).collect())
}

#[derive(Default)]
struct Raws<'a> {
    raw: Vec<&'a RawValue>,
    count: usize,
}

#[derive(Default)]
struct Parts<'a> {
    events: Option<Raws<'a>>,
    repeated: bool,
    unknown: Option<String>,
}

struct Call {
    events_max: usize,
}

impl<'de> Members<'de> for Call {
    type Out = Parts<'de>;

    fn read<A: MapAccess<'de>>(self, mut members: A) -> Result<Parts<'de>, A::Error> {
        let mut parts = Parts::default();
        let unknown =
            |name: &str| (name != "events").then(|| name.chars().take(NAME_CHARS_MAX).collect::<String>());
        while let Some(unknown) = members.next_key_seed(Named(unknown))? {
            if let Some(name) = unknown {
                members.next_value::<IgnoredAny>()?;
                parts.unknown.get_or_insert(name);
                continue;
            }
            parts.repeated |= parts.events.is_some();
            parts.events = Some(members.next_value_seed(Events { max: self.events_max })?);
        }
        Ok(parts)
    }
}

/// The raw events; beyond the bound they are only counted.
struct Events {
    max: usize,
}

impl<'de> DeserializeSeed<'de> for Events {
    type Value = Raws<'de>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Raws<'de>, D::Error> {
        deserializer.deserialize_seq(self)
    }
}

impl<'de> Visitor<'de> for Events {
    type Value = Raws<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an array of events")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Raws<'de>, A::Error> {
        let mut events = Raws::default();
        while let Some(raw) = items.next_element::<&'de RawValue>()? {
            events.count += 1;
            if events.count <= self.max {
                events.raw.push(raw);
            }
        }
        Ok(events)
    }
}
