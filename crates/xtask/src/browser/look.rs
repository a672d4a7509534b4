//! How the page looks: wide and narrow, light and dark, every part of it opened once; a picture of each, and each put
//! before the checks.

use anyhow::{Result, ensure};
use serde_json::{Value, json};

use super::axe::Axe;
use super::driver::{Driver, key};
use super::tour::{item, open_still, post_where};
use crate::run::root;

/// What no picture may show: text that is hard to read, something that sticks out, a control without a name.
const CHECKS: &str = include_str!("checks.js");

/// A window: its name and its size in pixels.
const WINDOWS: [(&str, u32, u32); 2] = [("wide", 1_280, 900), ("narrow", 390, 844)];
const SCHEMES: [&str; 2] = ["light", "dark"];

/// Every part of the page, in every window and scheme.
pub(super) async fn at_everything(driver: &mut Driver, address: &str, axe: Option<&Axe>) -> Result<()> {
    let mut findings = Vec::new();
    for window in WINDOWS {
        for scheme in SCHEMES {
            resize(driver, window, scheme).await?;
            let mut look = Look { driver, axe, name: format!("{}-{scheme}", window.0), parts: 0, findings };
            look.at_parts(address, window.0 == "narrow").await?;
            println!("  {}, {scheme}: {} parts were looked at", window.0, look.parts);
            findings = look.findings;
        }
    }
    ensure!(
        findings.is_empty(),
        "the pictures in target/browser show what must not be:\n  {}",
        findings.join("\n  ")
    );
    println!("  all of them fit, are readable and named; pictures: target/browser");
    Ok(())
}

async fn resize(driver: &mut Driver, (name, width, height): (&str, u32, u32), scheme: &str) -> Result<()> {
    let size = json!({"width": width, "height": height, "deviceScaleFactor": 1, "mobile": name == "narrow"});
    driver.devtools("Emulation.setDeviceMetricsOverride", &size).await?;
    let features = json!([
        {"name": "prefers-color-scheme", "value": scheme},
        {"name": "prefers-reduced-motion", "value": "reduce"},
    ]);
    driver.devtools("Emulation.setEmulatedMedia", &json!({"features": features})).await
}

/// One window in one scheme.
struct Look<'a> {
    driver: &'a mut Driver,
    axe: Option<&'a Axe>,
    name: String,
    parts: usize,
    findings: Vec<String>,
}

impl Look<'_> {
    async fn at_parts(&mut self, address: &str, narrow: bool) -> Result<()> {
        let base = address.split_once("/?").map_or(address, |(base, _)| base);
        self.driver.open(base).await?;
        let offered = "return document.querySelectorAll('#welcome-list a').length > 3";
        self.driver.quietly_until("people are offered", offered).await?;
        self.at("welcome").await?;

        open_still(self.driver, address).await?;
        let beside = "return /[1-9]/.test(document.getElementById('figures').textContent) \
            && document.querySelectorAll('.trending-list li').length > 0 \
            && document.querySelectorAll('.people-list li').length > 0";
        self.driver.quietly_until("what stands beside the feed is there", beside).await?;
        self.at("feed").await?;

        let post = item(&post_where(self.driver, "true").await?);
        for button in [".why-button", ".more", ".comment"] {
            self.driver.click(&format!("{post}.querySelector('{button}')")).await?;
        }
        let read = format!(
            "const comments = {post}.querySelector('.comments'); \
             return !comments.hidden && comments.querySelector('.note').textContent !== 'Reading the comments'"
        );
        self.driver.quietly_until("the comments are there", &read).await?;
        self.driver.script(&format!("{post}.scrollIntoView({{block: 'start'}})")).await?;
        self.at("opened").await?;
        self.driver.script("document.activeElement.blur()").await?;

        if narrow {
            for view in ["trending", "people"] {
                self.driver.click(&format!("document.querySelector('.views [data-to={view}]')")).await?;
                self.at(view).await?;
            }
        }
        self.driver.click("document.getElementById('help')").await?;
        let open = "return document.getElementById('keys').open";
        self.driver.quietly_until("the list of keys opens", open).await?;
        self.at("keys").await?;
        self.driver.press(key::ESCAPE).await?;

        self.driver.open(&format!("{base}/docs")).await?;
        self.at("docs").await
    }

    /// Takes a picture, and puts what it shows before the checks.
    async fn at(&mut self, part: &str) -> Result<()> {
        let name = format!("{}-{part}", self.name);
        photograph(self.driver, &name).await?;
        self.parts += 1;
        let mut found = list(&self.driver.script(CHECKS).await?);
        if let Some(axe) = self.axe {
            found.extend(list(&axe.judge(self.driver).await?));
        }
        self.findings.extend(found.into_iter().map(|finding| format!("{name}: {finding}")));
        Ok(())
    }
}

fn list(answer: &Value) -> Vec<String> {
    answer.as_array().into_iter().flatten().filter_map(|one| one.as_str()).map(str::to_owned).collect()
}

/// Keeps a picture of the window.
pub(super) async fn photograph(driver: &mut Driver, name: &str) -> Result<()> {
    let folder = root().join("target/browser");
    std::fs::create_dir_all(&folder)?;
    let picture = driver.screenshot().await?;
    Ok(std::fs::write(folder.join(format!("{name}.png")), picture)?)
}
