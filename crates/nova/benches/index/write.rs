//! The writer at full speed.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

use nova::log::Positions;
use nova::store::{MemoryStore, Placed, Projection};
use tokio::runtime::Runtime;
use tokio::time::Instant;

use super::feed::Timings;
use super::world::World;

const BATCH: u64 = 1_000;

/// Applies events from a thread of its own until it is stopped.
pub(crate) struct Writer {
    stop: Arc<AtomicBool>,
    thread: JoinHandle<f64>,
}

impl Writer {
    pub(crate) fn start(world: &World, store: &Arc<MemoryStore>) -> Self {
        let stop = Arc::new(AtomicBool::new(false));
        let thread = std::thread::spawn({
            let (stop, store, world) = (Arc::clone(&stop), Arc::clone(store), *world);
            move || {
                let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
                // made beforehand, so that only applying is measured; again and again under new identities
                let ready: Vec<Placed> = (0..1 << 17).map(|number| world.event(number)).collect();
                let (mut applied, mut busy) = (0, 0.0);
                let first = next(&store);
                while !stop.load(Ordering::Relaxed) {
                    let batch = batch(&ready, first + applied);
                    let upto = Positions::after(batch[batch.len() - 1].place);
                    let started = Instant::now();
                    runtime.block_on(store.apply(&batch, &upto)).expect("applied");
                    busy += started.elapsed().as_secs_f64();
                    applied += BATCH;
                }
                applied as f64 / busy
            }
        });
        Self { stop, thread }
    }

    /// Events applied in a second of applying.
    pub(crate) fn stop(self) -> f64 {
        self.stop.store(true, Ordering::Relaxed);
        self.thread.join().unwrap_or(0.0)
    }
}

fn next(store: &MemoryStore) -> u64 {
    store.positions().get(nova::log::Topic::Events, 0).unwrap_or(0)
}

fn batch(ready: &[Placed], first: u64) -> Vec<Placed> {
    (first..first + BATCH)
        .map(|number| {
            let mut placed = ready[number as usize % ready.len()].clone();
            placed.place.offset = number;
            if let nova::store::Fact::Event(event) = &mut placed.fact {
                event.id = nova_core::model::EventId(nova_core::model::Id::from_integer(number));
            }
            placed
        })
        .collect()
}

fn many(ready: &[Placed], first: u64) -> Vec<Placed> {
    (0..10).flat_map(|turn| batch(ready, first + turn * BATCH)).collect()
}

/// The rate with nobody reading: in a second, and in a second of processor time.
pub(crate) fn alone(runtime: &Runtime, world: &World, store: &MemoryStore) -> anyhow::Result<(f64, f64)> {
    let ready: Vec<Placed> = (0..1 << 17).map(|number| world.event(number ^ 0x5555)).collect();
    let first = next(store);
    let (mut busy, mut cpu) = (0.0, 0.0);
    let batches = 100;
    for turn in 0..batches {
        let batch = many(&ready, first + turn * 10 * BATCH);
        let upto = Positions::after(batch[batch.len() - 1].place);
        let (started, before) = (Instant::now(), super::cpu_seconds());
        runtime.block_on(store.apply(&batch, &upto))?;
        busy += started.elapsed().as_secs_f64();
        cpu += super::cpu_seconds() - before;
    }
    let count = (batches * 10 * BATCH) as f64;
    Ok((count / busy, count / cpu))
}

/// How long each batch takes, and before it an empty one: what the writer must wait for its turn. A batch begins every
/// `interval`, or at once after the one before, while `goes_on` says so.
pub(crate) fn batches(
    runtime: &Runtime,
    world: &World,
    store: &MemoryStore,
    interval: Duration,
    mut goes_on: impl FnMut() -> bool,
) -> anyhow::Result<[Timings; 2]> {
    let ready: Vec<Placed> = (0..1 << 17).map(|number| world.event(number ^ 0x3333)).collect();
    let mut first = next(store);
    let mut times = [Vec::new(), Vec::new()];
    while goes_on() {
        let begun = Instant::now();
        let batch = batch(&ready, first);
        first += BATCH;
        let upto = Positions::after(batch[batch.len() - 1].place);
        for (facts, times) in [&[], &batch[..]].into_iter().zip(&mut times) {
            let positions = if facts.is_empty() { Positions::default() } else { upto.clone() };
            let started = Instant::now();
            runtime.block_on(store.apply(facts, &positions))?;
            times.push(started.elapsed());
        }
        std::thread::sleep(interval.saturating_sub(begun.elapsed()));
    }
    Ok(times.map(Timings::new))
}
