//! The OpenAPI document tells the truth about the answers.

use bytes::Bytes;
use hyper::Method;
use serde_json::{Value, json};

use crate::service::Service;

/// What of `value` the schema does not describe, or requires in vain; empty when it fits.
fn misfits(document: &Value, schema: &Value, value: &Value, at: &str, found: &mut Vec<String>) {
    if let Some(reference) = schema["$ref"].as_str() {
        let target = document.pointer(&reference[1..]).expect("a schema");
        return misfits(document, target, value, at, found);
    }
    if let Some(choices) = schema["oneOf"].as_array() {
        let fits = |choice: &Value| {
            let mut inner = Vec::new();
            misfits(document, choice, value, at, &mut inner);
            inner.is_empty()
        };
        if !choices.iter().any(fits) {
            found.push(format!("{at}: {value} is none of the choices"));
        }
        return;
    }
    let kinds = match &schema["type"] {
        Value::Array(kinds) => kinds.clone(),
        Value::Null => Vec::new(),
        kind => vec![kind.clone()],
    };
    let kind = match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(number) if number.is_u64() => "integer",
        Value::Number(_) => "number",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    };
    let number = kind == "integer" && kinds.contains(&json!("number"));
    if !kinds.is_empty() && !kinds.contains(&json!(kind)) && !number {
        found.push(format!("{at}: {kind} instead of {kinds:?}"));
    }
    for (index, item) in value.as_array().into_iter().flatten().enumerate() {
        misfits(document, &schema["items"], item, &format!("{at}[{index}]"), found);
    }
    let Some(object) = value.as_object() else { return };
    let (mut properties, mut required) = (serde_json::Map::new(), Vec::new());
    members(document, schema, &mut properties, &mut required);
    for name in required.iter().filter(|name| !object.contains_key(*name)) {
        found.push(format!("{at}.{name} is missing"));
    }
    for (name, value) in object.iter().filter(|_| !properties.is_empty()) {
        match properties.get(name) {
            Some(schema) => misfits(document, schema, value, &format!("{at}.{name}"), found),
            None => found.push(format!("{at}.{name} is not described")),
        }
    }
}

fn members(
    document: &Value,
    schema: &Value,
    into: &mut serde_json::Map<String, Value>,
    required: &mut Vec<String>,
) {
    if let Some(reference) = schema["$ref"].as_str() {
        return members(document, document.pointer(&reference[1..]).expect("a schema"), into, required);
    }
    for part in schema["allOf"].as_array().into_iter().flatten() {
        members(document, part, into, required);
    }
    into.extend(schema["properties"].as_object().cloned().unwrap_or_default());
    let names = schema["required"].as_array().into_iter().flatten();
    required.extend(names.map(|name| name.as_str().expect("a name").to_owned()));
}

#[tokio::test]
async fn answers_are_as_described() {
    let app = Service::start().await;
    let (ann, bob, cid) = (app.user("ann").await, app.user("bob").await, app.user("cid").await);
    app.join(&ann, "follow", &bob).await;
    app.join(&bob, "follow", &cid).await;
    let (post, hidden) = (app.post(&bob, "x").await, app.post(&cid, "y").await);
    app.like(&ann, &post).await;
    app.comment(&bob, &post, "z").await;
    app.by(&ann).put(&format!("/posts/{hidden}/hide")).await.expect(204);
    let dan = app.user("dan").await;
    app.join(&ann, "mute", &dan).await;
    let eve = app.user("eve").await;
    app.join(&ann, "block", &eve).await;
    app.refresh_trending().await;
    let get = async |path: &str| app.by(&ann).send(Method::GET, path, &[], Bytes::new()).await.json();
    let document = get("/openapi.json").await;
    for (template, query) in [
        ("/api/v1/feed", "?explain=true"),
        ("/api/v1/feed", "?algo=time"),
        ("/api/v1/feed/trending", ""),
        ("/api/v1/feed/metrics", "?from=2026-06-01&to=2026-06-02"),
        ("/api/v1/discover/suggested-users", ""),
        ("/api/v1/users", "?handle=bob"),
        ("/api/v1/users/{id}", ""),
        ("/api/v1/users/{id}/followers", ""),
        ("/api/v1/users/{id}/following", ""),
        ("/api/v1/users/{id}/posts", ""),
        ("/api/v1/posts/{id}", ""),
        ("/api/v1/posts/{id}/comments", ""),
        ("/api/v1/posts/{id}/likes", ""),
        ("/api/v1/me", ""),
        ("/api/v1/me/blocks", ""),
        ("/api/v1/me/mutes", ""),
        ("/api/v1/me/hidden", ""),
        ("/health/live", ""),
        ("/health/ready", ""),
    ] {
        let id = if template.contains("/posts/") { &post } else { &bob };
        let answer = get(&format!("{}{query}", template.replace("{id}", id))).await;
        let described =
            &document["paths"][template]["get"]["responses"]["200"]["content"]["application/json"]["schema"];
        assert!(described.is_object(), "{template}");
        let mut found = Vec::new();
        misfits(&document, described, &answer, template, &mut found);
        assert!(found.is_empty(), "{found:#?} in {answer:#}");
    }
    let problem = app.by(&ann).get("/feed?limit=0").await.problem(422, "limit_invalid");
    let mut found = Vec::new();
    misfits(&document, &document["components"]["schemas"]["Problem"], &problem, "problem", &mut found);
    assert!(found.is_empty(), "{found:#?}");
}

#[tokio::test]
async fn the_limits_described_are_those_that_hold() {
    use nova::social::limits;
    let app = Service::start().await;
    let document = app.anonymous().send(Method::GET, "/openapi.json", &[], Bytes::new()).await.json();
    let bound = |schema: &str, field: &str, bound: &str| {
        let schema = &document["components"]["schemas"][schema]["properties"][field];
        schema[bound].as_u64().unwrap_or_else(|| panic!("{field}: {schema}")) as usize
    };
    for (schema, field, chars) in [
        ("NewUser", "display_name", limits::DISPLAY_NAME_CHARS),
        ("UserPatch", "display_name", limits::DISPLAY_NAME_CHARS),
        ("NewPost", "text", limits::POST_CHARS),
        ("PostPatch", "text", limits::POST_CHARS),
        ("NewComment", "text", limits::COMMENT_CHARS),
    ] {
        let described = bound(schema, field, "minLength")..=bound(schema, field, "maxLength");
        assert_eq!(described, chars, "{schema}.{field}");
    }
    for schema in ["NewPost", "PostPatch"] {
        assert_eq!(bound(schema, "media", "maxItems"), limits::MEDIA_MAX);
        assert_eq!(bound(schema, "topics", "maxItems"), limits::TOPICS_MAX);
        assert_eq!(bound(schema, "lang", "maxLength"), *limits::LANG_BYTES.end());
    }
    let handle = &document["components"]["schemas"]["NewUser"]["properties"]["handle"]["pattern"];
    let (min, max) = (limits::HANDLE_CHARS.start(), limits::HANDLE_CHARS.end());
    assert_eq!(handle, &json!(format!("^[a-z0-9_]{{{min},{max}}}$")));
}
