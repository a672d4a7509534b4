use std::time::Duration;

use nova_core::model::{Action, Event, EventId, Id, PostId, Timestamp, UserId};
use proptest::prelude::*;
use serde_json::{Value as Json, json};

use super::*;
use crate::ingest::Undecodable;
use crate::log::Reason;

mod calls;
mod records;

const NOW: Timestamp = Timestamp::from_micros(1_800_000_000_000_000);
const CALLER: UserId = UserId::from_integer(7);
const MADE: EventId = EventId::from_bits(0x0190_a1b2_c3d4_7e5f_8a9b_0c1d_2e3f_4a5b);
const GIVEN: &str = "0190a1b2-c3d4-7e5f-8a9b-0c1d2e3f4a5c";

/// Parses and validates one event as the caller's.
fn take(event: &Json) -> Result<Event, Refused> {
    take_as(event, Some(CALLER), false)
}

fn take_as(event: &Json, caller: Option<UserId>, service: bool) -> Result<Event, Refused> {
    let body = json!({"events": [event]}).to_string();
    let raw = parse_call(body.as_bytes(), 1).expect("a good call").remove(0)?;
    validate(raw, &EventRules::default(), caller, service, NOW, &mut || MADE)
}

/// A good event with some members replaced; null takes one away.
fn with(members: &Json) -> Json {
    let mut event = json!({"post_id": "1", "action": "view"});
    event.as_object_mut().expect("an object").extend(members.as_object().expect("members").clone());
    event
}

fn code(members: &Json) -> (&'static str, &'static str) {
    let refused = take(&with(members)).expect_err(&members.to_string());
    assert!(!refused.detail.is_empty());
    (refused.code, refused.field)
}

fn id() -> impl Strategy<Value = Id> {
    prop_oneof![
        any::<u64>().prop_map(Id::from_integer),
        any::<u128>().prop_map(|bits| Id::from_uuid(bits).unwrap_or(Id::from_integer(1))),
    ]
}

fn event() -> impl Strategy<Value = Event> {
    let label = || prop::option::of("\\PC{0,16}|[a-z\"\\\\\n]{0,8}".prop_map(String::into_boxed_str));
    let fields = (1_u128.., 0..NOW.micros(), id(), id(), prop::option::of(id()), 0..Action::ALL.len());
    (fields, 0..=Event::DWELL_MS_MAX, label(), label()).prop_map(
        |((bits, time, user, post, author, action), dwell, device, app_ver)| Event {
            id: EventId(Id::from_uuid(bits).unwrap_or(MADE.0)),
            time: Timestamp::from_micros(time),
            user: UserId(user),
            post: PostId(post),
            author: author.map(UserId),
            action: Action::ALL[action],
            dwell_ms: (Action::ALL[action] == Action::Dwell).then_some(dwell),
            device,
            app_ver,
        },
    )
}
