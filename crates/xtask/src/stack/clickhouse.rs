//! ClickHouse: its engine and its own HTTP handler, out of libchdb, because no package registry has the server.
//! `nova-clickhouse-dev` starts it and says how; `docs/stack.md` says what differs from a server.

use std::env;
use std::fs;
use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context as _, Result, ensure};

use super::artifacts::Artifacts;
use super::place::Place;
use super::{Service, probe};
use crate::needs::Need;
use crate::run::run as step;

/// What is below the deployed configuration: the server's image brings its own.
const CONFIG: &str = "\
<clickhouse>
    <users_config>users.xml</users_config>
    <!-- beside everything else on a developer's machine -->
    <max_server_memory_usage>4000000000</max_server_memory_usage>
</clickhouse>
";

/// `default` is the engine's own session and has no password; the deployed users come on top.
const USERS: &str = "\
<clickhouse>
    <profiles><default/></profiles>
    <quotas><default/></quotas>
    <users>
        <default>
            <password/>
            <networks><ip>127.0.0.1</ip></networks>
            <profile>default</profile>
            <quota>default</quota>
        </default>
    </users>
</clickhouse>
";

/// The store.
pub(crate) struct ClickHouse;

impl Service for ClickHouse {
    fn name(&self) -> &'static str {
        "clickhouse"
    }

    fn ports(&self) -> &'static [&'static str] {
        &["clickhouse"]
    }

    fn files(&self) -> &'static [&'static str] {
        &["clickhouse/config.xml", "clickhouse/users.xml"]
    }

    fn needs(&self, at: &Place<'_>) -> Result<Vec<Need>> {
        ensure!(
            cfg!(all(target_os = "linux", target_arch = "x86_64")),
            "ClickHouse's engine is fetched for Linux on x86-64 only; \
             `docker compose --project-directory deploy up` has the server for others"
        );
        Ok(Artifacts::needs(&at.artifacts.chdb()?, &[("npm", "npm")]))
    }

    fn prepare(&self, at: &Place<'_>) -> Result<()> {
        at.artifacts.fetch_chdb()?;
        step("cargo", &["build", "--quiet", "--package", "nova-clickhouse-dev"])?;
        at.write("config.xml", CONFIG)?;
        at.write("config.d/nova.xml", &at.deployed("clickhouse/config.xml")?)?;
        at.write("users.xml", USERS)?;
        at.write("users.d/nova.xml", &at.deployed("clickhouse/users.xml")?)?;
        // The engine makes its log tables anew at each start and cannot where the last ones still lie.
        let logs = at.data().join("data/system");
        if logs.exists() {
            fs::remove_dir_all(logs)?;
        }
        Ok(fs::create_dir_all(at.data())?)
    }

    fn start(&self, at: &Place<'_>) -> Result<Command> {
        let mut command = Command::new(launcher()?);
        command.arg("--library").arg(at.artifacts.chdb()?.join("libchdb.so"));
        command.arg("--data").arg(at.data());
        command.arg("--config").arg(at.file("config.xml"));
        command.arg("--port").arg(at.port("clickhouse")?.to_string());
        command.arg("--database").arg(at.setting("CLICKHOUSE_DB")?);
        command.env("NOVA_CLICKHOUSE_PASSWORD", at.setting("CLICKHOUSE_PASSWORD")?);
        Ok(command)
    }

    fn answers(&self, at: &Place<'_>) -> Result<()> {
        let user = ("X-ClickHouse-User", "nova");
        let password = ("X-ClickHouse-Key", at.setting("CLICKHOUSE_PASSWORD")?);
        probe::http(at.port("clickhouse")?, "/?query=select%201", &[user, password]).map(drop)
    }

    fn url(&self, at: &Place<'_>) -> Result<String> {
        let (password, port) = (at.setting("CLICKHOUSE_PASSWORD")?, at.port("clickhouse")?);
        Ok(format!("clickhouse://nova:{password}@127.0.0.1:{port}/{}", at.setting("CLICKHOUSE_DB")?))
    }
}

/// Cargo puts the launcher beside this program.
fn launcher() -> Result<PathBuf> {
    let this = env::current_exe().context("this program does not know where it is")?;
    Ok(this.with_file_name("nova-clickhouse-dev"))
}
