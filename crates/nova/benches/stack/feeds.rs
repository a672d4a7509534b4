//! Pages: ranked from ClickHouse, read further from Redis, ranked from the index of the process.

use std::net::SocketAddr;
use std::time::Duration;

use anyhow::{Context as _, Result};
use nova::app::SystemClock;
use nova_core::clock::Clock as _;
use nova_lab::load::wire::render;
use nova_lab::load::{LoadReport, Plan, open_loop};

use crate::consumer::count;
use crate::place::Place;
use crate::process::Nova;
use crate::size::Size;
use crate::table::{Goal, beside, line, number};
use crate::wait::until;
use crate::{community, ids, index, questions, timeline, topic};

const FIRST: &str = "/api/v1/feed?limit=20";
/// Scrolls whose further pages are asked for again and again.
const SCROLLS: u64 = 200;

pub(crate) async fn run(place: &Place, size: &Size) -> Result<()> {
    community::write(place, size).await?;
    topic::fill(&place.log().await?, size, 0..size.events).await?;
    let (db, whole) = (place.clickhouse()?, size.events + size.history);
    let nova = Nova::start(place, "api,project,jobs", "clickhouse", &[])?;
    until("the events are there", async || Ok((count(&db, "events").await? >= whole).then_some(()))).await?;
    timeline::run(place, size).await?;
    let on = format!("{} users, {} posts, {whole} events, {} s", size.users, size.posts, size.load_seconds);

    warm(&nova, size).await?;
    let since = SystemClock.now().micros();
    let missed = misses(nova.address, 20.0, size, 1 << 20);
    let goal = Goal { what: "feed, miss, from ClickHouse, 20/s, P95", unit: "ms", floor: 500.0, aim: 150.0 };
    line(goal, p95(&missed), &on);
    more("the same", &missed);
    questions::report(&db, missed.ok, since).await?;
    let page = nova.get(FIRST, &ids::user(1).to_string()).await?;
    let without = page.get("degraded").map(|said| format!("; degraded: {said}")).unwrap_or_default();
    let items = page["items"].as_array().map_or(0, Vec::len);
    beside("a page from ClickHouse", &format!("{items} items"), without.trim_start_matches("; "));

    let scrolls = scrolls(&nova).await?;
    let further = |number: u64, out: &mut Vec<u8>| {
        let (viewer, path) = &scrolls[number as usize % scrolls.len()];
        render(out, "GET", path, &[("x-nova-user", viewer)], b"");
    };
    let paged = tokio::task::block_in_place(|| open_loop(&plan(nova.address, size), 100.0, &further));
    let goal =
        Goal { what: "feed, further page through Redis, 100/s, P95", unit: "ms", floor: 5.0, aim: 2.0 };
    line(goal, p95(&paged), &on);
    more("the same", &paged);
    nova.stop()?;
    index::run(place, size, &on).await
}

/// Pages of others, one after the other: connections are open and marks read.
pub(crate) async fn warm(nova: &Nova, size: &Size) -> Result<()> {
    for number in 0..20 {
        nova.get(FIRST, &ids::user(ids::spread(number, size.users)).to_string()).await?;
    }
    Ok(())
}

/// First pages of people in no order, each asked for once while there are enough of them.
pub(crate) fn misses(target: SocketAddr, rate: f64, size: &Size, from: u64) -> LoadReport {
    let feed = |number: u64, out: &mut Vec<u8>| {
        let viewer = ids::user(ids::spread(from + number, size.users)).to_string();
        render(out, "GET", FIRST, &[("x-nova-user", &viewer)], b"");
    };
    tokio::task::block_in_place(|| open_loop(&plan(target, size), rate, &feed))
}

/// The 95th percentile in ms: without end where one in twenty was not answered.
pub(crate) fn p95(report: &LoadReport) -> f64 {
    if (report.errors + report.unsent) * 20 > report.sent { f64::INFINITY } else { millis(report.p95) }
}

fn plan(target: SocketAddr, size: &Size) -> Plan {
    Plan {
        target,
        connections: 16,
        duration: Duration::from_secs(size.load_seconds),
        deadline: Duration::from_secs(10),
    }
}

pub(crate) fn millis(time: Duration) -> f64 {
    time.as_secs_f64() * 1e3
}

/// The rest of what was measured.
pub(crate) fn more(what: &str, report: &LoadReport) {
    let figures = [("P50", report.p50), ("P99", report.p99)]
        .map(|(name, time)| format!("{name} {} ms", number(millis(time))));
    beside(
        what,
        &figures.join(", "),
        &format!("{} answers, {} errors", report.ok, report.errors + report.unsent),
    );
}

/// Second pages of slates, their first ones read once. A chronological page, which a store that is slow gives way to, has
/// none.
async fn scrolls(nova: &Nova) -> Result<Vec<(String, String)>> {
    let mut scrolls = Vec::new();
    for number in 0..SCROLLS {
        let viewer = ids::user(number).to_string();
        let page = nova.get(FIRST, &viewer).await?;
        if let (Some(cursor), true) = (page["next_cursor"].as_str(), page["slate_id"].is_string()) {
            scrolls.push((viewer, format!("{FIRST}&cursor={cursor}")));
        }
    }
    scrolls.first().context("no slate has a further page: the store does not answer in time")?;
    beside("slates being scrolled through", &scrolls.len().to_string(), &format!("of {SCROLLS} first pages"));
    Ok(scrolls)
}
