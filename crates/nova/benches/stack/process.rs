//! Nova as a process of its own.

use std::fs::{self, File};
use std::io::{BufRead as _, BufReader};
use std::net::SocketAddr;
use std::process::{Child, Command, Stdio};

use anyhow::{Context as _, Result, bail};
use bytes::Bytes;
use hyper::Method;
use nova_lab::client::Client;
use serde_json::Value;

use crate::place::Place;
use crate::wait::PATIENCE;

/// The last bytes of its log that are shown when it does not start.
const LOG_SHOWN: usize = 600;

/// Killed when it is dropped.
pub(crate) struct Nova {
    pub(crate) address: SocketAddr,
    child: Child,
}

impl Nova {
    /// `roles` as `--role` takes them; `dir` names its data directory within the place, which a later one may take over.
    pub(crate) fn start(place: &Place, roles: &str, dir: &str, set: &[(&str, &str)]) -> Result<Self> {
        let (data, log) = (place.dir.path().join(dir), place.dir.path().join(format!("{dir}.log")));
        let mut child = Command::new(env!("CARGO_BIN_EXE_nova"))
            .args(["serve", "--listen", "127.0.0.1:0", "--role", roles, "--config"])
            .arg(place.file())
            .arg("--data-dir")
            .arg(data)
            .envs(set.iter().copied())
            .stdout(Stdio::piped())
            .stderr(File::create(&log)?)
            .spawn()?;
        let said = child.stdout.take().context("its output is piped")?;
        let mut line = String::new();
        BufReader::new(said).read_line(&mut line)?;
        let address =
            line.split("http://").nth(1).and_then(|rest| rest.split_whitespace().next()?.parse().ok());
        let Some(address) = address else {
            let (_, log) = (child.kill(), fs::read_to_string(&log).unwrap_or_default());
            drop(child.wait());
            bail!(
                "nova does not start: {}",
                &log[log.floor_char_boundary(log.len().saturating_sub(LOG_SHOWN))..]
            );
        };
        Ok(Self { address, child })
    }

    /// Its memory that is not swapped or mapped away, in MiB.
    pub(crate) fn resident(&self) -> Result<f64> {
        let status = fs::read_to_string(format!("/proc/{}/status", self.child.id()))?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).context("no VmRSS")?;
        let kib: f64 = line.split_whitespace().next().context("no number")?.parse()?;
        Ok(kib / 1024.0)
    }

    /// Asks one thing of it.
    pub(crate) async fn get(&self, path: &str, viewer: &str) -> Result<Value> {
        let mut client = Client::new(self.address, PATIENCE);
        let answer = client.request(Method::GET, path, &[("x-nova-user", viewer)], Bytes::new()).await?;
        anyhow::ensure!(answer.status == 200, "{path}: {} {:?}", answer.status, answer.body);
        Ok(serde_json::from_slice(&answer.body)?)
    }

    /// Ends in order.
    pub(crate) fn stop(mut self) -> Result<()> {
        let asked = Command::new("kill").arg(self.child.id().to_string()).status()?;
        anyhow::ensure!(asked.success(), "nova could not be told to stop");
        let ended = self.child.wait()?;
        anyhow::ensure!(ended.success(), "nova did not end in order: {ended}");
        Ok(())
    }
}

impl Drop for Nova {
    fn drop(&mut self) {
        // it may have ended
        drop(self.child.kill());
        drop(self.child.wait());
    }
}
