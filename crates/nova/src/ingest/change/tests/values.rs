//! What the columns of a row may hold.

use super::*;

#[test]
fn every_placeholder_form_did_not_come_along() {
    for value in ["__debezium_unavailable_value", "X19kZWJleml1bV91bmF2YWlsYWJsZV92YWx1ZQ=="] {
        assert_eq!(post(standard(Table::Posts, &post_with("text", json!(value)))).body.text, None);
        for value in [json!(value), json!([value])] {
            assert_eq!(post(standard(Table::Posts, &post_with("media", value.clone()))).body.media, None);
            assert_eq!(post(standard(Table::Posts, &post_with("topics", value))).body.topics, None);
        }
        let (_, detail) = refused(standard(Table::Posts, &post_with("author_id", json!(value))));
        assert_eq!(detail, "author_id: is missing");
    }
    let kept =
        post(standard(Table::Posts, &post_with("topics", json!(["__debezium_unavailable_value", "b"]))));
    assert_eq!(kept.body.topics.map(|topics| topics.len()), Some(2));
}

#[test]
fn null_empties_and_absence_leaves() {
    let columns = json!({"id": 1, "author_id": 2, "text": null, "media": null, "lang": null, "topics": null, "created_at": 1});
    let row = post(standard(Table::Posts, &envelope("u", &Json::Null, &columns)));
    assert_eq!((row.body.text.as_deref(), row.body.media.as_deref()), (Some(""), Some("[]")));
    assert_eq!((row.body.lang.as_deref(), row.body.topics), (Some(""), Some(Vec::new())));
    let columns = json!({"id": 1, "author_id": 2, "created_at": 1});
    let row = post(standard(Table::Posts, &envelope("u", &Json::Null, &columns)));
    assert_eq!(row.body, PostBody::default());
}

#[test]
fn media_is_json_however_it_comes() {
    for (value, text) in [
        (json!("[{\"url\":\"u\"}]"), "[{\"url\":\"u\"}]"),
        (json!([{"url": "u"}]), "[{\"url\":\"u\"}]"),
        (json!({}), "{}"),
    ] {
        assert_eq!(
            post(standard(Table::Posts, &post_with("media", value))).body.media.as_deref(),
            Some(text)
        );
    }
    for value in [json!("no json"), json!(format!("{}{}", "[".repeat(10_000), "]".repeat(10_000)))] {
        let (reason, detail) = refused(standard(Table::Posts, &post_with("media", value)));
        assert_eq!(reason, Reason::Invalid);
        assert!(detail.starts_with("media: must be JSON"), "{detail}");
    }
    let topics = post(standard(Table::Posts, &post_with("topics", json!("[\"a\",null]")))).body.topics;
    assert_eq!(topics, Some(vec!["a".to_owned()]));
}

#[test]
fn times_of_every_unit_are_read() {
    let micros = 1_767_323_045_678_000_i64;
    let with = |name: Option<&str>, value: Json| {
        let field = json!({"type": "int64", "name": name, "field": "created_at"});
        let schema =
            json!({"fields": [{"field": "before", "fields": []}, {"field": "after", "fields": [field]}]});
        let record = json!({"schema": schema, "payload": post_with("created_at", value)});
        post(standard(Table::Posts, &record)).created_at
    };
    let time = Timestamp::from_micros(micros);
    assert_eq!(with(Some("io.debezium.time.Timestamp"), json!(micros / 1_000)), time);
    assert_eq!(with(Some("org.apache.kafka.connect.data.Timestamp"), json!(micros / 1_000)), time);
    assert_eq!(with(Some("io.debezium.time.MicroTimestamp"), json!(micros)), time);
    assert_eq!(with(Some("io.debezium.time.NanoTimestamp"), json!(micros * 1_000 + 999)), time);
    assert_eq!(with(Some("io.debezium.time.ZonedTimestamp"), json!("2026-01-02T05:04:05.678+02:00")), time);
    assert_eq!(with(Some("io.debezium.time.Date"), json!(20_455)).to_string(), "2026-01-02T00:00:00.000000Z");
    assert_eq!(with(Some("io.debezium.time.Date"), json!(2_146_033_979)), Timestamp::MAX);
    assert_eq!(with(None, json!(micros)), time);
    for name in ["Timestamp", "MicroTimestamp", "NanoTimestamp"] {
        let name = format!("io.debezium.time.{name}");
        assert_eq!(with(Some(&name), json!(i64::MIN)), Timestamp::MIN);
        assert_eq!(with(Some(&name), json!(i64::MAX)), Timestamp::MAX);
    }
}

#[test]
fn times_out_of_reach_are_the_nearest_end_and_others_are_refused() {
    for (text, end) in [
        ("infinity", Timestamp::MAX),
        ("-infinity", Timestamp::MIN),
        ("-0043-03-15T00:00:00.000000Z", Timestamp::MIN),
        ("0000-01-01T00:00:00Z", Timestamp::MIN),
        ("+10000-01-01T00:00:00Z", Timestamp::MAX),
        ("294276-12-31T23:59:59.999999Z", Timestamp::MAX),
    ] {
        assert_eq!(
            post(standard(Table::Posts, &post_with("created_at", json!(text)))).created_at,
            end,
            "{text}"
        );
    }
    for value in [
        json!("+2026-01-01T00:00:00Z"),
        json!("-infinite"),
        json!("2026-13-01T00:00:00Z"),
        json!(1.5),
        json!([]),
        json!(true),
    ] {
        let (reason, detail) = refused(standard(Table::Posts, &post_with("created_at", value)));
        assert_eq!(reason, Reason::Invalid);
        assert!(detail.starts_with("created_at: must be an RFC 3339 time"), "{detail}");
    }
    assert_eq!(
        refused(standard(Table::Posts, &post_with("created_at", Json::Null))).1,
        "created_at: is missing"
    );
}

#[test]
fn ids_of_other_types_are_refused_by_name() {
    for value in [
        json!(-1),
        json!(1.0),
        json!("x"),
        json!(true),
        json!({"scale": 0, "value": "AQ=="}),
        json!("6e6f7661-0000-0000-0000-000000000001"),
    ] {
        let (reason, detail) = refused(standard(Table::Posts, &post_with("author_id", value)));
        assert_eq!(reason, Reason::Invalid);
        assert!(detail.starts_with("author_id: "), "{detail}");
    }
    assert_eq!(
        post(standard(Table::Posts, &post_with("author_id", json!(u64::MAX)))).author.0,
        Id::from_integer(u64::MAX)
    );
}
