//! Faults on purpose, for tests of what happens when a part is gone or silent.

use std::time::Duration;

use anyhow::{Result, bail, ensure};

use super::Name;
use super::process::Process;
use super::state::{Life, Stack};

/// For signals to arrive, and for the kernel to take a killed process away.
const PATIENCE: Duration = Duration::from_secs(10);

/// Ends a service at once; the data stay as they are at this moment.
pub(crate) fn kill(stack: &Stack, name: Name) -> Result<()> {
    let process = alive(stack, name)?;
    ensure!(process.kill(PATIENCE), "process {} is still there after SIGKILL", process.pid());
    println!("{} killed (process {})", name.service().name(), process.pid());
    Ok(())
}

/// Holds a service: its connections stay open, and nothing answers.
pub(crate) fn freeze(stack: &Stack, name: Name) -> Result<()> {
    let process = alive(stack, name)?;
    ensure!(process.freeze(PATIENCE), "process {} is not held after SIGSTOP", process.pid());
    println!("{} held (process {})", name.service().name(), process.pid());
    Ok(())
}

/// Lets a service that is held go on.
pub(crate) fn thaw(stack: &Stack, name: Name) -> Result<()> {
    let process = alive(stack, name)?;
    ensure!(process.thaw(PATIENCE), "process {} is still held after SIGCONT", process.pid());
    println!("{} goes on (process {})", name.service().name(), process.pid());
    Ok(())
}

fn alive(stack: &Stack, name: Name) -> Result<Process> {
    match stack.life(name) {
        Life::Alive(process) => Ok(process),
        Life::Dead | Life::Off => bail!("{} does not run", name.service().name()),
    }
}
