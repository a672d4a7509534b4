use proptest::prelude::*;
use serde_json::{Value, json};

use super::kind::Pass;
use super::line::{self, Line};
use super::{Options, Times};
use crate::config::{Config, Overrides};
use nova_core::model::Timestamp;

const NOW: Timestamp = Timestamp::from_micros(1_800_000_000_000_000);

fn times(shift: i64) -> Times {
    let config = Config::load(None, &Overrides::default()).expect("the defaults");
    Options { shift, ..Options::new(&config.events, NOW) }.times()
}

/// What comes of a line, in the one pass where something does.
fn read(text: &str, shift: i64) -> Result<Line, String> {
    let times = times(shift);
    let mut found = Pass::ALL.into_iter().filter_map(|pass| line::read(text, pass, &times));
    let outcome = found.next().expect("no line is passed over");
    assert!(found.next().is_none(), "taken twice: {text}");
    outcome
}

fn refused(text: &str) -> String {
    read(text, 0).expect_err(text)
}

fn user() -> Value {
    json!({"type": "user", "id": "1", "handle": "ann", "display_name": "Ann", "created_at": "2020-01-01T00:00:00Z"})
}

fn post() -> Value {
    json!({"type": "post", "id": "5", "author_id": "1", "text": " hi ", "created_at": "2020-01-01T00:00:00Z"})
}

fn event() -> Value {
    json!({"type": "event", "user_id": 1, "post_id": 5, "action": "share", "event_time": "2020-01-01T00:00:00Z"})
}

fn with(mut line: Value, column: &str, value: Value) -> String {
    line[column] = value;
    line.to_string()
}

#[test]
fn each_kind_is_read() {
    let at = "2020-01-01T00:00:00Z";
    for (line, count) in [
        (user(), 1),
        (
            json!({"type": "user", "id": 1, "handle": "ann", "display_name": "A", "created_at": at, "updated_at": at, "deleted_at": at}),
            2,
        ),
        (post(), 1),
        (
            json!({"type": "post", "id": 5, "author_id": 1, "text": "x", "media": [{"a": 1}], "lang": "en", "topics": ["x"], "created_at": at, "updated_at": null, "deleted_at": at}),
            2,
        ),
        (
            json!({"type": "comment", "id": 7, "post_id": 5, "author_id": 1, "text": "yes", "created_at": at, "deleted_at": at}),
            2,
        ),
        (json!({"type": "like", "post_id": 5, "user_id": 1, "created_at": at}), 1),
        (json!({"type": "hide", "post_id": 5, "user_id": 1, "created_at": at}), 1),
        (json!({"type": "follow", "follower_id": 1, "followee_id": 2, "created_at": at}), 1),
        (json!({"type": "block", "user_id": 1, "target_id": 2, "created_at": at}), 1),
        (json!({"type": "mute", "user_id": 1, "target_id": 2, "created_at": at}), 1),
    ] {
        match read(&line.to_string(), 0) {
            Ok(Line::Rows(writes)) => assert_eq!(writes.len(), count, "{line}"),
            other => panic!("{line}: {other:?}"),
        }
    }
    assert!(matches!(read(&event().to_string(), 0), Ok(Line::Event(_))));
}

#[test]
fn a_line_says_what_it_is_wherever_and_however() {
    let rest = r#""post_id":"5","user_id":"1","created_at":"2020-01-01T00:00:00Z""#;
    for line in [
        format!(r#"{{"type":"like",{rest}}}"#),
        format!(r#"{{ "type" : "like" , {rest} }}"#),
        format!(r#"{{{rest},"type":"like"}}"#),
        format!(r#"{{"type":"l\u0069ke",{rest}}}"#),
    ] {
        assert!(matches!(read(&line, 0), Ok(Line::Rows(_))), "{line}");
    }
}

#[test]
fn an_event_without_id_gets_the_same_one_whatever_the_shift() {
    let line = event().to_string();
    let (Ok(Line::Event(one)), Ok(Line::Event(other))) = (read(&line, 0), read(&line, 5_000_000)) else {
        panic!("events")
    };
    assert_eq!(one.id, other.id);
    assert_eq!(other.time.micros_since(one.time), 5_000_000);
}

#[test]
fn a_refused_line_names_the_column_and_the_reason() {
    for (line, why) in [
        (String::new(), "EOF while parsing a value"),
        ("{".to_owned(), "EOF while parsing an object"),
        (r#"{"type":"like""#.to_owned(), "EOF while parsing an object"),
        ("[]".to_owned(), "must be a JSON object"),
        ("{}".to_owned(), "type: is missing"),
        (r#"{"type":"users"}"#.to_owned(), "type: must be user, post"),
        (r#"{"type":"like","type":"user"}"#.to_owned(), "type: is there more than once"),
        (r#"{"type":"like","post_id":"5"}"#.to_owned(), "user_id: is missing"),
        (with(user(), "id", json!("x")), "id: must be a UUID or decimal digits"),
        (with(user(), "when", json!(1)), "when: is no column of this type"),
        (with(user(), "post_id", json!(1)), "post_id: is no column of this type"),
        (with(user(), "created_at", json!("2020")), "created_at: must be an RFC 3339 time"),
        (with(post(), "text", json!(5)), "text: must be a string"),
        (with(event(), "action", json!("dwell")), "dwell_ms: is missing"),
        (with(event(), "action", json!("look")), "action: must be"),
        (with(event(), "action", json!("served")), "action: served is noted by the service itself"),
        (with(event(), "dwell_ms", json!(5)), "dwell_ms: comes with a dwell only"),
    ] {
        let error = refused(&line);
        assert!(error.starts_with(why), "{line}: {error}");
    }
}

/// What HTTP refuses, see the tests of its endpoints.
#[test]
fn the_limits_are_those_of_the_api() {
    let long = |chars: usize| json!("ä".repeat(chars));
    for good in [
        with(user(), "display_name", long(100)),
        with(post(), "text", long(5_000)),
        with(post(), "media", json!(vec![1; 20])),
        with(post(), "lang", json!("zh-Hant-TW")),
        with(post(), "topics", json!(vec!["ä".repeat(50); 20])),
        with(event(), "event_time", json!("2027-01-15T08:05:00Z")),
    ] {
        read(&good, 0).expect(&good);
    }
    for (bad, why) in [
        (with(user(), "handle", json!("Ann")), "handle: must be 3 to 30 characters of a-z, 0-9 and _"),
        (with(user(), "handle", json!("an")), "handle: must be 3 to 30 characters of a-z, 0-9 and _"),
        (with(user(), "display_name", long(101)), "display_name: must have 1 to 100 characters"),
        (with(user(), "display_name", json!("a\0b")), "display_name: must not contain the character NUL"),
        (with(post(), "text", long(5_001)), "text: must have 1 to 5000 characters"),
        (with(post(), "media", json!(vec![1; 21])), "media: must have at most 20 entries and 8192 bytes"),
        (
            with(post(), "media", json!(["x".repeat(8_200)])),
            "media: must have at most 20 entries and 8192 bytes",
        ),
        (with(post(), "media", json!({})), "media: must be an array"),
        (with(post(), "lang", json!("x")), "lang: must be a BCP 47 tag"),
        (
            with(post(), "topics", json!(vec!["x"; 21])),
            "topics: must be at most 20 words of 1 to 50 characters",
        ),
        (with(post(), "topics", json!([" "])), "topics: must be at most 20 words of 1 to 50 characters"),
        (with(post(), "topics", json!([long(51)])), "topics: must be at most 20 words of 1 to 50 characters"),
        (with(post(), "topics", json!("x")), "topics: must be an array of strings"),
        (with(event(), "event_id", json!("5")), "event_id: must be a UUID"),
        (with(event(), "event_id", json!("00000000-0000-0000-0000-000000000000")), "event_id: must"),
        (with(event(), "device", long(33)), "device: must be at most 64 bytes"),
        (
            with(event(), "event_time", json!("2027-01-15T08:05:01Z")),
            "event_time: lies more than 300 s ahead of now",
        ),
    ] {
        let error = refused(&bad);
        assert!(error.starts_with(why), "{bad}: {error}");
    }
}

#[test]
fn media_is_kept_in_one_form() {
    let line = r#"{"type":"post","id":5,"author_id":1,"text":"x","media":[ {"b":1, "a" : 2} ],"created_at":"2020-01-01T00:00:00Z"}"#;
    let Ok(Line::Rows(writes)) = read(line, 0) else { panic!("a post") };
    let crate::social::Write::Post(post, _) = &writes[0] else { panic!("a post") };
    assert_eq!(post.media, r#"[{"a":2,"b":1}]"#);
}

proptest! {
    #[test]
    fn whatever_a_line_is_it_is_answered_once(text in "\\PC*") {
        drop(read(&text, 0));
    }

    #[test]
    fn whatever_a_column_holds_the_line_is_answered_once(
        kind in prop::sample::select(vec!["user", "post", "comment", "like", "event", "x"]),
        column in prop::sample::select(vec!["type", "id", "media", "topics", "created_at", "event_time", "dwell_ms"]),
        value in prop::sample::select(vec!["null", "1", "-1", "1e999", "[]", "[1]", "{}", "\"\"", "\"\\ud800\"", "tru"]),
    ) {
        drop(read(&format!(r#"{{"type":"{kind}","{column}":{value}}}"#), 0));
    }
}
