//! Writes the history of a synthetic community to standard output, ready for `nova import -`:
//!
//!     cargo run --release -p nova-lab --example tell -- 2000 7 2026-01-08T12:00:00Z > community.jsonl
//!
//! People, seed, and the moment the history ends at.

use std::io::{self, Write as _};

use anyhow::{Context as _, Result};
use nova_lab::world::{World, WorldConfig};

fn main() -> Result<()> {
    let given: Vec<String> = std::env::args().skip(1).collect();
    let [users, seed, now] = given.as_slice() else { anyhow::bail!("wanted: PEOPLE SEED TIME") };
    let config = WorldConfig::new(
        users.parse().context("people")?,
        seed.parse().context("seed")?,
        now.parse().context("time")?,
    );
    let (began, mut out) = (tokio::time::Instant::now(), io::stdout().lock());
    let mut history = World::new(config).history();
    let (drawn, mut count, mut line) = (began.elapsed(), 0_u64, Vec::with_capacity(1 << 10));
    while history.write_next(&mut line) {
        line.push(b'\n');
        out.write_all(&line)?;
        line.clear();
        count += 1;
    }
    let took = began.elapsed() - drawn;
    let rate = count as f64 / took.as_secs_f64();
    writeln!(io::stderr(), "drawn in {drawn:?}; {count} lines in {took:?}, {rate:.0} lines/s")?;
    Ok(())
}
