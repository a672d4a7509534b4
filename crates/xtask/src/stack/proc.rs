//! What `/proc` says about processes.

use std::fs;
use std::path::Path;

use anyhow::{Context as _, Result};

/// A line of `/proc/PID/stat`, as far as it is used here.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Stat {
    state: char,
    parent: i32,
    /// The session: the id of the process that opened it.
    pub(crate) session: i32,
    /// Clock ticks after the machine's start.
    pub(crate) started: u64,
}

impl Stat {
    /// Of a process, if it is there.
    pub(crate) fn of(pid: i32) -> Option<Self> {
        Self::parse(&fs::read_to_string(format!("/proc/{pid}/stat")).ok()?)
    }

    /// The second field is the program's name in parentheses and may hold anything, so the rest counts from the last
    /// one. See proc_pid_stat(5).
    fn parse(line: &str) -> Option<Self> {
        let (_, rest) = line.rsplit_once(')')?;
        let mut fields = rest.split_whitespace();
        Some(Self {
            state: fields.next()?.chars().next()?,
            parent: fields.next()?.parse().ok()?,
            session: fields.nth(1)?.parse().ok()?,
            // field 22; the session is field 6
            started: fields.nth(15)?.parse().ok()?,
        })
    }

    /// Has it ended, though nobody has asked for its status yet?
    pub(crate) fn is_gone(&self) -> bool {
        matches!(self.state, 'Z' | 'X')
    }

    /// Is it held by a signal?
    pub(crate) fn is_frozen(&self) -> bool {
        self.state == 'T'
    }
}

/// The processes whose parent this is.
pub(crate) fn children(parent: i32) -> Vec<i32> {
    all().filter(|&pid| Stat::of(pid).is_some_and(|stat| stat.parent == parent && !stat.is_gone())).collect()
}

/// The processes with this working directory. One that has ended has none.
pub(crate) fn working_in(folder: &Path) -> Vec<i32> {
    all().filter(|pid| fs::read_link(format!("/proc/{pid}/cwd")).is_ok_and(|cwd| cwd == folder)).collect()
}

fn all() -> impl Iterator<Item = i32> {
    let entries = fs::read_dir("/proc").into_iter().flatten().flatten();
    entries.filter_map(|entry| entry.file_name().to_str()?.parse().ok())
}

/// Proportional set size in bytes, or the resident size where that may not be read.
pub(crate) fn memory(pid: i32) -> Option<u64> {
    let field = |file: &str, name: &str| -> Option<u64> {
        let text = fs::read_to_string(format!("/proc/{pid}/{file}")).ok()?;
        let line = text.lines().find_map(|line| line.strip_prefix(name))?;
        line.split_whitespace().next()?.parse().ok()
    };
    let kib = field("smaps_rollup", "Pss:").or_else(|| field("status", "VmRSS:"))?;
    Some(kib * 1024)
}

/// Names this start of the machine.
pub(crate) fn boot() -> Result<String> {
    let id = fs::read_to_string("/proc/sys/kernel/random/boot_id").context("Linux only: no /proc")?;
    Ok(id.trim().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_may_hold_anything() {
        let line = "7 (a ) b) T 1 7 6 0 -1 4194560 1 2 3 4 5 6 7 8 20 0 1 0 987 1 2";
        let stat = Stat::parse(line).unwrap();
        assert_eq!(stat, Stat { state: 'T', parent: 1, session: 6, started: 987 });
        assert!(stat.is_frozen() && !stat.is_gone());
        assert_eq!(Stat::parse("7 (short) S 1"), None);
        assert_eq!(Stat::parse(""), None);
    }

    #[test]
    fn this_process_is_there() {
        let pid = i32::try_from(std::process::id()).unwrap();
        assert!(!Stat::of(pid).unwrap().is_gone());
        assert!(memory(pid).unwrap() > 100_000);
        assert_eq!(boot().unwrap(), boot().unwrap());
        let here = std::env::current_dir().unwrap();
        assert!(working_in(&here).contains(&pid));
        assert!(!working_in(&here.join("elsewhere")).contains(&pid));
    }
}
