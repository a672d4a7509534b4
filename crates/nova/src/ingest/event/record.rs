//! An event as a record of the log: JSON with the names of the API, every id as text.

use std::time::Duration;

use bytes::Bytes;
use nova_core::model::{Event, EventId, PostId, Timestamp, UserId};
use serde::Serialize;

use super::raw::Event as EventMembers;
use super::validate::{dwell, event_id, label};
use super::{APP_VER, DEVICE, Fault, canonical};
use crate::ingest::Undecodable;
use crate::ingest::json::{self, Object};
use crate::log::{Reason, Record};

/// How far ahead of its receipt an event in the log may be dated. Wider than every rule at the door, so that only
/// clocks that disagree by most of an hour, or a foreign writer, meet it.
pub const AHEAD_MAX: Duration = Duration::from_secs(60 * 60);

/// What most events need; more only with long labels.
const BYTES_USUAL: usize = 352;

#[derive(Serialize)]
struct Written<'a> {
    event_id: EventId,
    #[serde(skip_serializing_if = "Option::is_none")]
    event_time: Option<Timestamp>,
    user_id: UserId,
    post_id: PostId,
    #[serde(skip_serializing_if = "Option::is_none")]
    author_id: Option<UserId>,
    action: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    dwell_ms: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    device: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    app_ver: Option<&'a str>,
}

/// By which the records of a user's events find their partition.
#[must_use]
pub fn key_of(user: UserId) -> Bytes {
    Bytes::from(user.to_string())
}

/// The record of an event, keyed by its user.
#[must_use]
pub fn encode(event: &Event) -> Record {
    write(event, Some(event.time))
}

/// The same without its time: it happens when the log receives it, which is not before anything that the log holds,
/// whatever the clocks of hosts and phones say.
#[must_use]
pub fn encode_undated(event: &Event) -> Record {
    write(event, None)
}

fn write(event: &Event, event_time: Option<Timestamp>) -> Record {
    let written = Written {
        event_id: event.id,
        event_time,
        user_id: event.user,
        post_id: event.post,
        author_id: event.author,
        action: event.action.name(),
        dwell_ms: event.dwell_ms,
        device: event.device.as_deref(),
        app_ver: event.app_ver.as_deref(),
    };
    let mut value = Vec::with_capacity(BYTES_USUAL);
    serde_json::to_writer(&mut value, &written)
        .expect("ids, numbers and text are JSON, and a Vec takes all of it");
    Record { key: key_of(event.user), value: Some(Bytes::from(value)) }
}

/// Reads a record of the topic `events`, whoever wrote it.
///
/// Ids may be JSON integers and times have any offset, as at the door; an event without `event_time` happened when
/// it was received; `user_id` and `event_id` must be there. Unknown members are passed over.
///
/// # Errors
/// [`Reason::Malformed`] for what is not JSON, [`Reason::Invalid`] for what is no valid event.
pub fn decode(value: Option<&[u8]>, received_at: Timestamp) -> Result<Event, Undecodable> {
    const SHAPE: &str = "must be an event: a JSON object";
    let bytes = value.ok_or_else(|| Undecodable::new(Reason::Invalid, SHAPE))?;
    let raw = match canonical::read(bytes) {
        Some(raw) => raw,
        None => json::parse(bytes, Object(EventMembers))
            .map_err(|error| Undecodable::json(&error, SHAPE))?
            .ok_or_else(|| Undecodable::new(Reason::Invalid, SHAPE))?
            .into_raw(0)
            .map_err(invalid)?,
    };
    let missing = |field| move || Undecodable::field(field, "is missing");
    let time = raw.event_time.unwrap_or(received_at);
    if time > received_at.plus(AHEAD_MAX) {
        return Err(Undecodable::field("event_time", "lies more than 3600 s after its receipt"));
    }
    let action = raw.action.ok_or_else(missing("action"))?;
    Ok(Event {
        id: event_id(raw.event_id.as_deref().ok_or_else(missing("event_id"))?).map_err(invalid)?,
        time,
        user: UserId(raw.user_id.ok_or_else(missing("user_id"))?),
        post: PostId(raw.post_id.ok_or_else(missing("post_id"))?),
        author: raw.author_id.map(UserId),
        action,
        dwell_ms: dwell(action, raw.dwell_ms).map_err(invalid)?,
        device: label(raw.device.as_deref(), DEVICE, "").map_err(invalid)?,
        app_ver: label(raw.app_ver.as_deref(), APP_VER, "").map_err(invalid)?,
    })
}

fn invalid(fault: Fault) -> Undecodable {
    Undecodable::field(fault.field, fault.detail)
}
