//! The demo as a person meets it: the built binary is started, its page driven in headless Chromium. What is done on
//! the page must change the feed, by mouse and by key alone; every part of it must fit, be readable and be named, wide
//! and narrow, light and dark; and nothing may be refused by the page's own policy.

mod axe;
mod demo;
mod driver;
mod look;
mod tour;

use anyhow::{Result, ensure};

use axe::Axe;
use demo::Demo;
use driver::Driver;

/// Starts the demo, drives it, stops it. Gives what was left out for want of something, if anything.
pub(crate) fn run() -> Result<Option<String>> {
    println!("\n$ the demo in headless Chromium");
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let axe = Axe::get();
    let mut demo = Demo::start()?;
    let outcome = runtime.block_on(drive(&demo.address, axe.as_ref().ok()));
    let ended = demo.stop();
    outcome?;
    ended?;
    Ok(axe.err().map(|error| format!("the page was not put before axe-core ({error:#})")))
}

async fn drive(address: &str, axe: Option<&Axe>) -> Result<()> {
    let mut driver = Driver::start().await?;
    let outcome = everything(&mut driver, address, axe).await;
    if outcome.is_err() {
        look::photograph(&mut driver, "failed").await?;
    }
    driver.end().await;
    outcome
}

async fn everything(driver: &mut Driver, address: &str, axe: Option<&Axe>) -> Result<()> {
    tour::read(driver, address).await?;
    tour::act(driver, address).await?;
    tour::by_key(driver, address).await?;
    tour::beside(driver, address).await?;
    look::at_everything(driver, address, axe).await?;
    let complaints = driver.complaints().await?;
    ensure!(complaints.is_empty(), "the browser complained: {}", complaints.join("; "));
    Ok(())
}
