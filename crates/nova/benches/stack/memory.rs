//! Memory of the consumer's process while ClickHouse stands still and events keep coming.

use std::process::Command;
use std::time::Duration;

use anyhow::{Context as _, Result};
use tokio::time::{Instant, sleep_until};

use crate::consumer::count;
use crate::place::Place;
use crate::process::Nova;
use crate::size::Size;
use crate::table::{Goal, beside, line, number};
use crate::topic;
use crate::wait::until;

/// Parts of a second in which events are written.
const PARTS: u64 = 10;

pub(crate) async fn run(place: &Place, size: &Size) -> Result<()> {
    let program = std::env::var("NOVA_TEST_STACK").unwrap_or_else(|_| "none".to_owned());
    if program == "none" {
        beside("memory of the consumer with ClickHouse stopped", "not measured", "the services are yours");
        return Ok(());
    }
    let (log, db) = (place.log().await?, place.clickhouse()?);
    let nova = Nova::start(place, "project", "nova", &[])?;
    let warm = size.frozen_rate * 5;
    topic::fill(&log, size, 0..warm).await?;
    until("the first events are there", async || Ok((count(&db, "events").await? >= warm).then_some(())))
        .await?;
    let before = nova.resident()?;

    let (frozen, began) = (Frozen::new(&program)?, Instant::now());
    let (mut most, mut halfway) = (before, 0.0);
    let (mut written, steps) = (warm, size.frozen_seconds * PARTS);
    for step in 0..steps {
        sleep_until(began + Duration::from_millis(step * 1_000 / PARTS)).await;
        let upto = warm + (step + 1) * size.frozen_rate / PARTS;
        topic::fill(&log, size, written..upto).await?;
        written = upto;
        most = nova.resident()?.max(most);
        if step == steps / 2 {
            halfway = most;
        }
    }
    let (rate, seconds) =
        ((written - warm) as f64 / began.elapsed().as_secs_f64(), began.elapsed().as_secs_f64());
    drop(frozen);
    until("everything is there afterwards", async || {
        Ok((count(&db, "events").await? >= written).then_some(()))
    })
    .await?;
    anyhow::ensure!(count(&db, "events").await? == written, "more rows than events");
    let goal = Goal {
        what: "memory of the consumer with ClickHouse stopped",
        unit: "MiB",
        floor: 512.0,
        aim: 512.0,
    };
    line(goal, most, &format!("held for {seconds:.0} s, {rate:.0} events/s; {} MiB before", number(before)));
    let goal = Goal { what: "of this grown in the second half", unit: "MiB", floor: 16.0, aim: 4.0 };
    line(goal, most - halfway, "flat: what waits is bounded; all events were there once afterwards");
    nova.stop()
}

/// ClickHouse, held until this is dropped.
struct Frozen<'a> {
    program: &'a str,
}

impl<'a> Frozen<'a> {
    fn new(program: &'a str) -> Result<Self> {
        stack(program, "freeze")?;
        Ok(Self { program })
    }
}

impl Drop for Frozen<'_> {
    fn drop(&mut self) {
        if let Err(error) = stack(self.program, "thaw") {
            println!("ClickHouse stands still: {error:#}");
        }
    }
}

fn stack(program: &str, what: &str) -> Result<()> {
    let done = Command::new(program).args(["stack", what, "clickhouse"]).output()?;
    let said = String::from_utf8_lossy(&done.stderr).into_owned();
    done.status.success().then_some(()).with_context(|| format!("stack {what} clickhouse: {said}"))
}
