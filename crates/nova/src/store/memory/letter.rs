//! Facts that are given up, as dead letters.

use bytes::Bytes;
use nova_core::model::{Change, Event, Row, RowKey, Stamp, Timestamp};
use serde_json::{Value, json};

use crate::log::{DeadLetter, Reason};
use crate::store::{Fact, Placed};

/// The letter of a fact that was given up at `now`, the log's time. Its bytes say the same as the record's; they
/// need not be the same, for the record itself is not kept while a fact waits.
pub(super) fn letter(placed: &Placed, reason: Reason, detail: &str, now: Timestamp) -> DeadLetter {
    let (key, value) = match &placed.fact {
        Fact::Event(event) => (event.user.to_string(), event_json(event)),
        Fact::Change(change) => change_json(change),
    };
    DeadLetter {
        place: placed.place,
        reason,
        detail: detail.to_owned(),
        key: Bytes::from(key),
        value: Some(Bytes::from(value.to_string())),
        headers: Vec::new(),
        received_at: placed.received_at,
        buried_at: now,
        requeued_at: None,
    }
}

fn event_json(event: &Event) -> Value {
    let mut value = json!({
        "event_id": event.id,
        "event_time": event.time,
        "user_id": event.user,
        "post_id": event.post,
        "action": event.action.name(),
    });
    let optional = [
        ("author_id", event.author.map(|author| json!(author))),
        ("dwell_ms", event.dwell_ms.map(|dwell_ms| json!(dwell_ms))),
        ("device", event.device.as_ref().map(|device| json!(device))),
        ("app_ver", event.app_ver.as_ref().map(|app_ver| json!(app_ver))),
    ];
    for (name, given) in optional {
        if let Some(given) = given {
            value[name] = given;
        }
    }
    value
}

/// A change record of the unwrapped envelope: what was written or the key of what was removed.
fn change_json(change: &Change) -> (String, Value) {
    let (key, op, row, stamp) = match change {
        Change::Put { row, stamp } => (row.key(), "c", row_json(row), stamp),
        Change::Delete { key, stamp } => (*key, "d", key_json(*key), stamp),
    };
    let (before, after) = if op == "d" { (row, Value::Null) } else { (Value::Null, row) };
    let Stamp { version, committed_at } = *stamp;
    let millis = committed_at.micros().div_euclid(1_000);
    let value = json!({
        "op": op,
        "before": before,
        "after": after,
        "source": { "lsn": version & ((1 << 56) - 1), "ts_ms": millis },
        "ts_ms": millis,
    });
    (key_json(key).to_string(), value)
}

/// Only what can wait for a post: likes, hides and comments.
fn row_json(row: &Row) -> Value {
    match row {
        Row::Like(like) | Row::Hidden(like) => {
            json!({ "post_id": like.post, "user_id": like.user, "created_at": like.created_at })
        }
        Row::Comment(comment) => json!({
            "id": comment.id,
            "post_id": comment.post,
            "author_id": comment.author,
            "text": comment.text,
            "created_at": comment.created_at,
            "deleted_at": comment.deleted_at,
        }),
        Row::User(_) | Row::Post(_) | Row::Follow(_) | Row::Block(_) | Row::Mute(_) => Value::Null,
    }
}

fn key_json(key: RowKey) -> Value {
    match key {
        RowKey::Like(post, user) | RowKey::Hidden(post, user) => json!({ "post_id": post, "user_id": user }),
        RowKey::Comment(id) => json!({ "id": id }),
        RowKey::User(_) | RowKey::Post(_) | RowKey::Follow(..) | RowKey::Block(..) | RowKey::Mute(..) => {
            Value::Null
        }
    }
}
