//! `nova check`

use std::process::ExitCode;
use std::sync::Arc;

use anyhow::Result;
use clap::Args;
use nova_core::error::Error;
use serde_json::json;

use super::{ConfigArgs, block_on};
use crate::app::{App, Roles, SystemClock};
use crate::config::Config;

/// Arguments of `nova check`.
#[derive(Debug, Args)]
pub(super) struct CheckArgs {
    #[command(flatten)]
    config: ConfigArgs,
    /// Answer as JSON
    #[arg(long)]
    json: bool,
}

/// As `[social]`, `[log]`, `[store]` and `[cache]` of the configuration.
const PARTS: [&str; 4] = ["social", "log", "store", "cache"];

struct Line {
    part: &'static str,
    at: String,
    /// What it found, or what is wrong.
    outcome: Result<String, String>,
}

pub(super) fn run(args: &CheckArgs) -> Result<ExitCode> {
    let mut lines = Vec::new();
    match args.config.load(None) {
        Ok(config) => {
            lines.push(Line { part: "configuration", at: String::new(), outcome: Ok("valid".to_owned()) });
            lines.extend(block_on(parts(config))?);
        }
        Err(error) => {
            lines.push(Line { part: "configuration", at: String::new(), outcome: Err(error.to_string()) });
        }
    }
    let well = lines.iter().all(|line| line.outcome.is_ok());
    for line in lines {
        let (state, detail) = match line.outcome {
            Ok(found) => ("ok", found),
            Err(wrong) => ("FAILED", wrong),
        };
        if args.json {
            say!("{}", json!({"part": line.part, "at": line.at, "ok": state == "ok", "detail": detail}));
        } else {
            say!("{:<14} {state:<7} {:<24} {detail}", line.part, line.at);
        }
    }
    Ok(if well { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

async fn parts(config: Config) -> Vec<Line> {
    let dir = config.server.data_dir.display().to_string();
    let urls =
        [&config.social.url, &config.log.url, &config.store.url, &config.cache.url].map(ToString::to_string);
    // what serves feeds starts without some parts, so that all that fail are named, and not the first alone
    let app = match App::open_as(Roles::least(config.mode()), config, Arc::new(SystemClock)).await {
        Ok(app) => app,
        Err(error) => return vec![unopened(format!("{error:#}"), dir, urls)],
    };
    let ports = app.ports();
    let told = |outcome: Result<(), Error>| {
        outcome.map(|()| "answers".to_owned()).map_err(|error| format!("{error:?}"))
    };
    let outcomes = [
        told(ports.social.check().await),
        told(ports.log.check().await),
        told(ports.store.check().await),
        told(ports.cache.check().await),
    ];
    let mut lines =
        vec![Line { part: "data", at: dir, outcome: Ok("writable, held by this process".to_owned()) }];
    lines.extend(PARTS.into_iter().zip(urls).zip(outcomes).map(|((part, at), outcome)| Line {
        part,
        at,
        outcome,
    }));
    let waiting = ports.dead.waiting().await;
    lines.push(Line {
        part: "dead letters",
        at: String::new(),
        outcome: waiting.map(|count| format!("{count} waiting")).map_err(|error| format!("{error:?}")),
    });
    app.stop().await;
    lines
}

/// A part without which nothing is opened: its error begins with its key.
fn unopened(error: String, dir: String, urls: [String; 4]) -> Line {
    let named = |part: &str| error.starts_with(&format!("{part}.url"));
    match PARTS.into_iter().zip(urls).find(|(part, _)| named(part)) {
        Some((part, at)) => Line { part, at, outcome: Err(error) },
        None => Line { part: "data", at: dir, outcome: Err(error) },
    }
}
