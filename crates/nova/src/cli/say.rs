//! A line on the terminal, for a reader who may have gone.

use std::fmt::Arguments;
use std::io::{Error, ErrorKind, Write as _, stdout};

use parking_lot::Mutex;

/// As `println!`, but the reader may stop reading (`nova dead-letters list | head -1`): the command goes on to its end,
/// and its exit code holds. Of any other fault it ends with 1 in the end: half an answer must not pass for a whole one.
macro_rules! say {
    ($($line:tt)*) => {
        $crate::cli::say::line(format_args!($($line)*))
    };
}

/// Why not everything was said.
static FAULT: Mutex<Option<Error>> = Mutex::new(None);

pub(super) fn line(line: Arguments<'_>) {
    match writeln!(stdout().lock(), "{line}") {
        Err(fault) if fault.kind() != ErrorKind::BrokenPipe => _ = FAULT.lock().get_or_insert(fault),
        _ => {}
    }
}

/// Why not everything was said, at the end of a command.
pub(super) fn fault() -> Option<Error> {
    FAULT.lock().take()
}
