//! The table: a figure, what it must be, what it should be.

use std::fs;

use crate::size::Size;

/// What a figure is held against. A floor below its aim: more is better; above it: less is.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Goal {
    pub(crate) what: &'static str,
    pub(crate) unit: &'static str,
    pub(crate) floor: f64,
    pub(crate) aim: f64,
}

/// The machine, the sizes and the columns.
pub(crate) fn head(size: &Size) {
    let cpu = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model =
        cpu.lines().find_map(|line| line.split_once("model name")).map_or("unknown", |(_, name)| name);
    let memory = fs::read_to_string("/proc/meminfo").unwrap_or_default();
    let load = fs::read_to_string("/proc/loadavg").unwrap_or_default();
    println!(
        "machine {}, {} processors, {}; load before: {}; build: {}",
        model.trim_start_matches([':', '\t', ' ']),
        cpu.matches("processor\t").count(),
        memory.lines().next().unwrap_or_default(),
        load.trim(),
        if cfg!(debug_assertions) { "without optimisation, figures mean nothing" } else { "optimised" },
    );
    println!("sizes {size:?}\n");
    println!("| | floor | aim | measured | | on |\n|---|---|---|---|---|---|");
}

/// One figure.
pub(crate) fn line(goal: Goal, value: f64, on: &str) {
    let Goal { what, unit, floor, aim } = goal;
    let reached = |goal: f64| if floor < aim { value >= goal } else { value <= goal };
    let verdict = match (reached(aim), reached(floor)) {
        (true, _) => "aim",
        (false, true) => "floor",
        (false, false) => "**below**",
    };
    let shown = |value: f64| format!("{} {unit}", number(value));
    println!("| {what} | {} | {} | {} | {verdict} | {on} |", shown(floor), shown(aim), shown(value));
}

/// A figure that nothing is asked of, to understand the others by.
pub(crate) fn beside(what: &str, figure: &str, on: &str) {
    println!("| {what} | | | {figure} | | {on} |");
}

/// Three digits that count.
pub(crate) fn number(value: f64) -> String {
    match value {
        value if value >= 100.0 => format!("{value:.0}"),
        value if value >= 10.0 => format!("{value:.1}"),
        value => format!("{value:.2}"),
    }
}
