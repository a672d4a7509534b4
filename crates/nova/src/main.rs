//! The program: reads its arguments, runs one command, says how it went.

use std::process::ExitCode;

/// Many small allocations per request, freed on other threads: this one halves the tail of a feed against the
/// system's allocator (see `cargo xtask bench`).
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    nova::cli::run()
}
