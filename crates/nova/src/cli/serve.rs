//! `nova serve`

use std::net::SocketAddr;
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::Result;
use clap::{Args, ValueEnum};

use super::{ConfigArgs, address, asked_to_stop, block_on, logging};
use crate::app::{App, Roles, SystemClock};

/// A part of the work.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Role {
    /// Answer requests
    Api,
    /// Carry the log into the store
    Project,
    /// What is done on a timer
    Jobs,
}

/// Arguments of `nova serve`.
#[derive(Debug, Args)]
pub(super) struct ServeArgs {
    #[command(flatten)]
    config: ConfigArgs,
    /// Address and port [default: 127.0.0.1:8080]
    #[arg(long, value_name = "ADDRESS", value_parser = address)]
    listen: Option<SocketAddr>,
    /// Parts of the work that this process does; embedded it does all of them
    #[arg(long, value_delimiter = ',', default_value = "api,project,jobs")]
    role: Vec<Role>,
}

pub(super) fn run(args: ServeArgs) -> Result<ExitCode> {
    let config = args.config.load(args.listen)?;
    logging::install(&config.logging)?;
    let has = |role| args.role.contains(&role);
    let roles = Roles { api: has(Role::Api), project: has(Role::Project), jobs: has(Role::Jobs) };
    block_on(async {
        let mut app = App::open_as(roles, config, Arc::new(SystemClock)).await?;
        let address = app.serve(None, axum::Router::new()).await?;
        let asked = asked_to_stop()?;
        say!("nova listens on http://{address}  (Ctrl-C ends it)");
        asked.await;
        tracing::info!("stopping: requests in flight are answered, then the index is written");
        Ok(if app.stop().await { ExitCode::SUCCESS } else { ExitCode::FAILURE })
    })?
}
