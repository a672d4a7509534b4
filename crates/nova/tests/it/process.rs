//! The program as people start it: a process of its own.

use std::fs::{self, File};
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, ExitStatus, Output, Stdio};
use std::sync::mpsc;
use std::thread;

use crate::http::Http;
use crate::wait::{PATIENCE, until};

/// The program, with nothing of this process's environment but what is given (`NOVA__SECTION__KEY`).
pub(crate) fn nova(arguments: &[&str], set: &[(&str, &str)]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_nova"));
    command.args(arguments).env_clear().env("NOVA__LOGGING__LEVEL", "warn");
    // a busy machine may take longer than a reader would wait
    command.env("NOVA__SERVER__PAGE_WAIT_MS", "2500").envs(set.iter().copied());
    command
}

/// Runs a command to its end; one that does not end is killed, and that fails the test.
pub(crate) fn run(arguments: &[&str], set: &[(&str, &str)]) -> Ended {
    let mut command = nova(arguments, set);
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let child = command.spawn().expect("the program starts");
    let id = child.id().to_string();
    let (ended, end) = mpsc::channel();
    let waiting = thread::spawn(move || ended.send(child.wait_with_output()));
    let output = end.recv_timeout(PATIENCE).unwrap_or_else(|_| {
        drop(Command::new("kill").args(["-KILL", &id]).status());
        panic!("nova {} did not end within {PATIENCE:?}", arguments.join(" "));
    });
    drop(waiting.join());
    Ended::of(output.expect("its output"))
}

/// What a command left behind.
#[derive(Debug)]
pub(crate) struct Ended {
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Ended {
    fn of(output: Output) -> Self {
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        Self { code: output.status.code(), stdout: text(&output.stdout), stderr: text(&output.stderr) }
    }

    #[track_caller]
    pub(crate) fn expect(self, code: i32) -> Self {
        assert_eq!(self.code, Some(code), "{self:#?}");
        self
    }

    /// Its answer as JSON.
    #[track_caller]
    pub(crate) fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.stdout).unwrap_or_else(|error| panic!("{error}: {self:#?}"))
    }
}

/// A server. Killed when it is dropped.
pub(crate) struct Server {
    pub(crate) http: Http,
    child: Child,
    /// Kept open: whoever writes to a closed one fails.
    _stdout: BufReader<ChildStdout>,
    /// Where its log lines go.
    log: PathBuf,
}

impl Server {
    /// `nova serve` on a directory and a free port.
    pub(crate) fn start(dir: &Path, set: &[(&str, &str)]) -> Self {
        let dir = dir.to_str().expect("UTF-8");
        Self::spawn(nova(&["serve", "--listen", "127.0.0.1:0", "--data-dir", dir], set), dir)
    }

    /// A command that prints an address once it listens; `name` is that of its log lines' file.
    pub(crate) fn spawn(mut command: Command, name: &str) -> Self {
        let log = PathBuf::from(format!("{}.log", name.trim_end_matches('/')));
        let lines = File::options().create(true).append(true).open(&log).expect("a file for the log lines");
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(lines);
        let mut child = command.spawn().expect("the program starts");
        let mut stdout = BufReader::new(child.stdout.take().expect("it is piped"));
        let address = loop {
            let mut line = String::new();
            if stdout.read_line(&mut line).expect("text") == 0 {
                let ended = child.wait().expect("it ended");
                panic!(
                    "it ended before it listened, {ended}: {}",
                    fs::read_to_string(&log).unwrap_or_default()
                );
            }
            let found = line.split_once("http://").and_then(|(_, rest)| rest.split(['/', ' ', '\n']).next());
            if let Some(address) = found.and_then(|address| address.parse().ok()) {
                break address;
            }
        };
        Self { http: Http::new(address), child, _stdout: stdout, log }
    }

    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    /// Its log lines so far, and those of earlier servers of the same name.
    pub(crate) fn log(&self) -> String {
        fs::read_to_string(&self.log).unwrap_or_default()
    }

    /// Until it has applied what it found in the log.
    pub(crate) async fn ready(&self) {
        until("a server that is ready", async || {
            (self.http.get(0, "/health/ready").await.status == 200).then_some(())
        })
        .await;
    }

    /// SIGKILL: nothing it could do about it.
    pub(crate) fn kill(mut self) {
        self.child.kill().expect("it can be killed");
        self.child.wait().expect("it is gone");
    }

    /// Sends a signal and waits for the end.
    pub(crate) async fn end(mut self, signal: &str) -> ExitStatus {
        let sent =
            Command::new("kill").args([signal, &self.id().to_string()]).status().expect("kill is there");
        assert!(sent.success());
        until("the end of the server", async || self.child.try_wait().expect("a child of ours")).await
    }

    /// SIGTERM, and all went well.
    pub(crate) async fn stop(self) {
        let log = self.log.clone();
        let ended = self.end("-TERM").await;
        assert_eq!(ended.code(), Some(0), "{}", fs::read_to_string(log).unwrap_or_default());
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}
