//! Health, metrics, the document.

use bytes::Bytes;
use hyper::Method;
use serde_json::json;

use crate::answer::Answer;
use crate::service::Service;

async fn get(app: &Service, path: &str) -> Answer {
    app.anonymous().send(Method::GET, path, &[], Bytes::new()).await
}

#[tokio::test]
async fn a_healthy_process_is_live_and_ready() {
    let app = Service::start().await;
    assert_eq!(get(&app, "/health/live").await.expect(200).json(), json!({"status": "live"}));
    let ready = get(&app, "/health/ready").await.expect(200).json();
    assert_eq!(ready["status"], "ready");
    let parts = ready["parts"].as_array().expect("parts");
    let names: Vec<&str> = parts.iter().map(|part| part["name"].as_str().expect("a name")).collect();
    assert_eq!(names, ["social", "log", "store", "cache", "projection"]);
    assert!(parts.iter().all(|part| part["state"] == "ok"), "{ready}");
}

#[tokio::test]
async fn metrics_are_in_the_text_format() {
    let app = Service::start().await;
    let metrics = get(&app, "/metrics").await.expect(200);
    assert_eq!(metrics.header("content-type"), "text/plain; version=0.0.4; charset=utf-8");
}

#[tokio::test]
async fn the_document_is_served_as_data_and_as_a_page() {
    let app = Service::start().await;
    let document = get(&app, "/openapi.json").await.expect(200);
    assert_eq!(document.header("content-type"), "application/json");
    assert!(document.json()["openapi"].as_str().expect("a version").starts_with("3.1."));
    let page = get(&app, "/docs").await.expect(200);
    assert_eq!(page.header("content-type"), "text/html; charset=utf-8");
    assert!(page.header("content-security-policy").starts_with("default-src 'none'"));
    assert!(page.text().contains("/api/v1/feed/trending"));
}

/// Every operation that can be called without preparation answers with a status that the document, or the shape of
/// problems, knows.
#[tokio::test]
async fn every_described_endpoint_is_there() {
    let app = Service::start().await;
    let document = get(&app, "/openapi.json").await.expect(200).json();
    for (path, item) in document["paths"].as_object().expect("paths") {
        for method in item.as_object().expect("an item").keys() {
            let method: Method = method.to_uppercase().parse().expect("a method");
            let path = path.replace("{id}", "7");
            let answer = app.by("1").send(method.clone(), &path, &[], Bytes::new()).await;
            let missing = answer.status == 404 && answer.json()["code"] == "no_such_path";
            assert!(
                !missing && answer.status != 405 && answer.status < 500,
                "{method} {path}: {}",
                answer.text()
            );
        }
    }
}

#[tokio::test]
async fn a_service_that_stops_answers_what_it_took() {
    let app = Service::start().await;
    let ann = app.user("ann").await;
    app.post(&ann, "x").await;
    app.stop().await;
}
