//! What is fetched from package registries, once: Kafka and Debezium from Maven Central, ClickHouse's engine from npm.
//!
//! Each artifact is a folder named after its version. It is filled under another name and renamed when it is whole,
//! so a fetch that was interrupted is not taken for one that was done.

use std::fs::{self, File};
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, ensure};
use sha2::{Digest as _, Sha256};

use super::settings::Settings;
use crate::needs::Need;
use crate::run::{root, run as step};

/// The package of npm that has ClickHouse's engine.
const CHDB: &str = "@chdb/lib-linux-x64-gnu";

/// The folder of everything that was fetched.
#[derive(Debug)]
pub(crate) struct Artifacts<'a> {
    folder: PathBuf,
    settings: &'a Settings,
}

impl<'a> Artifacts<'a> {
    /// In this folder, in the versions of `deploy/.env`.
    pub(crate) fn new(folder: PathBuf, settings: &'a Settings) -> Self {
        Self { folder, settings }
    }

    /// Where Kafka's and Connect's jars are.
    pub(crate) fn kafka(&self) -> Result<PathBuf> {
        self.named("kafka", "KAFKA_VERSION")
    }

    /// Where the folder of the connector is: Connect's `plugin.path`.
    pub(crate) fn debezium(&self) -> Result<PathBuf> {
        self.named("debezium", "DEBEZIUM_VERSION")
    }

    /// Where `libchdb.so` is.
    pub(crate) fn chdb(&self) -> Result<PathBuf> {
        self.named("chdb", "CHDB_VERSION")
    }

    /// What fetching takes, of what has not been fetched.
    pub(crate) fn needs(folder: &Path, programs: &[(&str, &str)]) -> Vec<Need> {
        if folder.exists() {
            return Vec::new();
        }
        programs.iter().map(|&(program, package)| Need::new(program, package)).collect()
    }

    /// Fetches Kafka. Maven checks the digest that the repository has of each file.
    pub(crate) fn fetch_kafka(&self) -> Result<()> {
        let version = format!("-Dkafka.version={}", self.settings.get("KAFKA_VERSION")?);
        fill(&self.kafka()?, |partial| {
            let output = format!("-DoutputDirectory={}", partial.display());
            let goal = ["dependency:copy-dependencies", "-DincludeScope=runtime"];
            maven(&["--strict-checksums", &version, goal[0], goal[1], &output])
        })
    }

    /// Fetches the connector.
    pub(crate) fn fetch_debezium(&self) -> Result<()> {
        let version = self.settings.get("DEBEZIUM_VERSION")?;
        let digest = self.settings.get("DEBEZIUM_SHA256")?;
        let kafka = format!("-Dkafka.version={}", self.settings.get("KAFKA_VERSION")?);
        fill(&self.debezium()?, |partial| {
            let wanted =
                format!("-Dartifact=io.debezium:debezium-connector-postgres:{version}:tar.gz:plugin");
            let output = format!("-DoutputDirectory={}", self.folder.display());
            maven(&[&kafka, "dependency:copy", &wanted, &output])?;
            let archive = self.folder.join(format!("debezium-connector-postgres-{version}-plugin.tar.gz"));
            unpack(&archive, digest, partial, &[])
        })
    }

    /// Fetches ClickHouse's engine. An archive that lies in the folder already is used.
    pub(crate) fn fetch_chdb(&self) -> Result<()> {
        let version = self.settings.get("CHDB_VERSION")?;
        let digest = self.settings.get("CHDB_SHA256")?;
        fill(&self.chdb()?, |partial| {
            let archive = self.folder.join(format!("chdb-lib-linux-x64-gnu-{version}.tgz"));
            if !archive.exists() {
                let destination = format!("--pack-destination={}", self.folder.display());
                step("npm", &["pack", "--silent", &destination, &format!("{CHDB}@{version}")])?;
            }
            unpack(&archive, digest, partial, &["--strip-components=1", "package/libchdb.so"])
        })
    }

    fn named(&self, name: &str, version: &str) -> Result<PathBuf> {
        Ok(self.folder.join(format!("{name}-{}", self.settings.get(version)?)))
    }
}

/// Fills a folder that is not there.
fn fill(folder: &Path, with: impl FnOnce(&Path) -> Result<()>) -> Result<()> {
    if folder.exists() {
        return Ok(());
    }
    let partial = folder.with_added_extension("partial");
    if partial.exists() {
        fs::remove_dir_all(&partial)?;
    }
    fs::create_dir_all(&partial)?;
    with(&partial)?;
    fs::rename(&partial, folder).with_context(|| format!("{} cannot be made", folder.display()))
}

fn maven(arguments: &[&str]) -> Result<()> {
    let pom = root().join("deploy/kafka/pom.xml");
    let pom = pom.to_str().context("the path of this checkout is not UTF-8")?;
    let mut line = vec!["--quiet", "--batch-mode", "--file", pom];
    line.extend(arguments);
    step("mvn", &line)
}

/// Unpacks an archive that is the one we know, and removes it.
fn unpack(archive: &Path, digest: &str, folder: &Path, arguments: &[&str]) -> Result<()> {
    let found = sha256(archive).with_context(|| format!("{} was not fetched", archive.display()))?;
    ensure!(
        found == digest,
        "{} is not the file we know: its SHA-256 is {found}, deploy/.env says {digest}; remove it and try again",
        archive.display()
    );
    let (archive_path, folder) = (archive.to_str(), folder.to_str());
    let path = "the path of this checkout is not UTF-8";
    let mut line = vec!["--extract", "--no-same-owner", "--file", archive_path.context(path)?];
    line.extend(["--directory", folder.context(path)?]);
    line.extend(arguments);
    step("tar", &line)?;
    fs::remove_file(archive)?;
    Ok(())
}

fn sha256(file: &Path) -> Result<String> {
    let mut reader = BufReader::with_capacity(1 << 20, File::open(file)?);
    let mut hasher = Sha256::new();
    loop {
        let chunk = reader.fill_buf()?;
        if chunk.is_empty() {
            return Ok(hasher.finalize().iter().map(|byte| format!("{byte:02x}")).collect());
        }
        hasher.update(chunk);
        let length = chunk.len();
        reader.consume(length);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_is_whole_or_not_there() {
        let parent = tempfile::tempdir().unwrap();
        let folder = parent.path().join("thing-1.0");
        let failed = fill(&folder, |partial| {
            fs::write(partial.join("half"), "")?;
            anyhow::bail!("cut")
        });
        assert!(failed.is_err() && !folder.exists());
        fill(&folder, |partial| Ok(fs::write(partial.join("whole"), "")?)).unwrap();
        assert!(folder.join("whole").exists() && !folder.join("half").exists());
        fill(&folder, |_| anyhow::bail!("not asked again")).unwrap();
    }

    #[test]
    fn an_archive_that_is_not_the_known_one_is_refused() {
        let parent = tempfile::tempdir().unwrap();
        let archive = parent.path().join("a.tgz");
        fs::write(&archive, "something else").unwrap();
        let refused = unpack(&archive, &"0".repeat(64), parent.path(), &[]).unwrap_err();
        assert!(refused.to_string().contains("is not the file we know"));
    }
}
