//! The page of `nova demo` at `/`: plain files inside the binary, no build step, nothing from elsewhere.
//!
//! The page is a client like any other: it speaks the public API from the same origin. Its policy forbids every
//! script, style and connection that is not its own, and every way from text into markup, so that a post can never
//! become code.

use std::fmt::Write as _;

use axum::Router;
use axum::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, ETAG, IF_NONE_MATCH, REFERRER_POLICY,
    X_CONTENT_TYPE_OPTIONS,
};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use sha2::{Digest, Sha256};

/// What the browser lets the page do. `require-trusted-types-for` makes assigning markup from text an error.
const POLICY: &str = "default-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; \
                      object-src 'none'; require-trusted-types-for 'script'; trusted-types 'none'";

/// Kept by the browser, asked about each time: a new binary shows its own page at once, and the answer is 304 else.
const CACHE: &str = "no-cache";

const HTML: &str = "text/html; charset=utf-8";
const CSS: &str = "text/css; charset=utf-8";
const JS: &str = "text/javascript; charset=utf-8";
const SVG: &str = "image/svg+xml";

/// One file of the page.
struct Asset {
    path: &'static str,
    content_type: &'static str,
    content: &'static str,
}

macro_rules! asset {
    ($content_type:expr, $file:literal) => {
        Asset { path: concat!("/page/", $file), content_type: $content_type, content: include_str!($file) }
    };
}

/// Everything the page consists of.
static ASSETS: &[Asset] = &[
    Asset { path: "/", content_type: HTML, content: include_str!("index.html") },
    asset!(SVG, "favicon.svg"),
    asset!(CSS, "page.css"),
    asset!(CSS, "item.css"),
    asset!(CSS, "side.css"),
    asset!(JS, "theme.js"),
    asset!(JS, "page.js"),
    asset!(JS, "state.js"),
    asset!(JS, "api.js"),
    asset!(JS, "dom.js"),
    asset!(JS, "words.js"),
    asset!(JS, "notice.js"),
    asset!(JS, "people.js"),
    asset!(JS, "viewer.js"),
    asset!(JS, "feed.js"),
    asset!(JS, "reorder.js"),
    asset!(JS, "live.js"),
    asset!(JS, "item.js"),
    asset!(JS, "icons.js"),
    asset!(JS, "why.js"),
    asset!(JS, "actions.js"),
    asset!(JS, "comments.js"),
    asset!(JS, "composer.js"),
    asset!(JS, "seen.js"),
    asset!(JS, "side.js"),
    asset!(JS, "figures.js"),
    asset!(JS, "keys.js"),
];

/// The routes of the page: `/` and `/page/*`. They need nothing of the service's state and no caller.
pub(crate) fn router<S: Clone + Send + Sync + 'static>() -> Router<S> {
    ASSETS.iter().fold(Router::new(), |router, asset| {
        let tag = tag_of(asset.content);
        router.route(asset.path, get(async move |headers: HeaderMap| serve(asset, &tag, &headers)))
    })
}

/// A strong validator: it changes exactly when the bytes do.
fn tag_of(content: &str) -> String {
    let digest = Sha256::digest(content.as_bytes());
    let mut tag = String::from("\"");
    for byte in &digest[..16] {
        write!(tag, "{byte:02x}").expect("a String takes every write");
    }
    tag.push('"');
    tag
}

fn serve(asset: &'static Asset, tag: &str, headers: &HeaderMap) -> Response {
    let always = [
        (ETAG, tag),
        (CACHE_CONTROL, CACHE),
        (CONTENT_SECURITY_POLICY, POLICY),
        (X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (REFERRER_POLICY, "no-referrer"),
    ];
    if is_known(headers, tag) {
        return (StatusCode::NOT_MODIFIED, always).into_response();
    }
    (always, [(CONTENT_TYPE, asset.content_type)], asset.content).into_response()
}

/// True when the browser already has these bytes. A proxy may have made the validator weak; the comparison for
/// `If-None-Match` is the weak one anyway (RFC 9110, 13.1.2).
fn is_known(headers: &HeaderMap, tag: &str) -> bool {
    headers
        .get_all(IF_NONE_MATCH)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .map(|one| one.trim().trim_start_matches("W/"))
        .any(|one| one == "*" || one == tag)
}

#[cfg(test)]
mod tests;
