//! Who is let in as whom.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
use serde_json::{Value, json};

use crate::service::{START, Service};
use crate::session::SECRET;

fn noon() -> i64 {
    START.parse::<nova_core::model::Timestamp>().expect("a time").micros() / 1_000_000
}

#[tokio::test]
async fn a_token_must_hold() {
    let app = Service::start_jwt().await;
    let good = json!({"sub": "1", "exp": noon() + 60});
    app.claims(&good).get("/feed").await.expect(200);
    for (why, claims, code) in [
        ("expired beyond the leeway", json!({"sub": "1", "exp": noon() - 31}), "token_expired"),
        ("not valid yet", json!({"sub": "1", "exp": noon() + 600, "nbf": noon() + 31}), "token_early"),
        ("no sub", json!({"exp": noon() + 60}), "token_invalid"),
        ("a sub that is no id", json!({"sub": "ann", "exp": noon() + 60}), "token_invalid"),
        ("no exp", json!({"sub": "1"}), "token_invalid"),
        ("an exp of another type", json!({"sub": "1", "exp": "soon"}), "token_invalid"),
    ] {
        let answer = app.claims(&claims).get("/feed").await;
        assert_eq!(answer.header("www-authenticate"), "Bearer error=\"invalid_token\"", "{why}");
        answer.problem(401, code);
    }
    for claims in
        [json!({"sub": "1", "exp": noon() - 29}), json!({"sub": "1", "exp": noon() + 60, "nbf": noon() + 29})]
    {
        app.claims(&claims).get("/feed").await.expect(200);
    }
}

#[tokio::test]
async fn a_token_must_be_signed_with_the_key_and_with_hs256() {
    let app = Service::start_jwt().await;
    let claims = json!({"sub": "1", "exp": noon() + 60});
    let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let unsigned = format!("{}.{}.", part(&json!({"alg": "none", "typ": "JWT"})), part(&claims));
    let shouted = format!("{}.{}.", part(&json!({"alg": "NONE"})), part(&claims));
    let other_key =
        encode(&Header::new(Algorithm::HS256), &claims, &EncodingKey::from_secret(b"another key"))
            .expect("token");
    let other_algorithm =
        encode(&Header::new(Algorithm::HS512), &claims, &EncodingKey::from_secret(SECRET.as_bytes()))
            .expect("token");
    let good = encode(&Header::new(Algorithm::HS256), &claims, &EncodingKey::from_secret(SECRET.as_bytes()))
        .expect("token");
    let body_changed = {
        let mut parts: Vec<&str> = good.split('.').collect();
        let other = part(&json!({"sub": "2", "exp": noon() + 60}));
        parts[1] = &other;
        parts.join(".")
    };
    let unsigned_copy = format!("{}.", &good[..good.rfind('.').expect("a dot")]);
    let long = "x".repeat(9_000);
    for token in [
        &unsigned,
        &shouted,
        &other_key,
        &other_algorithm,
        &body_changed,
        &unsigned_copy,
        "",
        "a.b.c",
        ".",
        "..",
        &long,
    ] {
        app.bearer(token).get("/feed").await.problem(401, "token_invalid");
        // also where nobody need be named
        app.bearer(token).get("/feed/trending").await.problem(401, "token_invalid");
    }
    app.bearer(&good).get("/feed").await.expect(200);
}

#[tokio::test]
async fn audience_and_issuer_are_checked_where_they_are_configured() {
    let app = Service::start_with(|config| {
        config.auth.mode = nova::config::AuthMode::Jwt;
        config.auth.secret = serde_json::from_value(json!(SECRET)).expect("a text");
        config.auth.audience = "feed".to_owned();
        config.auth.issuer = "us".to_owned();
    })
    .await;
    let with = |aud: Value, iss: Value| {
        let mut claims = json!({"sub": "1", "exp": noon() + 60});
        for (name, value) in [("aud", aud), ("iss", iss)] {
            if !value.is_null() {
                claims[name] = value;
            }
        }
        claims
    };
    app.claims(&with(json!("feed"), json!("us"))).get("/feed").await.expect(200);
    app.claims(&with(json!(["other", "feed"]), json!("us"))).get("/feed").await.expect(200);
    for (aud, iss) in [
        (json!("other"), json!("us")),
        (json!("feed"), json!("them")),
        (Value::Null, json!("us")),
        (json!("feed"), Value::Null),
        (json!([]), json!("us")),
    ] {
        app.claims(&with(aud, iss)).get("/feed").await.problem(401, "token_invalid");
    }
}

#[tokio::test]
async fn without_a_configured_audience_any_is_taken() {
    let app = Service::start_jwt().await;
    let claims = json!({"sub": "1", "exp": noon() + 60, "aud": "whoever", "iss": "whoever"});
    app.claims(&claims).get("/feed").await.expect(200);
}

#[tokio::test]
async fn with_tokens_the_header_names_nobody() {
    let app = Service::start_jwt().await;
    let answer = app.by("1").get("/feed").await;
    assert_eq!(answer.header("www-authenticate"), "Bearer");
    answer.problem(401, "caller_missing");
}

#[tokio::test]
async fn without_tokens_the_header_names_the_caller() {
    let app = Service::start().await;
    app.by("1").get("/feed").await.expect(200);
    app.by("0190a1b2-c3d4-7e5f-8a9b-0c1d2e3f4a5b").get("/feed").await.expect(200);
    for bad in ["ann", "", "-1", "1.5", "99999999999999999999", "6e6f7661-0000-0000-0000-000000000001"] {
        app.by(bad).get("/feed").await.problem(400, "caller_invalid");
        app.by(bad).get("/feed/trending").await.problem(400, "caller_invalid");
    }
    app.anonymous().get("/feed").await.problem(401, "caller_missing");
    app.anonymous().get("/discover/suggested-users").await.problem(401, "caller_missing");
    app.anonymous().get("/feed/trending").await.expect(200);
}

#[tokio::test]
async fn a_token_makes_the_account_of_its_sub() {
    let app = Service::start_jwt().await;
    let body = json!({"handle": "ann", "display_name": "Ann"});
    app.anonymous().post("/users", body.clone()).await.problem(401, "caller_missing");
    assert_eq!(app.token("5", "").post("/users", body).await.expect(201).id(), "5");
    let other = json!({"handle": "bob", "display_name": "Bob", "id": "6"});
    app.token("5", "").post("/users", other.clone()).await.problem(403, "forbidden");
    app.token("5", "nova:events").post("/users", other.clone()).await.problem(403, "forbidden");
    app.token("5", "nova:admin").post("/users", other).await.expect(201);
}

#[tokio::test]
async fn scopes_are_whole_words() {
    let app = Service::start_jwt().await;
    let body = json!({"user_id": "1"});
    for scope in ["nova", "nova:admins", "xnova:admin", "nova:Admin", "nova:admin,nova:events"] {
        app.token("2", scope).post("/feed/invalidate", body.clone()).await.problem(403, "forbidden");
    }
}

#[tokio::test]
async fn operations_need_no_token() {
    let app = Service::start_jwt().await;
    for path in ["/health/live", "/health/ready", "/metrics", "/openapi.json", "/docs", "/"] {
        app.anonymous().send(hyper::Method::GET, path, &[], bytes::Bytes::new()).await.expect(200);
    }
}
