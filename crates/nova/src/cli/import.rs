//! `nova import`

use std::fmt::Write;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Result, bail};
use clap::Args;
use indicatif::{HumanCount, ProgressBar, ProgressState, ProgressStyle};
use nova_core::clock::Clock as _;
use tokio::time::Instant;

use super::{ConfigArgs, block_on, logging};
use crate::app::{App, SystemClock};
use crate::ingest::import::{self, Options, Source};

/// Refused lines that are printed; all are counted.
const SHOWN_MAX: usize = 20;
/// How long the projection may stand still before the command gives up.
const PATIENCE: Duration = Duration::from_secs(3_600);

/// Arguments of `nova import`.
#[derive(Debug, Args)]
pub(super) struct ImportArgs {
    #[command(flatten)]
    config: ConfigArgs,
    /// JSON lines {"type": "user" | "post" | "comment" | "like" | "follow" | "block" | "mute" | "hide" | "event", ...columns}
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    /// Read and check only
    #[arg(long)]
    dry_run: bool,
    /// Move all times so that the newest is now; the same files keep their first shift
    #[arg(long)]
    shift_to_now: bool,
    /// Answer as JSON
    #[arg(long)]
    json: bool,
}

pub(super) fn run(args: &ImportArgs) -> Result<ExitCode> {
    let config = args.config.load(None)?;
    logging::install(&config.logging)?;
    if let Some(missing) = args.files.iter().find(|file| !file.is_file()) {
        bail!("{}: there is no such file", missing.display());
    }
    block_on(import(args, config))?
}

async fn import(args: &ImportArgs, config: crate::config::Config) -> Result<ExitCode> {
    let started = Instant::now();
    let source = Source::Files(args.files.clone());
    let dir = config.server.data_dir.clone();
    let mut options = Options { dry_run: args.dry_run, ..Options::new(&config.events, SystemClock.now()) };
    let app = App::open(config, Arc::new(SystemClock)).await?;
    if args.shift_to_now {
        let (source, now) = (source.clone(), options.now);
        options.shift =
            tokio::task::spawn_blocking(move || import::shift_to_now(&source, now, &dir)).await??;
    }
    let bar = bar(args.json);
    let ports = app.ports();
    let report = import::run(&source, options, &*ports.social, &*ports.log, &|lines| bar.inc(lines)).await;
    bar.set_message("building the index");
    app.caught_up(PATIENCE).await?;
    bar.finish_and_clear();
    let size = app.ports().store.size().await?;
    let kept = app.stop().await;
    let report = report?;
    let seconds = started.elapsed().as_secs_f64();
    if args.json {
        let refused: Vec<_> = report
            .reasons
            .iter()
            .map(|(line, reason)| serde_json::json!({"line": line, "reason": reason}))
            .collect();
        say!(
            "{}",
            serde_json::json!({
                "lines": report.lines, "taken": report.taken, "refused": report.refused, "reasons": refused,
                "users": size.users, "posts": size.posts, "follows": size.follows, "events": size.events,
                "seconds": seconds,
            })
        );
    } else {
        for (line, reason) in report.reasons.iter().take(SHOWN_MAX) {
            say!("line {line}: {reason}");
        }
        if report.refused > SHOWN_MAX as u64 {
            say!("... and {} more refused", report.refused - SHOWN_MAX as u64);
        }
        say!(
            "{} lines in {seconds:.1} s ({:.0}/s): {} taken, {} refused{}; the index holds {} users, {} posts, {} follows, {} events",
            report.lines,
            report.lines as f64 / seconds,
            report.taken,
            report.refused,
            if args.dry_run { " (dry run, nothing written)" } else { "" },
            size.users,
            size.posts,
            size.follows,
            size.events,
        );
    }
    Ok(if report.refused == 0 && kept { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Four passes go over the file: lines are counted in each.
pub(super) fn bar(quiet: bool) -> ProgressBar {
    if quiet {
        return ProgressBar::hidden();
    }
    let template = "{spinner} {msg}: {human_pos} lines in four passes, {rate} a second";
    let style = ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_spinner());
    let style = style.with_key("rate", |state: &ProgressState, out: &mut dyn Write| {
        write!(out, "{}", HumanCount(state.per_sec() as u64)).unwrap_or_default();
    });
    let bar = ProgressBar::new_spinner().with_style(style).with_message("reading");
    bar.enable_steady_tick(Duration::from_millis(100));
    bar
}
