//! Bodies that no honest client sends.

use bytes::Bytes;
use hyper::Method;
use serde_json::json;

use crate::answer::Answer;
use crate::service::Service;

async fn post(app: &Service, body: impl Into<Bytes>) -> Answer {
    app.by("1").send(Method::POST, "/api/v1/posts", &[], body.into()).await
}

#[tokio::test]
async fn what_is_not_json_is_400_with_the_place() {
    let app = Service::start().await;
    for (body, place) in [
        (&b"{\"text\": }"[..], "line 1 column 10"),
        (b"{\n\"text\": \"x\",\n}", "line 3 column 1"),
        (b"{\"text\": \"x", "EOF while parsing"),
        (b"{\"text\": \"\xff\"}", "byte 10"),
        (b"\xef\xbb\xbf{}", "line 1 column 1"),
        (b"{\"text\": \"a\nb\"}", "control character"),
        (b"{\"text\": 1e999}", "number out of range"),
        (b"{} x", "trailing characters"),
    ] {
        let problem = post(&app, body).await.problem(400, "json_malformed");
        assert!(problem["detail"].as_str().expect("text").contains(place), "{problem}");
    }
    post(&app, "").await.problem(415, "not_json");
}

#[tokio::test]
async fn depth_breaks_nothing() {
    let app = Service::start().await;
    for depth in [200, 10_000, 30_000] {
        let nested = format!("{{\"text\": \"x\", \"media\": {}{}}}", "[".repeat(depth), "]".repeat(depth));
        post(&app, nested).await.problem(400, "json_malformed");
        let event = format!("{{\"events\": [{}{}]}}", "[".repeat(depth), "]".repeat(depth));
        let answer = app.by("1").send(Method::POST, "/api/v1/events", &[], event.into()).await;
        assert!([400, 422].contains(&answer.status), "{}", answer.text());
    }
    app.by("1").get("/feed").await.expect(200);
}

#[tokio::test]
async fn what_is_json_but_no_object_is_422() {
    let app = Service::start().await;
    for body in ["[]", "7", "\"x\"", "null", "true"] {
        post(&app, body).await.problem(422, "wrong_type");
    }
    post(&app, "{\"text\": \"a\", \"text\": \"b\"}").await.problem(422, "repeated_field");
}

#[tokio::test]
async fn sizes_are_kept() {
    let app = Service::start().await;
    let body = json!({"text": "x".repeat(70_000)}).to_string();
    post(&app, body).await.problem(413, "body_too_large");
    // without a declared length
    let chunk = "x".repeat(60_000);
    let chunked = format!(
        "POST /api/v1/posts HTTP/1.1\r\nHost: x\r\nX-Nova-User: 1\r\nContent-Type: application/json\r\n\
         Connection: close\r\nTransfer-Encoding: chunked\r\n\r\n{:x}\r\n{chunk}\r\n{:x}\r\n{chunk}\r\n0\r\n\r\n",
        chunk.len(),
        chunk.len()
    );
    assert!(app.raw(chunked).await.starts_with("HTTP/1.1 413"));
}

#[tokio::test]
async fn only_json_is_taken() {
    let app = Service::start().await;
    let send = async |headers: &str| {
        let body = "{\"text\": \"x\"}";
        let length = body.len();
        app.raw(format!(
            "POST /api/v1/posts HTTP/1.1\r\nHost: x\r\nConnection: close\r\nX-Nova-User: 1\r\n{headers}Content-Length: {length}\r\n\r\n{body}"
        ))
        .await
    };
    for headers in [
        "",
        "Content-Type: text/plain\r\n",
        "Content-Type: application/x-www-form-urlencoded\r\n",
        "Content-Type: application/jsonx\r\n",
        "Content-Type: application/json\r\nContent-Encoding: gzip\r\n",
    ] {
        let answer = send(headers).await;
        assert!(answer.starts_with("HTTP/1.1 415"), "{headers}: {answer}");
    }
    // understood; user 1 has no account
    for headers in [
        "Content-Type: application/json; charset=utf-8\r\n",
        "content-type: APPLICATION/JSON\r\n",
        "Content-Type: application/merge-patch+json\r\n",
    ] {
        let answer = send(headers).await;
        assert!(
            answer.starts_with("HTTP/1.1 404") && answer.contains("author_unknown"),
            "{headers}: {answer}"
        );
    }
}

#[tokio::test]
async fn a_body_that_is_cut_off_changes_nothing() {
    let app = Service::start().await;
    let ann = app.user("ann").await;
    let cut = format!(
        "POST /api/v1/posts HTTP/1.1\r\nHost: x\r\nX-Nova-User: {ann}\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{{\"text\": \"x\"}}"
    );
    let answer = app.cut(cut).await;
    assert!(answer.is_empty() || answer.starts_with("HTTP/1.1 400"), "{answer}");
    assert!(app.by(&ann).get(&format!("/users/{ann}/posts")).await.items("id").is_empty());
}

#[tokio::test]
async fn what_is_not_http_does_no_harm() {
    let app = Service::start().await;
    for noise in
        [&b"\x16\x03\x01\x02\x00\x01\x00"[..], b"GET\r\n\r\n", b"\0\0\0\0\r\n\r\n", b"GET / HTTP/9.9\r\n\r\n"]
    {
        let answer = app.cut(noise).await;
        assert!(answer.is_empty() || answer.starts_with("HTTP/1.1 4"), "{answer}");
    }
    let long = format!("GET /api/v1/feed HTTP/1.1\r\nHost: x\r\nX-Long: {}\r\n\r\n", "x".repeat(1 << 20));
    assert!(app.raw(long).await.starts_with("HTTP/1.1 431"));
    app.by("1").get("/feed").await.expect(200);
}

#[tokio::test]
async fn an_answer_is_not_much_longer_than_its_request() {
    let app = Service::start().await;
    let many: serde_json::Map<_, _> = (0..3_000).map(|index| (format!("field{index}"), json!(1))).collect();
    let problem = post(&app, serde_json::to_vec(&many).expect("json")).await.problem(422, "invalid");
    assert_eq!(problem["errors"].as_array().expect("errors").len(), 20);
    let problem = post(&app, json!({"text": "x", "ä".repeat(20_000): 1}).to_string())
        .await
        .problem(422, "unknown_field");
    assert!(problem.to_string().len() < 1_000);
    app.by("1").get(&format!("/feed?{}", "a&".repeat(3_000))).await.problem(400, "query_malformed");
}
