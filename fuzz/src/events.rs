//! The body of `POST /api/v1/events`, and the record that each event of it becomes.

use nova::ingest::event::{
    CallError, EventRules, LABEL_BYTES_MAX, Refused, decode, encode, parse_call, validate,
};
use nova_core::model::{EventId, Timestamp, UserId};

const EVENTS_MAX: usize = 4;
const NOW: Timestamp = Timestamp::from_micros(1_767_323_045_000_000);
/// No answer repeats what it answers.
const DETAIL_BYTES_MAX: usize = 400;

pub(crate) fn run(bytes: &[u8]) {
    call(bytes);
    record(bytes);
}

fn call(body: &[u8]) {
    let events = match parse_call(body, EVENTS_MAX) {
        Ok(events) => events,
        Err(CallError::TooMany { count, max }) => return assert!(count > max),
        Err(error) => return assert!(error.to_string().len() <= DETAIL_BYTES_MAX, "{error}"),
    };
    assert!(events.len() <= EVENTS_MAX);
    for (index, event) in events.into_iter().enumerate() {
        let caller = Some(UserId::from_integer(7));
        let mut new_id = || EventId::from_bits(1);
        let valid = event
            .and_then(|raw| validate(raw, &EventRules::default(), caller, true, NOW, &mut new_id))
            .map_err(|refused| check(&refused, index));
        if let Ok(event) = valid {
            let record = encode(&event);
            let read = decode(record.value.as_deref(), NOW);
            assert_eq!(read, Ok(event), "what was taken at the door is what the projection reads");
        }
    }
}

fn check(refused: &Refused, index: usize) {
    assert_eq!(refused.index, index);
    assert!(!refused.code.is_empty() && refused.detail.len() <= DETAIL_BYTES_MAX, "{refused:?}");
    assert!(refused.event_id.as_ref().is_none_or(|id| id.len() <= LABEL_BYTES_MAX));
}

/// Bytes in the log, whoever wrote them. There are two readers: one for our own form to the byte, and one for JSON,
/// which a space in front selects.
fn record(bytes: &[u8]) {
    let read = decode(Some(bytes), NOW);
    let general = decode(Some(&[b" ", bytes].concat()), NOW);
    assert_eq!(read.as_ref().ok(), general.as_ref().ok(), "both readers agree");
    match read {
        Ok(event) => {
            let again = decode(encode(&event).value.as_deref(), NOW);
            assert_eq!(again, Ok(event), "an event survives being written again");
        }
        Err(why) => {
            assert!(why.detail.len() <= DETAIL_BYTES_MAX, "a detail repeats the payload: {}", why.detail)
        }
    }
}

pub(crate) fn seeds() -> Vec<Vec<u8>> {
    let id = "6f1b2c3d-4e5f-4a6b-8c7d-9e0f1a2b3c4d";
    let full = format!(
        r#"{{"event_id":"{id}","event_time":"2026-01-02T03:04:05.000000Z","user_id":"7","post_id":"5","author_id":"8","action":"dwell","dwell_ms":1500,"device":"phone","app_ver":"1.2"}}"#
    );
    let short = format!(
        r#"{{"event_id":"{id}","event_time":"2026-01-02T03:04:05.000000Z","user_id":"7","post_id":"5","action":"click"}}"#
    );
    let loose = r#"{"post_id":5,"action":"like","device":"f\u00fcnf","event_time":"2026-01-02T04:04:05+01:00","x":[{}]}"#;
    let call = |events: &[&str]| format!("{{\"events\":[{}]}}", events.join(","));
    [
        call(&[&full, &short, loose]),
        call(&[loose, r#"{"action":"look"}"#, "5", r#"{"dwell_ms":1e400}"#]),
        r#"{"events":[],"more":1}"#.to_owned(),
        full,
        short,
    ]
    .map(String::into_bytes)
    .to_vec()
}
