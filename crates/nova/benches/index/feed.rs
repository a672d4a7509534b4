//! What a feed asks of the store.

use std::sync::Arc;
use std::time::Duration;

use hashbrown::HashSet;
use nova::store::{FeedStore, FollowQuery, MemoryStore, Window};
use nova_core::model::UserId;
use nova_core::pipeline::{Candidate, Features, Origins, Retrieved, Verdict};
use tokio::runtime::Runtime;
use tokio::time::Instant;

use super::world::NOW;

/// Microseconds.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Timings {
    pub(crate) p50: f64,
    pub(crate) p95: f64,
    pub(crate) p99: f64,
    pub(crate) max: f64,
}

impl Timings {
    pub(crate) fn new(mut times: Vec<Duration>) -> Self {
        times.sort_unstable();
        let at = |part: f64| times[((times.len() - 1) as f64 * part) as usize].as_secs_f64() * 1e6;
        Self { p50: at(0.5), p95: at(0.95), p99: at(0.99), max: at(1.0) }
    }

    pub(crate) fn of(turns: usize, mut work: impl FnMut(usize)) -> Self {
        Self::new(
            (0..turns)
                .map(|turn| {
                    let started = Instant::now();
                    work(turn);
                    started.elapsed()
                })
                .collect(),
        )
    }
}

pub(crate) struct Feeds {
    pub(crate) follow: Timings,
    pub(crate) affinity: Timings,
    pub(crate) judge: Timings,
    pub(crate) measure: Timings,
    pub(crate) all: Timings,
    pub(crate) least: usize,
    pub(crate) median: usize,
    pub(crate) most: usize,
}

pub(crate) fn query(viewer: UserId) -> FollowQuery {
    FollowQuery {
        viewer,
        now: NOW,
        since: NOW.minus(Duration::from_secs(72 * 3_600)),
        limit: 500,
        lambda: 0.1,
        freshness: 0.3,
        engagement: 0.4,
        floor: 1.0,
    }
}

/// The two sources, the verdicts and the features; the trending list comes from the cache, and merging is not the
/// store's.
pub(crate) fn feeds(runtime: &Runtime, store: &Arc<MemoryStore>, viewers: &[UserId], turns: usize) -> Feeds {
    let hot = runtime.block_on(store.trending(Window::Day, NOW, 200)).unwrap_or_default();
    let hot: Vec<Retrieved> = hot.into_iter().map(|hot| hot.post).collect();
    let mut times: [Vec<Duration>; 5] = Default::default();
    let mut sizes = Vec::with_capacity(turns);
    runtime.block_on(async {
        for turn in 0..turns {
            let viewer = viewers[turn * 7 % viewers.len()];
            let query = query(viewer);
            let started = Instant::now();
            let follow = store.follow(&query).await.unwrap_or_default();
            let followed = Instant::now();
            let affinity = store.affinity(viewer, NOW, query.since, 200).await.unwrap_or_default();
            let turned = Instant::now();
            let mut found = merge([&follow, &hot, &affinity]);
            let merged = Instant::now();
            let _ = store.judge(Some(viewer), NOW, &mut found).await;
            let judged = Instant::now();
            let _ = store.measure(Some(viewer), NOW, &mut found).await;
            let parts = [followed - started, turned - followed, judged - merged, judged.elapsed()];
            for (times, part) in times.iter_mut().zip(parts) {
                times.push(part);
            }
            times[4].push(parts.iter().sum());
            sizes.push(found.len());
        }
    });
    sizes.sort_unstable();
    let [follow, affinity, judge, measure, all] = times.map(Timings::new);
    Feeds {
        follow,
        affinity,
        judge,
        measure,
        all,
        least: sizes[0],
        median: sizes[turns / 2],
        most: sizes[turns - 1],
    }
}

fn merge(lists: [&Vec<Retrieved>; 3]) -> Vec<Candidate> {
    let mut seen = HashSet::with_capacity(1_024);
    let candidate = |found: &Retrieved| Candidate {
        post: found.post,
        author: found.author,
        created_at: found.created_at,
        row: found.row,
        origins: Origins::default(),
        verdict: Verdict::CLEAR,
        features: Features::default(),
    };
    lists.into_iter().flatten().filter(|found| seen.insert(found.post)).map(candidate).collect()
}
