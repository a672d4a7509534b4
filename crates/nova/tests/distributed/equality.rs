//! One recorded log, played into the embedded and into the distributed store: the same candidates, features and slates.

use std::sync::Arc;
use std::time::Duration;

use futures_util::StreamExt as _;
use futures_util::stream;
use nova::app::{App, SystemClock};
use nova::cache::{Cache, MemoryCache, MemoryCacheConfig};
use nova::config::{Config, Overrides};
use nova::feed::{HotLists, recipe};
use nova::guard::Guard;
use nova::ingest::import::{self, Options, Source};
use nova::log::{BatchLimit, EventLog, Positions, Topic};
use nova::store::FeedStore;
use nova_core::breaker::BreakerConfig;
use nova_core::clock::Clock as _;
use nova_core::model::{Timestamp, UserId};
use nova_core::pipeline::{FeedContext, Pipeline, Scored, Slate};
use nova_core::ranking::RankingConfig;
use nova_lab::world::{World, WorldConfig};
use tempfile::TempDir;

use crate::system::System;
use crate::testbed;

/// Viewers whose feeds are compared.
const VIEWERS: u32 = 1_000;
/// Between two sums of the same numbers in another order.
const TOLERANCE: f64 = 1e-6;
/// Everything is a copy; what is compared is exact, however long it takes.
const PATIENCE: Duration = Duration::from_secs(120);

/// The embedded service with a community's history, and what its log holds.
async fn recorded(dir: &TempDir, now: Timestamp) -> (App, Arc<World>) {
    let flags = Overrides { listen: Some(([127, 0, 0, 1], 0).into()), data_dir: Some(dir.path().to_owned()) };
    let app =
        App::open(Config::load(None, &flags).expect("defaults"), Arc::new(SystemClock)).await.expect("opens");
    let world = World::new(WorldConfig { visits_per_day: 0.3, ..WorldConfig::new(VIEWERS, 7, now) });
    let made = Arc::clone(&world);
    let lines = move || -> Box<dyn Iterator<Item = String> + Send> { Box::new(made.history()) };
    let (source, ports) = (Source::Made(Arc::new(lines)), app.ports());
    let options = Options::new(&app.services().config.events, now);
    let report = import::run(&source, options, &*ports.social, &*ports.log, &|_| {}).await.expect("imported");
    assert_eq!(report.refused, 0, "{:?}", report.reasons.first());
    app.caught_up(PATIENCE).await.expect("applied");
    (app, world)
}

/// Every record of one log into the other, topic by topic; gives their number.
async fn played(from: &dyn EventLog, into: &dyn EventLog) -> u64 {
    let ends = from.ends().await.expect("ends");
    let mut records = 0;
    for topic in Topic::ALL {
        let mut reader = from.read(&[topic], &Positions::default()).await.expect("a reader");
        let end = ends.get(topic, 0).unwrap_or(0);
        let mut next = 0;
        while next < end {
            let limit = BatchLimit { records_max: 10_000, wait_max: Duration::from_secs(1) };
            let batch = reader.next(limit).await.expect("records");
            next = batch.upto.get(topic, 0).unwrap_or(next);
            records += batch.entries.len() as u64;
            let batch: Vec<_> = batch.entries.into_iter().map(|entry| entry.record).collect();
            into.append(topic, batch).await.expect("taken");
        }
    }
    records
}

/// The feed's own recipe on a store, everything in this process, nothing cut off.
fn pipeline(store: &Arc<dyn FeedStore>) -> Pipeline {
    let cache: Arc<dyn Cache> = Arc::new(MemoryCache::new(
        MemoryCacheConfig { slate_bytes_max: 1 << 20, other_bytes_max: 1 << 20 },
        Arc::new(SystemClock),
    ));
    let hot = Arc::new(HotLists::new(Arc::clone(store), cache, [PATIENCE; 3]));
    let guard = Guard::new(PATIENCE, BreakerConfig::default(), Arc::new(SystemClock));
    recipe(store, &hot, &guard, None, &RankingConfig::default())
}

async fn slate(pipeline: &Pipeline, viewer: UserId, now: Timestamp) -> Slate {
    let slate = pipeline.run(&FeedContext { viewer, now, page: 20 }).await.expect("a slate");
    assert!(slate.report.failures().is_empty(), "{:?}", slate.report);
    slate
}

/// What differs first, if anything does.
fn difference(expected: &[Scored], others: &[Scored]) -> Option<String> {
    if expected.len() != others.len() {
        return Some(format!("{} items, not {}", others.len(), expected.len()));
    }
    let near = |a: f64, b: f64| (a - b).abs() <= TOLERANCE;
    expected.iter().zip(others).enumerate().find_map(|(place, (expected, found))| {
        let same = expected.candidate.post == found.candidate.post
            && expected.candidate.author == found.candidate.author
            && expected.candidate.created_at == found.candidate.created_at
            && expected.candidate.origins == found.candidate.origins
            && expected.candidate.features == found.candidate.features
            && expected.relaxed == found.relaxed
            && near(expected.score, found.score)
            && expected.values.iter().zip(found.values).all(|(&a, b)| near(a, b));
        (!same).then(|| {
            let there = others.iter().position(|other| other.candidate.post == expected.candidate.post);
            let there = there.map(|at| (at, &others[at]));
            format!("at {place}: {found:?}\n not {expected:?}\n which is {there:?}")
        })
    })
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_same_log_gives_the_same_feeds_embedded_and_distributed() {
    let system = System::new().await;
    let dir = TempDir::new().expect("a directory");
    let now = SystemClock.now();
    let (embedded, world) = recorded(&dir, now).await;
    // answers are compared, not how soon they come on a busy machine
    let replica = system.replica(|config| config.store.deadline_ms = 20_000).await;
    let records = played(&*embedded.ports().log, &*replica.ports().log).await;
    let size = embedded.ports().store.size().await.expect("size");
    testbed::until("everything in ClickHouse", async || {
        let ends = replica.ports().log.ends().await.ok()?;
        let committed = replica.ports().log.committed(nova::project::exactly_once::GROUP).await.ok()??;
        committed.covers(&ends).then_some(())
    })
    .await;
    // interactions that were consumed before their posts find their authors
    for job in replica.app.jobs() {
        if job.name() == "sweep_authors" {
            job.run().await.expect("swept");
        }
    }
    // a second replica, whose index starts from what the first one's consumer wrote
    let hot = system
        .replica_as(nova::app::Roles { api: true, project: false, jobs: false }, |config| {
            config.store.hot_index = true
        })
        .await;
    testbed::until("the index", async || hot.services().fence.has_started().then_some(())).await;
    let held = hot.ports().store.size().await.expect("size");
    assert!(records > 0 && size.events == held.events, "{records} records; {size:?}; {held:?}");
    let expected = pipeline(&embedded.ports().store);
    let others =
        [("ClickHouse", pipeline(&replica.ports().store)), ("the hot index", pipeline(&hot.ports().store))];
    let now = now.plus(Duration::from_secs(60));
    let viewers: Vec<UserId> = world.people().iter().map(|person| person.id).collect();
    assert_eq!(viewers.len(), VIEWERS as usize);
    let compare = async |viewer: UserId| {
        let wanted = slate(&expected, viewer, now).await;
        for (name, other) in &others {
            let found = slate(other, viewer, now).await;
            if let Some(difference) = difference(&wanted.items, &found.items) {
                panic!("{name}, {viewer}: {difference}\n{:?}\nnot {:?}", found.report, wanted.report);
            }
        }
        wanted.items.len()
    };
    let shown: Vec<usize> = stream::iter(viewers).map(compare).buffer_unordered(4).collect().await;
    assert!(
        shown.iter().filter(|&&items| items > 20).count() > shown.len() / 2,
        "feeds have something in them"
    );
    embedded.stop().await;
    replica.stop().await;
    hot.stop().await;
}
