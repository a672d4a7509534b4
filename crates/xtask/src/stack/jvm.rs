//! Starting Kafka's Java programs.

use std::fs;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result};

use super::place::Place;
use crate::needs::Need;

/// The runtime, and what fetches the jars when they are not there.
pub(crate) fn needs(jars: &Path) -> Vec<Need> {
    let mut needs = super::artifacts::Artifacts::needs(jars, &[("mvn", "maven")]);
    needs.push(Need::new("java", "default-jre-headless"));
    needs
}

/// A Java program with all of a folder's jars.
pub(crate) fn program(jars: &Path) -> Result<Command> {
    // Sorted: an archive of classes is valid for one class path. The wildcard of `java` takes the folder's order.
    let mut paths: Vec<PathBuf> = fs::read_dir(jars)
        .with_context(|| format!("{} cannot be read", jars.display()))?
        .map(|entry| Ok(entry?.path()))
        .collect::<Result<_>>()?;
    paths.retain(|path| path.extension().is_some_and(|extension| extension == "jar"));
    paths.sort_unstable();
    let class_path: Vec<String> = paths.iter().map(|path| path.display().to_string()).collect();
    let mut command = Command::new("java");
    command.args(["-cp", &class_path.join(":")]);
    Ok(command)
}

/// A service: its heap, its log, and its archive of loaded classes, which saves a second or two of each start after
/// the first. The archive is written when the program ends in order; [`keep_classes`] then takes it into use.
pub(crate) fn service(at: &Place<'_>, jars: &Path, heap: &str, log: &Path) -> Result<Command> {
    let mut command = program(jars)?;
    // the collector that needs least on two processors and a small heap
    command.args([heap, "-XX:+UseSerialGC"]);
    command.arg(format!("-Dlog4j2.configurationFile={}", log.display()));
    let classes = classes(at, jars);
    if classes.exists() {
        command.arg(format!("-XX:SharedArchiveFile={}", classes.display()));
    } else {
        command.arg(format!("-XX:ArchiveClassesAtExit={}", at.file("classes.new").display()));
    }
    // an archive of another version of Java is passed over; what could not be archived fills pages
    command.arg("-Xlog:cds=off,cds+dynamic=off");
    Ok(command)
}

/// Takes the archive of classes that an orderly end has left.
pub(crate) fn keep_classes(at: &Place<'_>, jars: &Path) -> Result<()> {
    let written = at.file("classes.new");
    if written.exists() {
        fs::rename(written, classes(at, jars))?;
    }
    Ok(())
}

/// Beside the jars that it is made of. It holds for their full paths, so a folder that was copied gets its own.
fn classes(at: &Place<'_>, jars: &Path) -> PathBuf {
    let mut hasher = DefaultHasher::new();
    jars.hash(&mut hasher);
    jars.join(format!("{}-{:016x}.jsa", at.service.name(), hasher.finish()))
}
