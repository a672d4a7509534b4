//! One event as it came, its members read and typed.

use std::borrow::Cow;

use nova_core::model::{Action, Id, Timestamp};
use serde::de::{IgnoredAny, MapAccess};
use serde_json::value::RawValue;

use super::{
    ACTION, APP_VER, AUTHOR_ID, DEVICE, DWELL_MS, EVENT_ID, EVENT_TIME, FIELDS, Fault, POST_ID, Refused,
    USER_ID,
};
use crate::ingest::json::{self, Members, Named, Object, Value};

/// An event as it came: every field of its type, no rule applied yet.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct RawEvent<'a> {
    /// Its place in the call, from 0.
    pub index: usize,
    /// Any text; its form is judged with the rules.
    pub event_id: Option<Cow<'a, str>>,
    /// When it happened.
    pub event_time: Option<Timestamp>,
    /// Who did it.
    pub user_id: Option<Id>,
    /// To which post.
    pub post_id: Option<Id>,
    /// By whom, as the client believes.
    pub author_id: Option<Id>,
    /// What was done.
    pub action: Option<Action>,
    /// Milliseconds.
    pub dwell_ms: Option<u64>,
    /// The client's device.
    pub device: Option<Cow<'a, str>>,
    /// The client's version.
    pub app_ver: Option<Cow<'a, str>>,
    /// Members that no event has; they were passed over.
    pub unknown_fields: u32,
}

impl<'a> RawEvent<'a> {
    /// Reads one event; `index` is its place, for the answer.
    ///
    /// # Errors
    /// The first field of the wrong type, in the order of the API document.
    pub fn parse(index: usize, json: &'a str) -> Result<Self, Refused> {
        let members = match json::parse(json.as_bytes(), Object(Event)) {
            Ok(Some(members)) => members,
            Ok(None) => return Err(Fault::whole("must be an object").refuse(index, None)),
            Err(error) => return Err(culprit(json, &error).refuse(index, None)),
        };
        let id = members.values[EVENT_ID].text().map(str::to_owned);
        members.into_raw(index).map_err(|fault| fault.refuse(index, id.as_deref()))
    }
}

/// JSON by its grammar, but a value no type can hold: which member's?
fn culprit(json: &str, error: &serde_json::Error) -> Fault {
    let found = json::parse(json.as_bytes(), Object(Culprit)).ok().flatten().flatten();
    match found {
        Some(field) => {
            Fault::invalid(field, "is no value JSON can give (a number out of range, half a character)")
        }
        None => Fault::whole(format!("cannot be read: {error}")),
    }
}

/// An event's members by their position in [`FIELDS`].
#[derive(Default)]
pub(super) struct Fields<'a> {
    pub(super) values: [Value<'a>; FIELDS.len()],
    unknown: u32,
    repeated: Option<usize>,
}

/// The position of a name in [`FIELDS`]. A match, because it is hot: compilers make better of it than of a search.
fn position(name: &str) -> Option<usize> {
    Some(match name {
        "event_id" => EVENT_ID,
        "event_time" => EVENT_TIME,
        "user_id" => USER_ID,
        "post_id" => POST_ID,
        "author_id" => AUTHOR_ID,
        "action" => ACTION,
        "dwell_ms" => DWELL_MS,
        "device" => DEVICE,
        "app_ver" => APP_VER,
        _ => return None,
    })
}

/// Reads an event's members.
pub(super) struct Event;

impl<'de> Members<'de> for Event {
    type Out = Fields<'de>;

    fn read<A: MapAccess<'de>>(self, mut members: A) -> Result<Fields<'de>, A::Error> {
        let mut fields = Fields::default();
        while let Some(position) = members.next_key_seed(Named(position))? {
            let Some(position) = position else {
                fields.unknown += 1;
                members.next_value::<IgnoredAny>()?;
                continue;
            };
            let slot = &mut fields.values[position];
            if !matches!(slot, Value::Missing) {
                fields.repeated.get_or_insert(position);
            }
            *slot = members.next_value()?;
        }
        Ok(fields)
    }
}

/// Finds the member whose value cannot be read.
struct Culprit;

impl<'de> Members<'de> for Culprit {
    type Out = Option<usize>;

    fn read<A: MapAccess<'de>>(self, mut members: A) -> Result<Option<usize>, A::Error> {
        let mut found = None;
        while let Some(position) = members.next_key_seed(Named(position))? {
            let raw: &RawValue = members.next_value()?;
            if serde_json::from_str::<Value<'_>>(raw.get()).is_err() {
                found = found.or(position);
            }
        }
        Ok(found)
    }
}

impl<'a> Fields<'a> {
    pub(super) fn into_raw(mut self, index: usize) -> Result<RawEvent<'a>, Fault> {
        if let Some(field) = self.repeated {
            return Err(Fault::invalid(field, "is given twice"));
        }
        Ok(RawEvent {
            index,
            event_id: self.text(EVENT_ID, "must be a UUID")?,
            event_time: self.time()?,
            user_id: self.id(USER_ID)?,
            post_id: self.id(POST_ID)?,
            author_id: self.id(AUTHOR_ID)?,
            action: self.action()?,
            dwell_ms: self.dwell_ms()?,
            device: self.text(DEVICE, "must be text")?,
            app_ver: self.text(APP_VER, "must be text")?,
            unknown_fields: self.unknown,
        })
    }

    fn text(&mut self, field: usize, cause: &'static str) -> Result<Option<Cow<'a, str>>, Fault> {
        match std::mem::take(&mut self.values[field]) {
            Value::Missing | Value::Null => Ok(None),
            Value::Text(text) => Ok(Some(text)),
            _ => Err(Fault::invalid(field, cause)),
        }
    }

    fn id(&self, field: usize) -> Result<Option<Id>, Fault> {
        let value = &self.values[field];
        if value.is_none() {
            return Ok(None);
        }
        value.id().map(Some).map_err(|error| Fault::invalid(field, error.to_string()))
    }

    fn time(&self) -> Result<Option<Timestamp>, Fault> {
        match &self.values[EVENT_TIME] {
            Value::Missing | Value::Null => Ok(None),
            Value::Text(text) => {
                text.parse().map(Some).map_err(|error| Fault::invalid(EVENT_TIME, format!("{error}")))
            }
            _ => Err(Fault::invalid(
                EVENT_TIME,
                "must be an RFC 3339 time such as 2026-01-02T03:04:05.678901Z",
            )),
        }
    }

    fn action(&self) -> Result<Option<Action>, Fault> {
        match &self.values[ACTION] {
            Value::Missing | Value::Null => Ok(None),
            Value::Text(text) => text.parse().map(Some).map_err(|()| {
                let known: Vec<&str> = Action::reported().map(Action::name).collect();
                Fault::new("action_unknown", ACTION, format!("must be one of {}", known.join(", ")))
            }),
            _ => Err(Fault::invalid(ACTION, "must be text")),
        }
    }

    fn dwell_ms(&self) -> Result<Option<u64>, Fault> {
        match self.values[DWELL_MS] {
            Value::Missing | Value::Null => Ok(None),
            Value::Unsigned(millis) => Ok(Some(millis)),
            _ => Err(Fault::invalid(DWELL_MS, "must be an integer from 0 to 3600000")),
        }
    }
}
