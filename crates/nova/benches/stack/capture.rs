//! From a commit in PostgreSQL until the store shows the row, through Debezium, Kafka and the consumer.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::Duration;

use anyhow::Result;
use tokio::time::{Instant, sleep_until};

use crate::ids;
use crate::lag::Lag;
use crate::place::Place;
use crate::process::Nova;
use crate::size::Size;
use crate::table::{Goal, beside, line, number};
use crate::wait::until;

/// Changes a second, and the connections that share them.
const RATE: u64 = 500;
const WRITERS: u64 = 4;
const ACCOUNT: &str = "insert into users (id, handle, display_name) values ($1, 'writer', 'Writer')";
const CHANGE: &str =
    "insert into posts (id, author_id, text) values ($1, $2, 'A post as people write them.')";

pub(crate) async fn run(place: &Place, size: &Size) -> Result<()> {
    place.captured().await?;
    let nova = Nova::start(place, "project", "nova", &[])?;
    let (author, db) = (uuid(ids::user(1).bits()), place.clickhouse()?);
    place.postgres().await?.execute(ACCOUNT, &[&author]).await?;
    let known = async || Ok((crate::consumer::count(&db, "users_cdc").await? > 0).then_some(()));
    until("the first row is captured", known).await?;
    let total = RATE * size.load_seconds;
    let (lag, next, began) = (Arc::new(Lag::of(total as usize)), Arc::new(AtomicU64::new(0)), Instant::now());
    let mut writers = Vec::new();
    for _ in 0..WRITERS {
        let (client, lag, next) = (place.postgres().await?, Arc::clone(&lag), Arc::clone(&next));
        writers.push(tokio::spawn(async move {
            let insert = client.prepare(CHANGE).await?;
            loop {
                let change = next.fetch_add(1, Relaxed);
                if change >= total {
                    return anyhow::Ok(());
                }
                sleep_until(began + Duration::from_micros(change * 1_000_000 / RATE)).await;
                client.execute(&insert, &[&uuid(ids::post(change).bits()), &author]).await?;
                lag.sent(change as usize);
            }
        }));
    }
    let shown = format!("select {0} as n from posts_cdc where {0} >= {{from:UInt64}}", ids::number_of("id"));
    let histogram = lag.watch(&db, &shown).await?;
    for writer in writers {
        writer.await??;
    }
    let goal = Goal {
        what: "PostgreSQL commit to visible in the store, 500 changes/s, P95",
        unit: "ms",
        floor: 3_000.0,
        aim: 1_500.0,
    };
    let millis = |share| histogram.within(share).as_secs_f64() * 1e3;
    line(goal, millis(0.95), &format!("{total} changes, one transaction each"));
    beside("the same, P50", &format!("{} ms", number(millis(0.5))), "");
    nova.stop()
}

fn uuid(bits: u128) -> uuid::Uuid {
    uuid::Uuid::from_u128(bits)
}
