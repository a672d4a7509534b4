//! Events through HTTP, in calls of 100.

use std::time::Duration;

use anyhow::Result;
use nova_lab::load::wire::render;
use nova_lab::load::{Plan, closed_loop};

use crate::line;
use crate::world::Service;

/// Events of one call.
const CALL: u64 = 100;

pub(crate) fn run(service: &Service, seconds: Duration) -> Result<()> {
    let posts = service.world.posts();
    let call = |number: u64, out: &mut Vec<u8>| {
        let viewer = service.viewer(number);
        let mut body = Vec::with_capacity(16_384);
        body.extend_from_slice(b"{\"events\":[");
        for index in 0..CALL {
            let id = number * CALL + index;
            let post = posts[(id.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 20) as usize % posts.len()].id;
            let gap = if index == 0 { "" } else { "," };
            let event = format!(
                "{gap}{{\"event_id\":\"0190a1b2-{:04x}-7{:03x}-8000-{:012x}\",\"post_id\":\"{post}\",\"action\":\"impression\"}}",
                (id >> 12) & 0xffff,
                id & 0xfff,
                id,
            );
            body.extend_from_slice(event.as_bytes());
        }
        body.extend_from_slice(b"]}");
        let headers = [("x-nova-user", viewer.as_str()), ("content-type", "application/json")];
        render(out, "POST", "/api/v1/events", &headers, &body);
    };
    let plan = Plan {
        target: service.address,
        connections: 16,
        duration: seconds,
        deadline: Duration::from_secs(30),
    };
    let report = closed_loop(&plan, &call);
    anyhow::ensure!(report.errors == 0, "{report:?}");
    line(
        "events through HTTP, durable, calls of 100",
        &format!("{:.0} events/s", report.ok_per_s() * CALL as f64),
        "16 connections",
    );
    Ok(())
}
