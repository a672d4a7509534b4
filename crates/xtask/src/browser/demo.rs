//! The built binary, running as a newcomer runs it.

use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, Stdio};

use anyhow::{Context as _, Result, bail, ensure};

use crate::run::root;

/// People of the community: small, so that it is there at once.
const USERS: &str = "300";

/// A demo that ends with this.
pub(super) struct Demo {
    process: Child,
    /// The page of the viewer that it names.
    pub(super) address: String,
}

impl Demo {
    pub(super) fn start() -> Result<Self> {
        let mut process = Command::new(root().join("target/release/nova"))
            .args(["demo", "--users", USERS, "--listen", "127.0.0.1:0"])
            .stdout(Stdio::piped())
            .stderr(Stdio::inherit())
            .spawn()
            .context("target/release/nova cannot be started; build it with `cargo build --release`")?;
        let output = process.stdout.take().context("the demo's output is piped")?;
        let mut lines = BufReader::new(output).lines();
        let address = loop {
            match lines.next() {
                Some(Ok(line)) => {
                    if let Some(at) = line.find("http://127.0.0.1:") {
                        break line[at..].split_whitespace().next().unwrap_or_default().to_owned();
                    }
                }
                _ => bail!("the demo ended before it printed its address"),
            }
        };
        // keep reading, so that the demo never waits for us
        std::thread::spawn(move || lines.for_each(drop));
        Ok(Self { process, address })
    }

    /// As Ctrl-C does; it must end in order.
    pub(super) fn stop(&mut self) -> Result<()> {
        let pid = self.process.id().to_string();
        Command::new("kill").args(["-INT", &pid]).status().context("kill cannot be started")?;
        let status = self.process.wait()?;
        ensure!(status.success(), "the demo did not end in order: {status}");
        Ok(())
    }
}

impl Drop for Demo {
    fn drop(&mut self) {
        // after an orderly stop this finds nobody
        drop(self.process.kill());
        drop(self.process.wait());
    }
}
