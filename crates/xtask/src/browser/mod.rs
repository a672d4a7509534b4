//! The demo as a person meets it: the built binary is started, its page driven once in headless Chromium. A like on
//! the page must change the feed, and nothing may be refused by the page's own policy.

mod driver;

use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use anyhow::{Context as _, Result, bail, ensure};

use crate::run::root;
use driver::Driver;

/// People of the community: small, so that it is there at once.
const USERS: &str = "300";
/// How long to wait for anything on the page.
const PATIENCE: Duration = Duration::from_secs(30);

/// Starts the demo, drives it, stops it.
pub(crate) fn run() -> Result<()> {
    println!("\n$ the demo in headless Chromium");
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let mut demo = Demo::start()?;
    let outcome = runtime.block_on(drive(&demo.address));
    let ended = demo.stop();
    outcome?;
    ended
}

async fn drive(address: &str) -> Result<()> {
    let mut driver = Driver::start().await?;
    let outcome = tour(&mut driver, address).await;
    let shot = root().join("target/browser/demo.png");
    std::fs::create_dir_all(shot.parent().context("a file has a folder")?)?;
    if let Ok(picture) = driver.screenshot().await {
        std::fs::write(&shot, picture)?;
        println!("  screenshot: {}", shot.display());
    }
    driver.end().await;
    outcome
}

/// What a person does first: look, like, ask why, hide.
async fn tour(driver: &mut Driver, address: &str) -> Result<()> {
    driver.open(address).await?;
    let items = "return document.querySelectorAll('article.item').length > 3";
    driver.until("the feed shows items", items, PATIENCE).await?;
    let post = driver.text("return document.querySelector('article.item').dataset.id").await?;
    let item = format!("document.querySelector('article.item[data-id=\"{post}\"]')");

    let likes = format!("return Number({item}.querySelector('.like .number').textContent)");
    let before = driver.number(&likes).await?;
    driver.click(&format!("{item}.querySelector('.act.like')")).await?;
    let liked = format!("return {item}.querySelector('.act.like').getAttribute('aria-pressed') === 'true'");
    driver.until("the like is shown", &liked, PATIENCE).await?;
    driver.until("the like is counted", &format!("{likes} > {before}"), PATIENCE).await?;

    driver.click(&format!("{item}.querySelector('.why-button')")).await?;
    let why = format!("return /affinity/i.test({item}.textContent) && /freshness/i.test({item}.textContent)");
    driver.until("the reason is shown", &why, PATIENCE).await?;

    driver.click(&format!("{item}.querySelector('.act.hide')")).await?;
    let gone = format!(
        "return {item} === null || {item}.hidden || !{item}.querySelector('.act.like')?.offsetParent"
    );
    driver.until("the hidden post is gone", &gone, PATIENCE).await?;
    driver.open(address).await?;
    driver.until("the feed is there again", items, PATIENCE).await?;
    driver.until("and without the hidden post", &format!("return {item} === null"), PATIENCE).await?;
    let figures = "return /[1-9]/.test(document.getElementById('figures').textContent)";
    driver.until("figures are shown", figures, PATIENCE).await?;
    let complaints = driver.complaints().await?;
    ensure!(complaints.is_empty(), "the browser complained: {}", complaints.join("; "));
    Ok(())
}

/// The built binary, running.
struct Demo {
    process: Child,
    address: String,
}

impl Demo {
    fn start() -> Result<Self> {
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

    fn stop(&mut self) -> Result<()> {
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
