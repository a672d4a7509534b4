//! What stands in the URL: ids in the path, parameters after the `?`.
//!
//! Which parameters an endpoint knows is read from its OpenAPI entry (see [`super::docs`]), for all endpoints in one
//! place; here their values are read.

use std::str::FromStr;

use axum::extract::{FromRequestParts, Path, Request};
use axum::http::request::Parts;
use nova_core::model::IdError;

use super::docs::Document;
use super::error::{FieldError, Problem, Result};

/// Items of a page where nothing is asked for.
const LIMIT_DEFAULT: usize = 20;
/// Items of a page, at most.
const LIMIT_MAX: usize = 100;

/// Parameters of a request: more than any endpoint knows.
const PARAMETERS_MAX: usize = 16;

/// The id in the path: `/posts/{id}`.
pub(crate) struct PathId<T>(pub(crate) T);

impl<S: Send + Sync, T: FromStr<Err = IdError>> FromRequestParts<S> for PathId<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self> {
        let Path(text) = Path::<String>::from_request_parts(parts, state)
            .await
            .map_err(|_| Problem::malformed("path_malformed", "the path is not UTF-8"))?;
        match text.parse() {
            Ok(id) => Ok(Self(id)),
            Err(why) => Err(Problem::invalid(vec![FieldError::new("id", "id_invalid", &why.to_string())])),
        }
    }
}

/// Names and values as they came.
#[derive(Clone)]
struct Pairs(Vec<(String, String)>);

/// The parameters of a request, and what was found wrong with them.
pub(crate) struct Parameters {
    pairs: Vec<(String, String)>,
    errors: Vec<FieldError>,
}

impl Parameters {
    /// A parameter's value; `None` when it is absent, or wrong: then the request is refused when all are read.
    pub(crate) fn read<T>(
        &mut self,
        name: &'static str,
        code: &'static str,
        allowed: &str,
        parse: impl FnOnce(&str) -> Option<T>,
    ) -> Option<T> {
        let (_, value) = self.pairs.iter().find(|(key, _)| key == name)?;
        let parsed = parse(value);
        if parsed.is_none() {
            self.errors.push(FieldError::new(name, code, allowed));
        }
        parsed
    }

    /// As [`Parameters::read`], and wrong when it is absent.
    pub(crate) fn required<T>(
        &mut self,
        name: &'static str,
        code: &'static str,
        allowed: &str,
        parse: impl FnOnce(&str) -> Option<T>,
    ) -> Option<T> {
        if !self.pairs.iter().any(|(key, _)| key == name) {
            self.errors.push(FieldError::new(name, "required", &format!("is required and {allowed}")));
        }
        self.read(name, code, allowed, parse)
    }

    /// 1..=100.
    pub(crate) fn limit(&mut self) -> usize {
        let parse = |text: &str| {
            let digits = text.bytes().all(|b| b.is_ascii_digit());
            text.parse().ok().filter(|limit| digits && (1..=LIMIT_MAX).contains(limit))
        };
        self.read("limit", "limit_invalid", "must be 1 to 100", parse).unwrap_or(LIMIT_DEFAULT)
    }

    /// An empty cursor is none.
    pub(crate) fn cursor(&mut self) -> Option<String> {
        self.read("cursor", "cursor_invalid", "", |text| Some(text.to_owned()))
            .filter(|cursor| !cursor.is_empty())
    }

    pub(crate) fn flag(&mut self, name: &'static str) -> bool {
        let parse = |text: &str| text.parse().ok();
        self.read(name, "flag_invalid", "must be true or false", parse).unwrap_or(false)
    }
}

/// Parameters that can be read.
pub(crate) trait FromQuery: Sized {
    /// `None` only when something was wrong, which `parameters` then holds.
    fn read(parameters: &mut Parameters) -> Option<Self>;
}

/// The parameters of a request.
pub(crate) struct Query<T>(pub(crate) T);

impl<S: Send + Sync, T: FromQuery> FromRequestParts<S> for Query<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self> {
        // read already, where they were checked
        let pairs = match parts.extensions.remove() {
            Some(Pairs(pairs)) => pairs,
            None => pairs(parts.uri.query().unwrap_or_default())?,
        };
        let mut parameters = Parameters { pairs, errors: Vec::new() };
        match T::read(&mut parameters) {
            Some(value) if parameters.errors.is_empty() => Ok(Self(value)),
            _ => Err(Problem::invalid(parameters.errors)),
        }
    }
}

/// Refuses what an endpoint does not know, and what is there twice. Paths that no endpoint describes pass.
pub(super) fn check(document: &Document, request: &mut Request) -> Result<()> {
    let Some(query) = request.uri().query().filter(|query| !query.is_empty()) else { return Ok(()) };
    let Some(known) = document.parameters(request) else { return Ok(()) };
    let pairs = pairs(query)?;
    let errors = unknown(&pairs, known);
    if !errors.is_empty() {
        return Err(Problem::invalid(errors));
    }
    request.extensions_mut().insert(Pairs(pairs));
    Ok(())
}

fn unknown(pairs: &[(String, String)], known: &[String]) -> Vec<FieldError> {
    let mut errors = Vec::new();
    for (index, (name, _)) in pairs.iter().enumerate() {
        if !known.contains(name) {
            let allowed = if known.is_empty() { "none".to_owned() } else { known.join(", ") };
            let reason = format!("is no parameter here; known: {allowed}");
            errors.push(FieldError::new(name.clone(), "unknown_parameter", &reason));
        } else if pairs[..index].iter().any(|(earlier, _)| earlier == name) {
            errors.push(FieldError::new(name.clone(), "repeated_parameter", "is there more than once"));
        }
    }
    errors
}

/// Everything is readable: what is no UTF-8 shows as U+FFFD, and then is no value of any parameter.
fn pairs(query: &str) -> Result<Vec<(String, String)>> {
    let mut pairs = form_urlencoded::parse(query.as_bytes()).into_owned();
    let read: Vec<_> = pairs.by_ref().take(PARAMETERS_MAX).collect();
    match pairs.next() {
        None => Ok(read),
        Some(_) => Err(Problem::malformed(
            "query_malformed",
            format!("there are more than {PARAMETERS_MAX} parameters"),
        )),
    }
}
