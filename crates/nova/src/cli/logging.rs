//! Where log lines go.

use anyhow::{Context as _, Result};
use tracing_subscriber::EnvFilter;

use crate::config::{Format, Logging};

/// Sends log lines to standard error, as configured.
///
/// # Errors
/// When `logging.level` is not a filter.
pub(super) fn install(logging: &Logging) -> Result<()> {
    let filter = EnvFilter::try_new(&logging.level).with_context(|| {
        format!("logging.level: \"{}\" is not a level or a list of module=level", logging.level)
    })?;
    let lines = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    match logging.format {
        // a second call in one process (tests) keeps the first
        Format::Text => drop(lines.with_target(false).try_init()),
        Format::Json => drop(lines.json().flatten_event(true).try_init()),
    }
    Ok(())
}
