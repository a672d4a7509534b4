//! Measures from outside how long an event takes until a feed shows its effect.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use hyper::Method;
use nova_lab::client::Client;
use nova_lab::world::World;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::figures::Figures;

/// Between two probes.
const EVERY: Duration = Duration::from_millis(500);
const DEADLINE: Duration = Duration::from_secs(5);

/// Views a post as somebody, then asks for that person's feed: the answer waits for the event, so its arrival is the
/// moment at which the event is visible.
pub(super) async fn run(
    address: SocketAddr,
    world: Arc<World>,
    figures: Arc<Figures>,
    stop: CancellationToken,
) {
    let mut client = Client::new(address, DEADLINE);
    let mut ticks = tokio::time::interval(EVERY);
    let (people, posts) = (world.people(), world.posts());
    for number in 0_usize.. {
        tokio::select! {
            _ = ticks.tick() => {}
            () = stop.cancelled() => return,
        }
        let (viewer, post) =
            (people[number * 7 % people.len()].id.to_string(), posts[number * 13 % posts.len()].id);
        let headers = [("x-nova-user", viewer.as_str())];
        let body = format!("{{\"events\":[{{\"post_id\":\"{post}\",\"action\":\"view\"}}]}}");
        let sent = Instant::now();
        let taken = client.request(Method::POST, "/api/v1/events", &headers, Bytes::from(body)).await;
        let shown = client.request(Method::GET, "/api/v1/feed?limit=1", &headers, Bytes::new()).await;
        if taken.is_ok_and(|answer| answer.status == 202) && shown.is_ok_and(|answer| answer.status == 200) {
            figures.visible.record(sent.elapsed());
        }
    }
}
