//! One record of a change topic: a digit for the table, the key, a line end, the value.

use std::sync::LazyLock;

use nova::ingest::change::{Decoded, Mapping, decode};
use nova_core::model::{Table, Timestamp};
use serde_json::Value;

/// A detail names a field and a cause; it never grows with the payload.
const DETAIL_BYTES_MAX: usize = 300;

/// The names of the recorded tables: `posts` has its text in `content`; `kinds` (digit 8) is one column of each type.
static POSTS: LazyLock<Mapping> =
    LazyLock::new(|| mapping(r#"{"tables": {"posts": {"columns": {"text": "content"}}}}"#));
static KINDS: LazyLock<Mapping> = LazyLock::new(|| {
    mapping(
        r#"{"tables": {"posts": {"columns": {"author_id": "i", "text": "big", "media": "j", "topics": "arr",
            "lang": "e", "created_at": "tstz", "updated_at": "ts", "deleted_at": ""}}}}"#,
    )
});

fn mapping(json: &str) -> Mapping {
    serde_json::from_str(json).expect("a mapping")
}

pub(crate) const RECEIVED_AT: Timestamp = Timestamp::from_micros(1_795_210_174_119_087);

pub(crate) fn run(bytes: &[u8]) {
    let Some((&table, rest)) = bytes.split_first() else { return };
    let (mapping, table) = match Table::ALL.get(usize::from(table.wrapping_sub(b'0'))) {
        Some(table) => (&*POSTS, *table),
        None => (&*KINDS, Table::Posts),
    };
    let end = rest.iter().position(|&byte| byte == b'\n').unwrap_or(rest.len());
    let (key, value) = (&rest[..end], rest.get(end + 1..));
    let decoded = decode(mapping, table, key, value, RECEIVED_AT);
    if let Err(why) = &decoded {
        assert!(why.detail.len() <= DETAIL_BYTES_MAX, "a detail repeats the payload: {}", why.detail);
    }
    // a converter with schemas enabled says the same in other words
    if let (Ok(Decoded::Change { .. }), Some(value)) = (&decoded, value) {
        let wrapped = [b"{\"payload\":", value, b"}"].concat();
        let again = decode(mapping, table, key, Some(&wrapped), RECEIVED_AT);
        if matches!(again, Ok(Decoded::Change { .. })) {
            assert_eq!(again, decoded);
        }
    }
}

macro_rules! recorded {
    ($($name:literal),+ $(,)?) => {
        [$(include_str!(concat!("../../crates/nova/tests/fixtures/debezium/", $name, ".json"))),+]
    };
}

/// What the real connector sent.
pub(crate) fn seeds() -> Vec<Vec<u8>> {
    let posts = recorded![
        "posts_create",
        "posts_update_full",
        "posts_delete",
        "posts_tombstone",
        "posts_snapshot_first",
        "posts_pkchange_delete_old",
        "posts_pkchange_create_new",
        "posts_create_schemas_enabled",
        "posts_schemas_enabled_update",
        "posts_schemas_enabled_delete",
        "transaction_topic",
    ];
    let kinds = recorded![
        "kinds_snapshot_types",
        "kinds_update_toast_unavailable_default_identity",
        "kinds_infinity_nan",
        "kinds_schemas_enabled",
    ];
    let mut seeds: Vec<Vec<u8>> = posts.iter().map(|fixture| seed('1', fixture)).collect();
    seeds.extend(kinds.iter().map(|fixture| seed('8', fixture)));
    // the other tables, and the flattened form
    for (digit, row) in [
        ('0', r#""id":7,"handle":"ann","display_name":"Ann","created_at":"2026-01-02T03:04:05Z""#),
        ('2', r#""id":"9","post_id":"5","author_id":7,"text":"yes","created_at":1767323045000000"#),
        ('3', r#""post_id":"5","user_id":7,"created_at":1767323045000"#),
        ('4', r#""follower_id":"7","followee_id":8,"created_at":"2026-01-02T03:04:05.6+01:00""#),
        ('5', r#""user_id":"7","target_id":8,"created_at":"infinity""#),
        ('7', r#""post_id":"5","user_id":7,"created_at":null"#),
    ] {
        seeds.push(
            format!(
                "{digit}{{\"id\":7}}\n{{\"before\":null,\"after\":{{{row}}},\"source\":{{\"lsn\":5,\"ts_us\":6}},\"op\":\"c\"}}"
            )
            .into_bytes(),
        );
        seeds.push(
            format!("{digit}\n{{{row},\"__op\":\"u\",\"__lsn\":\"77\",\"__deleted\":\"false\"}}")
                .into_bytes(),
        );
    }
    seeds
}

fn seed(digit: char, fixture: &str) -> Vec<u8> {
    let record: Value = serde_json::from_str(fixture).expect("a fixture is JSON");
    let mut seed = format!("{digit}{}", record["key"]).into_bytes();
    if !record["value"].is_null() {
        seed.extend_from_slice(format!("\n{}", record["value"]).as_bytes());
    }
    seed
}
