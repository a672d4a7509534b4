//! `nova snapshot`

use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Result;
use clap::Args;

use super::{ConfigArgs, block_on, logging};
use crate::app::{App, SystemClock};

/// How long the projection may stand still before the command gives up.
const PATIENCE: Duration = Duration::from_secs(3_600);

/// Arguments of `nova snapshot`.
#[derive(Debug, Args)]
pub(super) struct SnapshotArgs {
    #[command(flatten)]
    config: ConfigArgs,
    /// Answer as JSON
    #[arg(long)]
    json: bool,
}

pub(super) fn run(args: &SnapshotArgs) -> Result<ExitCode> {
    let config = args.config.load(None)?;
    logging::install(&config.logging)?;
    block_on(async {
        let app = App::open(config, Arc::new(SystemClock)).await?;
        app.caught_up(PATIENCE).await?;
        let size = app.ports().store.size().await?;
        let applied = app.services().progress.applied();
        let written = app.stop().await;
        if args.json {
            say!(
                "{}",
                serde_json::json!({
                    "written": written, "users": size.users, "posts": size.posts, "follows": size.follows,
                    "events": size.events, "positions": applied.to_string(),
                })
            );
        } else if written {
            say!(
                "the index is on disk: {} users, {} posts, {} follows, {} events; log at {applied}",
                size.users,
                size.posts,
                size.follows,
                size.events
            );
        }
        Ok(if written { ExitCode::SUCCESS } else { ExitCode::FAILURE })
    })?
}
