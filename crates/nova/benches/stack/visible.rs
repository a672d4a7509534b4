//! From sending an event until the store shows it, under a steady flow.

use std::time::Duration;

use anyhow::Result;
use nova_lab::load::{Plan, open_loop};

use crate::ids;
use crate::lag::Lag;
use crate::place::Place;
use crate::process::Nova;
use crate::size::Size;
use crate::table::{Goal, beside, line, number};
use crate::topic;

/// Calls a second and events of one.
const CALLS: u64 = 100;
const CALL: u64 = 10;

pub(crate) async fn run(place: &Place, size: &Size) -> Result<()> {
    let nova = Nova::start(place, "api,project,jobs", "nova", &[])?;
    topic::warm(place, size).await?;
    let total = CALLS * CALL * size.load_seconds;
    let lag = Lag::of(total as usize);
    let call = |number: u64, out: &mut Vec<u8>| {
        (number * CALL..(number + 1) * CALL).for_each(|event| lag.sent(event as usize));
        topic::call(size, number, CALL, "view", out);
    };
    let plan = Plan {
        target: nova.address,
        connections: 4,
        duration: Duration::from_secs(size.load_seconds),
        deadline: Duration::from_secs(10),
    };
    let db = place.clickhouse()?;
    let shown =
        format!("select {0} as n from events where {0} >= {{from:UInt64}}", ids::number_of("event_id"));
    let (report, histogram) = std::thread::scope(|scope| {
        let sending = scope.spawn(|| open_loop(&plan, CALLS as f64, &call));
        let watching = tokio::task::block_in_place(|| {
            tokio::runtime::Handle::current().block_on(lag.watch(&db, &shown))
        });
        (sending.join(), watching)
    });
    let Ok(report) = report else { anyhow::bail!("the load ended early") };
    anyhow::ensure!(report.errors + report.unsent == 0, "not every call was taken: {report:?}");
    let histogram = histogram?;
    let goal =
        Goal { what: "event to visible at 1,000 events/s, P95", unit: "ms", floor: 2_000.0, aim: 1_000.0 };
    let millis = |share| histogram.within(share).as_secs_f64() * 1e3;
    line(goal, millis(0.95), &format!("{total} events in calls of {CALL}, from sending the call"));
    beside("the same, P50", &format!("{} ms", number(millis(0.5))), "");
    nova.stop()
}
