//! Starting, and waiting until everything answers.

use std::fs;
use std::thread;
use std::time::Duration;

use anyhow::{Context as _, Error, Result, anyhow, bail};
use tokio::time::Instant;

use super::process::{self, last_lines};
use super::state::{Life, Stack};
use super::wait::LOOK;
use super::{Name, status};
use crate::needs;

/// For all of them together, on a busy machine: Connect, the slowest, waits for Kafka first.
const PATIENCE: Duration = Duration::from_secs(120);

/// Starts what does not run of these (of all, when none is named) and of what they need; prints where they answer.
pub(crate) fn up(stack: &mut Stack, only: &[Name]) -> Result<()> {
    let wanted: Vec<Name> = Name::ALL.into_iter().filter(|&name| is_wanted(name, only)).collect();
    bring_up(stack, &wanted)?;
    status::print(stack)?;
    println!("\nfor a shell: . {}", stack.env().display());
    Ok(())
}

/// Starts one.
pub(crate) fn start(stack: &mut Stack, name: Name) -> Result<()> {
    bring_up(stack, &[name])
}

fn is_wanted(name: Name, only: &[Name]) -> bool {
    only.is_empty() || only.iter().any(|&asked| asked == name || asked.service().after().contains(&name))
}

fn bring_up(stack: &mut Stack, wanted: &[Name]) -> Result<()> {
    let nothing_runs = !Name::ALL.into_iter().any(|name| matches!(stack.life(name), Life::Alive(_)));
    // all of them, because a service may write another one's port into its configuration
    let ports: Vec<&str> = Name::ALL.into_iter().flat_map(|name| name.service().ports()).copied().collect();
    stack.ports.choose(&ports, nothing_runs)?;

    let asleep: Vec<Name> =
        wanted.iter().copied().filter(|&name| !matches!(stack.life(name), Life::Alive(_))).collect();
    let mut missing = Vec::new();
    for &name in &asleep {
        missing.extend(name.service().needs(&stack.place(name))?);
    }
    needs::install(&missing)?;

    // all at once: each waits by itself for what it needs
    for &name in &asleep {
        launch(stack, name).with_context(|| format!("{} cannot be started", name.service().name()))?;
    }
    status::write_env(stack)?;
    await_answers(stack, wanted)
}

fn launch(stack: &Stack, name: Name) -> Result<()> {
    let service = name.service();
    let place = stack.place(name);
    stack.ports.ensure_free(service.ports())?;
    fs::create_dir_all(&place.folder)?;
    service.prepare(&place)?;
    let record = process::start(&service.start(&place)?, &place.log())?;
    stack.started(name, &record)
}

/// Until each answers, one cannot any more, or the patience is over.
fn await_answers(stack: &Stack, wanted: &[Name]) -> Result<()> {
    let since = Instant::now();
    let mut pending = wanted.to_vec();
    loop {
        let mut silent = Vec::new();
        for name in pending {
            match ask(stack, name).map_err(|error| with_log(stack, name, &error))? {
                Some(reason) => silent.push((name, reason)),
                None => {
                    println!("{} answers ({:.1} s)", name.service().name(), since.elapsed().as_secs_f64())
                }
            }
        }
        if since.elapsed() >= PATIENCE
            && let Some((name, reason)) = silent.pop()
        {
            let late = reason.context(format!("did not answer within {} s", PATIENCE.as_secs()));
            return Err(with_log(stack, name, &late));
        }
        if silent.is_empty() {
            return Ok(());
        }
        pending = silent.into_iter().map(|(name, _)| name).collect();
        thread::sleep(LOOK);
    }
}

/// Why it does not answer yet, if it does not. An error when it never will.
fn ask(stack: &Stack, name: Name) -> Result<Option<Error>> {
    match stack.life(name) {
        Life::Alive(process) if process.is_frozen() => {
            bail!("is held; `cargo xtask stack thaw` lets it go on")
        }
        Life::Alive(_) => Ok(name.service().answers(&stack.place(name)).err()),
        Life::Dead | Life::Off => bail!("ended by itself"),
    }
}

/// What is wrong with a service, with the end of its log.
fn with_log(stack: &Stack, name: Name, error: &Error) -> Error {
    let log = stack.place(name).log();
    anyhow!("{} {error:#}; the end of {}:\n{}", name.service().name(), log.display(), last_lines(&log))
}
