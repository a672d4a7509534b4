//! The files: which is the newest, which are good, and how a new one takes its place.

use std::fs::{self, File};
use std::io::{self, BufWriter};
use std::path::{Path, PathBuf};

use nova_core::error::{Error, Kind, Result};
use nova_core::model::Timestamp;

use super::frame::{FORMAT, Fault};
use super::load;
use super::taking::Taking;
use crate::log::Positions;
use crate::store::memory::config::MemoryStoreConfig;
use crate::store::memory::identity::Identities;
use crate::store::memory::index::{Index, Ledger};

/// Snapshots kept: the newest, and one to go back to if it is damaged.
const KEPT: usize = 2;

/// What a snapshot holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SnapshotInfo {
    /// Its file.
    pub path: PathBuf,
    /// Its size in bytes.
    pub bytes: u64,
    /// The latest time at which the log had received a record in it.
    pub log_time: Timestamp,
    /// It holds everything before.
    pub positions: Positions,
}

/// How an index was opened.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Opened {
    /// The snapshot it started from; `None`: it is empty, and the log must be replayed from the beginning.
    pub from: Option<SnapshotInfo>,
    /// Snapshots that could not be used, put aside as `*.damaged`, and what was wrong with each.
    pub damaged: Vec<(PathBuf, String)>,
}

/// The snapshots of one directory.
#[derive(Debug)]
pub(in crate::store::memory) struct Snapshots {
    dir: PathBuf,
    /// The number of the newest.
    last: u64,
}

impl Snapshots {
    /// Is there any in `dir`?
    pub(in crate::store::memory) fn are_in(dir: &Path) -> bool {
        list(dir).is_ok_and(|found| !found.is_empty())
    }

    /// Takes up the newest good snapshot of `dir`, which is made if need be.
    pub(in crate::store::memory) fn open(
        dir: &Path,
        config: &MemoryStoreConfig,
        identities: &dyn Fn() -> Result<Box<dyn Identities>>,
    ) -> Result<(Self, Index, Ledger, Opened)> {
        let mut opened = Opened::default();
        let found = prepare(dir).map_err(|error| unavailable(dir, error))?;
        let snapshots = Self { dir: dir.to_owned(), last: found.first().map_or(0, |&(number, _)| number) };
        for (number, path) in found {
            match take_up(&path, config, identities()?) {
                Ok((index, ledger, info)) => {
                    opened.from = Some(info);
                    return Ok((snapshots, index, ledger, opened));
                }
                Err(Fault::Damaged(why)) => {
                    let aside = dir.join(format!("snapshot-{number}.damaged"));
                    fs::rename(&path, &aside).map_err(|error| unavailable(&path, error))?;
                    opened.damaged.push((aside, why.to_owned()));
                }
                Err(Fault::Format(format)) => {
                    let detail = format!(
                        "{} has format {format}, and this version reads format {FORMAT}: start the version that \
                         wrote it, or move the file away to rebuild the index from the log",
                        path.display()
                    );
                    return Err(Error::new(Kind::Rejected, "store.open", detail));
                }
                Err(Fault::Io(error)) => return Err(unavailable(&path, error)),
            }
        }
        Ok((snapshots, Index::new(config.clone()), Ledger::new(identities()?), opened))
    }

    /// Writes a snapshot and drops those beyond [`KEPT`].
    pub(in crate::store::memory) fn write(&mut self, taking: Taking) -> Result<Positions> {
        self.try_write(taking).map_err(|error| unavailable(&self.dir, error))
    }

    fn try_write(&mut self, taking: Taking) -> io::Result<Positions> {
        let number = self.last + 1;
        let unfinished = self.dir.join(format!("snapshot-{number}.tmp"));
        let file = BufWriter::with_capacity(1 << 20, File::create(&unfinished)?);
        let file = taking.write(file)?.into_inner().map_err(io::IntoInnerError::into_error)?;
        file.sync_all()?;
        fs::rename(&unfinished, self.dir.join(format!("snapshot-{number}")))?;
        File::open(&self.dir)?.sync_all()?;
        self.last = number;
        let positions = taking.durable();
        for (_, old) in list(&self.dir)?.into_iter().skip(KEPT) {
            fs::remove_file(old)?;
        }
        Ok(positions)
    }
}

/// Makes the directory, clears away what was not finished, and lists what is there, newest first.
fn prepare(dir: &Path) -> io::Result<Vec<(u64, PathBuf)>> {
    fs::create_dir_all(dir)?;
    for entry in fs::read_dir(dir)? {
        let path = entry?.path();
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        if name.starts_with("snapshot-") && name.ends_with(".tmp") {
            fs::remove_file(path)?;
        }
    }
    list(dir)
}

fn list(dir: &Path) -> io::Result<Vec<(u64, PathBuf)>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(dir)? {
        let path = entry?.path();
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        if let Some(number) = name.strip_prefix("snapshot-").and_then(|number| number.parse().ok()) {
            found.push((number, path));
        }
    }
    found.sort_unstable_by(|a, b| b.cmp(a));
    Ok(found)
}

fn take_up(
    path: &Path,
    config: &MemoryStoreConfig,
    identities: Box<dyn Identities>,
) -> Result<(Index, Ledger, SnapshotInfo), Fault> {
    let file = File::open(path)?;
    let bytes = file.metadata()?.len();
    let (index, ledger) = load(file, bytes, config, identities)?;
    let info = SnapshotInfo {
        path: path.to_owned(),
        bytes,
        log_time: ledger.log_time,
        positions: ledger.positions.clone(),
    };
    Ok((index, ledger, info))
}

fn unavailable(path: &Path, error: io::Error) -> Error {
    let detail = match error.kind() {
        io::ErrorKind::StorageFull => format!("the disk of {} is full", path.display()),
        io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => {
            format!("{} cannot be read and written", path.display())
        }
        _ => format!("{} could not be used", path.display()),
    };
    Error::new(Kind::Unavailable, "store.snapshot", detail).with_source(error)
}
