//! WebDriver (W3C) as far as the tour needs it, spoken to chromedriver.

use std::net::{SocketAddr, TcpListener};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use base64::Engine as _;
use nova_lab::client::Client;
use serde_json::{Value, json};
use tokio::time::{Instant, sleep};

/// Between two looks at a condition.
const LOOK: Duration = Duration::from_millis(50);
/// One command of the protocol.
const DEADLINE: Duration = Duration::from_secs(60);
/// How long to wait for anything on the page.
const PATIENCE: Duration = Duration::from_secs(20);

/// Keys without a character, as WebDriver names them.
pub(crate) mod key {
    pub(crate) const TAB: &str = "\u{e004}";
    pub(crate) const ENTER: &str = "\u{e007}";
    pub(crate) const ESCAPE: &str = "\u{e00c}";
    pub(crate) const RIGHT: &str = "\u{e014}";
}

/// A browser with one window.
pub(crate) struct Driver {
    process: Child,
    client: Client,
    session: String,
    _profile: tempfile::TempDir,
}

impl Driver {
    /// Starts chromedriver and, through it, a headless Chromium with an empty profile.
    pub(crate) async fn start() -> Result<Self> {
        let port = TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
        let process = Command::new("chromedriver")
            .args([&format!("--port={port}"), "--log-level=WARNING"])
            .stdout(Stdio::null())
            .spawn()
            .context("chromedriver cannot be started")?;
        let address: SocketAddr = ([127, 0, 0, 1], port).into();
        let profile = tempfile::tempdir()?;
        let mut driver = Self {
            process,
            client: Client::new(address, DEADLINE),
            session: String::new(),
            _profile: profile,
        };
        driver.ready().await?;
        let arguments = [
            "--headless=new".to_owned(),
            "--no-sandbox".to_owned(),
            "--disable-gpu".to_owned(),
            "--disable-dev-shm-usage".to_owned(),
            "--disable-background-networking".to_owned(),
            "--disable-component-update".to_owned(),
            "--disable-sync".to_owned(),
            "--no-first-run".to_owned(),
            "--window-size=1280,900".to_owned(),
            format!("--user-data-dir={}", driver._profile.path().display()),
        ];
        let wanted = json!({"capabilities": {"alwaysMatch": {
            "browserName": "chrome",
            "goog:chromeOptions": {"args": arguments},
            "goog:loggingPrefs": {"browser": "ALL"},
        }}});
        let made = driver.command("POST", "/session", &wanted).await?;
        made["sessionId"].as_str().context("chromedriver gave no session")?.clone_into(&mut driver.session);
        Ok(driver)
    }

    async fn ready(&mut self) -> Result<()> {
        let until = Instant::now() + DEADLINE;
        while Instant::now() < until {
            if self.command("GET", "/status", &Value::Null).await.is_ok_and(|status| status["ready"] == true)
            {
                return Ok(());
            }
            sleep(LOOK).await;
        }
        bail!("chromedriver did not become ready")
    }

    /// Goes to an address.
    pub(crate) async fn open(&mut self, url: &str) -> Result<()> {
        let path = self.path("/url");
        self.command("POST", &path, &json!({"url": url})).await.map(drop)
    }

    /// Waits until a script returns true, and says so.
    pub(crate) async fn until(&mut self, what: &str, script: &str) -> Result<()> {
        self.quietly_until(what, script).await?;
        println!("  {what}");
        Ok(())
    }

    /// Waits until a script returns true.
    pub(crate) async fn quietly_until(&mut self, what: &str, script: &str) -> Result<()> {
        let until = Instant::now() + PATIENCE;
        let mut last = Value::Null;
        while Instant::now() < until {
            last = self.script(script).await.unwrap_or_else(|error| json!(error.to_string()));
            if last == true {
                return Ok(());
            }
            sleep(LOOK).await;
        }
        bail!("not so: {what} (last: {last})")
    }

    /// Clicks what a script expression names, as a user's click, as soon as it is there and nothing lies over it.
    pub(crate) async fn click(&mut self, element: &str) -> Result<()> {
        let until = Instant::now() + PATIENCE;
        loop {
            match self.click_now(element).await {
                Err(error) if Instant::now() >= until => return Err(error),
                Err(_) => sleep(LOOK).await,
                Ok(()) => return Ok(()),
            }
        }
    }

    async fn click_now(&mut self, element: &str) -> Result<()> {
        // the head of the page lies over what is scrolled under it
        let centred =
            format!("const found = {element}; found?.scrollIntoView({{block: 'center'}}); return found");
        let found = self.script(&centred).await?;
        let id = found.as_object().and_then(|object| object.values().next()).and_then(Value::as_str);
        let id = id.with_context(|| format!("there is no {element}"))?.to_owned();
        let path = self.path(&format!("/element/{id}/click"));
        self.command("POST", &path, &json!({})).await.map(drop)
    }

    /// Presses and releases a key: a character, or one of [`key`].
    pub(crate) async fn press(&mut self, key: &str) -> Result<()> {
        let path = self.path("/actions");
        let strokes = json!([{"type": "keyDown", "value": key}, {"type": "keyUp", "value": key}]);
        let actions = json!({"actions": [{"type": "key", "id": "keys", "actions": strokes}]});
        self.command("POST", &path, &actions).await.map(drop)
    }

    /// A command of Chromium's own protocol.
    pub(crate) async fn devtools(&mut self, command: &str, parameters: &Value) -> Result<()> {
        let path = self.path("/goog/cdp/execute");
        self.command("POST", &path, &json!({"cmd": command, "params": parameters})).await.map(drop)
    }

    /// A script's text.
    pub(crate) async fn text(&mut self, script: &str) -> Result<String> {
        let value = self.script(script).await?;
        value.as_str().map(str::to_owned).with_context(|| format!("no text from {script}: {value}"))
    }

    /// What stands on the console at the level of an error.
    pub(crate) async fn complaints(&mut self) -> Result<Vec<String>> {
        let path = self.path("/se/log");
        let entries = self.command("POST", &path, &json!({"type": "browser"})).await?;
        let errors = entries.as_array().into_iter().flatten().filter(|entry| entry["level"] == "SEVERE");
        Ok(errors.filter_map(|entry| entry["message"].as_str()).map(str::to_owned).collect())
    }

    /// A PNG of the window.
    pub(crate) async fn screenshot(&mut self) -> Result<Vec<u8>> {
        let path = self.path("/screenshot");
        let picture = self.command("GET", &path, &Value::Null).await?;
        let text = picture.as_str().context("chromedriver gave no picture")?;
        let decoded = base64::engine::general_purpose::STANDARD.decode(text);
        decoded.map_err(|error| anyhow::anyhow!("the picture is not base64: {error}"))
    }

    /// Closes the browser.
    pub(crate) async fn end(mut self) {
        let path = self.path("");
        drop(self.command("DELETE", &path, &Value::Null).await);
    }

    /// What a script returns; a promise is waited for.
    pub(crate) async fn script(&mut self, script: &str) -> Result<Value> {
        let path = self.path("/execute/sync");
        self.command("POST", &path, &json!({"script": script, "args": []})).await
    }

    fn path(&self, rest: &str) -> String {
        format!("/session/{}{rest}", self.session)
    }

    async fn command(&mut self, method: &str, path: &str, body: &Value) -> Result<Value> {
        let body = if body.is_null() { String::new() } else { body.to_string() };
        let answer = self.client.request(method.parse()?, path, &[], body.into()).await?;
        let mut value: Value =
            serde_json::from_slice(&answer.body).context("chromedriver answered no JSON")?;
        let value = value["value"].take();
        if answer.status != 200 {
            bail!("{method} {path}: {}", value["message"].as_str().unwrap_or("failed"));
        }
        Ok(value)
    }
}

impl Drop for Driver {
    fn drop(&mut self) {
        drop(self.process.kill());
        drop(self.process.wait());
    }
}
