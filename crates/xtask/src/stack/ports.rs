//! Free ports of 127.0.0.1, chosen once and kept, so that a service that died comes back where its clients look.

use std::collections::BTreeMap;
use std::fs;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::net::TcpListener;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail, ensure};

/// Below the range from which Linux gives ports to connections (32768 and up): otherwise a client that keeps trying
/// to reach a dead service may be given the very port it dials, and hold it.
const LOWEST: u16 = 20_000;
/// How many are tried.
const CANDIDATES: u16 = 12_000;

/// The port of each name.
#[derive(Debug)]
pub(crate) struct Ports {
    file: PathBuf,
    by_name: BTreeMap<String, u16>,
}

impl Ports {
    /// Reads what was chosen before, if anything was.
    pub(crate) fn read(file: &Path) -> Result<Self> {
        let by_name = match fs::read(file) {
            Ok(text) => serde_json::from_slice(&text)
                .with_context(|| format!("{} is damaged; remove it", file.display()))?,
            Err(_) => BTreeMap::new(),
        };
        Ok(Self { file: file.to_owned(), by_name })
    }

    /// The port of a name.
    pub(crate) fn of(&self, name: &str) -> Result<u16> {
        self.by_name.get(name).copied().with_context(|| format!("no port was chosen for {name}"))
    }

    /// Chooses a port for each name that has none. With `anew`, also for one whose port somebody else took
    /// meanwhile; that is for a stack of which nothing runs, because others may know the old port.
    pub(crate) fn choose(&mut self, names: &[&str], anew: bool) -> Result<()> {
        let mut changed = false;
        for name in names {
            if self.by_name.get(*name).is_some_and(|&port| !anew || is_free(port)) {
                continue;
            }
            let port = self.find()?;
            self.by_name.insert((*name).to_owned(), port);
            changed = true;
        }
        if changed {
            fs::write(&self.file, serde_json::to_vec_pretty(&self.by_name)?)?;
        }
        Ok(())
    }

    /// Fails when somebody listens on a port of a service that is about to start.
    pub(crate) fn ensure_free(&self, names: &[&str]) -> Result<()> {
        for name in names {
            let port = self.of(name)?;
            ensure!(
                is_free(port),
                "port {port} of {name} is taken by another program; \
                 `cargo xtask stack down`, then `up`, chooses others"
            );
        }
        Ok(())
    }

    /// The first free one, from a place that depends on the directory: two checkouts do not get in each other's way.
    fn find(&self) -> Result<u16> {
        let mut hasher = DefaultHasher::new();
        self.file.hash(&mut hasher);
        let start = u16::try_from(hasher.finish() % u64::from(CANDIDATES))?;
        let taken = |port| self.by_name.values().any(|&other| other == port);
        let mut candidates = (0..CANDIDATES).map(|step| LOWEST + (start + step) % CANDIDATES);
        match candidates.find(|&port| !taken(port) && is_free(port)) {
            Some(port) => Ok(port),
            None => bail!("no port between {LOWEST} and {} is free", LOWEST + CANDIDATES),
        }
    }
}

fn is_free(port: u16) -> bool {
    TcpListener::bind(("127.0.0.1", port)).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_port_is_kept_until_it_is_taken_while_nothing_runs() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("ports.json");
        let mut ports = Ports::read(&file).unwrap();
        ports.choose(&["a", "b"], true).unwrap();
        let (a, b) = (ports.of("a").unwrap(), ports.of("b").unwrap());
        assert_ne!(a, b);

        let stranger = TcpListener::bind(("127.0.0.1", a)).unwrap();
        let mut again = Ports::read(&file).unwrap();
        again.choose(&["a", "b"], false).unwrap();
        assert_eq!((again.of("a").unwrap(), again.of("b").unwrap()), (a, b));
        assert!(again.ensure_free(&["a"]).unwrap_err().to_string().contains("port"));
        again.choose(&["a", "b"], true).unwrap();
        assert_ne!(again.of("a").unwrap(), a);
        drop(stranger);
        assert!(Ports::read(&file).unwrap().of("c").is_err());
    }
}
