//! Programs that outlive the task that started them: started detached, found again by a record, never mistaken for
//! another that was given the same id.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::os::fd::OwnedFd;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use anyhow::{Context as _, Result};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::process::{Pid, PidfdFlags, Signal, pidfd_open, pidfd_send_signal};
use serde::{Deserialize, Serialize};

use super::proc::{Stat, boot, children};
use super::wait::until;

/// What is written down about a program when it is started: enough to know it again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Record {
    pid: i32,
    /// Clock ticks between the machine's start and the program's.
    started: u64,
    /// The machine's start: ticks and ids of another one mean nothing.
    boot: String,
}

/// A program that is alive. Its descriptor names it for good: the kernel gives the id to another only as another.
#[derive(Debug)]
pub(crate) struct Process {
    pid: Pid,
    descriptor: OwnedFd,
}

/// Starts a program in a session of its own, so that neither the end of this task nor Ctrl-C on its terminal
/// reaches it. `setsid` and whatever it is given become the program by exec, so the id is the program's.
pub(crate) fn start(command: &Command, log: &Path) -> Result<Record> {
    let output = File::create(log).with_context(|| format!("{} cannot be written", log.display()))?;
    let mut detached = Command::new("setsid");
    detached.arg(command.get_program()).args(command.get_args());
    for (name, value) in command.get_envs() {
        match value {
            Some(value) => detached.env(name, value),
            None => detached.env_remove(name),
        };
    }
    if let Some(folder) = command.get_current_dir() {
        detached.current_dir(folder);
    }
    let child = detached
        .stdin(Stdio::null())
        .stdout(output.try_clone()?)
        .stderr(output)
        .spawn()
        .context("setsid cannot be started")?;
    let pid = i32::try_from(child.id())?;
    let stat = Stat::of(pid).context("the program ended at once")?;
    Ok(Record { pid, started: stat.started, boot: boot()? })
}

impl Record {
    /// The program, if it is still alive and still that one.
    pub(crate) fn find(&self) -> Option<Process> {
        let process = Process::open(self.pid)?;
        // read after the descriptor was opened: what has this id now has it as long as the descriptor lives
        let stat = Stat::of(self.pid)?;
        let same = stat.started == self.started && boot().ok()? == self.boot;
        (same && !stat.is_gone()).then_some(process)
    }
}

impl Process {
    fn open(pid: i32) -> Option<Self> {
        let pid = Pid::from_raw(pid)?;
        let descriptor = pidfd_open(pid, PidfdFlags::empty()).ok()?;
        Some(Self { pid, descriptor })
    }

    /// Its id.
    pub(crate) fn pid(&self) -> i32 {
        self.pid.as_raw_nonzero().get()
    }

    /// Is it held by SIGSTOP?
    pub(crate) fn is_frozen(&self) -> bool {
        Stat::of(self.pid()).is_some_and(|stat| stat.is_frozen())
    }

    /// Sends a signal to it alone. That it is gone is no error.
    pub(crate) fn signal(&self, signal: Signal) {
        let _ = pidfd_send_signal(&self.descriptor, signal);
    }

    /// Holds it and every process below it; returns when all are held. False when one is not after `patience`.
    pub(crate) fn freeze(&self, patience: Duration) -> bool {
        let below = self.hold(patience);
        below.iter().for_each(|process| process.signal(Signal::STOP));
        let held =
            || self.is_frozen() && below.iter().all(|process| process.is_frozen() || process.is_gone());
        until(patience, || held().then_some(())).is_some()
    }

    /// Lets it and every process below it go on; returns when all do. False when one does not after `patience`.
    pub(crate) fn thaw(&self, patience: Duration) -> bool {
        let below = self.below();
        let all = || below.iter().chain(std::iter::once(self));
        all().for_each(|process| process.signal(Signal::CONT));
        until(patience, || (!all().any(Self::is_frozen)).then_some(())).is_some()
    }

    /// Ends it and every process below it as a power cut would: none of them gets to do anything more. False when
    /// one is still there after `patience`.
    pub(crate) fn kill(&self, patience: Duration) -> bool {
        let below = self.hold(patience);
        let all = || std::iter::once(self).chain(&below);
        all().for_each(|process| process.signal(Signal::KILL));
        all().all(|process| process.is_gone_within(patience))
    }

    fn is_gone(&self) -> bool {
        self.is_gone_within(Duration::ZERO)
    }

    /// Waits until it is gone; false when it is not.
    pub(crate) fn is_gone_within(&self, patience: Duration) -> bool {
        let mut wanted = [PollFd::new(&self.descriptor, PollFlags::IN)];
        let Ok(timeout) = Timespec::try_from(patience) else { return false };
        // readable once the process has ended
        poll(&mut wanted, Some(&timeout)).is_ok_and(|ready| ready > 0)
    }

    /// Proportional set size of it and of every process below it, in bytes: pages that several share are counted
    /// once.
    pub(crate) fn memory(&self) -> u64 {
        let pids = self.below().into_iter().map(|process| process.pid()).chain([self.pid()]);
        pids.filter_map(super::proc::memory).sum()
    }

    /// Holds it alone and gives what is below it: a signal is only on its way when it was sent, and what is not held
    /// yet may still start another process.
    fn hold(&self, patience: Duration) -> Vec<Self> {
        self.signal(Signal::STOP);
        until(patience, || (self.is_frozen() || self.is_gone()).then_some(()));
        self.below()
    }

    /// Every process below it, parents before children.
    fn below(&self) -> Vec<Self> {
        let mut seen = BTreeSet::new();
        let mut found = Vec::new();
        let mut parents = vec![self.pid()];
        while let Some(parent) = parents.pop() {
            for child in children(parent).into_iter().filter(|&child| seen.insert(child)) {
                found.extend(Self::open(child));
                parents.push(child);
            }
        }
        found
    }
}

/// The last lines of a log, at most 20.
pub(crate) fn last_lines(log: &Path) -> String {
    let text = fs::read(log).unwrap_or_default();
    let text = String::from_utf8_lossy(&text);
    let lines: Vec<&str> = text.lines().collect();
    let start = lines.len().saturating_sub(20);
    lines.get(start..).unwrap_or_default().join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Longer than anything here takes, shorter than the program sleeps.
    const PATIENCE: Duration = Duration::from_secs(30);

    /// A shell that is gone, with all below it, when the test ends, however it ends.
    struct Shell {
        folder: tempfile::TempDir,
        record: Record,
    }

    impl Shell {
        fn start(script: &str) -> Self {
            let folder = tempfile::tempdir().unwrap();
            let mut command = Command::new("sh");
            command.args(["-c", script]);
            let record = start(&command, &folder.path().join("log")).unwrap();
            Self { folder, record }
        }
    }

    impl Drop for Shell {
        fn drop(&mut self) {
            if let Some(process) = self.record.find() {
                process.kill(PATIENCE);
            }
        }
    }

    fn children_of(process: &Process, count: usize) -> Vec<Process> {
        until(PATIENCE, || Some(process.below()).filter(|below| below.len() == count)).unwrap()
    }

    #[test]
    fn what_is_frozen_goes_on_and_what_is_killed_is_gone_with_all_below_it() {
        let shell = Shell::start("sleep 600 & sleep 600 & wait");
        let process = shell.record.find().unwrap();
        let below = children_of(&process, 2);

        assert!(process.freeze(PATIENCE));
        assert!(process.is_frozen() && below.iter().all(Process::is_frozen));
        assert!(process.thaw(PATIENCE));
        assert!(!process.is_frozen() && !below.iter().any(Process::is_frozen));

        assert!(process.freeze(PATIENCE));
        assert!(process.kill(PATIENCE));
        assert!(below.iter().all(Process::is_gone));
        assert!(shell.record.find().is_none());
    }

    #[test]
    fn another_program_with_the_same_id_is_not_taken_for_ours() {
        let shell = Shell::start("exec sleep 600");
        let record = &shell.record;
        let process = record.find().unwrap();
        assert!(Record { started: record.started + 1, ..record.clone() }.find().is_none());
        assert!(Record { boot: "another".to_owned(), ..record.clone() }.find().is_none());
        process.signal(Signal::TERM);
        assert!(process.is_gone_within(PATIENCE));
        assert!(record.find().is_none());
    }

    #[test]
    fn a_program_has_its_output_in_the_log_and_a_session_of_its_own() {
        let shell = Shell::start("echo one; echo two >&2; exec sleep 600");
        let process = shell.record.find().unwrap();
        let log = shell.folder.path().join("log");
        let written = until(PATIENCE, || Some(last_lines(&log)).filter(|t| t.len() > 6));
        assert_eq!(written.as_deref(), Some("one\ntwo"));
        assert_eq!(Stat::of(process.pid()).unwrap().session, process.pid());
    }
}
