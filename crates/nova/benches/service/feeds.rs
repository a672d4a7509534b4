//! Feeds: misses, further pages, suggestions, and feeds beside durable writes.

use std::time::Duration;

use anyhow::Result;
use nova_lab::load::wire::render;
use nova_lab::load::{LoadReport, Plan, closed_loop, open_loop};

use crate::bare::Bare;
use crate::turns::{Turns, in_turn};
use crate::world::Service;
use crate::{healthy, line, ms};

/// Connections of a load.
const CONNECTIONS: usize = 16;
/// Scrolls whose further pages are asked for again and again, and how far each goes.
const SCROLLS: u64 = 500;
const PAGES: usize = 4;

fn plan(target: std::net::SocketAddr, duration: Duration) -> Plan {
    Plan { target, connections: CONNECTIONS, duration, deadline: Duration::from_secs(10) }
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

    let beside = (&plan(bare.address, seconds), &same);
    let missed = in_turn((&plan(service.address, seconds), &feed), beside)?;
    paired("feed, miss, 16 connections", &missed);

    let scrolls = scrolls(service)?;
    let further = |number: u64, out: &mut Vec<u8>| {
        let (viewer, path) = &scrolls[number as usize % scrolls.len()];
        render(out, "GET", path, &[("x-nova-user", viewer)], b"");
    };
    let paged = in_turn((&plan(service.address, seconds), &further), beside)?;
    paired("feed, further page, 16 connections", &paged);

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

/// A figure beside the bare route's.
fn paired(what: &str, turns: &Turns) {
    let micros = |time: Duration| time.as_secs_f64() * 1e6;
    let (ours, base) = turns.processor;
    let beside = format!(
        "{:.2}x of a bare route's {:.0}/s; processor {:.1} us, bare {:.1} us",
        turns.ratio,
        turns.base,
        micros(ours),
        micros(base),
    );
    line(what, &format!("{:.0}/s", turns.ours), &beside);
}

/// Further pages of many scrolls.
fn scrolls(service: &Service) -> Result<Vec<(String, String)>> {
    let mut scrolls = Vec::new();
    for number in 0..SCROLLS {
        let viewer = service.viewer(number);
        let mut path = "/api/v1/feed?limit=20".to_owned();
        for _ in 0..PAGES {
            let page: serde_json::Value = serde_json::from_slice(&service.get(&path, &viewer)?)?;
            let Some(cursor) = page["next_cursor"].as_str() else { break };
            path = format!("/api/v1/feed?limit=20&cursor={cursor}");
            scrolls.push((viewer.clone(), path.clone()));
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
