//! Who is calling.
//!
//! `auth.mode = "open"`: the header `X-Nova-User`, and every scope. `"jwt"`: a bearer token signed with HS256. A
//! named user without a row is a user without follows. Endpoints that need a caller take a [`Caller`], those that
//! work without one an `Option<Caller>`: a token that does not hold is refused there too.

use axum::extract::{FromRequestParts, OptionalFromRequestParts};
use axum::http::header::AUTHORIZATION;
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName};
use jsonwebtoken::errors::ErrorKind;
use jsonwebtoken::{Algorithm, DecodingKey, Validation, decode};
use nova_core::model::{Timestamp, UserId};
use serde::Deserialize;

use super::error::{Problem, Result};
use super::state::Shared;
use crate::config::{self, AuthMode};

const X_NOVA_USER: HeaderName = HeaderName::from_static("x-nova-user");
/// Longer ones are refused unread: a token of ours has some hundred bytes.
const TOKEN_BYTES_MAX: usize = 8_192;
const OPEN_CHALLENGE: &str = "Nova-User";
const CHALLENGE: &str = "Bearer";
const CHALLENGE_INVALID: &str = "Bearer error=\"invalid_token\"";

/// Who is calling, and what they may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Caller {
    pub(crate) user: UserId,
    /// `nova:admin`
    pub(crate) admin: bool,
    /// `nova:events`: may report for others.
    pub(crate) service: bool,
}

impl Caller {
    /// # Errors
    /// 403 without the scope.
    pub(crate) fn must_operate(self) -> Result<()> {
        if self.admin || self.service {
            return Ok(());
        }
        Err(Problem::forbidden("needs the scope nova:admin or nova:events"))
    }
}

/// How callers are told.
pub(crate) struct Auth(Mode);

enum Mode {
    Open,
    Jwt(Box<Key>),
}

/// What a token must hold against.
struct Key {
    key: DecodingKey,
    validation: Validation,
    leeway_s: f64,
}

/// What a token says. The times are checked here, against the injected clock.
#[derive(Deserialize)]
struct Claims {
    sub: UserId,
    exp: f64,
    nbf: Option<f64>,
    #[serde(default)]
    scope: String,
}

impl Auth {
    pub(crate) fn new(config: &config::Auth) -> Self {
        if config.mode == AuthMode::Open {
            return Self(Mode::Open);
        }
        let mut validation = Validation::new(Algorithm::HS256);
        validation.validate_exp = false;
        validation.required_spec_claims.clear();
        validation.validate_aud = !config.audience.is_empty();
        if validation.validate_aud {
            validation.set_audience(&[&config.audience]);
            validation.required_spec_claims.insert("aud".to_owned());
        }
        if !config.issuer.is_empty() {
            validation.set_issuer(&[&config.issuer]);
            validation.required_spec_claims.insert("iss".to_owned());
        }
        let key = DecodingKey::from_secret(config.secret.expose().as_bytes());
        Self(Mode::Jwt(Box::new(Key { key, validation, leeway_s: config.leeway_s as f64 })))
    }

    /// May everybody act in every name?
    pub(crate) fn is_open(&self) -> bool {
        matches!(self.0, Mode::Open)
    }

    fn caller(&self, headers: &HeaderMap, now: impl FnOnce() -> Timestamp) -> Result<Option<Caller>> {
        match &self.0 {
            Mode::Open => named(headers),
            Mode::Jwt(key) => bearer(headers)?.map(|token| key.caller(token, now())).transpose(),
        }
    }

    /// Nobody is named where somebody must be.
    pub(crate) fn missing(&self) -> Problem {
        match self.0 {
            Mode::Open => Problem::unauthorized(
                OPEN_CHALLENGE,
                "caller_missing",
                "name the user in the header X-Nova-User",
            ),
            Mode::Jwt(_) => {
                Problem::unauthorized(CHALLENGE, "caller_missing", "send a token as Authorization: Bearer")
            }
        }
    }
}

impl Key {
    fn caller(&self, token: &str, now: Timestamp) -> Result<Caller> {
        let claims = decode::<Claims>(token, &self.key, &self.validation)
            .map_err(|error| refused(error.kind()))?
            .claims;
        let now_s = now.micros() as f64 / 1e6;
        if now_s > claims.exp + self.leeway_s {
            return Err(invalid("token_expired", "the token has expired"));
        }
        if claims.nbf.is_some_and(|nbf| now_s < nbf - self.leeway_s) {
            return Err(invalid("token_early", "the token is not valid yet"));
        }
        let has = |scope: &str| claims.scope.split(' ').any(|held| held == scope);
        Ok(Caller { user: claims.sub, admin: has("nova:admin"), service: has("nova:events") })
    }
}

fn named(headers: &HeaderMap) -> Result<Option<Caller>> {
    let mut values = headers.get_all(X_NOVA_USER).iter();
    let Some(value) = values.next() else { return Ok(None) };
    if values.next().is_some() {
        return Err(Problem::malformed("caller_invalid", "X-Nova-User is there more than once"));
    }
    match value.to_str().ok().and_then(|text| text.parse().ok()) {
        Some(user) => Ok(Some(Caller { user, admin: true, service: true })),
        None => Err(Problem::malformed("caller_invalid", "X-Nova-User must be a UUID or decimal digits")),
    }
}

/// The token, if there is an `Authorization` at all.
fn bearer(headers: &HeaderMap) -> Result<Option<&str>> {
    let Some(value) = headers.get(AUTHORIZATION) else { return Ok(None) };
    let token = value.to_str().ok().and_then(|text| {
        let (scheme, token) = text.split_once(' ')?;
        scheme.eq_ignore_ascii_case("bearer").then_some(token.trim())
    });
    match token {
        Some(token) if token.len() <= TOKEN_BYTES_MAX => Ok(Some(token)),
        _ => Err(invalid("token_invalid", "Authorization must be a bearer token of at most 8192 bytes")),
    }
}

fn refused(kind: &ErrorKind) -> Problem {
    let detail = match kind {
        ErrorKind::InvalidSignature => "the token's signature does not hold",
        ErrorKind::InvalidAudience => "the token is for another audience",
        ErrorKind::InvalidIssuer => "the token is from another issuer",
        ErrorKind::InvalidAlgorithm => "the token must be signed with HS256",
        ErrorKind::MissingRequiredClaim(_) => "the token lacks a required claim",
        _ => "the token cannot be read; it must be signed with HS256 and carry sub (a user id) and exp",
    };
    invalid("token_invalid", detail)
}

fn invalid(code: &'static str, detail: &'static str) -> Problem {
    Problem::unauthorized(CHALLENGE_INVALID, code, detail)
}

impl FromRequestParts<Shared> for Caller {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, api: &Shared) -> Result<Self> {
        api.auth.caller(&parts.headers, || api.now())?.ok_or_else(|| api.auth.missing())
    }
}

impl OptionalFromRequestParts<Shared> for Caller {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, api: &Shared) -> Result<Option<Self>> {
        api.auth.caller(&parts.headers, || api.now())
    }
}
