//! One table of figures, each beside something that the same run measured.

use std::fs;

use anyhow::Result;
use clap::Args;

use crate::run::run as step;

/// What is measured.
#[derive(Debug, Args)]
pub(crate) struct BenchArgs {
    /// A tenth of the data and of the time: to see that everything runs
    #[arg(long)]
    quick: bool,
    /// The distributed mode on the real systems, instead
    #[cfg(target_os = "linux")]
    #[arg(long, conflicts_with = "quick")]
    stack: bool,
    /// What the benchmark of the real systems is told: `-- --small`, `-- --only flow,feeds`
    #[cfg(target_os = "linux")]
    #[arg(last = true, requires = "stack")]
    told: Vec<String>,
}

/// Builds and runs every benchmark of the service, one after the other: they share the machine with nothing.
pub(crate) fn run(args: &BenchArgs) -> Result<()> {
    #[cfg(target_os = "linux")]
    if args.stack {
        return stack(&args.told);
    }
    let cpu = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = cpu.lines().find_map(|line| line.strip_prefix("model name")).unwrap_or(": unknown");
    let memory = fs::read_to_string("/proc/meminfo").unwrap_or_default();
    println!(
        "machine{model}, {} processors, {}",
        cpu.matches("processor\t").count(),
        memory.lines().next().unwrap_or_default()
    );
    let bench = ["bench", "--quiet", "--package", "nova", "--bench"];
    let with = |name: &'static str, size: &[&'static str]| {
        let mut arguments = bench.to_vec();
        arguments.extend([name, "--"]);
        arguments.extend(size);
        step("cargo", &arguments)
    };
    if args.quick {
        with("index", &["--users", "100000", "--follows", "5000000", "--posts", "1000000"])?;
        with("service", &["--users", "10000", "--seconds", "2", "--events", "200000"])
    } else {
        with("index", &["--users", "1000000", "--follows", "50000000", "--posts", "10000000"])?;
        with("service", &[])
    }
}

/// On the real systems: somebody's own where their variables are set, started here where not.
#[cfg(target_os = "linux")]
fn stack(told: &[String]) -> Result<()> {
    let mut arguments =
        vec!["bench", "--quiet", "--package", "nova", "--features", "distributed", "--bench", "stack", "--"];
    arguments.extend(told.iter().map(String::as_str));
    let services = crate::stack::Lent::take()?;
    let measured = crate::run::run_with("cargo", &arguments, &services.variables());
    services.give_back()?;
    measured
}
