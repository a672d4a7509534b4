//! Feeds: misses, further pages, suggestions, and feeds beside durable writes.

use std::time::Duration;

use anyhow::Result;
use nova_lab::load::wire::render;
use nova_lab::load::{LoadReport, Plan, closed_loop, open_loop};

use crate::bare::Bare;
use crate::world::Service;
use crate::{line, ms};

/// Connections of a load.
const CONNECTIONS: usize = 16;
/// Scrolls whose second page is asked for again and again.
const SCROLLS: u64 = 1_000;

fn plan(target: std::net::SocketAddr, duration: Duration) -> Plan {
    Plan { target, connections: CONNECTIONS, duration, deadline: Duration::from_secs(10) }
}

fn healthy(report: &LoadReport) -> Result<()> {
    anyhow::ensure!(report.errors == 0, "{} errors of {}: {report:?}", report.errors, report.sent);
    Ok(())
}

fn latencies(report: &LoadReport) -> String {
    format!("P50 {}, P95 {}, P99 {}", ms(report.p50), ms(report.p95), ms(report.p99))
}

pub(crate) fn run(service: &Service, seconds: Duration) -> Result<()> {
    let feed = |number: u64, out: &mut Vec<u8>| {
        render(out, "GET", "/api/v1/feed?limit=20", &[("x-nova-user", &service.viewer(number))], b"");
    };
    let page = service.get("/api/v1/feed?limit=20", &service.viewer(1))?;
    let bare = Bare::start(page.clone())?;
    let same = |_: u64, out: &mut Vec<u8>| render(out, "GET", "/", &[("x-nova-user", "1")], b"");

    let beside = format!("a page has {} bytes", page.len());
    let slow = open_loop(&plan(service.address, seconds), 500.0, &feed);
    healthy(&slow)?;
    line("feed, miss, 500/s open loop", &latencies(&slow), &beside);

    let base = closed_loop(&plan(bare.address, seconds), &same);
    let missed = closed_loop(&plan(service.address, seconds), &feed);
    healthy(&missed)?;
    let ratio = |report: &LoadReport| {
        format!("{:.2}x of a bare route's {:.0}/s", report.ok_per_s() / base.ok_per_s(), base.ok_per_s())
    };
    line("feed, miss, 16 connections", &format!("{:.0}/s", missed.ok_per_s()), &ratio(&missed));

    let scrolls = scrolls(service)?;
    let further = |number: u64, out: &mut Vec<u8>| {
        let (viewer, path) = &scrolls[number as usize % scrolls.len()];
        render(out, "GET", path, &[("x-nova-user", viewer)], b"");
    };
    let paged = closed_loop(&plan(service.address, seconds), &further);
    healthy(&paged)?;
    line("feed, further page, 16 connections", &format!("{:.0}/s", paged.ok_per_s()), &ratio(&paged));

    let suggest = |number: u64, out: &mut Vec<u8>| {
        render(
            out,
            "GET",
            "/api/v1/discover/suggested-users",
            &[("x-nova-user", &service.viewer(number))],
            b"",
        );
    };
    let suggested = open_loop(&plan(service.address, seconds), 50.0, &suggest);
    healthy(&suggested)?;
    line("suggested users, miss, 50/s open loop", &latencies(&suggested), "");
    beside_writes(service, seconds, &feed)
}

/// Second pages of many scrolls.
fn scrolls(service: &Service) -> Result<Vec<(String, String)>> {
    let mut scrolls = Vec::new();
    for number in 0..SCROLLS {
        let viewer = service.viewer(number);
        let page: serde_json::Value =
            serde_json::from_slice(&service.get("/api/v1/feed?limit=20", &viewer)?)?;
        if let Some(cursor) = page["next_cursor"].as_str() {
            scrolls.push((viewer, format!("/api/v1/feed?limit=20&cursor={cursor}")));
        }
    }
    Ok(scrolls)
}

/// Durable writes as fast as they are answered, while 500 feeds a second are asked.
fn beside_writes(
    service: &Service,
    seconds: Duration,
    feed: &(impl Fn(u64, &mut Vec<u8>) + Sync),
) -> Result<()> {
    let write = |number: u64, out: &mut Vec<u8>| {
        let path = format!("/api/v1/users/{}/follow", service.viewer(number + 7));
        let method = if number.is_multiple_of(2) { "PUT" } else { "DELETE" };
        render(out, method, &path, &[("x-nova-user", &service.viewer(number / 2 * 3))], b"");
    };
    let writers = Plan { connections: 64, ..plan(service.address, seconds) };
    let (written, fed) = std::thread::scope(|scope| {
        let writing = scope.spawn(|| closed_loop(&writers, &write));
        let feeding = scope.spawn(|| open_loop(&plan(service.address, seconds), 500.0, feed));
        (writing.join(), feeding.join())
    });
    let (Ok(written), Ok(fed)) = (written, fed) else { anyhow::bail!("a load ended early") };
    healthy(&fed)?;
    line(
        "social writes, durable, beside 500 feeds/s",
        &format!("{:.0}/s", written.ok_per_s()),
        &format!("feeds: {}", latencies(&fed)),
    );
    Ok(())
}
