//! Redis from Debian's package.

use std::fs;
use std::process::Command;

use anyhow::{Result, ensure};

use super::place::Place;
use super::{Service, probe};
use crate::needs::Need;

const SETTINGS: &str = "redis/redis.conf";

/// The cache.
pub(crate) struct Redis;

impl Service for Redis {
    fn name(&self) -> &'static str {
        "redis"
    }

    fn ports(&self) -> &'static [&'static str] {
        &["redis"]
    }

    fn files(&self) -> &'static [&'static str] {
        &[SETTINGS]
    }

    fn needs(&self, _at: &Place<'_>) -> Result<Vec<Need>> {
        Ok(vec![Need::new("redis-server", "redis-server")])
    }

    fn prepare(&self, at: &Place<'_>) -> Result<()> {
        fs::create_dir_all(at.data())?;
        let port = at.port("redis")?;
        at.overlaid(
            SETTINGS,
            " ",
            &[("bind", &"127.0.0.1"), ("port", &port), ("dir", &at.data().display()), ("daemonize", &"no")],
        )?;
        Ok(())
    }

    fn start(&self, at: &Place<'_>) -> Result<Command> {
        let mut command = Command::new("redis-server");
        command.arg(at.file("redis.conf"));
        Ok(command)
    }

    fn answers(&self, at: &Place<'_>) -> Result<()> {
        let answer = probe::bytes(at.port("redis")?, b"PING\r\n", 7)?;
        ensure!(answer == b"+PONG\r\n", "PING: {}", String::from_utf8_lossy(&answer));
        Ok(())
    }

    fn url(&self, at: &Place<'_>) -> Result<String> {
        Ok(format!("redis://127.0.0.1:{}/0", at.port("redis")?))
    }
}
