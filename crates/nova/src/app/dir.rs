//! The data directory: one process at a time, one version of its layout, one set of secrets.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::Write as _;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};
use rand::Rng as _;
use sha2::{Digest as _, Sha256};

/// Version of the layout; a directory from a newer one is refused, an older one is upgraded by the parts themselves.
const VERSION: u32 = 1;
const LOCK: &str = "nova.lock";
const VERSION_FILE: &str = "version";
const KEY_FILE: &str = "secret.key";
const KEY_BYTES: usize = 32;

/// A data directory that this process holds.
#[derive(Debug)]
pub struct DataDir {
    path: PathBuf,
    key: [u8; KEY_BYTES],
    /// Held as long as this lives; the system frees it when the process dies, however it dies.
    _lock: File,
}

impl DataDir {
    /// Takes the directory, making it where there is none.
    ///
    /// # Errors
    /// One line that names the directory and the cause: not writable, in use, from a newer version, damaged.
    pub fn open(path: &Path) -> Result<Self> {
        let shown = path.display();
        fs::create_dir_all(path).with_context(|| format!("data directory {shown} cannot be made"))?;
        let lock = OpenOptions::new()
            .create(true)
            .truncate(false)
            .write(true)
            .open(path.join(LOCK))
            .with_context(|| format!("data directory {shown} cannot be written"))?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                bail!(
                    "data directory {shown} is in use by another process; stop it, or name another with --data-dir"
                )
            }
            Err(TryLockError::Error(error)) => {
                return Err(error).with_context(|| format!("data directory {shown} cannot be locked"));
            }
        }
        check_version(path)?;
        let key = secret(path)?;
        Ok(Self { path: path.to_owned(), key, _lock: lock })
    }

    /// Where it is.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// A random key made with the directory; signs cursors.
    #[must_use]
    pub const fn key(&self) -> &[u8; KEY_BYTES] {
        &self.key
    }

    /// A name that no other directory has, the same after every start.
    #[cfg(feature = "distributed")]
    #[must_use]
    pub fn name(&self) -> String {
        let digest = Sha256::new().chain_update(b"nova instance v1").chain_update(self.key).finalize();
        digest[..8].iter().map(|byte| format!("{byte:02x}")).collect()
    }

    /// A key derived from it, for the fingerprints of events.
    #[must_use]
    pub fn fingerprint_key(&self) -> [u8; 16] {
        let digest = Sha256::new().chain_update(b"nova fingerprints v1").chain_update(self.key).finalize();
        let mut key = [0; 16];
        key.copy_from_slice(&digest[..16]);
        key
    }
}

fn check_version(path: &Path) -> Result<()> {
    let file = path.join(VERSION_FILE);
    match fs::read_to_string(&file) {
        Ok(text) => match text.trim().parse::<u32>() {
            Ok(version) if version > VERSION => bail!(
                "data directory {} is from a newer Nova (layout {version}, this one knows {VERSION}); use the newer program",
                path.display()
            ),
            Ok(_) => Ok(()),
            Err(_) => bail!("{} is damaged: it must hold the number {VERSION}", file.display()),
        },
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            write_whole(&file, format!("{VERSION}\n").as_bytes())
        }
        Err(error) => Err(error).with_context(|| format!("{} cannot be read", file.display())),
    }
}

fn secret(path: &Path) -> Result<[u8; KEY_BYTES]> {
    let file = path.join(KEY_FILE);
    match fs::read(&file) {
        Ok(bytes) => bytes.try_into().ok().with_context(|| {
            format!(
                "{} is damaged: it must hold {KEY_BYTES} bytes; restore it, or delete it (open cursors end)",
                file.display()
            )
        }),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            let mut key = [0; KEY_BYTES];
            rand::rng().fill_bytes(&mut key);
            write_whole(&file, &key)?;
            Ok(key)
        }
        Err(error) => Err(error).with_context(|| format!("{} cannot be read", file.display())),
    }
}

/// Whole or not at all: a crash leaves no half file under this name.
fn write_whole(file: &Path, bytes: &[u8]) -> Result<()> {
    let part = file.with_extension("part");
    let write = || -> std::io::Result<()> {
        let mut out = File::create(&part)?;
        out.write_all(bytes)?;
        out.sync_all()?;
        fs::rename(&part, file)
    };
    write().with_context(|| format!("{} cannot be written", file.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_process_at_a_time_and_the_key_stays() {
        let dir = tempfile::tempdir().expect("dir");
        let first = DataDir::open(dir.path()).expect("free");
        let refused = DataDir::open(dir.path()).expect_err("in use").to_string();
        assert!(refused.contains("in use by another process"), "{refused}");
        let key = *first.key();
        drop(first);
        assert_eq!(DataDir::open(dir.path()).expect("free again").key(), &key);
    }

    #[test]
    fn a_newer_or_damaged_directory_is_refused_with_its_cause() {
        let dir = tempfile::tempdir().expect("dir");
        fs::write(dir.path().join("version"), "99\n").expect("write");
        assert!(DataDir::open(dir.path()).expect_err("newer").to_string().contains("from a newer Nova"));
        fs::write(dir.path().join("version"), "x").expect("write");
        assert!(DataDir::open(dir.path()).expect_err("damaged").to_string().contains("is damaged"));
        fs::write(dir.path().join("version"), "1").expect("write");
        fs::write(dir.path().join("secret.key"), "short").expect("write");
        assert!(DataDir::open(dir.path()).expect_err("damaged").to_string().contains("32 bytes"));
    }
}
