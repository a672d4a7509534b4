//! Rows come in by two doors, HTTP and `nova import`: what one refuses the other does, in the same words.

use serde_json::{Value, json};

use crate::process::run;
use crate::service::Service;

/// Values of one column of a new account or post, at the limits and past them.
fn values() -> Vec<(&'static str, &'static str, Value)> {
    let many = |entry: Value, count: usize| Value::Array(vec![entry; count]);
    let mut values = Vec::new();
    for handle in ["ann", "an", "Ann", "a-b-c", "änn", ""] {
        values.push(("user", "handle", json!(handle)));
    }
    for handle in ["z".repeat(30), "z".repeat(31)] {
        values.push(("user", "handle", json!(handle)));
    }
    for name in ["ä".repeat(100), "ä".repeat(101), "  x  ".to_owned(), "  ".to_owned(), "a\0b".to_owned()] {
        values.push(("user", "display_name", json!(name)));
    }
    for text in ["ä".repeat(5_000), "ä".repeat(5_001), " ".to_owned(), "a\0b".to_owned()] {
        values.push(("post", "text", json!(text)));
    }
    values.push(("post", "text", json!(5)));
    for media in [
        many(json!(1), 20),
        many(json!(1), 21),
        json!(["x".repeat(8_188)]),
        json!(["x".repeat(8_189)]),
        json!({}),
        Value::Null,
    ] {
        values.push(("post", "media", media));
    }
    for lang in ["en", "zh-Hant-TW", "e", "en_GB", "123", "en-toolongaword"] {
        values.push(("post", "lang", json!(lang)));
    }
    for topics in [
        many(json!("x"), 20),
        many(json!("x"), 21),
        json!(["ä".repeat(50)]),
        json!(["ä".repeat(51)]),
        json!([" "]),
        json!([5]),
        json!("x"),
    ] {
        values.push(("post", "topics", topics));
    }
    values
}

/// A row that both doors take, with one column changed.
fn row(kind: &str, column: &str, value: &Value, id: usize) -> Value {
    let mut row = match kind {
        "user" => json!({"handle": format!("user_{id}"), "display_name": "x"}),
        _ => json!({"text": "x"}),
    };
    row[column] = value.clone();
    row
}

/// What import says of each value: nothing, or `column: reason`.
fn imported(values: &[(&str, &str, Value)]) -> Vec<Option<String>> {
    let at = "2020-01-01T00:00:00Z";
    let lines = values.iter().enumerate().map(|(id, (kind, column, value))| {
        let mut line = row(kind, column, value, id);
        line["type"] = json!(kind);
        line["id"] = json!(id + 10);
        line["created_at"] = json!(at);
        if *kind == "post" {
            line["author_id"] = json!(1);
        }
        line.to_string() + "\n"
    });
    let dir = tempfile::tempdir().expect("a directory");
    let file = dir.path().join("history.jsonl");
    std::fs::write(&file, lines.collect::<String>()).expect("written");
    let data = dir.path().join("data");
    let (file, data) = (file.to_str().expect("UTF-8"), data.to_str().expect("UTF-8"));
    let report = run(&["import", file, "--dry-run", "--json", "--data-dir", data], &[]).expect(1).json();
    let reasons = report["reasons"].as_array().expect("reasons");
    let mut said = vec![None; values.len()];
    for reason in reasons {
        let line = reason["line"].as_u64().expect("a number") as usize;
        said[line - 1] = Some(reason["reason"].as_str().expect("text").to_owned());
    }
    said
}

#[tokio::test(flavor = "multi_thread")]
async fn both_take_and_refuse_the_same() {
    let app = Service::start().await;
    let author = app.user("author").await;
    let values = values();
    for (id, ((kind, column, value), imported)) in values.iter().zip(imported(&values)).enumerate() {
        let answer = app.by(&author).post(&format!("/{kind}s"), row(kind, column, value, id)).await;
        let served = match answer.status {
            201 => None,
            _ => {
                let problem = answer.expect(422).json();
                let detail = problem["errors"][0]["detail"].as_str().expect("text");
                Some(detail.replacen(column, &format!("{column}:"), 1))
            }
        };
        assert_eq!(served, imported, "{kind} {column} {value}");
    }
}
