//! Two servers asked in turn: what one takes beside the other, on a machine that is never quite quiet.

use std::fs;
use std::time::Duration;

use anyhow::{Context as _, Result};
use nova_lab::load::{Plan, Requests, closed_loop};

use crate::healthy;

/// Turns of each; the median is what counts.
const TURNS: u32 = 5;

/// What two servers did with the same number of turns.
pub(crate) struct Turns {
    /// Answers a second of ours.
    pub(crate) ours: f64,
    /// Answers a second of the one beside.
    pub(crate) base: f64,
    /// Ours to the other's, within a turn: its median is steadier than that of either.
    pub(crate) ratio: f64,
    /// Processor time of an answer, the load generator's part included: ours, the other's. Other work on the machine
    /// changes it less than it changes throughput.
    pub(crate) processor: (Duration, Duration),
}

/// Loads both for the plan's time, in turns.
pub(crate) fn in_turn(
    (plan, ours): (&Plan, &impl Requests),
    (beside, base): (&Plan, &impl Requests),
) -> Result<Turns> {
    let short = |plan: &Plan| Plan { duration: plan.duration / TURNS, ..*plan };
    let mut turns = Vec::new();
    for _ in 0..TURNS {
        turns.push((turn(&short(beside), base)?, turn(&short(plan), ours)?));
    }
    let median = |figure: &dyn Fn(&(Turn, Turn)) -> f64| {
        let mut figures: Vec<f64> = turns.iter().map(figure).collect();
        figures.sort_by(f64::total_cmp);
        figures[figures.len() / 2]
    };
    let seconds = |figure: &dyn Fn(&(Turn, Turn)) -> f64| Duration::from_secs_f64(median(figure));
    Ok(Turns {
        ours: median(&|(_, ours)| ours.per_s),
        base: median(&|(base, _)| base.per_s),
        ratio: median(&|(base, ours)| ours.per_s / base.per_s),
        processor: (seconds(&|(_, ours)| ours.processor_s), seconds(&|(base, _)| base.processor_s)),
    })
}

struct Turn {
    per_s: f64,
    processor_s: f64,
}

fn turn(plan: &Plan, requests: &impl Requests) -> Result<Turn> {
    let before = processor()?;
    let report = closed_loop(plan, requests);
    healthy(&report)?;
    Ok(Turn { per_s: report.ok_per_s(), processor_s: (processor()? - before) / report.ok.max(1) as f64 })
}

/// Seconds of processor that this process has had.
fn processor() -> Result<f64> {
    /// Of `/proc`, whatever the kernel's own clock: see proc(5), `sysconf(_SC_CLK_TCK)`.
    const TICKS_PER_S: f64 = 100.0;
    let stat = fs::read_to_string("/proc/self/stat")?;
    // the name of the program stands in parentheses and may hold anything
    let after = stat.rsplit_once(')').context("/proc/self/stat has no name")?.1;
    let ticks = |field: usize| after.split_whitespace().nth(field).and_then(|text| text.parse::<f64>().ok());
    let (user, system) = ticks(11).zip(ticks(12)).context("/proc/self/stat has no times")?;
    Ok((user + system) / TICKS_PER_S)
}
