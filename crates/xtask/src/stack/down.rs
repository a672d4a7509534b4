//! Stopping.

use std::fs;
use std::time::Duration;

use anyhow::{Result, bail};

use super::Name;
use super::process::Process;
use super::state::{Life, Stack, remove};

/// For an orderly end: to flush, to close, and for a virtual machine to write its archive of classes.
const PATIENCE: Duration = Duration::from_secs(30);

/// Stops what runs, those first that others do not wait for. With `wipe`, removes data, logs and ports.
pub(crate) fn run(stack: &Stack, wipe: bool) -> Result<()> {
    let (last, first): (Vec<Name>, Vec<Name>) =
        Name::ALL.into_iter().partition(|name| name.service().after().is_empty());
    let mut ended = 0;
    for batch in [first, last] {
        // all of a batch are asked before any is waited for
        let asked: Vec<(Name, Process)> = batch.into_iter().filter_map(|name| ask(stack, name)).collect();
        for (name, process) in asked {
            end(stack, name, &process)?;
            ended += 1;
        }
    }
    if ended == 0 {
        println!("nothing runs");
    }
    remove(&stack.env())?;
    for name in Name::ALL {
        if let Life::Alive(process) = stack.life(name) {
            bail!("{} is still there: process {}", name.service().name(), process.pid());
        }
        stack.stopped(name)?;
    }
    if wipe {
        fs::remove_dir_all(stack.run())?;
        println!("data removed");
    }
    Ok(())
}

fn ask(stack: &Stack, name: Name) -> Option<(Name, Process)> {
    let Life::Alive(process) = stack.life(name) else { return None };
    process.signal(name.service().stop_signal());
    // one that is held would not hear it
    process.thaw(PATIENCE);
    Some((name, process))
}

fn end(stack: &Stack, name: Name, process: &Process) -> Result<()> {
    let service = name.service();
    if process.is_gone_within(PATIENCE) {
        println!("{} stopped", service.name());
        return service.ended(&stack.place(name));
    }
    println!("{} did not stop within {} s and is killed", service.name(), PATIENCE.as_secs());
    process.kill(PATIENCE);
    Ok(())
}
