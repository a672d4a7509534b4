//! What a service said.

use bytes::Bytes;
use hyper::HeaderMap;
use serde_json::{Value, json};

/// An answer, and what it answers: for what a failed test says.
#[derive(Debug, Clone)]
pub(crate) struct Answer {
    pub(crate) request: String,
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

impl Answer {
    /// The same answer, which must have this status.
    #[track_caller]
    pub(crate) fn expect(self, status: u16) -> Self {
        assert_eq!(self.status, status, "{}: {}", self.request, self.text());
        self
    }

    /// A problem with this status and code, as RFC 9457 and the contract want it.
    #[track_caller]
    pub(crate) fn problem(self, status: u16, code: &str) -> Value {
        let answer = self.expect(status);
        assert_eq!(answer.header("content-type"), "application/problem+json", "{}", answer.request);
        let body = answer.json();
        assert_eq!(body["code"], code, "{}: {body}", answer.request);
        assert_eq!(body["status"], status, "{body}");
        assert_eq!(body["request_id"], answer.header("x-request-id"), "{body}");
        for member in ["type", "title", "detail"] {
            assert!(body[member].as_str().is_some_and(|text| !text.is_empty()), "{member}: {body}");
        }
        body
    }

    /// The stable word of a problem; nothing where it is no problem.
    pub(crate) fn code(&self) -> String {
        let body: Value = serde_json::from_slice(&self.body).unwrap_or_default();
        body["code"].as_str().unwrap_or_default().to_owned()
    }

    #[track_caller]
    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body)
            .unwrap_or_else(|error| panic!("{}: {error}: {}", self.request, self.text()))
    }

    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().expect("text"))
    }

    #[track_caller]
    pub(crate) fn id(&self) -> String {
        self.json()["id"].as_str().expect("an id").to_owned()
    }

    /// A member of every item, in order.
    #[track_caller]
    pub(crate) fn items(&self, member: &str) -> Vec<String> {
        let body = self.json();
        let items = body["items"].as_array().unwrap_or_else(|| panic!("{}: {body}", self.request));
        items.iter().map(|item| item[member].as_str().expect("text").to_owned()).collect()
    }
}

/// A whole answer as text, with what differs from run to run named instead: ids, request ids, cursors.
pub(crate) fn redacted(mut value: Value) -> String {
    fn walk(value: &mut Value) {
        match value {
            Value::Object(map) => {
                for (name, value) in map.iter_mut() {
                    let text = value.as_str().unwrap_or_default();
                    let id = text.len() == 36 && text.bytes().filter(|&b| b == b'-').count() == 4;
                    match name.as_str() {
                        "request_id" | "slate_id" | "next_cursor" | "config_version" if value.is_string() => {
                            *value = json!(format!("[{name}]"));
                        }
                        _ if id => *value = json!("[uuid]"),
                        _ => walk(value),
                    }
                }
            }
            Value::Array(values) => values.iter_mut().for_each(walk),
            _ => {}
        }
    }
    walk(&mut value);
    serde_json::to_string_pretty(&value).expect("json")
}
