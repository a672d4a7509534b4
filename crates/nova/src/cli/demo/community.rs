//! Which community lives in a directory, and how it gets there.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, Result, bail, ensure};
use nova_core::model::Timestamp;
use nova_lab::world::{World, WorldConfig};
use serde::{Deserialize, Serialize};

use crate::app::App;
use crate::cli::import::bar;
use crate::ingest::import::{self, Options, Source};

/// The note about the community of a data directory.
const FILE: &str = "demo.json";
/// Who is drawn where nothing is said.
const USERS: u32 = 2_000;
const SEED: u64 = 7;
/// How long the projection may stand still while the community is loaded.
const PATIENCE: Duration = Duration::from_secs(600);

/// A community is drawn from these three: its posts are named after the moment at which it began to live, so a later
/// run must draw it for the same one.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
struct Note {
    users: u32,
    seed: u64,
    began: Timestamp,
    /// Its whole history is in the tables.
    loaded: bool,
}

/// The community of a directory.
pub(super) struct Community {
    note: Note,
    file: PathBuf,
}

impl Community {
    /// The one that lives in `dir`, else a new one.
    ///
    /// # Errors
    /// When another lives there than was asked for, or something that is no community.
    pub(super) async fn of(
        app: &App,
        dir: &Path,
        users: Option<u32>,
        seed: Option<u64>,
        now: Timestamp,
    ) -> Result<Self> {
        let file = dir.join(FILE);
        let shown = dir.display();
        if let Ok(text) = std::fs::read_to_string(&file) {
            let note: Note = serde_json::from_str(&text).with_context(|| {
                format!("{} is damaged: restore it, or use another --data-dir", file.display())
            })?;
            let (users, seed) = (users.unwrap_or(note.users), seed.unwrap_or(note.seed));
            ensure!(
                (users, seed) == (note.users, note.seed),
                "{shown} holds the community of --users {} --seed {}; name another --data-dir for this one",
                note.users,
                note.seed
            );
            return Ok(Self { note, file });
        }
        if app.ports().store.size().await?.users > 0 {
            bail!("{shown} holds a service's own data; name another --data-dir for the demo");
        }
        let (users, seed) = (users.unwrap_or(USERS), seed.unwrap_or(SEED));
        Ok(Self { note: Note { users, seed, began: now, loaded: false }, file })
    }

    /// Draws it.
    pub(super) fn world(&self) -> Arc<World> {
        World::new(WorldConfig::new(self.note.users, self.note.seed, self.note.began))
    }

    /// Its history, through the same door as anybody's. What an earlier run broke off is gone through again: what is
    /// there already stays as it is.
    ///
    /// # Errors
    /// When the tables or the log take nothing, or the note cannot be written.
    pub(super) async fn load(&mut self, app: &App, world: &Arc<World>) -> Result<()> {
        if self.note.loaded {
            return Ok(());
        }
        self.keep()?;
        let bar = bar(false);
        bar.set_message(format!("drawing {} people", self.note.users));
        let made = Arc::clone(world);
        let lines = move || -> Box<dyn Iterator<Item = String> + Send> { Box::new(made.history()) };
        let source = Source::Made(Arc::new(lines));
        let ports = app.ports();
        let progress = |lines| bar.inc(lines);
        let options = Options::new(&app.services().config.events, app.services().clock.now());
        let report = import::run(&source, options, &*ports.social, &*ports.log, &progress).await?;
        bar.set_message("building the index");
        app.caught_up(PATIENCE).await?;
        bar.finish_and_clear();
        ensure!(report.refused == 0, "the community's own history was refused: {:?}", report.reasons.first());
        self.note.loaded = true;
        self.keep()
    }

    /// Whole or not at all: a note that is cut off would lose the community.
    fn keep(&self) -> Result<()> {
        let unfinished = self.file.with_extension("tmp");
        let written = serde_json::to_string(&self.note)
            .map_err(std::io::Error::from)
            .and_then(|text| std::fs::write(&unfinished, text))
            .and_then(|()| std::fs::rename(&unfinished, &self.file));
        written.with_context(|| format!("{} cannot be written", self.file.display()))
    }
}
