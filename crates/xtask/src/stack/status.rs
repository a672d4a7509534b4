//! What runs and where.

use std::fmt::Write as _;
use std::fs;

use anyhow::Result;

use super::Name;
use super::lend::{BREAKS, variable};
use super::process::Process;
use super::state::{Life, Stack};

/// Prints one line for each service.
pub(crate) fn print(stack: &Stack) -> Result<()> {
    println!("\n{:<11}{:<9}{:>8}{:>8}{:>10}  address", "service", "state", "process", "port", "memory");
    for name in Name::ALL {
        let service = name.service();
        let place = stack.place(name);
        let line = match stack.life(name) {
            Life::Off => format!("{:<9}", "off"),
            Life::Dead => format!("{:<9}  its log: {}", "dead", place.log().display()),
            Life::Alive(process) => {
                let state = match () {
                    () if process.is_frozen() => "held",
                    () if service.answers(&place).is_ok() => "answers",
                    () => "silent",
                };
                let port = service.ports().first().map(|port| stack.ports.of(port)).transpose()?;
                let mib = process.memory() / (1024 * 1024);
                let (pid, port, url) = (process.pid(), port.unwrap_or_default(), service.url(&place)?);
                format!("{state:<9}{pid:>8}{port:>8}{mib:>6} MiB  {url}")
            }
        };
        println!("{:<11}{line}", service.name());
    }
    Ok(())
}

/// Writes the addresses of what runs as lines for a shell; tests take them from there.
pub(crate) fn write_env(stack: &Stack) -> Result<()> {
    let mut text = String::new();
    for name in Name::ALL {
        if let Life::Alive(Process { .. }) = stack.life(name) {
            writeln!(text, "export {}={}", variable(name), name.service().url(&stack.place(name))?)?;
        }
    }
    writeln!(text, "export {BREAKS}={}", std::env::current_exe()?.display())?;
    Ok(fs::write(stack.env(), text)?)
}
