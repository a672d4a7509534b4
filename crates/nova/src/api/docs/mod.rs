//! The OpenAPI document: generated from the handlers, served as JSON and as a page, and asked which parameters an
//! endpoint knows.

mod html;

use std::collections::HashMap;

use axum::body::Bytes;
use axum::extract::{MatchedPath, Request, State};
use axum::http::header::{CONTENT_SECURITY_POLICY, CONTENT_TYPE};
use axum::http::{HeaderValue, Method};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};
use utoipa::OpenApi as _;
use utoipa::openapi::path::{Operation, Parameter, ParameterIn};
use utoipa::openapi::security::{ApiKey, ApiKeyValue, HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa::openapi::{
    Components, ContentBuilder, OpenApi, PathItem, Ref, RefOr, ResponseBuilder, SecurityRequirement,
};

use super::error::ProblemBody;
use super::state::Shared;

/// What stands above the endpoints.
#[derive(utoipa::OpenApi)]
#[openapi(
    info(
        title = "Nova",
        description = "Real-time personalised feed ranking. Errors are problem+json (RFC 9457) with a stable `code`; \
            lists are paged by opaque cursors; unknown parameters and fields are refused by name."
    ),
    components(schemas(ProblemBody)),
    tags(
        (name = "feed", description = "What a person sees"),
        (name = "discover", description = "Whom to follow"),
        (name = "events", description = "What people do"),
        (name = "users", description = "Accounts, and what joins them"),
        (name = "posts", description = "Posts, and what people do to them"),
        (name = "comments", description = "Comments under posts"),
        (name = "me", description = "The caller"),
        (name = "operations", description = "For those who run it"),
    ),
)]
struct About;

/// The document before the endpoints are in it.
pub(super) fn about() -> OpenApi {
    About::openapi()
}

/// The document as it is served.
pub(crate) struct Document {
    json: Bytes,
    html: Bytes,
    policy: HeaderValue,
    /// Names of the query parameters by path and method.
    parameters: HashMap<String, Vec<(Method, Vec<String>)>>,
}

impl Document {
    /// Completes the generated document with what holds for every endpoint.
    pub(super) fn new(mut document: OpenApi) -> Self {
        let components = document.components.get_or_insert_with(Components::new);
        let problem = ContentBuilder::new().schema(Some(Ref::from_schema_name("Problem"))).build();
        let response = ResponseBuilder::new()
            .description("Why there is no answer")
            .content("application/problem+json", problem)
            .build();
        components.responses.insert("Problem".to_owned(), response.into());
        let user = ApiKeyValue::with_description("X-Nova-User", "The user's id; auth.mode = \"open\"");
        components.add_security_scheme("open", SecurityScheme::ApiKey(ApiKey::Header(user)));
        let token = HttpBuilder::new().scheme(HttpAuthScheme::Bearer).bearer_format("JWT").build();
        components.add_security_scheme("jwt", SecurityScheme::Http(token));
        let mut parameters = HashMap::new();
        for (path, item) in &mut document.paths.paths {
            let mut known = Vec::new();
            for (method, operation) in operations(item) {
                let refusal = Ref::from_response_name("Problem");
                operation.responses.responses.insert("default".to_owned(), RefOr::Ref(refusal));
                operation.operation_id = Some(operation_id(&method, path));
                if path.starts_with("/api/") {
                    let scheme = |name| SecurityRequirement::new::<_, [&str; 0], &str>(name, []);
                    operation.security = Some(vec![scheme("open"), scheme("jwt")]);
                }
                known.push((method, query_names(operation)));
            }
            parameters.insert(path.clone(), known);
        }
        let mut json = serde_json::to_value(&document).unwrap_or_default();
        name_items(&mut json["components"]["schemas"]);
        let (html, policy) = html::render(&json);
        Self {
            json: serde_json::to_vec_pretty(&json).unwrap_or_default().into(),
            html: html.into(),
            policy: HeaderValue::from_str(&policy).unwrap_or(HeaderValue::from_static("default-src 'none'")),
            parameters,
        }
    }

    /// The query parameters that the endpoint of a request knows; `None` where no endpoint is described.
    pub(super) fn parameters(&self, request: &Request) -> Option<&[String]> {
        let path = request.extensions().get::<MatchedPath>()?;
        let method = if request.method() == Method::HEAD { &Method::GET } else { request.method() };
        let known = self.parameters.get(path.as_str())?;
        known.iter().find(|(described, _)| described == method).map(|(_, names)| names.as_slice())
    }
}

/// The operations of a path with their methods.
fn operations(item: &mut PathItem) -> impl Iterator<Item = (Method, &mut Operation)> {
    let PathItem { get, put, post, delete, patch, .. } = item;
    [
        (Method::GET, get),
        (Method::PUT, put),
        (Method::POST, post),
        (Method::DELETE, delete),
        (Method::PATCH, patch),
    ]
    .into_iter()
    .filter_map(|(method, operation)| operation.as_mut().map(|operation| (method, operation)))
}

/// `get_users_id_followers`: unique, because method and path are.
fn operation_id(method: &Method, path: &str) -> String {
    let words = path
        .trim_start_matches("/api/v1")
        .split(|c: char| !c.is_ascii_alphanumeric())
        .filter(|word| !word.is_empty());
    std::iter::once(method.as_str().to_ascii_lowercase())
        .chain(words.map(str::to_owned))
        .collect::<Vec<_>>()
        .join("_")
}

/// Lists name what they hold: the generator repeats its members instead.
fn name_items(schemas: &mut Value) {
    for (name, schema) in schemas.as_object_mut().into_iter().flatten() {
        if let Some(item) = name.strip_prefix("List_") {
            schema["properties"]["items"]["items"] = json!({"$ref": format!("#/components/schemas/{item}")});
        }
    }
}

fn query_names(operation: &Operation) -> Vec<String> {
    let parameters = operation.parameters.iter().flatten();
    parameters
        .filter_map(|parameter| match parameter {
            RefOr::T(Parameter { name, parameter_in: ParameterIn::Query, .. }) => Some(name.clone()),
            _ => None,
        })
        .collect()
}

/// This document: OpenAPI 3.1.
#[utoipa::path(get, path = "/openapi.json", tag = "operations",
    responses((status = 200, description = "The document", content_type = "application/json", body = Object)))]
pub(crate) async fn document(State(api): State<Shared>) -> Response {
    ([(CONTENT_TYPE, HeaderValue::from_static("application/json"))], api.document.json.clone())
        .into_response()
}

/// This document as a page.
#[utoipa::path(get, path = "/docs", tag = "operations",
    responses((status = 200, description = "A page without scripts", content_type = "text/html", body = String)))]
pub(crate) async fn rendered(State(api): State<Shared>) -> Response {
    let html = HeaderValue::from_static("text/html; charset=utf-8");
    let headers = [(CONTENT_TYPE, html), (CONTENT_SECURITY_POLICY, api.document.policy.clone())];
    (headers, api.document.html.clone()).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn served() -> (Document, Value) {
        let (_, document) = crate::api::operations().merge(crate::api::product()).split_for_parts();
        let document = Document::new(document);
        let json = serde_json::from_slice(&document.json).expect("valid JSON");
        (document, json)
    }

    /// The endpoints of the contract that this version answers. Each is in the document because the router takes
    /// handlers only together with their descriptions.
    #[test]
    fn every_endpoint_of_the_contract_is_described() {
        let (_, json) = served();
        assert!(json["openapi"].as_str().expect("version").starts_with("3.1."), "{}", json["openapi"]);
        let contract = include_str!("contract.txt");
        let mut described: Vec<String> = Vec::new();
        for (path, item) in json["paths"].as_object().expect("paths") {
            let methods = item.as_object().expect("item").keys();
            described.extend(methods.map(|method| format!("{} {path}", method.to_uppercase())));
        }
        described.sort();
        let mut expected: Vec<&str> = contract.lines().collect();
        expected.sort_unstable();
        assert_eq!(described, expected);
    }

    #[test]
    fn every_reference_leads_somewhere_and_every_operation_is_documented() {
        fn references<'a>(value: &'a Value, found: &mut Vec<&'a str>) {
            match value {
                Value::Object(map) => {
                    found.extend(map.get("$ref").and_then(|to| to.as_str()));
                    map.values().for_each(|value| references(value, found));
                }
                Value::Array(values) => values.iter().for_each(|value| references(value, found)),
                _ => {}
            }
        }
        let (_, json) = served();
        let mut found = Vec::new();
        references(&json, &mut found);
        assert!(found.len() > 50);
        for reference in found {
            assert!(json.pointer(reference.trim_start_matches('#')).is_some(), "{reference} leads nowhere");
        }
        let mut ids = std::collections::BTreeSet::new();
        for (path, item) in json["paths"].as_object().expect("paths") {
            for (method, operation) in item.as_object().expect("item") {
                assert!(
                    ids.insert(operation["operationId"].as_str().expect("an id")),
                    "{method} {path}: id is taken"
                );
                assert!(operation["summary"].is_string(), "{method} {path} has no summary");
                assert!(
                    operation["responses"]["default"].is_object(),
                    "{method} {path} does not mention problems"
                );
            }
        }
    }

    #[test]
    fn the_page_has_every_endpoint_and_no_script() {
        let (document, json) = served();
        let html = std::str::from_utf8(&document.html).expect("text");
        for path in json["paths"].as_object().expect("paths").keys() {
            assert!(html.contains(&format!("<code>{path}</code>")), "{path}");
        }
        assert!(!html.contains("<script") && !html.contains("style=\"") && !html.contains("http://"));
        assert!(
            document.policy.to_str().expect("text").starts_with("default-src 'none'; style-src 'sha256-")
        );
    }
}
