//! The in-process index against a bare loop over flat arrays that does the same arithmetic.
//!
//! `cargo bench -p nova --bench index -- --users 1000000 --follows 50000000 --posts 10000000 --events 10000000`

#![expect(clippy::print_stdout, reason = "a bench prints its table")]

mod feed;
mod roofline;
mod world;
mod write;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use nova::store::dedup::{Key, Limits};
use nova::store::{Exact, FeedStore, MemoryStore, MemoryStoreConfig, Projection, Window};
use tokio::runtime::Runtime;
use tokio::time::Instant;

use self::feed::{Timings, feeds};
use self::world::{NOW, World};
use self::write::Writer;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Feeds measured in each run.
const FEEDS: usize = 4_000;
/// Suggestions measured.
const SUGGESTIONS: usize = 1_000;

fn main() -> anyhow::Result<()> {
    let world = World::from_args(std::env::args().skip(1))?;
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    let dir = tempfile::tempdir()?;
    let kept = dir.path().to_owned();
    let dedup = move || -> nova_core::error::Result<Box<dyn nova::store::Identities>> {
        Ok(Box::new(Exact::open(&kept, Limits::default(), Key::new([7; 16]))?))
    };
    let (store, _) = MemoryStore::open(Some(dir.path()), MemoryStoreConfig::default(), &dedup)?;
    let store = Arc::new(store);

    println!("{world:?}");
    let empty = resident_mib();
    build(&runtime, &world, &store)?;
    let built = resident_mib();
    println!("memory                     {:>10.0} MiB, of it {:.0} before the build", built, empty);

    let viewers = world.viewers();
    let alone = feeds(&runtime, &store, &viewers, FEEDS);
    println!("candidates per feed        {:>10} .. {} (median {})", alone.least, alone.most, alone.median);
    print(&alone, "alone");
    let writer = Writer::start(&world, &store);
    let beside = feeds(&runtime, &store, &viewers, FEEDS);
    let applied = writer.stop();
    print(&beside, "beside a writer at full speed");
    println!("applied meanwhile          {applied:>10.0} events/s");
    let (rate, cpu) = write::alone(&runtime, &world, &store)?;
    println!("applied alone              {rate:>10.0} events/s, {cpu:.0} a CPU second");

    let roofline = roofline::measure(&world, &runtime, &store, &viewers, FEEDS);
    println!("roofline                   {:>10.1} us P50 {:>8.1} us P99", roofline.p50, roofline.p99);
    println!(
        "ratio to the roofline      {:>10.2} alone {:>8.2} beside",
        alone.all.p50 / roofline.p50,
        beside.all.p50 / roofline.p50
    );

    others(&runtime, &world, &store, &viewers);
    snapshot(&runtime, &world, &store, dir.path().to_owned(), &dedup)
}

fn build(runtime: &Runtime, world: &World, store: &MemoryStore) -> anyhow::Result<()> {
    for (name, count, facts) in world.parts() {
        let (started, cpu) = (Instant::now(), cpu_seconds());
        let mut upto = nova::log::Positions::default();
        for batch in facts {
            if let Some(last) = batch.last() {
                upto.advance_all(&nova::log::Positions::after(last.place));
            }
            runtime.block_on(store.apply(&batch, &upto))?;
        }
        let took = started.elapsed().as_secs_f64();
        let cpu = cpu_seconds() - cpu;
        println!("build {name:<20} {took:>10.1} s {cpu:>8.1} s CPU {:>12.0}/s", count as f64 / took);
    }
    Ok(())
}

fn others(runtime: &Runtime, world: &World, store: &Arc<MemoryStore>, viewers: &[nova_core::model::UserId]) {
    for window in Window::ALL {
        let timings = Timings::of(5, |_| drop(runtime.block_on(store.trending(window, NOW, 200))));
        println!("trending {window:<18} {:>10.1} us P50", timings.p50);
    }
    let recent = Timings::of(200, |_| drop(runtime.block_on(store.recent(NOW, 200))));
    println!("recent                     {:>10.1} us P50 {:>8.1} us P99", recent.p50, recent.p99);
    let few = Timings::of(SUGGESTIONS, |turn| {
        drop(runtime.block_on(store.suggest(world.anybody(turn as u64), NOW, 20)));
    });
    println!("suggest (anybody)          {:>10.1} us P50 {:>8.1} us P95", few.p50, few.p95);
    let many = Timings::of(SUGGESTIONS, |turn| {
        drop(runtime.block_on(store.suggest(viewers[turn % viewers.len()], NOW, 20)));
    });
    println!("suggest (who follow many)  {:>10.1} us P50 {:>8.1} us P95", many.p50, many.p95);
    let active = Timings::of(50, |_| drop(runtime.block_on(store.active(world::DAY_AGO, 1_000))));
    println!("active 1000                {:>10.1} us P50", active.p50);
}

fn snapshot(
    runtime: &Runtime,
    world: &World,
    store: &Arc<MemoryStore>,
    dir: PathBuf,
    dedup: &dyn Fn() -> nova_core::error::Result<Box<dyn nova::store::Identities>>,
) -> anyhow::Result<()> {
    let _entered = runtime.enter();
    let started = Instant::now();
    runtime.block_on(store.persist())?;
    let alone_s = started.elapsed().as_secs_f64();
    let mut turns = 0;
    let alone = write::batches(runtime, world, store, Duration::ZERO, || {
        turns += 1;
        turns <= 2_000
    })?;
    let mut positions = store.positions();
    let mut beside = Vec::new();
    for (name, interval) in
        [("beside 50,000 events/s", Duration::from_millis(20)), ("beside all it can", Duration::ZERO)]
    {
        let before = resident_mib();
        let (mut most, mut took) = (before, 0.0);
        let mut persisting = None;
        let times = write::batches(runtime, world, store, interval, || {
            let now = Instant::now();
            let (begun, persisting) = persisting.get_or_insert_with(|| (now, runtime.spawn(store.persist())));
            most = most.max(resident_mib());
            took = begun.elapsed().as_secs_f64();
            !persisting.is_finished()
        })?;
        if let Some((_, persisting)) = persisting {
            positions = runtime.block_on(persisting)??;
        }
        beside.push((name, took, most - before, times));
    }
    let (started, cpu) = (Instant::now(), cpu_seconds());
    let (again, opened) = MemoryStore::open(Some(&dir), MemoryStoreConfig::default(), dedup)?;
    let (took, cpu) = (started.elapsed().as_secs_f64(), cpu_seconds() - cpu);
    let bytes = opened.from.map_or(0, |from| from.bytes);
    println!("snapshot                   {:>10.0} MiB", bytes as f64 / 1_048_576.0);
    println!("  write                    {alone_s:>10.1} s");
    print_turns("no snapshot", &alone);
    for (name, took, more, times) in &beside {
        println!("  write, {name:<23} {took:>4.1} s, {more:.0} MiB more memory");
        print_turns(name, times);
    }
    println!("  load                     {took:>10.1} s {cpu:>8.1} s CPU");
    anyhow::ensure!(again.positions() == positions, "it loads what was written");
    Ok(())
}

fn print_turns(name: &str, [turn, batch]: &[Timings; 2]) {
    for (what, timings) in [("wait for a turn", turn), ("1,000 events", batch)] {
        println!(
            "    {what:<22} {:>10.1} us P50 {:>8.1} us P99 {:>8.1} us max ({name})",
            timings.p50, timings.p99, timings.max
        );
    }
}

fn print(timings: &feed::Feeds, how: &str) {
    println!("feed, {how}");
    for (name, part) in [
        ("follow", &timings.follow),
        ("affinity", &timings.affinity),
        ("judge", &timings.judge),
        ("measure", &timings.measure),
        ("all four", &timings.all),
    ] {
        println!("  {name:<24} {:>10.1} us P50 {:>8.1} us P99 {:>8.1} us max", part.p50, part.p99, part.max);
    }
}

/// Processor time of this process so far: says what a busy machine's clock does not.
fn cpu_seconds() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let fields = stat.rsplit(") ").next().unwrap_or_default().split(' ');
    let ticks: f64 = fields.skip(11).take(2).filter_map(|ticks| ticks.parse::<f64>().ok()).sum();
    ticks / 100.0
}

/// Resident memory of this process.
fn resident_mib() -> f64 {
    let statm = std::fs::read_to_string("/proc/self/statm").unwrap_or_default();
    let pages: f64 = statm.split(' ').nth(1).and_then(|pages| pages.parse().ok()).unwrap_or(0.0);
    pages * 4_096.0 / 1_048_576.0
}
