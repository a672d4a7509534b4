//! PostgreSQL from Debian's package.

use std::fs;
use std::io::Write as _;
use std::os::unix::fs::chown;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use rustix::process::Signal;

use super::place::Place;
use super::proc::working_in;
use super::state::remove;
use super::{Service, wait};
use crate::needs::{Need, is_root};

/// The account of Debian's package. PostgreSQL refuses to run as root.
const ACCOUNT: &str = "postgres";

/// The application's tables.
pub(crate) struct Postgres;

impl Service for Postgres {
    fn name(&self) -> &'static str {
        "postgres"
    }

    fn ports(&self) -> &'static [&'static str] {
        &["postgres"]
    }

    fn files(&self) -> &'static [&'static str] {
        &["postgres/postgresql.conf"]
    }

    fn needs(&self, at: &Place<'_>) -> Result<Vec<Need>> {
        let program = program(at, "postgres")?;
        let package = format!("postgresql-{}", at.setting("POSTGRES_VERSION")?);
        Ok(vec![Need::new(program.display().to_string(), package)])
    }

    fn prepare(&self, at: &Place<'_>) -> Result<()> {
        let port = at.port("postgres")?;
        at.overlaid(
            "postgres/postgresql.conf",
            " = ",
            &[
                ("listen_addresses", &"'127.0.0.1'"),
                ("port", &port),
                // the path of a socket is bounded to 107 bytes
                ("unix_socket_directories", &"''"),
                ("hba_file", &format!("'{}'", at.file("pg_hba.conf").display())),
                // A test's data need not survive a power cut, which is all that these two are for; a killed process
                // loses nothing. `synchronous_commit` stays: without it decoding is late by up to 200 ms.
                ("fsync", &"off"),
                ("full_page_writes", &"off"),
            ],
        )?;
        at.write("pg_hba.conf", "host all all 127.0.0.1/32 scram-sha-256\n")?;
        if at.data().exists() {
            return unlock(&at.data());
        }
        let partial = at.file("data.partial");
        if partial.exists() {
            fs::remove_dir_all(&partial)?;
        }
        fs::create_dir(&partial)?;
        if is_root() {
            chown(&partial, Some(id("-u")?), Some(id("-g")?))?;
        }
        create(at, &partial)?;
        Ok(fs::rename(partial, at.data())?)
    }

    fn start(&self, at: &Place<'_>) -> Result<Command> {
        let mut command = run_as_account(at, "postgres")?;
        command.arg("-D").arg(at.data());
        command.arg("-c").arg(format!("config_file={}", at.file("postgresql.conf").display()));
        Ok(command)
    }

    fn answers(&self, at: &Place<'_>) -> Result<()> {
        let asked = Command::new(program(at, "psql")?)
            .args(["--no-psqlrc", "--no-password", "--quiet", "--tuples-only", "--command=select 1"])
            .arg(self.url(at)?)
            .env("PGCONNECT_TIMEOUT", "2")
            .output()?;
        ensure!(asked.status.success(), "{}", String::from_utf8_lossy(&asked.stderr).trim());
        Ok(())
    }

    fn url(&self, at: &Place<'_>) -> Result<String> {
        let (user, password) = (at.setting("POSTGRES_USER")?, at.setting("POSTGRES_PASSWORD")?);
        let (port, database) = (at.port("postgres")?, at.setting("POSTGRES_DB")?);
        Ok(format!("postgres://{user}:{password}@127.0.0.1:{port}/{database}"))
    }

    /// Fast shutdown: open connections are ended instead of waited for.
    fn stop_signal(&self) -> Signal {
        Signal::INT
    }
}

/// Removes the lock of a PostgreSQL that was killed. It holds a process id, and the next one does not start while a
/// process has that id, even one that has ended and waits to be asked for its status. That nothing works on the data
/// any more is looked up better: every process of PostgreSQL has them as its working directory.
fn unlock(data: &Path) -> Result<()> {
    let data = data.canonicalize()?;
    let gone = wait::until(Duration::from_secs(10), || working_in(&data).is_empty().then_some(()));
    ensure!(gone.is_some(), "processes {:?} still work in {}", working_in(&data), data.display());
    remove(&data.join("postmaster.pid"))
}

/// A cluster with the user, password and database that the container's image makes.
fn create(at: &Place<'_>, data: &Path) -> Result<()> {
    let user = at.setting("POSTGRES_USER")?;
    let made = run_as_account(at, "initdb")?
        .arg("-D")
        .arg(data)
        .args(["--encoding=UTF8", "--locale=C.UTF-8", "--auth=trust", "--no-sync", "--username", user])
        .output()
        .context("initdb cannot be started")?;
    ensure!(made.status.success(), "initdb: {}", String::from_utf8_lossy(&made.stderr).trim());

    // the single-user mode needs no password and no port
    let mut single = run_as_account(at, "postgres")?
        .args(["--single", "-D"])
        .arg(data)
        .arg("postgres")
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()?;
    let (password, database) = (at.setting("POSTGRES_PASSWORD")?, at.setting("POSTGRES_DB")?);
    let mut input = single.stdin.take().context("the input is piped")?;
    writeln!(input, "alter role \"{user}\" password '{password}'")?;
    writeln!(input, "create database \"{database}\"")?;
    drop(input);
    let done = single.wait_with_output()?;
    let said = String::from_utf8_lossy(&done.stderr).into_owned();
    // it ends well even when a statement failed
    ensure!(done.status.success() && !said.contains("ERROR"), "the database cannot be made: {said}");
    Ok(())
}

/// Debian keeps the programs of each version in a folder of its own, which is not searched by default.
fn program(at: &Place<'_>, name: &str) -> Result<PathBuf> {
    Ok(Path::new("/usr/lib/postgresql").join(at.setting("POSTGRES_VERSION")?).join("bin").join(name))
}

/// One of PostgreSQL's programs; when we are root, as its account. `setpriv` becomes the program by exec.
fn run_as_account(at: &Place<'_>, name: &str) -> Result<Command> {
    let program = program(at, name)?;
    if !is_root() {
        return Ok(Command::new(program));
    }
    let mut command = as_account();
    if !as_account().arg("test").arg("-x").arg(&at.folder).status().is_ok_and(|status| status.success()) {
        // The checkout lies where this account may not go, below /root for instance. One capability lets it pass.
        command.args(["--inh-caps=+dac_override", "--ambient-caps=+dac_override"]);
    }
    command.arg(program);
    Ok(command)
}

fn as_account() -> Command {
    let mut command = Command::new("setpriv");
    let account = format!("--reuid={ACCOUNT}");
    command.args([&account, &format!("--regid={ACCOUNT}"), "--init-groups"]);
    command
}

fn id(which: &str) -> Result<u32> {
    let asked = Command::new("id").args([which, ACCOUNT]).output()?;
    let text = String::from_utf8(asked.stdout)?;
    text.trim().parse().with_context(|| format!("there is no account {ACCOUNT}"))
}
