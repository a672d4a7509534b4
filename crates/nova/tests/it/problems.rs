//! Errors as a client sees them.

use bytes::Bytes;
use hyper::Method;
use serde_json::json;

use crate::answer::redacted;
use crate::service::Service;

#[tokio::test]
async fn problems_have_one_shape() {
    let app = Service::start().await;
    let problem = app.by("1").get("/feed?limit=0&algo=best").await.problem(422, "invalid");
    insta::assert_snapshot!(redacted(problem), @r#"
    {
      "code": "invalid",
      "detail": "limit must be 1 to 100; algo must be ch or time",
      "errors": [
        {
          "code": "limit_invalid",
          "detail": "limit must be 1 to 100",
          "field": "limit"
        },
        {
          "code": "algo_invalid",
          "detail": "algo must be ch or time",
          "field": "algo"
        }
      ],
      "request_id": "[request_id]",
      "status": 422,
      "title": "Unprocessable Entity",
      "type": "about:blank"
    }
    "#);
    let problem = app.anonymous().get("/me").await.problem(401, "caller_missing");
    insta::assert_snapshot!(redacted(problem), @r#"
    {
      "code": "caller_missing",
      "detail": "name the user in the header X-Nova-User",
      "request_id": "[request_id]",
      "status": 401,
      "title": "Unauthorized",
      "type": "about:blank"
    }
    "#);
}

#[tokio::test]
async fn what_is_nowhere_is_404_and_what_is_not_so_405() {
    let app = Service::start().await;
    for path in ["/api/v1/nothing", "/api/v2/feed", "/nothing", "/api/v1/feed/", "/api/v1/users/1/2/3"] {
        app.by("1").send(Method::GET, path, &[], Bytes::new()).await.problem(404, "no_such_path");
    }
    let answer = app.by("1").send(Method::DELETE, "/api/v1/feed", &[], Bytes::new()).await;
    assert_eq!(answer.header("allow"), "GET,HEAD");
    answer.problem(405, "method_not_allowed");
    let answer = app.by("1").send(Method::POST, "/api/v1/users/1", &[], Bytes::new()).await;
    let mut allowed: Vec<&str> = answer.header("allow").split(',').collect();
    allowed.sort_unstable();
    assert_eq!(allowed, ["DELETE", "GET", "HEAD", "PATCH"]);
    app.by("1")
        .send(Method::TRACE, "/api/v1/feed", &[], Bytes::new())
        .await
        .problem(405, "method_not_allowed");
}

#[tokio::test]
async fn options_says_what_is_allowed_and_lets_no_other_origin_in() {
    let app = Service::start().await;
    let headers = [("origin", "https://evil.example"), ("access-control-request-method", "GET")];
    let answer =
        app.anonymous().send(Method::OPTIONS, "/api/v1/feed", &headers, Bytes::new()).await.expect(204);
    assert_eq!(answer.header("allow"), "GET,HEAD");
    assert!(answer.headers.keys().all(|name| !name.as_str().starts_with("access-control")));
}

#[tokio::test]
async fn head_is_get_without_a_body() {
    let app = Service::start().await;
    let get = app.by("1").get("/feed").await.expect(200);
    let head = app.by("1").send(Method::HEAD, "/api/v1/feed", &[], Bytes::new()).await.expect(200);
    assert!(head.body.is_empty());
    assert_eq!(head.header("content-type"), get.header("content-type"));
    let refused = app.by("1").send(Method::HEAD, "/api/v1/feed?limit=0", &[], Bytes::new()).await.expect(422);
    assert!(refused.body.is_empty());
    assert_eq!(refused.header("content-type"), "application/problem+json");
}

#[tokio::test]
async fn unknown_parameters_are_refused_by_name_everywhere() {
    let app = Service::start().await;
    let ann = app.user("ann").await;
    for path in [
        "/feed",
        "/feed/trending",
        "/feed/metrics",
        "/discover/suggested-users",
        "/me",
        "/me/blocks",
        "/posts/1",
        "/posts/1/likes",
        "/users/1",
    ] {
        let problem = app.by(&ann).get(&format!("{path}?surprise=1")).await.problem(422, "unknown_parameter");
        assert_eq!(problem["errors"][0]["field"], "surprise", "{path}");
    }
    app.by(&ann).put("/users/1/follow?x=1").await.problem(422, "unknown_parameter");
    app.by(&ann).post("/posts?x=1", json!({"text": "x"})).await.problem(422, "unknown_parameter");
    app.by(&ann).get("/feed?Limit=1").await.problem(422, "unknown_parameter");
    app.by(&ann).get("/feed?limit=1&limit=2").await.problem(422, "repeated_parameter");
}

#[tokio::test]
async fn parameters_have_values() {
    let app = Service::start().await;
    for limit in ["0", "101", "-1", "1.5", "x", "", "+5", "%31%30%30%30", "99999999999999999999"] {
        app.by("1").get(&format!("/feed?limit={limit}")).await.problem(422, "limit_invalid");
        app.by("1").get(&format!("/me/blocks?limit={limit}")).await.problem(422, "limit_invalid");
    }
    for limit in ["1", "100", "%31"] {
        app.by("1").get(&format!("/feed?limit={limit}")).await.expect(200);
    }
    app.by("1").get("/feed?explain=yes").await.problem(422, "flag_invalid");
    app.by("1").get("/feed?algo=").await.problem(422, "algo_invalid");
}

#[tokio::test]
async fn an_id_in_the_path_must_be_one() {
    let app = Service::start().await;
    for id in ["x", "-1", "99999999999999999999", "0190a1b2", "%2e%2e", "1%20or%201=1"] {
        let problem = app.by("1").get(&format!("/posts/{id}")).await.problem(422, "id_invalid");
        assert_eq!(problem["errors"][0]["field"], "id");
    }
    app.by("1").get("/posts/%FF").await.problem(400, "path_malformed");
}

#[tokio::test]
async fn a_request_keeps_its_id() {
    let app = Service::start().await;
    let send = async |headers: &[(&str, &str)]| {
        app.by("1").send(Method::GET, "/api/v1/feed?limit=0", headers, Bytes::new()).await
    };
    let own = send(&[("x-request-id", "order-66.a_b")]).await;
    assert_eq!(own.header("x-request-id"), "order-66.a_b");
    own.problem(422, "limit_invalid");
    for bad in ["", "a b", "<script>", &"x".repeat(65)] {
        let answer = send(&[("x-request-id", bad)]).await;
        assert_eq!(answer.header("x-request-id").len(), 32, "{bad}");
    }
    assert_ne!(send(&[]).await.header("x-request-id"), send(&[]).await.header("x-request-id"));
}

#[tokio::test]
async fn answers_are_not_kept() {
    let app = Service::start().await;
    let answer = app.by("1").get("/feed").await.expect(200);
    assert_eq!(
        (answer.header("cache-control"), answer.header("x-content-type-options")),
        ("no-store", "nosniff")
    );
}
