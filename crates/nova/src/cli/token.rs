//! `nova token`

use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Result, bail};
use clap::Args;
use jsonwebtoken::{EncodingKey, Header, encode};
use nova_core::clock::Clock as _;
use nova_core::model::UserId;
use serde_json::json;

use super::ConfigArgs;
use crate::app::SystemClock;

/// Arguments of `nova token`.
#[derive(Debug, Args)]
pub(super) struct TokenArgs {
    #[command(flatten)]
    config: ConfigArgs,
    /// The user that it names (sub)
    #[arg(long, value_name = "ID")]
    user: UserId,
    /// Rights, space-separated: nova:admin nova:events
    #[arg(long, value_name = "SCOPE")]
    scope: Option<String>,
    /// Seconds until it expires
    #[arg(long, value_name = "SECONDS", default_value_t = 3_600)]
    expires_in: u64,
}

pub(super) fn run(args: &TokenArgs) -> Result<ExitCode> {
    let config = args.config.load(None)?;
    let secret = config.auth.secret.expose();
    if secret.len() < 32 {
        bail!("auth.secret: must have at least 32 bytes; set it as NOVA__AUTH__SECRET");
    }
    let now = SystemClock.now();
    let expires = now.plus(Duration::from_secs(args.expires_in));
    let mut claims = json!({
        "sub": args.user.to_string(),
        "iat": now.micros() / 1_000_000,
        "exp": expires.micros() / 1_000_000,
    });
    let mut set = |name: &str, value: &str| {
        if !value.is_empty() {
            claims[name] = json!(value);
        }
    };
    set("aud", &config.auth.audience);
    set("iss", &config.auth.issuer);
    set("scope", args.scope.as_deref().unwrap_or_default());
    say!("{}", encode(&Header::default(), &claims, &EncodingKey::from_secret(secret.as_bytes()))?);
    Ok(ExitCode::SUCCESS)
}
