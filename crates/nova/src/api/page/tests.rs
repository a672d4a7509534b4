//! The page as a browser gets it, and the promises its policy rests on.

use std::collections::BTreeSet;

use axum::body::Body;
use axum::http::Request;
use http_body_util::BodyExt as _;
use tower::ServiceExt as _;

use super::*;

async fn ask(path: &str, if_none_match: Option<&str>) -> Response {
    let mut request = Request::builder().uri(path);
    if let Some(tag) = if_none_match {
        request = request.header(IF_NONE_MATCH, tag);
    }
    let request = request.body(Body::empty()).unwrap();
    router::<()>().oneshot(request).await.unwrap()
}

fn header(response: &Response, name: impl axum::http::header::AsHeaderName) -> String {
    response.headers().get(name).map(|value| value.to_str().unwrap().to_owned()).unwrap_or_default()
}

#[tokio::test]
async fn every_file_comes_whole_with_its_type_and_the_policy() {
    for asset in ASSETS {
        let response = ask(asset.path, None).await;
        assert_eq!(response.status(), StatusCode::OK, "{}", asset.path);
        assert_eq!(header(&response, CONTENT_TYPE), asset.content_type, "{}", asset.path);
        assert_eq!(header(&response, X_CONTENT_TYPE_OPTIONS), "nosniff", "{}", asset.path);
        assert!(
            header(&response, CONTENT_SECURITY_POLICY).starts_with("default-src 'self';"),
            "{}",
            asset.path
        );
        let body = response.into_body().collect().await.unwrap().to_bytes();
        assert_eq!(body, asset.content.as_bytes(), "{}", asset.path);
    }
}

#[tokio::test]
async fn a_browser_that_has_the_file_is_told_so() {
    let tag = header(&ask("/page/page.js", None).await, ETAG);
    for known in [tag.clone(), format!("W/{tag}"), format!("\"other\", {tag}"), "*".to_owned()] {
        let response = ask("/page/page.js", Some(&known)).await;
        assert_eq!(response.status(), StatusCode::NOT_MODIFIED, "{known}");
        assert_eq!(header(&response, ETAG), tag);
        assert!(response.into_body().collect().await.unwrap().to_bytes().is_empty());
    }
    assert_eq!(ask("/page/page.js", Some("\"other\"")).await.status(), StatusCode::OK);
    assert_ne!(header(&ask("/", None).await, ETAG), tag, "another file, another validator");
}

#[tokio::test]
async fn a_file_that_is_not_there_is_left_to_the_other_routes() {
    assert_eq!(ask("/page/mod.rs", None).await.status(), StatusCode::NOT_FOUND);
    assert_eq!(ask("/page/../mod.rs", None).await.status(), StatusCode::NOT_FOUND);
}

/// Every `needle` in `text`, up to the `end` that follows it.
fn between<'t>(text: &'t str, needle: &str, end: char) -> Vec<&'t str> {
    text.split(needle).skip(1).filter_map(|rest| rest.split(end).next()).collect()
}

#[test]
fn what_the_files_refer_to_is_served_and_nothing_is_served_for_nothing() {
    let served: BTreeSet<_> = ASSETS.iter().map(|asset| asset.path).filter(|path| *path != "/").collect();
    let mut wanted = BTreeSet::new();
    for asset in ASSETS {
        for name in between(asset.content, "\"/page/", '"') {
            wanted.insert(format!("/page/{name}"));
        }
        if asset.content_type == JS {
            for name in between(asset.content, "from './", '\'').into_iter().chain(between(
                asset.content,
                "import './",
                '\'',
            )) {
                wanted.insert(format!("/page/{name}"));
            }
        }
    }
    assert_eq!(served, wanted.iter().map(String::as_str).collect());
}

#[test]
fn nothing_in_the_page_needs_more_than_the_policy_allows() {
    for asset in ASSETS {
        for banned in [
            "innerHTML",
            "outerHTML",
            "insertAdjacentHTML",
            "document.write",
            "eval(",
            "Function(",
            " style=\"",
        ] {
            assert!(!asset.content.contains(banned), "{} has {banned}", asset.path);
        }
        let outside = between(asset.content, "http", ' ');
        let names_only = |url: &str| url.starts_with("://www.w3.org/") || !url.contains("://");
        assert!(outside.into_iter().all(names_only), "{} asks another host", asset.path);
    }
    let html = ASSETS[0].content;
    assert!(
        between(html, "<script", '>').iter().all(|attributes| attributes.contains("src=")),
        "an inline script"
    );
    assert!(!html.contains("<style"), "an inline style");
    assert!(!html.contains(" onclick="), "an inline handler");
}

#[test]
fn every_element_the_scripts_look_for_is_in_the_html() {
    let html = ASSETS[0].content;
    for asset in ASSETS.iter().filter(|asset| asset.content_type == JS) {
        for id in between(asset.content, "byId('", '\'') {
            assert!(html.contains(&format!(" id=\"{id}\"")), "{} looks for #{id}", asset.path);
        }
    }
}
