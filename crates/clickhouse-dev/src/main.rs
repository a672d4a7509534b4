//! ClickHouse for development, on a machine that has no ClickHouse server.
//!
//! `libchdb.so` carries the whole engine and the server's own HTTP handler. Its entry point `chdb_query_cmdline` is
//! the `main` of clickhouse-local; the statement `system start listen http` makes that a server. What it lacks of one,
//! this program adds:
//!
//! * **A terminal.** Without one on its standard input the engine ends when a single client drops its connection. It
//!   gets a pseudo-terminal whose other end stays here; what it echoes is read and dropped, so that it never waits.
//! * **An orderly end.** SIGTERM and SIGINT become the line `exit` typed on that terminal.
//!
//! One process on purpose: what is frozen or killed by this program's id is the engine.
#![expect(clippy::print_stderr, reason = "says on the terminal why it ended")]

use std::ffi::{CStr, CString, c_char, c_int, c_void};
use std::fs::File;
use std::io::{self, Write as _};
use std::path::PathBuf;
use std::process::ExitCode;
use std::thread;

use anyhow::{Context as _, Result, bail};
use clap::Parser;
use libloading::{Library, Symbol};
use nix::pty::openpty;
use nix::sys::signal::{SigSet, Signal};
use nix::unistd::dup2_stdin;

/// `chdb_result *chdb_query_cmdline(int argc, char **argv)`
type Run = unsafe extern "C" fn(c_int, *mut *mut c_char) -> *mut c_void;
/// `const char *chdb_result_error(chdb_result *)`: null when all is well
type ErrorOf = unsafe extern "C" fn(*mut c_void) -> *const c_char;

/// Serve ClickHouse over HTTP on 127.0.0.1 until SIGTERM.
#[derive(Debug, Parser)]
struct Cli {
    /// libchdb.so, of a version that knows `system start listen`
    #[arg(long)]
    library: PathBuf,
    /// Where the tables live; one process at a time
    #[arg(long)]
    data: PathBuf,
    /// The configuration; a folder config.d beside it is merged
    #[arg(long)]
    config: PathBuf,
    /// The port of the HTTP handler; when it is taken, the engine runs on without a listener
    #[arg(long)]
    port: u16,
    /// Created before the listener opens
    #[arg(long)]
    database: String,
}

fn main() -> ExitCode {
    match serve(&Cli::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("nova-clickhouse-dev: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn serve(cli: &Cli) -> Result<()> {
    terminal().context("no terminal for the engine")?;
    let arguments = arguments(cli)?;
    // SAFETY: the constructors of libchdb set up the engine's globals and need nothing of us; the caller names the
    // library, and xtask checks its digest before.
    let library = unsafe { Library::new(&cli.library) }
        .with_context(|| format!("{} cannot be loaded", cli.library.display()))?;
    // SAFETY: the type is the function's declaration in chdb.h.
    let run: Symbol<'_, Run> =
        unsafe { library.get("chdb_query_cmdline") }.context("the library has no chdb_query_cmdline")?;
    // SAFETY: as above.
    let error_of: Symbol<'_, ErrorOf> =
        unsafe { library.get("chdb_result_error") }.context("the library has no chdb_result_error")?;

    let mut pointers: Vec<*mut c_char> = arguments.iter().map(|text| text.as_ptr().cast_mut()).collect();
    let count = c_int::try_from(pointers.len())?;
    // as for a C `main`, a null follows the last argument
    pointers.push(std::ptr::null_mut());
    // SAFETY: `pointers` holds `count` strings that end in NUL and a null pointer; they live until the call returns.
    // The engine reads its arguments and does not write to them.
    let result = unsafe { run(count, pointers.as_mut_ptr()) };
    if result.is_null() {
        bail!("the engine gave no result");
    }
    // SAFETY: `result` came from the engine and has not been given back; the process ends with it.
    let error = unsafe { error_of(result) };
    // the engine's threads may still run: its code stays in memory until the process is gone
    std::mem::forget(library);
    if error.is_null() {
        return Ok(());
    }
    // SAFETY: not null, and the engine's messages end in NUL and live as long as their result.
    let message = unsafe { CStr::from_ptr(error) };
    bail!("the engine ended: {}", message.to_string_lossy())
}

/// The command line of clickhouse-local.
fn arguments(cli: &Cli) -> Result<Vec<CString>> {
    // at its end the engine sets the mode of this file to 0600: a file of its own, never /dev/null
    let history = cli.data.join("history");
    let query = format!("create database if not exists `{}`; system start listen http", cli.database);
    let line = [
        "clickhouse-local".to_owned(),
        "--interactive".to_owned(),
        // or the first key would open a list of completions
        "--disable_suggestion".to_owned(),
        format!("--history_file={}", history.display()),
        format!("--path={}", cli.data.display()),
        format!("--config-file={}", cli.config.display()),
        "--listen_host=127.0.0.1".to_owned(),
        format!("--http_port={}", cli.port),
        format!("--query={query}"),
    ];
    line.into_iter().map(|text| CString::new(text).context("an argument holds a NUL")).collect()
}

/// Puts a pseudo-terminal on the standard input, reads what it echoes, and turns signals into `exit`.
///
/// Called before any other thread exists: threads started later inherit the mask, so the signals reach the one that
/// waits for them, whatever handlers the engine installs.
fn terminal() -> Result<()> {
    let pair = openpty(None, None)?;
    dup2_stdin(&pair.slave)?;
    let mut keyboard = File::from(pair.master);
    let mut screen = keyboard.try_clone()?;
    let mut ends = SigSet::empty();
    ends.add(Signal::SIGTERM);
    ends.add(Signal::SIGINT);
    ends.thread_block()?;
    thread::spawn(move || io::copy(&mut screen, &mut io::sink()));
    thread::spawn(move || {
        while ends.wait().is_ok() {
            if let Err(error) = keyboard.write_all(b"exit\n") {
                eprintln!("nova-clickhouse-dev: the engine's terminal is gone: {error}");
            }
        }
    });
    Ok(())
}
