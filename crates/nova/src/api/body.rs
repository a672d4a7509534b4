//! Bodies of requests: strict JSON within a size, every refused field named.

use axum::body::Bytes;
use axum::extract::{FromRequest, Request};
use axum::http::header::{CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE};
use axum::http::{HeaderMap, StatusCode};
use http_body_util::{BodyExt as _, LengthLimitError, Limited};
use serde::de::{Deserializer, MapAccess, Visitor};
use serde_json::{Map, Value};

use super::error::{FieldError, Problem, Result};
use super::state::Shared;

/// A body that can be read field by field.
pub(crate) trait FromFields: Sized {
    /// `None` only when something was wrong, which `fields` then holds.
    fn read(fields: &mut Fields) -> Option<Self>;
}

/// The body of a request.
pub(crate) struct Body<T>(pub(crate) T);

impl<T: FromFields> FromRequest<Shared> for Body<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, api: &Shared) -> Result<Self> {
        let bytes = json_bytes(request, api.services.config.server.body_bytes_max).await?;
        let mut fields = Fields { left: object(&bytes)?, errors: Vec::new() };
        let value = T::read(&mut fields);
        let unknown = |(name, _)| FieldError::new(name, "unknown_field", "is no field here");
        fields.errors.extend(fields.left.into_iter().map(unknown));
        match value {
            Some(value) if fields.errors.is_empty() => Ok(Self(value)),
            _ => Err(Problem::invalid(fields.errors)),
        }
    }
}

pub(crate) use crate::social::limits::Refusal;

/// The fields of a body that were not read yet, and what was found wrong with the others.
pub(crate) struct Fields {
    left: Map<String, Value>,
    errors: Vec<FieldError>,
}

impl Fields {
    /// A field that must be there.
    pub(crate) fn required<T>(
        &mut self,
        name: &'static str,
        read: impl FnOnce(Value) -> Result<T, Refusal>,
    ) -> Option<T> {
        match self.left.remove(name) {
            Some(value) => self.kept(name, read(value)),
            None => self.kept(name, Err(("required", "is required".to_owned()))),
        }
    }

    /// A field that may be absent or null.
    pub(crate) fn optional<T>(
        &mut self,
        name: &'static str,
        read: impl FnOnce(Value) -> Result<T, Refusal>,
    ) -> Option<T> {
        self.nullable(name, read).flatten()
    }

    /// A field for which null says something else than absence: `Some(None)`.
    pub(crate) fn nullable<T>(
        &mut self,
        name: &'static str,
        read: impl FnOnce(Value) -> Result<T, Refusal>,
    ) -> Option<Option<T>> {
        match self.left.remove(name)? {
            Value::Null => Some(None),
            value => self.kept(name, read(value)).map(Some),
        }
    }

    /// A field that may be absent, but not null: what a patch changes.
    pub(crate) fn present<T>(
        &mut self,
        name: &'static str,
        read: impl FnOnce(Value) -> Result<T, Refusal>,
    ) -> Option<T> {
        let value = self.left.remove(name)?;
        self.kept(name, read(value))
    }

    fn kept<T>(&mut self, name: &'static str, read: Result<T, Refusal>) -> Option<T> {
        read.map_err(|(code, reason)| self.errors.push(FieldError::new(name, code, &reason))).ok()
    }
}

/// A body's bytes, if it says it is JSON and keeps within `bytes_max`.
///
/// # Errors
/// 415, 413, and 400 for a body that was cut off.
pub(crate) async fn json_bytes(request: Request, bytes_max: usize) -> Result<Bytes> {
    must_be_json(request.headers())?;
    let too_large = || {
        Problem::new(
            StatusCode::PAYLOAD_TOO_LARGE,
            "body_too_large",
            format!("the body must have at most {bytes_max} bytes"),
        )
    };
    let declared =
        request.headers().get(CONTENT_LENGTH).and_then(|length| length.to_str().ok()?.parse::<u64>().ok());
    if declared.is_some_and(|length| length > bytes_max as u64) {
        return Err(too_large());
    }
    match Limited::new(request.into_body(), bytes_max).collect().await {
        Ok(body) => Ok(body.to_bytes()),
        Err(error) if error.is::<LengthLimitError>() => Err(too_large()),
        Err(error) => Err(Problem::malformed("body_incomplete", "the body was cut off").caused_by(error)),
    }
}

fn must_be_json(headers: &HeaderMap) -> Result<()> {
    let unsupported = |detail| Err(Problem::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "not_json", detail));
    let essence = headers
        .get(CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .map(|value| value.split(';').next().unwrap_or_default().trim().to_ascii_lowercase());
    match essence.as_deref() {
        Some("application/json") => {}
        Some(other) if other.starts_with("application/") && other.ends_with("+json") => {}
        _ => return unsupported("Content-Type must be application/json"),
    }
    match headers.get(CONTENT_ENCODING).map(|value| value.as_bytes()) {
        None | Some(b"identity") => Ok(()),
        Some(_) => unsupported("Content-Encoding is not supported; send the body as it is"),
    }
}

/// 400 for what is no JSON, with the place; for text that is not UTF-8 with the byte.
///
/// # Errors
/// As said.
pub(crate) fn text_of(bytes: &[u8]) -> Result<&str> {
    std::str::from_utf8(bytes).map_err(|error| {
        Problem::malformed("json_malformed", format!("the body is not UTF-8 at byte {}", error.valid_up_to()))
    })
}

/// Nesting beyond 128 is refused by the parser, so that no body can exhaust the stack.
fn object(bytes: &[u8]) -> Result<Map<String, Value>> {
    let mut from = serde_json::Deserializer::from_str(text_of(bytes)?);
    let parsed = from.deserialize_any(Object).and_then(|object| from.end().map(|()| object));
    match parsed {
        Ok(Ok(object)) => Ok(object),
        Ok(Err(repeated)) => Err(Problem::invalid(vec![FieldError::new(
            repeated,
            "repeated_field",
            "is there more than once",
        )])),
        Err(error) if error.is_data() => {
            Err(Problem::invalid(vec![FieldError::new("body", "wrong_type", "must be a JSON object")]))
        }
        Err(error) => Err(Problem::malformed("json_malformed", format!("the body is not JSON: {error}"))),
    }
}

/// An object, or the name that stands in it twice: which of the two values is meant nobody can know.
struct Object;

impl<'de> Visitor<'de> for Object {
    type Value = Result<Map<String, Value>, String>;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("a JSON object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Self::Value, A::Error> {
        let (mut object, mut repeated) = (Map::new(), None);
        while let Some((name, value)) = entries.next_entry::<String, Value>()? {
            if object.insert(name.clone(), value).is_some() {
                repeated.get_or_insert(name);
            }
        }
        Ok(repeated.map_or(Ok(object), Err))
    }
}

/// An id: UUID text, digits, or a JSON integer.
pub(crate) fn id<T: for<'de> serde::Deserialize<'de>>(value: Value) -> Result<T, Refusal> {
    T::deserialize(value).map_err(|_| ("id_invalid", "must be a UUID or a 64-bit integer".to_owned()))
}

/// A string, judged by one of [`crate::social::limits`].
pub(crate) fn text<T>(judge: impl Fn(&str) -> Result<T, Refusal>) -> impl Fn(Value) -> Result<T, Refusal> {
    move |value| match value {
        Value::String(text) => judge(&text),
        _ => Err(wrong_type("a string")),
    }
}

/// A string that may be kept as it is.
pub(crate) fn word(judge: fn(&str) -> Result<(), Refusal>) -> impl Fn(Value) -> Result<String, Refusal> {
    text(move |text| judge(text).map(|()| text.to_owned()))
}

/// What is wrong with a value of another type.
pub(crate) fn wrong_type(expected: &str) -> Refusal {
    ("wrong_type", format!("must be {expected}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_body_of_any_depth_is_answered() {
        let deep = format!("{{\"a\":{}{}}}", "[".repeat(10_000), "]".repeat(10_000));
        let problem = object(deep.as_bytes()).expect_err("too deep");
        let body = serde_json::to_value(problem.body("r")).expect("json");
        assert_eq!(body["status"], 400);
        assert!(body["detail"].as_str().expect("text").contains("recursion limit"), "{body}");
    }

    #[test]
    fn what_is_wrong_says_where() {
        for (bytes, status, part) in [
            (&b"{\"a\":1,}"[..], 400, "line 1 column 8"),
            (b"{\"a\":", 400, "EOF"),
            (b"", 400, "EOF"),
            (b"\xff", 400, "byte 0"),
            (b"{\"a\":\"\xc3\"}", 400, "byte 6"),
            (b"{\"a\":\"\\ud800\"}", 400, "hex escape"),
            (b"{\"a\":1e999}", 400, "number out of range"),
            (b"{} {}", 400, "trailing"),
            (b"[]", 422, "body must be a JSON object"),
            (b"7", 422, "body must be a JSON object"),
            (b"{\"a\":1,\"a\":2}", 422, "a is there more than once"),
        ] {
            let problem = object(bytes).expect_err("refused");
            let body = serde_json::to_value(problem.body("r")).expect("json");
            assert_eq!(body["status"], status, "{body}");
            assert!(body["detail"].as_str().expect("text").contains(part), "{body}");
        }
    }

    proptest! {
        #[test]
        fn any_bytes_are_answered(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            drop(object(&bytes));
        }
    }
}
