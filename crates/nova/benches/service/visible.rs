//! From sending an event until the viewer's own next feed shows its effect, under a steady flow of other events.

use std::time::{Duration, Instant};

use anyhow::Result;
use bytes::Bytes;
use hyper::Method;
use nova_lab::client::Client;
use nova_lab::histogram::Histogram;
use nova_lab::load::wire::render;
use nova_lab::load::{Plan, open_loop};

use crate::world::Service;
use crate::{line, ms};

/// Events a second beside the probes, in calls of 10.
const FLOW: f64 = 1_000.0;

pub(crate) fn run(service: &Service, seconds: Duration) -> Result<()> {
    let posts = service.world.posts();
    let call = |number: u64, out: &mut Vec<u8>| {
        let post = posts[number as usize % posts.len()].id;
        let event = format!("{{\"post_id\":\"{post}\",\"action\":\"view\"}}");
        let body = format!("{{\"events\":[{}]}}", vec![event; 10].join(","));
        let viewer = service.viewer(number);
        let headers = [("x-nova-user", viewer.as_str()), ("content-type", "application/json")];
        render(out, "POST", "/api/v1/events", &headers, body.as_bytes());
    };
    let plan = Plan {
        target: service.address,
        connections: 4,
        duration: seconds,
        deadline: Duration::from_secs(10),
    };
    let (flow, probes) = std::thread::scope(|scope| {
        let flowing = scope.spawn(|| open_loop(&plan, FLOW / 10.0, &call));
        let probing = scope.spawn(|| service.block_on(probe(service, seconds)));
        (flowing.join(), probing.join())
    });
    let (Ok(flow), Ok(probes)) = (flow, probes) else { anyhow::bail!("a load ended early") };
    anyhow::ensure!(flow.errors == 0, "{flow:?}");
    let probes = probes?;
    line(
        "event to visible, under 1,000 events/s",
        &format!(
            "P50 {}, P95 {}, P99 {}",
            ms(probes.within(0.5)),
            ms(probes.within(0.95)),
            ms(probes.within(0.99))
        ),
        &format!("{} probes, HTTP both ways", probes.count()),
    );
    Ok(())
}

/// Shares a post and asks until its count has risen.
async fn probe(service: &Service, seconds: Duration) -> Result<Histogram> {
    let histogram = Histogram::default();
    let mut client = Client::new(service.address, Duration::from_secs(10));
    let started = Instant::now();
    let mut number = 0;
    while started.elapsed() < seconds {
        number += 1;
        let viewer = service.viewer(number * 31);
        let headers = [("x-nova-user", viewer.as_str())];
        let first = client.request(Method::GET, "/api/v1/feed?limit=1", &headers, Bytes::new()).await?;
        let first: serde_json::Value = serde_json::from_slice(&first.body)?;
        let Some(post) = first["items"][0]["post_id"].as_str() else { continue };
        let before = first["items"][0]["counts"]["shares"].as_u64().unwrap_or_default();
        let body = format!("{{\"events\":[{{\"post_id\":\"{post}\",\"action\":\"share\"}}]}}");
        let sent = Instant::now();
        client.request(Method::POST, "/api/v1/events", &headers, body.into()).await?;
        // a share raises the post's own score: it stays first, or a rival with more of them is
        for _ in 0..100 {
            let after = client.request(Method::GET, "/api/v1/feed?limit=20", &headers, Bytes::new()).await?;
            let after: serde_json::Value = serde_json::from_slice(&after.body)?;
            let item = after["items"].as_array().into_iter().flatten().find(|item| item["post_id"] == post);
            if item.is_some_and(|item| item["counts"]["shares"].as_u64() > Some(before)) {
                histogram.record(sent.elapsed());
                break;
            }
        }
    }
    Ok(histogram)
}
