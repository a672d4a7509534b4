//! Every shape and every value a record may have, one by one.

use super::*;

#[test]
fn every_table_is_read() {
    let at = "2026-01-02T03:04:05Z";
    let (a, b) = (UserId::from_integer(1), UserId::from_integer(2));
    let time: Timestamp = at.parse().expect("a time");
    let edge = Edge { from: a, to: b, created_at: time };
    let like = Like { post: PostId::from_integer(1), user: b, created_at: time };
    for (table, columns, row) in [
        (Table::Likes, json!({"post_id": 1, "user_id": 2, "created_at": at}), Row::Like(like)),
        (Table::HiddenPosts, json!({"user_id": 2, "post_id": 1, "created_at": at}), Row::Hidden(like)),
        (Table::Follows, json!({"follower_id": 1, "followee_id": 2, "created_at": at}), Row::Follow(edge)),
        (Table::Blocks, json!({"user_id": 1, "target_id": 2, "created_at": at}), Row::Block(edge)),
        (Table::Mutes, json!({"user_id": 1, "target_id": 2, "created_at": at}), Row::Mute(edge)),
    ] {
        for op in ["c", "u", "r"] {
            assert_eq!(put(standard(table, &envelope(op, &Json::Null, &columns))), row, "{table}");
        }
        let deleted = change(standard(table, &envelope("d", &columns, &Json::Null)));
        assert!(matches!(deleted, Change::Delete { key, .. } if key == row.key()), "{table}");
    }
    let user = json!({"id": 1, "handle": "ada", "display_name": null, "created_at": at, "deleted_at": true});
    let Row::User(user) = put(standard(Table::Users, &envelope("c", &Json::Null, &user))) else { panic!() };
    assert_eq!((user.handle.as_deref(), user.display_name), (Some("ada"), None));
    assert_eq!(user.deleted_at, Some(Timestamp::from_micros(1_767_323_045_000_000)), "a flag: at the commit");
    let comment = json!({"id": 5, "post_id": 1, "author_id": 2, "text": "hm", "created_at": at});
    let Row::Comment(it) = put(standard(Table::Comments, &envelope("c", &Json::Null, &comment))) else {
        panic!()
    };
    assert_eq!((it.id, it.text.as_deref(), it.deleted_at), (CommentId::from_integer(5), Some("hm"), None));
}

#[test]
fn a_flattened_row_is_taken_with_its_position_only() {
    let flat = |marks: Json| {
        let mut row = like_columns();
        row.as_object_mut().expect("an object").append(marks.as_object().cloned().as_mut().expect("marks"));
        standard(Table::Likes, &row)
    };
    let both = change(flat(json!({"__op": "c", "__lsn": 99, "__source_ts_ms": 5, "__deleted": "false"})));
    let Change::Put { row, stamp } = both else { panic!("no row") };
    assert_eq!(row.key(), RowKey::Like(PostId::from_integer(7), UserId::from_integer(8)));
    assert_eq!(stamp, Stamp { version: 99, committed_at: Timestamp::from_millis(5) });
    for gone in [json!({"__op": "d", "__lsn": 9}), json!({"__op": "u", "__lsn": 9, "__deleted": "true"})] {
        assert!(matches!(change(flat(gone)), Change::Delete { .. }));
    }
    for (marks, missing) in [
        (json!({"__op": "c"}), "__lsn"),
        (json!({"__lsn": 1}), "__op"),
        (json!({"__deleted": "true"}), "__op"),
        (json!({}), "__op, __lsn"),
    ] {
        let (reason, detail) = refused(flat(marks));
        assert_eq!(reason, Reason::Invalid);
        assert!(detail.starts_with(missing), "{detail}");
    }
    let row = json!({"schema": null, "payload": {"post_id": 7, "user_id": 8, "__op": "r", "__lsn": "12"}});
    assert!(matches!(change(standard(Table::Likes, &row)), Change::Put { stamp, .. } if stamp.version == 12));
}

#[test]
fn a_flattened_row_may_have_columns_named_like_an_envelope() {
    let mapping = mapped("[tables.likes.columns]\nuser_id = \"payload\"\npost_id = \"source\"");
    let row = json!({"source": "7", "payload": 8, "before": "x", "op": 1, "__op": "c", "__lsn": 1});
    let row = put(run(&mapping, Table::Likes, &Json::Null, &row));
    assert_eq!(row.key(), RowKey::Like(PostId::from_integer(7), UserId::from_integer(8)));
}

#[test]
fn signs_of_life_are_passed_over() {
    for (value, why) in [
        (json!(null), Why::Tombstone),
        (json!({"schema": null, "payload": null}), Why::Tombstone),
        (json!({"ts_ms": 1}), Why::Heartbeat),
        (
            json!({"schema": {"name": "io.debezium.connector.common.Heartbeat"}, "payload": {"ts_ms": 1}}),
            Why::Heartbeat,
        ),
        (
            json!({"status": "END", "id": "1:2", "event_count": 1, "data_collections": [], "ts_ms": 1}),
            Why::Transaction,
        ),
        (
            json!({"op": "m", "ts_ms": 1, "source": {"lsn": 1}, "message": {"prefix": "p", "content": "x"}}),
            Why::Message,
        ),
    ] {
        assert_eq!(standard(Table::Posts, &value), Ok(Decoded::Skipped(why)), "{value}");
    }
    assert_eq!(
        decode(&Mapping::default(), Table::Posts, b"", None, RECEIVED),
        Ok(Decoded::Skipped(Why::Tombstone))
    );
}

#[test]
fn what_must_not_be_applied_by_itself_is_put_aside() {
    let truncate = json!({"before": null, "after": null, "source": {"lsn": 5}, "op": "t"});
    assert_eq!(refused(standard(Table::Posts, &truncate)).0, Reason::Operation);
    assert_eq!(
        refused(standard(Table::Likes, &envelope("x", &Json::Null, &like_columns()))).0,
        Reason::Operation
    );
}

#[test]
fn a_row_of_another_table_is_put_aside_though_its_columns_fit() {
    let columns = json!({"user_id": 1, "target_id": 2, "created_at": "2026-01-02T03:04:05Z"});
    let of = |table: Json, op: &str| json!({"before": columns, "after": columns, "source": {"lsn": 9, "table": table}, "op": op});
    for op in ["c", "u", "d", "r", "t"] {
        let (reason, detail) = refused(standard(Table::Blocks, &of(json!("mutes"), op)));
        assert_eq!(
            (reason, detail.as_str()),
            (Reason::Invalid, "source.table: is not blocks, the table of this topic"),
            "{op}"
        );
    }
    let mut flat = columns.clone();
    for (name, value) in [("__op", json!("c")), ("__lsn", json!(9)), ("__source_table", json!("mutes"))] {
        flat[name] = value;
    }
    assert_eq!(refused(standard(Table::Blocks, &flat)).0, Reason::Invalid);
    flat["__source_table"] = json!("blocks");
    put(standard(Table::Blocks, &flat));
    // whoever does not say is taken at the topic's word
    for table in [json!("blocks"), json!(null), json!(7)] {
        put(standard(Table::Blocks, &of(table, "c")));
    }
    let renamed = mapped("[tables.blocks]\ntable = \"bans\"");
    put(run(&renamed, Table::Blocks, &Json::Null, &of(json!("bans"), "c")));
    assert_eq!(
        refused(run(&renamed, Table::Blocks, &Json::Null, &of(json!("blocks"), "c"))).1,
        "source.table: is not bans, the table of this topic"
    );
    let message = json!({"op": "m", "source": {"lsn": 1, "table": ""}, "message": {"prefix": "p"}});
    assert_eq!(standard(Table::Blocks, &message), Ok(Decoded::Skipped(Why::Message)));
}

#[test]
fn a_change_without_a_version_is_put_aside() {
    for lsn in [json!(null), json!(0), json!(-5), json!(1.5), json!("x"), json!([1]), json!(1_u64 << 56)] {
        for op in ["c", "u", "d", "r"] {
            let record =
                json!({"before": like_columns(), "after": like_columns(), "source": {"lsn": lsn}, "op": op});
            let (reason, detail) = refused(standard(Table::Likes, &record));
            assert_eq!(reason, Reason::Unversioned, "{lsn}");
            assert!(detail.starts_with("source.lsn: "), "{detail}");
        }
    }
    let record = json!({"after": like_columns(), "op": "c"});
    assert_eq!(refused(standard(Table::Likes, &record)).0, Reason::Unversioned);
}

#[test]
fn the_epoch_stands_above_every_lsn() {
    let mapping = mapped("epoch = 3");
    let Change::Put { stamp, .. } =
        change(run(&mapping, Table::Likes, &Json::Null, &envelope("c", &Json::Null, &like_columns())))
    else {
        panic!("no row")
    };
    assert_eq!(stamp.version, (3 << 56) | 99);
}

#[test]
fn the_time_of_commit_is_the_best_that_is_known() {
    let with = |source: Json, ts_ms: Json| {
        let record = json!({"after": like_columns(), "source": source, "op": "c", "ts_ms": ts_ms});
        match change(standard(Table::Likes, &record)) {
            Change::Put { stamp, .. } => stamp.committed_at,
            Change::Delete { .. } => panic!("no row"),
        }
    };
    assert_eq!(with(json!({"lsn": 1, "ts_us": 5, "ts_ms": 6}), json!(7)), Timestamp::from_micros(5));
    assert_eq!(with(json!({"lsn": 1, "ts_us": null, "ts_ms": 6}), json!(7)), Timestamp::from_millis(6));
    assert_eq!(with(json!({"lsn": 1, "ts_ms": 0}), json!(7)), Timestamp::from_millis(7));
    assert_eq!(with(json!({"lsn": 1, "ts_ms": "soon"}), json!(u64::MAX)), RECEIVED);
}

#[test]
fn a_deletion_finds_its_key() {
    let expected = RowKey::Like(PostId::from_integer(7), UserId::from_integer(8));
    let key = json!({"post_id": 7, "user_id": 8});
    let wrapped = json!({"schema": {"type": "struct"}, "payload": key});
    for (before, key) in [
        (json!({"post_id": 7, "user_id": 8, "created_at": null}), &Json::Null),
        (Json::Null, &key),
        (Json::Null, &wrapped),
        (json!({"user_id": 8}), &key),
    ] {
        let decoded = run(&Mapping::default(), Table::Likes, key, &envelope("d", &before, &Json::Null));
        assert!(matches!(change(decoded), Change::Delete { key, .. } if key == expected));
    }
    let (reason, detail) =
        refused(standard(Table::Likes, &envelope("d", &json!({"post_id": 7}), &Json::Null)));
    assert_eq!((reason, detail.as_str()), (Reason::Invalid, "user_id: is missing"));
}

#[test]
fn deep_nesting_costs_no_stack() {
    let nest = |open: &str, close: &str| format!("{}{}", open.repeat(10_000), close.repeat(10_000));
    let (lists, objects) = (nest("[", "]"), nest("{\"payload\":", "}").replacen(":}", ":1}", 1));
    for value in [lists.clone(), objects.clone()] {
        assert!(decode(&Mapping::default(), Table::Posts, b"", Some(value.as_bytes()), RECEIVED).is_err());
        for member in ["unknown", "text", "schema", "source", "media", "after"] {
            let record = format!(
                "{{\"{member}\":{value},\"op\":\"c\",\"source\":{{\"lsn\":1}},\"after\":{{\"{member}\":{value}}}}}"
            );
            let error = decode(&Mapping::default(), Table::Posts, b"", Some(record.as_bytes()), RECEIVED);
            assert_eq!(error.expect_err("refused").reason, Reason::Invalid, "{member}");
        }
    }
    // a schema is read when an integer time asks for it: there the parser's own limit answers
    let record = format!("{{\"schema\":{lists},\"payload\":{}}}", post_with("created_at", json!(1)));
    let (_, detail) =
        refused(decode(&Mapping::default(), Table::Posts, b"", Some(record.as_bytes()), RECEIVED));
    assert_eq!(detail, "created_at: its schema cannot be read");
}

#[test]
fn what_is_no_json_is_malformed_and_other_json_invalid() {
    for bytes in [
        &b""[..],
        b" ",
        b"{",
        b"nul",
        b"{}{}",
        b"{\"op\":\"\xff\"}",
        b"{\"op\":\"\\ud800\"}",
        b"{\"ts_ms\":1e999}",
        b"NaN",
    ] {
        let error =
            decode(&Mapping::default(), Table::Posts, b"", Some(bytes), RECEIVED).expect_err("malformed");
        assert_eq!(error.reason, Reason::Malformed, "{}", String::from_utf8_lossy(bytes));
    }
    for value in [
        json!(1),
        json!("x"),
        json!([]),
        json!({}),
        json!({"a": 1}),
        json!({"payload": 5}),
        json!({"after": {}}),
    ] {
        assert_eq!(refused(standard(Table::Posts, &value)).0, Reason::Invalid, "{value}");
    }
}

#[test]
fn a_detail_never_quotes_the_payload() {
    for column in ["id", "author_id", "text", "media", "topics", "created_at", "deleted_at"] {
        let secret = json!({"secret": "s3cr3t"});
        let value = if column == "media" { json!("s3cr3t") } else { secret };
        let (_, detail) = refused(standard(Table::Posts, &post_with(column, value)));
        assert!(detail.starts_with(column) && !detail.contains("s3cr3t"), "{detail}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    /// What a writer puts into an envelope comes out again.
    #[test]
    fn a_post_goes_round(
        id in any::<u128>(), author in any::<u64>(), text in any::<String>(), lang in "[a-z]{2}",
        topics in prop::collection::vec("[a-z ]{0,8}", 0..4), times in prop::array::uniform3(0_i64..4_000_000_000_000_000),
        deleted in any::<bool>(), lsn in 1_u64..1 << 56, wrapped in any::<bool>(), op in "[cur]",
    ) {
        let id = Id::from_uuid(id).unwrap_or(Id::from_integer(1));
        let [created_at, updated_at, deleted_at] = times.map(Timestamp::from_micros);
        let post = Post {
            id: PostId(id), author: UserId::from_integer(author),
            body: PostBody { text: Some(text), media: Some("[1]".into()), lang: Some(lang), topics: Some(topics) },
            created_at, updated_at, deleted_at: deleted.then_some(deleted_at),
        };
        let columns = json!({
            "id": post.id, "author_id": post.author, "text": post.body.text, "media": post.body.media,
            "lang": post.body.lang, "topics": post.body.topics, "created_at": post.created_at,
            "updated_at": post.updated_at, "deleted_at": post.deleted_at,
        });
        let mut record = envelope(&op, &Json::Null, &columns);
        record["source"]["lsn"] = json!(lsn);
        let record = if wrapped { json!({"schema": {}, "payload": record}) } else { record };
        let Change::Put { row, stamp } = change(standard(Table::Posts, &record)) else { panic!("no row") };
        prop_assert_eq!(row, Row::Post(post));
        prop_assert_eq!(stamp.version, lsn);
    }
}
