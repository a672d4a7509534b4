//! Automation in Rust: `cargo xtask check | test | stack | browser | fuzz | bench | tidy`.
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "what it does is shown on the terminal")]

mod bench;
mod browser;
mod check;
mod fuzz;
mod licences;
mod needs;
mod run;
// descriptors of processes, and /proc
#[cfg(target_os = "linux")]
mod stack;
mod test;
mod tidy;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// Everything that is done to this repository by machine.
#[derive(Debug, Parser)]
#[command(name = "cargo xtask")]
struct Cli {
    #[command(subcommand)]
    task: Task,
}

#[derive(Debug, Subcommand)]
enum Task {
    /// Format, lints, documentation, licences, tidiness: what must hold before anything is tested
    Check,
    /// Install or name what is missing, then run every test
    Test,
    /// Start and stop the real systems on this machine, and break them on purpose
    #[cfg(target_os = "linux")]
    Stack(stack::StackArgs),
    /// Drive the demo's page in headless Chromium; keeps pictures in target/browser
    Browser,
    /// Arbitrary bytes against everything that reads bytes, guided by what they meet
    Fuzz(fuzz::FuzzArgs),
    /// Measure, and print one table
    Bench(bench::BenchArgs),
    /// The rules of this repository that no other tool knows
    Tidy,
}

fn main() -> ExitCode {
    let done = match Cli::parse().task {
        Task::Check => check::run(),
        Task::Test => test::run(),
        #[cfg(target_os = "linux")]
        Task::Stack(args) => stack::run(&args),
        Task::Browser => browser::run()
            .map(|left_out| left_out.into_iter().for_each(|what| println!("except that {what}"))),
        Task::Fuzz(args) => fuzz::run(&args),
        Task::Bench(args) => bench::run(&args),
        Task::Tidy => tidy::run(),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("xtask: {error:#}");
            ExitCode::FAILURE
        }
    }
}
