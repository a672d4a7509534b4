//! Events through HTTP as fast as they are taken, until ClickHouse shows all of them; then each is counted.

use std::time::Duration;

use anyhow::Result;
use nova::store::clickhouse::ClickHouse;
use nova_lab::load::{Plan, closed_loop};
use tokio::time::Instant;

use crate::consumer::count;
use crate::place::Place;
use crate::process::Nova;
use crate::size::Size;
use crate::table::{Goal, beside, line, number};
use crate::topic;
use crate::wait::until;

/// Events of one call.
const CALL: u64 = 100;
/// What must be the same number: accepted events, rows, identities, places in the log, what a view counted, what the
/// ledger says was kept.
const AUDIT: &str =
    "select [count(), uniqExact(user_id, event_id), uniqExact(k_epoch, k_partition, k_offset),
    assumeNotNull((select toUInt64(sum(impressions)) from post_totals)),
    assumeNotNull((select sum(kept) from ingest_batches final where topic = 'events')),
    assumeNotNull((select sum(records) from ingest_batches final where topic = 'events'))] from events";

pub(crate) async fn run(place: &Place, size: &Size) -> Result<()> {
    let nova = Nova::start(place, "api,project,jobs", "nova", &[])?;
    let before = topic::warm(place, size).await?;
    let call = |number: u64, out: &mut Vec<u8>| {
        topic::call(size, number, CALL, "impression", out);
    };
    let plan = Plan {
        target: nova.address,
        connections: 16,
        duration: Duration::from_secs(size.seconds),
        deadline: Duration::from_secs(30),
    };
    let began = Instant::now();
    let report = tokio::task::block_in_place(|| closed_loop(&plan, &call));
    anyhow::ensure!(report.errors == 0, "not every call was taken: {report:?}");
    let (accepted, db) = (report.ok * CALL, place.clickhouse()?);
    let whole = before + accepted;
    let behind = whole.saturating_sub(count(&db, "events").await?);
    until("all events are visible", async || Ok((count(&db, "events").await? >= whole).then_some(())))
        .await?;
    let rate = accepted as f64 / began.elapsed().as_secs_f64();
    let (lost, double) = audit(&db, whole).await?;
    let goal = Goal {
        what: "events, HTTP to visible in ClickHouse",
        unit: "events/s",
        floor: 50_000.0,
        aim: 100_000.0,
    };
    line(
        goal,
        rate,
        &format!("{} s, {accepted} events, one process of every role, calls of {CALL}", size.seconds),
    );
    let goal = Goal { what: "of these lost", unit: "", floor: 0.0, aim: 0.0 };
    line(goal, lost, "identities, places in the log, a view's sum and the ledger, each counted");
    line(Goal { what: "of these double", ..goal }, double, "the same");
    let taken = format!("{} events/s", number(report.ok_per_s() * CALL as f64));
    beside(
        "the same, HTTP to durable in Kafka",
        &taken,
        &format!("{behind} not visible yet when the last was answered"),
    );
    nova.stop()
}

/// How many are missing, and how many too many, by whichever count is worst.
async fn audit(db: &ClickHouse, accepted: u64) -> Result<(f64, f64)> {
    // the ledger is written behind the rows
    until("the ledger knows every record", async || {
        let counts: Vec<u64> = db.row("bench", db.query(AUDIT)).await?;
        Ok((counts.last() >= Some(&accepted)).then_some(()))
    })
    .await?;
    let counts: Vec<u64> = db.row("bench", db.query(AUDIT)).await?;
    let least = counts.iter().min().copied().unwrap_or_default();
    let most = counts.iter().max().copied().unwrap_or_default();
    Ok((accepted.saturating_sub(least) as f64, most.saturating_sub(accepted) as f64))
}
