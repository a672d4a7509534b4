//! What is known between two calls: ports, and the process of each service.

use std::fs::{self, File, TryLockError};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};

use super::artifacts::Artifacts;
use super::place::Place;
use super::ports::Ports;
use super::process::{Process, Record};
use super::settings::Settings;
use super::{Name, Service};
use crate::run::root;

/// The stack of this checkout. Holds its lock.
#[derive(Debug)]
pub(crate) struct Stack {
    folder: PathBuf,
    deploy: PathBuf,
    settings: Settings,
    /// The port of each name.
    pub(crate) ports: Ports,
    _lock: File,
}

/// How a service is.
#[derive(Debug)]
pub(crate) enum Life {
    /// Never started, or stopped in order
    Off,
    /// It was started and ended without being asked to
    Dead,
    /// It runs, or is held
    Alive(Process),
}

impl Stack {
    /// Takes the lock, waiting for another task that has it, and reads what is known.
    pub(crate) fn open() -> Result<Self> {
        let folder = root().join("target/stack");
        let deploy = root().join("deploy");
        fs::create_dir_all(folder.join("run"))?;
        let lock = File::create(folder.join("lock"))?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                println!("waiting for another `cargo xtask stack`");
                lock.lock()?;
            }
            Err(TryLockError::Error(error)) => return Err(error).context("the stack cannot be locked"),
        }
        let settings = Settings::read(&deploy.join(".env"))?;
        let ports = Ports::read(&folder.join("run/ports.json"))?;
        Ok(Self { folder, deploy, settings, ports, _lock: lock })
    }

    /// Where a service lives.
    pub(crate) fn place(&self, name: Name) -> Place<'_> {
        let service: &'static dyn Service = name.service();
        Place {
            service,
            folder: self.run().join(service.name()),
            deploy: &self.deploy,
            settings: &self.settings,
            ports: &self.ports,
            artifacts: Artifacts::new(self.folder.join("artifacts"), &self.settings),
        }
    }

    /// The folder of everything that `down --wipe` removes.
    pub(crate) fn run(&self) -> PathBuf {
        self.folder.join("run")
    }

    /// The file with the addresses.
    pub(crate) fn env(&self) -> PathBuf {
        self.folder.join("env")
    }

    /// How a service is.
    pub(crate) fn life(&self, name: Name) -> Life {
        let Ok(text) = fs::read(self.record(name)) else { return Life::Off };
        // a record that cannot be read names nobody
        let record: Option<Record> = serde_json::from_slice(&text).ok();
        record.and_then(|record| record.find()).map_or(Life::Dead, Life::Alive)
    }

    /// Writes down the process of a service.
    pub(crate) fn started(&self, name: Name, record: &Record) -> Result<()> {
        Ok(fs::write(self.record(name), serde_json::to_vec(record)?)?)
    }

    /// Forgets the process of a service that was stopped.
    pub(crate) fn stopped(&self, name: Name) -> Result<()> {
        remove(&self.record(name))
    }

    fn record(&self, name: Name) -> PathBuf {
        self.run().join(name.service().name()).join("process.json")
    }
}

/// Removes a file that may not be there.
pub(crate) fn remove(file: &Path) -> Result<()> {
    if file.exists() {
        fs::remove_file(file).with_context(|| format!("{} cannot be removed", file.display()))?;
    }
    Ok(())
}
