//! What a client may send, and what it hears.

use super::*;

#[test]
fn a_bare_event_takes_its_defaults() {
    let event = take(&json!({"post_id": 1, "action": "like"})).expect("good");
    let expected = Event {
        id: MADE,
        time: NOW,
        user: CALLER,
        post: PostId::from_integer(1),
        author: None,
        action: Action::Like,
        dwell_ms: None,
        device: None,
        app_ver: None,
    };
    assert_eq!(event, expected);
}

#[test]
fn a_full_event_keeps_what_it_says() {
    let event = json!({
        "event_id": GIVEN, "event_time": "2027-01-15T08:00:00.5Z", "user_id": "7", "post_id": GIVEN, "author_id": 9,
        "action": "dwell", "dwell_ms": 3_600_000, "device": "ios", "app_ver": "x".repeat(64), "surface": "home",
    });
    let event = take(&event).expect("good");
    assert_eq!(event.id.to_string(), GIVEN);
    assert_eq!(event.time.to_string(), "2027-01-15T08:00:00.500000Z");
    assert_eq!((event.user, event.author), (CALLER, Some(UserId::from_integer(9))));
    assert_eq!((event.action, event.dwell_ms), (Action::Dwell, Some(3_600_000)));
    assert_eq!((event.device.as_deref(), event.app_ver.map(|it| it.len())), (Some("ios"), Some(64)));
}

#[test]
fn unknown_members_are_passed_over_and_counted() {
    let body = json!({"events": [with(&json!({"a": 1, "b": {"c": []}}))]}).to_string();
    let raw = parse_call(body.as_bytes(), 1).expect("a call").remove(0).expect("an event");
    assert_eq!(raw.unknown_fields, 2);
}

#[test]
fn one_bad_event_does_not_cost_its_neighbours() {
    let events = [with(&json!({})), json!({"event_id": "e-1", "post_id": []}), json!(5), with(&json!({}))];
    let body = json!({"events": events}).to_string();
    let parsed = parse_call(body.as_bytes(), 100).expect("a call");
    let indexes: Vec<_> =
        parsed.iter().map(|it| it.as_ref().map(|raw| raw.index).map_err(|no| no.index)).collect();
    assert_eq!(indexes, [Ok(0), Err(1), Err(2), Ok(3)]);
    let refused = parsed[1].as_ref().expect_err("refused");
    assert_eq!((refused.event_id.as_deref(), refused.code), (Some("e-1"), "post_id_invalid"));
    assert_eq!(parsed[2].as_ref().expect_err("refused").code, "event_invalid");
}

#[test]
fn every_refusal_has_its_code_and_field() {
    for (members, expected) in [
        (json!({"event_id": "e-1"}), ("event_id_invalid", "event_id")),
        (json!({"event_id": "12"}), ("event_id_invalid", "event_id")),
        (json!({"event_id": 12}), ("event_id_invalid", "event_id")),
        (json!({"event_id": "00000000-0000-0000-0000-000000000000"}), ("event_id_invalid", "event_id")),
        (json!({"event_id": "6e6f7661-0000-0000-0000-000000000001"}), ("event_id_invalid", "event_id")),
        (json!({"event_time": "yesterday"}), ("event_time_invalid", "event_time")),
        (json!({"event_time": 1_800_000_000}), ("event_time_invalid", "event_time")),
        (json!({"event_time": "9999-01-01T00:00:00Z"}), ("event_time_ahead", "event_time")),
        (json!({"event_time": "1970-01-01T00:00:00Z"}), ("event_time_old", "event_time")),
        (json!({"user_id": true}), ("user_id_invalid", "user_id")),
        (json!({"user_id": "8"}), ("user_forbidden", "user_id")),
        (json!({"post_id": null}), ("post_id_missing", "post_id")),
        (json!({"post_id": -1}), ("post_id_invalid", "post_id")),
        (json!({"post_id": 1.5}), ("post_id_invalid", "post_id")),
        (json!({"post_id": "18446744073709551616"}), ("post_id_invalid", "post_id")),
        (json!({"author_id": {}}), ("author_id_invalid", "author_id")),
        (json!({"action": null}), ("action_missing", "action")),
        (json!({"action": "Like"}), ("action_unknown", "action")),
        (json!({"action": "served"}), ("action_not_reported", "action")),
        (json!({"action": 3}), ("action_invalid", "action")),
        (json!({"action": "dwell"}), ("dwell_ms_missing", "dwell_ms")),
        (json!({"action": "dwell", "dwell_ms": -1}), ("dwell_ms_invalid", "dwell_ms")),
        (json!({"action": "dwell", "dwell_ms": 3_600_001}), ("dwell_ms_invalid", "dwell_ms")),
        (json!({"action": "dwell", "dwell_ms": u64::MAX}), ("dwell_ms_invalid", "dwell_ms")),
        (json!({"action": "dwell", "dwell_ms": 1.0}), ("dwell_ms_invalid", "dwell_ms")),
        (json!({"action": "dwell", "dwell_ms": "10"}), ("dwell_ms_invalid", "dwell_ms")),
        (json!({"dwell_ms": 0}), ("dwell_ms_unexpected", "dwell_ms")),
        (json!({"device": 1}), ("device_invalid", "device")),
        (json!({"device": "x".repeat(65)}), ("device_too_long", "device")),
        (json!({"app_ver": "é".repeat(33)}), ("app_ver_too_long", "app_ver")),
    ] {
        assert_eq!(code(&members), expected, "{members}");
    }
}

#[test]
fn json_that_no_type_can_hold_is_that_events_fault() {
    for (event, code) in [
        (r#"{"post_id":1e999,"action":"view"}"#, "post_id_invalid"),
        (r#"{"post_id":1,"action":"\ud800"}"#, "action_invalid"),
        (r#"{"post_id":1,"action":"view","device":"\udfff"}"#, "device_invalid"),
        (r#"{"post_id":1,"action":"dwell","dwell_ms":1e999}"#, "dwell_ms_invalid"),
        (r#"{"post_id":1,"post_id":2,"action":"view"}"#, "post_id_invalid"),
        (r#"{"action":null,"action":"view","post_id":1}"#, "action_invalid"),
        (r#"{"\ud800":1}"#, "event_invalid"),
    ] {
        let body = format!("{{\"events\":[{event},{{\"post_id\":1,\"action\":\"view\"}}]}}");
        let parsed = parse_call(body.as_bytes(), 2).expect("a call");
        assert_eq!(parsed[0].as_ref().expect_err(event).code, code, "{event}");
        assert!(parsed[1].is_ok());
    }
    let ignored = r#"{"events":[{"post_id":1,"action":"view","x":[1e999,"\ud800"]}]}"#;
    assert!(parse_call(ignored.as_bytes(), 1).expect("a call")[0].is_ok());
}

#[test]
fn deep_nesting_costs_no_stack() {
    let deep = format!("{}{}", "[".repeat(10_000), "]".repeat(10_000));
    for (event, code) in [
        (format!("{{\"post_id\":{deep},\"action\":\"view\"}}"), Some("post_id_invalid")),
        (format!("{{\"post_id\":1,\"action\":\"view\",\"x\":{deep}}}"), None),
        (deep.clone(), Some("event_invalid")),
    ] {
        let body = format!("{{\"events\":[{event}]}}");
        let parsed = parse_call(body.as_bytes(), 1).expect("a call").remove(0);
        assert_eq!(parsed.err().map(|refused| refused.code), code);
    }
    let objects = format!("{}1{}", "{\"events\":".repeat(10_000), "}".repeat(10_000));
    assert!(matches!(parse_call(objects.as_bytes(), 1), Err(CallError::Malformed(_))));
}

#[test]
fn a_body_of_another_shape_is_malformed() {
    for body in [
        &b""[..],
        b"{",
        b"[]",
        b"null",
        b"5",
        b"{}",
        b"{\"events\":{}}",
        b"{\"events\":null}",
        b"{\"events\":\"secret\"}",
        b"{\"events\":[{}]",
        b"{\"events\":[{]}",
        b"{\"events\":[NaN]}",
        b"{\"events\":[]}x",
        b"{\"event\":[]}",
        b"{\"events\":[{\"device\":\"\xff\"}]}",
        b"\xff",
        b"{\"events\":[],\"events\":[]}",
    ] {
        let error = parse_call(body, 100).expect_err("malformed");
        let CallError::Malformed(detail) = error else { panic!("{error}") };
        assert!(!detail.contains("secret"), "{detail}");
    }
}

#[test]
fn other_members_and_too_many_events_are_named() {
    let unknown = parse_call(b"{\"events\":[],\"debug\":true}", 100);
    assert_eq!(unknown, Err(CallError::UnknownField("debug".to_owned())));
    let body = json!({"events": vec![1; 101]}).to_string();
    assert_eq!(parse_call(body.as_bytes(), 100), Err(CallError::TooMany { count: 101, max: 100 }));
    assert_eq!(parse_call(b"{\"events\":[]}", 100), Ok(Vec::new()));
}

#[test]
fn who_may_speak_for_whom() {
    let own = with(&json!({"user_id": 7}));
    let other = with(&json!({"user_id": 8}));
    let nobodys = with(&json!({}));
    let code =
        |event, caller, service| take_as(event, caller, service).map(|it| it.user).map_err(|no| no.code);
    assert_eq!(code(&own, Some(CALLER), false), Ok(CALLER));
    assert_eq!(code(&other, Some(CALLER), false), Err("user_forbidden"));
    assert_eq!(code(&other, Some(CALLER), true), Ok(UserId::from_integer(8)));
    assert_eq!(code(&other, None, true), Ok(UserId::from_integer(8)));
    assert_eq!(code(&nobodys, Some(CALLER), true), Ok(CALLER));
    assert_eq!(code(&nobodys, None, true), Err("user_id_missing"));
}

#[test]
fn the_window_of_time_includes_its_ends() {
    let rules = EventRules { ahead_max: Duration::from_secs(300), back_max: Duration::from_secs(3_600) };
    let at = |micros: i64| {
        let body =
            json!({"events": [with(&json!({"event_time": Timestamp::from_micros(NOW.micros() + micros)}))]});
        let body = body.to_string();
        let raw = parse_call(body.as_bytes(), 1).expect("a call").remove(0).expect("an event");
        validate(raw, &rules, Some(CALLER), false, NOW, &mut || MADE).map(|_| ()).map_err(|no| no.code)
    };
    assert_eq!([at(300_000_000), at(-3_600_000_000)], [Ok(()), Ok(())]);
    assert_eq!([at(300_000_001), at(-3_600_000_001)], [Err("event_time_ahead"), Err("event_time_old")]);
}

#[test]
fn a_refusal_does_not_use_up_an_id_and_repeats_no_long_one() {
    let raw = RawEvent { event_id: None, ..RawEvent::default() };
    let mut asked = 0;
    let refused = validate(raw, &EventRules::default(), Some(CALLER), false, NOW, &mut || {
        asked += 1;
        MADE
    });
    assert_eq!((refused.expect_err("no post").code, asked), ("post_id_missing", 0));
    let refused = take(&with(&json!({"event_id": "x".repeat(65)}))).expect_err("no UUID");
    assert_eq!(refused.event_id, None);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn arbitrary_bodies_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..64), events in any::<bool>()) {
        let body = if events { [b"{\"events\":[", &bytes[..], b"]}"].concat() } else { bytes };
        drop(parse_call(&body, 100));
    }

    #[test]
    fn damaged_bodies_never_panic(
        events in prop::collection::vec(event(), 1..4),
        hits in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..4),
        cut in prop::option::of(any::<prop::sample::Index>()),
    ) {
        let text = |event: &Event| String::from_utf8(encode(event).value.expect("a value").to_vec()).expect("JSON");
        let mut body = format!("{{\"events\":[{}]}}", events.iter().map(text).collect::<Vec<_>>().join(",")).into_bytes();
        for (at, byte) in hits {
            let at = at.index(body.len());
            body[at] = byte;
        }
        if let Some(cut) = cut {
            body.truncate(cut.index(body.len()));
            prop_assert!(matches!(parse_call(&body, 100), Err(CallError::Malformed(_))));
        }
        for raw in parse_call(&body, 100).into_iter().flatten().flatten() {
            drop(validate(raw, &EventRules::default(), None, true, NOW, &mut || MADE));
        }
    }
}
