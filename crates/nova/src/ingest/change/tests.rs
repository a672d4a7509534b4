use nova_core::model::{CommentId, Edge, Id, Like, Post, PostBody, PostId, Row, RowKey, UserId};
use proptest::prelude::*;
use serde_json::{Value as Json, json};

use super::*;

mod mapped;
mod recorded;
mod shapes;
mod values;

const RECEIVED: Timestamp = Timestamp::from_micros(1_800_000_000_000_000);

fn run(mapping: &Mapping, table: Table, key: &Json, value: &Json) -> Result<Decoded, Undecodable> {
    decode(mapping, table, key.to_string().as_bytes(), Some(value.to_string().as_bytes()), RECEIVED)
}

fn standard(table: Table, value: &Json) -> Result<Decoded, Undecodable> {
    run(&Mapping::default(), table, &Json::Null, value)
}

fn change(decoded: Result<Decoded, Undecodable>) -> Change {
    match decoded {
        Ok(Decoded::Change { change, .. }) => change,
        other => panic!("no change: {other:?}"),
    }
}

fn put(decoded: Result<Decoded, Undecodable>) -> Row {
    match change(decoded) {
        Change::Put { row, .. } => row,
        Change::Delete { key, .. } => panic!("deleted {key:?}"),
    }
}

fn post(decoded: Result<Decoded, Undecodable>) -> Post {
    match put(decoded) {
        Row::Post(post) => post,
        other => panic!("no post: {other:?}"),
    }
}

fn refused(decoded: Result<Decoded, Undecodable>) -> (Reason, String) {
    let error = decoded.expect_err("must be refused");
    (error.reason, error.detail)
}

fn mapped(toml: &str) -> Mapping {
    use figment::providers::{Format as _, Toml};
    figment::Figment::from(Toml::string(toml)).extract().expect("a mapping")
}

fn like_columns() -> Json {
    json!({"post_id": "7", "user_id": 8, "created_at": "2026-01-02T03:04:05Z"})
}

fn envelope(op: &str, before: &Json, after: &Json) -> Json {
    json!({"before": before, "after": after, "source": {"lsn": 99, "ts_us": 1_767_323_045_000_000_u64}, "op": op})
}

fn post_columns() -> Json {
    json!({
        "id": "1", "author_id": "2", "text": "t", "media": "[]", "lang": "en", "topics": ["a"],
        "created_at": "2026-01-02T03:04:05Z", "updated_at": "2026-01-02T03:04:05Z", "deleted_at": null,
    })
}

/// A post with one column replaced.
fn post_with(column: &str, value: Json) -> Json {
    let mut columns = post_columns();
    columns[column] = value;
    envelope("c", &Json::Null, &columns)
}
