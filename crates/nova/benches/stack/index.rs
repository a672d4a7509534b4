//! The index in the process: pages from it, and how soon it answers after a restart.

use anyhow::Result;
use nova::store::MemoryStore;
use tokio::time::Instant;

use crate::feeds::{misses, more, p95, warm};
use crate::ids;
use crate::place::Place;
use crate::process::Nova;
use crate::size::Size;
use crate::table::{Goal, beside, line, number};
use crate::wait::until;

const DIR: &str = "index";
const HOT: [(&str, &str); 1] = [("NOVA__STORE__HOT_INDEX", "true")];

pub(crate) async fn run(place: &Place, size: &Size, on: &str) -> Result<()> {
    let began = Instant::now();
    let nova = ready(place).await?;
    let seconds = began.elapsed().as_secs_f64();
    let memory = format!("{} MiB resident", number(nova.resident()?));
    beside("the index, made from ClickHouse", &format!("{} s", number(seconds)), &memory);

    warm(&nova, size).await?;
    let missed = misses(nova.address, 200.0, size, 1 << 40);
    let goal = Goal { what: "feed, miss, from the index, 200/s, P95", unit: "ms", floor: 25.0, aim: 5.0 };
    line(goal, p95(&missed), on);
    more("the same", &missed);
    nova.stop()?;
    anyhow::ensure!(is_written(place)?, "the index left no snapshot: a restart would make it anew");

    let began = Instant::now();
    let nova = ready(place).await?;
    let goal = Goal { what: "the index ready after a restart", unit: "s", floor: 5.0, aim: 2.0 };
    line(
        goal,
        began.elapsed().as_secs_f64(),
        "from starting the process to the first page; from its snapshot",
    );
    nova.stop()
}

/// Is there a snapshot to begin with?
fn is_written(place: &Place) -> Result<bool> {
    let folders = std::fs::read_dir(place.dir.path().join(DIR))?;
    Ok(folders.filter_map(Result::ok).any(|folder| MemoryStore::is_kept_in(&folder.path())))
}

/// A process that has applied what the log holds, and has answered a page.
async fn ready(place: &Place) -> Result<Nova> {
    let nova = Nova::start(place, "api,project,jobs", DIR, &HOT)?;
    until("the index is ready", async || {
        let health = nova.get("/health/ready", "1").await?;
        let parts = health["parts"].as_array().into_iter().flatten();
        let projection = parts.filter(|part| part["name"] == "projection");
        Ok(projection.filter(|part| part["state"] == "ok" && part["lag_records"] == 0).map(drop).next())
    })
    .await?;
    nova.get("/api/v1/feed?limit=20", &ids::user(1).to_string()).await?;
    Ok(nova)
}
