//! What the real connector sent, and what becomes of it when it is damaged.

use super::*;

const POSTS: &str = "[tables.posts]\ncolumns = { text = \"content\" }";
/// One column of each type, read as a post.
const KINDS: &str = "[tables.posts]\ntable = \"kinds\"\n[tables.posts.columns]\n\
    author_id = \"i\"\ntext = \"big\"\nmedia = \"j\"\ntopics = \"arr\"\nlang = \"e\"\n\
    created_at = \"tstz\"\nupdated_at = \"ts\"\ndeleted_at = \"\"";

macro_rules! fixture {
    ($name:literal) => {
        include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/debezium/", $name, ".json"))
    };
}

const ALL: [(&str, &str); 17] = [
    (POSTS, fixture!("posts_create")),
    (POSTS, fixture!("posts_update_full")),
    (POSTS, fixture!("posts_delete")),
    (POSTS, fixture!("posts_tombstone")),
    (POSTS, fixture!("posts_snapshot_first")),
    (POSTS, fixture!("posts_snapshot_true")),
    (POSTS, fixture!("posts_snapshot_last_in_data_collection")),
    (POSTS, fixture!("posts_pkchange_delete_old")),
    (POSTS, fixture!("posts_pkchange_create_new")),
    (POSTS, fixture!("posts_create_schemas_enabled")),
    (POSTS, fixture!("posts_schemas_enabled_update")),
    (POSTS, fixture!("posts_schemas_enabled_delete")),
    (POSTS, fixture!("transaction_topic")),
    (KINDS, fixture!("kinds_snapshot_types")),
    (KINDS, fixture!("kinds_update_toast_unavailable_default_identity")),
    (KINDS, fixture!("kinds_infinity_nan")),
    (KINDS, fixture!("kinds_schemas_enabled")),
];

fn recorded(mapping: &str, fixture: &str) -> Result<Decoded, Undecodable> {
    let record: Json = serde_json::from_str(fixture).expect("a fixture is JSON");
    if record["value"].is_null() {
        return decode(&mapped(mapping), Table::Posts, record["key"].to_string().as_bytes(), None, RECEIVED);
    }
    run(&mapped(mapping), Table::Posts, &record["key"], &record["value"])
}

fn time(text: &str) -> Timestamp {
    text.parse().expect(text)
}

fn post_id(tail: &str) -> PostId {
    format!("00000000-0000-4000-8000-0000000000{tail}").parse().expect("an id")
}

#[test]
fn an_insert_is_the_whole_row() {
    let expected = Post {
        id: post_id("10"),
        author: "11111111-1111-4111-8111-111111111111".parse().expect("an id"),
        body: PostBody { text: Some("hello".into()), ..PostBody::default() },
        created_at: time("2026-01-02T03:04:05.600000Z"),
        updated_at: Timestamp::from_micros(1_795_210_174_082_182),
        deleted_at: None,
    };
    let stamp = Stamp { version: 26_573_464, committed_at: Timestamp::from_micros(1_795_210_174_082_182) };
    assert_eq!(
        recorded(POSTS, fixture!("posts_create")),
        Ok(Decoded::Change { change: Change::Put { row: Row::Post(expected), stamp }, unknown_columns: 0 })
    );
}

#[test]
fn snapshot_rows_are_rows_whatever_their_snapshot_says() {
    for (fixture, tail) in [
        (fixture!("posts_snapshot_first"), "01"),
        (fixture!("posts_snapshot_true"), "02"),
        (fixture!("posts_snapshot_last_in_data_collection"), "03"),
    ] {
        assert_eq!(post(recorded(POSTS, fixture)).id, post_id(tail));
    }
}

#[test]
fn an_update_is_what_stands_after_it() {
    let row = post(recorded(POSTS, fixture!("posts_update_full")));
    assert_eq!(row.body.text.as_deref(), Some("hello2"));
    assert_eq!(row.deleted_at, Some(time("2026-02-03T02:05:06Z")));
    let row = post(recorded(POSTS, fixture!("posts_schemas_enabled_update")));
    assert_eq!(row.body.text.as_deref(), Some("txu"));
}

#[test]
fn a_deletion_is_the_key_and_its_tombstone_is_passed_over() {
    for (fixture, tail, version) in [
        (fixture!("posts_delete"), "10", 26_574_128),
        (fixture!("posts_schemas_enabled_delete"), "60", 166_399_384),
    ] {
        let Change::Delete { key, stamp } = change(recorded(POSTS, fixture)) else { panic!("no deletion") };
        assert_eq!((key, stamp.version), (RowKey::Post(post_id(tail)), version));
    }
    assert_eq!(recorded(POSTS, fixture!("posts_tombstone")), Ok(Decoded::Skipped(Why::Tombstone)));
}

#[test]
fn a_new_primary_key_is_a_deletion_and_an_insert_of_one_version() {
    let old = change(recorded(POSTS, fixture!("posts_pkchange_delete_old")));
    let new = change(recorded(POSTS, fixture!("posts_pkchange_create_new")));
    let (Change::Delete { key, stamp: left }, Change::Put { row, stamp: came }) = (old, new) else {
        panic!("not a deletion and an insert")
    };
    assert_eq!(key, RowKey::Post(post_id("03")));
    assert_eq!(row.key(), RowKey::Post(post_id("99")));
    assert_eq!(left, came);
}

#[test]
fn a_record_with_schemas_is_the_same_record() {
    let row = post(recorded(POSTS, fixture!("posts_create_schemas_enabled")));
    assert_eq!(row.created_at, time("2026-01-02T03:04:05.600000Z"));
    assert!(row.body.text.is_some());
}

#[test]
fn marks_of_transactions_are_passed_over() {
    assert_eq!(recorded(POSTS, fixture!("transaction_topic")), Ok(Decoded::Skipped(Why::Transaction)));
}

#[test]
fn integers_beyond_2_to_53_are_exact_and_types_are_read() {
    let decoded = recorded(KINDS, fixture!("kinds_snapshot_types"));
    let Ok(Decoded::Change { unknown_columns, .. }) = decoded else { panic!("{decoded:?}") };
    assert_eq!(unknown_columns, 8, "every column that is not mapped is counted");
    let row = post(decoded);
    assert_eq!(row.id, PostId::from_integer(9_007_199_254_740_993));
    assert_eq!(row.updated_at, Timestamp::from_micros(1_767_323_045_678_901));
    assert_eq!(row.created_at, time("2026-01-02T01:04:05.678901Z"));
    assert_eq!(row.body.media.as_deref(), Some("{\"a\": 1}"));
    assert_eq!(row.body.topics, Some(vec!["a".into(), "b".into()]));
}

#[test]
fn an_unchanged_toast_value_did_not_come_along() {
    let row = post(recorded(KINDS, fixture!("kinds_update_toast_unavailable_default_identity")));
    assert_eq!(row.body.text, None);
}

#[test]
fn infinities_are_the_ends_of_time() {
    let row = post(recorded(KINDS, fixture!("kinds_infinity_nan")));
    assert_eq!((row.created_at, row.updated_at), (Timestamp::MAX, Timestamp::MIN));
}

#[test]
fn a_null_time_is_the_time_of_commit() {
    let mapping = mapped(
        "[tables.users]\ntable = \"kinds\"\n[tables.users.columns]\ncreated_at = \"tstz\"\nupdated_at = \"ts\"",
    );
    let record: Json = serde_json::from_str(fixture!("kinds_schemas_enabled")).expect("a fixture is JSON");
    let Row::User(row) = put(run(&mapping, Table::Users, &record["key"], &record["value"])) else { panic!() };
    assert_eq!(row.updated_at, Timestamp::from_micros(1_795_210_547_643_143));
    assert_eq!(row.created_at, time("2026-01-02T03:04:05Z"));
}

/// A recorded value as bytes; the tombstone is the JSON null.
fn sample() -> impl Strategy<Value = (Mapping, Vec<u8>)> {
    (0..ALL.len()).prop_map(|index| {
        let (mapping, fixture) = ALL[index];
        let record: Json = serde_json::from_str(fixture).expect("a fixture is JSON");
        (mapped(mapping), record["value"].to_string().into_bytes())
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_024))]

    #[test]
    fn arbitrary_bytes_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..200), table in 0_usize..8) {
        drop(decode(&Mapping::default(), Table::ALL[table], &bytes, Some(&bytes), RECEIVED));
    }

    #[test]
    fn a_record_that_is_cut_off_is_malformed((mapping, bytes) in sample(), cut in any::<prop::sample::Index>()) {
        let cut = &bytes[..cut.index(bytes.len())];
        let error = decode(&mapping, Table::Posts, b"", Some(cut), RECEIVED).expect_err("cut off");
        prop_assert_eq!(error.reason, Reason::Malformed);
    }

    #[test]
    fn a_damaged_record_never_panics(
        (mapping, mut bytes) in sample(),
        hits in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6),
        table in 0_usize..8,
    ) {
        for (at, byte) in hits {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        drop(decode(&mapping, Table::ALL[table], &bytes, Some(&bytes), RECEIVED));
    }

    /// Structure survives, values do not: this gets past the parser.
    #[test]
    fn a_record_with_other_values_never_panics(
        (mapping, bytes) in sample(),
        with in prop::sample::select(vec![
            "null", "true", "-1", "0", "1e999", "9223372036854775808", "\"\"", "\"x\"", "[]", "{}", "[null]",
            "\"infinity\"", "\"-99999-01-01T00:00:00Z\"", "\"__debezium_unavailable_value\"", "\"\\ud800\"",
        ]),
        at in any::<prop::sample::Index>(),
        table in 0_usize..8,
    ) {
        let text = String::from_utf8(bytes).expect("JSON");
        let members: Vec<usize> = text.match_indices("\":").map(|(at, _)| at + 2).collect();
        if members.is_empty() {
            return Ok(()); // the tombstone
        }
        let start = members[at.index(members.len())];
        let mut rest = serde_json::Deserializer::from_str(&text[start..]).into_iter::<&serde_json::value::RawValue>();
        let old = rest.next().expect("a value").expect("a value").get();
        let skip = text[start..].find(old).expect("it stands there") + old.len();
        let text = format!("{}{with}{}", &text[..start], &text[start + skip..]);
        let decoded = decode(&mapping, Table::ALL[table], text.as_bytes(), Some(text.as_bytes()), RECEIVED);
        if let Err(error) = decoded {
            prop_assert!(!error.detail.is_empty() && error.detail.len() < 200, "{}", error.detail);
        }
    }
}
