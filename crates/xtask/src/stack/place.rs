//! Where one service lives: its folder, its ports, and the configuration that it shares with `docker compose`.

use std::fmt::{self, Write as _};
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, ensure};

use super::Service;
use super::artifacts::Artifacts;
use super::ports::Ports;
use super::settings::Settings;

/// Where a service lives.
pub(crate) struct Place<'a> {
    pub(super) service: &'static dyn Service,
    /// `target/stack/run/NAME`
    pub(super) folder: PathBuf,
    /// `deploy`
    pub(super) deploy: &'a Path,
    pub(super) settings: &'a Settings,
    pub(super) ports: &'a Ports,
    pub(super) artifacts: Artifacts<'a>,
}

impl Place<'_> {
    /// Where its data is.
    pub(crate) fn data(&self) -> PathBuf {
        self.folder.join("data")
    }

    /// Where its output goes. Each start begins a new one.
    pub(crate) fn log(&self) -> PathBuf {
        self.folder.join("log")
    }

    /// A file of its folder.
    pub(crate) fn file(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    /// A port, its own or another service's.
    pub(crate) fn port(&self, name: &str) -> Result<u16> {
        self.ports.of(name)
    }

    /// A value of `deploy/.env`.
    pub(crate) fn setting(&self, name: &str) -> Result<&str> {
        self.settings.get(name)
    }

    /// A file under `deploy/` that the service has said it reads: the containers read the same.
    pub(crate) fn deployed(&self, file: &str) -> Result<String> {
        ensure!(
            self.service.files().contains(&file),
            "{} does not say that it reads {file}",
            self.service.name()
        );
        let path = self.deploy.join(file);
        fs::read_to_string(&path).with_context(|| format!("{} cannot be read", path.display()))
    }

    /// Writes a file of its folder, and the folders on the way.
    pub(crate) fn write(&self, name: &str, text: &str) -> Result<PathBuf> {
        let path = self.file(name);
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder)?;
        }
        fs::write(&path, text).with_context(|| format!("{} cannot be written", path.display()))?;
        Ok(path)
    }

    /// The deployed file with what differs on this machine below it, in its own folder. For formats in which the last
    /// line about a setting holds.
    pub(crate) fn overlaid(
        &self,
        file: &str,
        separator: &str,
        differences: &[(&str, &dyn fmt::Display)],
    ) -> Result<PathBuf> {
        let mut text = self.deployed(file)?;
        writeln!(text, "\n# what differs on this machine")?;
        for (name, value) in differences {
            writeln!(text, "{name}{separator}{value}")?;
        }
        let name = file.rsplit('/').next().unwrap_or(file);
        self.write(name, &text)
    }
}

#[cfg(test)]
mod tests {
    use super::super::Name;
    use super::*;

    /// Runs with a place in a folder of its own, with the real files of `deploy/`.
    fn with_place(name: Name, check: impl FnOnce(&Place<'_>)) {
        let folder = tempfile::tempdir().unwrap();
        let deploy = crate::run::root().join("deploy");
        let settings = Settings::read(&deploy.join(".env")).unwrap();
        let mut ports = Ports::read(&folder.path().join("ports.json")).unwrap();
        ports.choose(name.service().ports(), true).unwrap();
        check(&Place {
            service: name.service(),
            folder: folder.path().join("run"),
            deploy: &deploy,
            settings: &settings,
            ports: &ports,
            artifacts: Artifacts::new(folder.path().to_owned(), &settings),
        });
    }

    #[test]
    fn what_differs_stands_below_what_is_deployed() {
        with_place(Name::Redis, |place| {
            place.service.prepare(place).unwrap();
            let written = fs::read_to_string(place.file("redis.conf")).unwrap();
            let deployed = place.deployed("redis/redis.conf").unwrap();
            let below = written.strip_prefix(&deployed).unwrap();
            assert!(below.contains(&format!("\nport {}\n", place.port("redis").unwrap())));
            assert!(below.contains("\nbind 127.0.0.1\n"));
            let command = place.service.start(place).unwrap();
            assert_eq!(command.get_args().next(), Some(place.file("redis.conf").as_os_str()));
        });
    }

    #[test]
    fn a_file_that_the_container_does_not_have_is_refused() {
        with_place(Name::Redis, |place| {
            let refused = place.deployed("kafka/server.properties").unwrap_err();
            assert!(refused.to_string().contains("redis does not say that it reads kafka"));
        });
    }
}
