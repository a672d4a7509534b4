//! The record in the log: what we write, and what somebody else may have written.

use super::*;
use crate::ingest::event::canonical;
use crate::ingest::event::raw::Event as Members;
use crate::ingest::json::{Object, parse};

fn read(record: &Json) -> Result<Event, Undecodable> {
    decode(Some(record.to_string().as_bytes()), NOW)
}

fn foreign(members: &Json) -> Json {
    let mut record = json!({"event_id": GIVEN, "user_id": 1, "post_id": 2, "action": "view"});
    record.as_object_mut().expect("an object").extend(members.as_object().expect("members").clone());
    record
}

#[test]
fn the_record_is_readable_and_keyed_by_its_user() {
    let event = take(&json!({
        "event_id": GIVEN, "event_time": "2027-01-15T08:00:00Z", "post_id": 5, "author_id": "6", "action": "dwell",
        "dwell_ms": 10, "device": "a \"b\"",
    }));
    let record = encode(&event.expect("good"));
    assert_eq!(record.key, "7");
    let value = record.value.expect("a value");
    assert_eq!(
        str::from_utf8(&value),
        Ok(
            "{\"event_id\":\"0190a1b2-c3d4-7e5f-8a9b-0c1d2e3f4a5c\",\"event_time\":\"2027-01-15T08:00:00.000000Z\",\
            \"user_id\":\"7\",\"post_id\":\"5\",\"author_id\":\"6\",\"action\":\"dwell\",\"dwell_ms\":10,\
            \"device\":\"a \\\"b\\\"\"}"
        )
    );
}

#[test]
fn an_undated_one_happens_when_it_is_received() {
    let event = take(&json!({"event_id": GIVEN, "post_id": 5, "action": "unlike"})).expect("good");
    let record = encode_undated(&event);
    let received = NOW.plus(Duration::from_secs(90));
    let read = decode(record.value.as_deref(), received).expect("a record");
    assert_eq!(read, Event { time: received, ..event });
}

#[test]
fn a_foreign_record_is_read_with_the_same_rules() {
    let event = read(&foreign(&json!({"more": [1]}))).expect("good");
    assert_eq!((event.time, event.user), (NOW, UserId::from_integer(1)));
    for (members, detail) in [
        (json!({"event_id": null}), "event_id: is missing"),
        (json!({"event_id": "x"}), "event_id: must be a UUID"),
        (json!({"user_id": null}), "user_id: is missing"),
        (json!({"post_id": null}), "post_id: is missing"),
        (json!({"action": null}), "action: is missing"),
        (json!({"action": "dwell"}), "dwell_ms: is missing, a dwell needs it"),
        (json!({"action": "dwell", "dwell_ms": 3_600_001}), "dwell_ms: must be an integer from 0 to 3600000"),
        (json!({"device": "x".repeat(65)}), "device: must be at most 64 bytes"),
        (
            json!({"event_time": NOW.plus(AHEAD_MAX + Duration::from_micros(1))}),
            "event_time: lies more than 3600 s after its receipt",
        ),
    ] {
        let error = read(&foreign(&members)).expect_err(detail);
        assert_eq!((error.reason, error.detail.as_str()), (Reason::Invalid, detail));
    }
    assert!(read(&foreign(&json!({"event_time": NOW.plus(AHEAD_MAX)}))).is_ok());
}

#[test]
fn what_is_no_event_is_put_aside() {
    for (value, reason) in [
        (None, Reason::Invalid),
        (Some(&b"null"[..]), Reason::Invalid),
        (Some(b"[]"), Reason::Invalid),
        (Some(b""), Reason::Malformed),
        (Some(b"{\"event_id\":"), Reason::Malformed),
        (Some(b"{\"device\":\"\xff\"}"), Reason::Malformed),
    ] {
        assert_eq!(decode(value, NOW).expect_err("no event").reason, reason);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn an_event_goes_round(event in event()) {
        let record = encode(&event);
        prop_assert_eq!(record.key, event.user.to_string());
        prop_assert_eq!(decode(record.value.as_deref(), NOW), Ok(event));
    }

    /// The quick reader takes our own form, and never reads anything otherwise than the general one.
    #[test]
    fn both_readers_agree(
        event in event(),
        hit in prop::option::of((any::<prop::sample::Index>(), prop::sample::select(b"0\"\\{}:,9 \n\xc3a-".to_vec()))),
    ) {
        let mut value = encode(&event).value.expect("a value").to_vec();
        match hit {
            Some((at, byte)) => {
                let at = at.index(value.len());
                value[at] = byte;
            }
            None => {
                let plain = !value.contains(&b'\\');
                prop_assert_eq!(canonical::read(&value).is_some(), plain);
            }
        }
        if let Some(quick) = canonical::read(&value) {
            let general = parse(&value, Object(Members)).ok().flatten().and_then(|fields| fields.into_raw(0).ok());
            prop_assert_eq!(Some(quick), general);
        }
        drop(decode(Some(&value), NOW));
    }

    #[test]
    fn arbitrary_records_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..64)) {
        drop(decode(Some(&bytes), NOW));
    }

    #[test]
    fn an_identity_follows_from_the_content(event in event(), other in event()) {
        let id = content_id(&event);
        let uuid = id.to_string();
        prop_assert_eq!((uuid.len(), &uuid[14..15]), (36, "8"), "version 8");
        prop_assert!("89ab".contains(&uuid[19..20]), "the variant of RFC 9562");
        prop_assert_eq!(id.to_string().parse::<EventId>(), Ok(id));
        prop_assert_eq!(content_id(&Event { id: MADE, ..event.clone() }), id, "its own id is no content");
        let same = Event { id: event.id, ..other.clone() } == event;
        prop_assert_eq!(content_id(&other) == id, same);
        for changed in [
            Event { author: None, ..event.clone() },
            Event { device: Some("".into()), app_ver: event.device.clone(), ..event.clone() },
            Event { time: NOW, ..event.clone() },
        ] {
            prop_assert_eq!(content_id(&changed) == id, changed == event);
        }
    }
}
