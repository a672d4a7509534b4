//! The chronological page that is made when the store is away: PostgreSQL alone, asked by the service's own code.

use std::time::Duration;

use anyhow::Result;
use nova::app::SystemClock;
use nova::social::{Keyset, PostgresSocial, PostgresSocialConfig, Social as _};
use nova_core::clock::Clock as _;
use tokio::time::Instant;

use crate::feeds::millis;
use crate::ids;
use crate::place::Place;
use crate::size::Size;
use crate::table::{Goal, beside, line, number};

/// Pages, each of another viewer, one after the other.
const PAGES: u64 = 1_000;

pub(crate) async fn run(place: &Place, size: &Size) -> Result<()> {
    let social =
        PostgresSocial::open(PostgresSocialConfig::of(place.postgres_url()?), Duration::ZERO).await?;
    let page = Keyset { limit: 21, before: None };
    let (mut times, mut items) = (Vec::new(), 0);
    for number in 0..PAGES {
        let viewer = ids::user(ids::spread(number, size.users));
        let began = Instant::now();
        items += social.timeline(viewer, SystemClock.now(), page, false).await?.len();
        times.push(began.elapsed());
    }
    times.sort_unstable();
    let at = |share: usize| millis(times[times.len() * share / 100]);
    let goal = Goal { what: "timeline from PostgreSQL alone, P95", unit: "ms", floor: 20.0, aim: 5.0 };
    line(goal, at(95), &format!("{} users, {} posts, one after the other", size.users, size.posts));
    let each = number(items as f64 / PAGES as f64);
    beside("the same", &format!("P50 {} ms", number(at(50))), &format!("{each} posts a page"));
    Ok(())
}
