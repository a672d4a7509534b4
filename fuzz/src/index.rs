//! An index of the in-memory twin: facts applied to it, every question asked of it.

use std::time::Duration;

use nova::log::Positions;
use nova::store::{
    EveryEvent, FeedStore as _, FollowQuery, Identities, MemoryStore, MemoryStoreConfig, Placed,
    Projection as _, Window,
};
use nova_core::error::Result;
use nova_core::model::{Timestamp, UserId};
use nova_core::pipeline::{Candidate, Retrieved};
use tokio::runtime::{Builder, Runtime};

/// The most of anything that is asked for.
const LIMIT: usize = 50;

thread_local! {
    static RUNTIME: Runtime = Builder::new_current_thread().build().expect("a runtime");
}

/// Runs to its end on this thread.
pub(crate) fn wait<F: Future>(future: F) -> F::Output {
    RUNTIME.with(|runtime| runtime.block_on(future))
}

pub(crate) fn identities() -> Result<Box<dyn Identities>> {
    Ok(Box::<EveryEvent>::default())
}

/// Small bounds, so that they are met.
pub(crate) fn bounds() -> MemoryStoreConfig {
    MemoryStoreConfig {
        seen_max: 4,
        affinity_max: 4,
        waiting_events_max: 4,
        waiting_rows_max: 4,
        waiting_window: Duration::from_secs(60),
        days_max: 3,
        ..MemoryStoreConfig::default()
    }
}

/// An empty index, kept nowhere.
pub(crate) fn empty() -> MemoryStore {
    MemoryStore::open(None, bounds(), &identities).expect("an empty index opens").0
}

/// Applies facts in batches of `size`; the index then stands after the last.
pub(crate) fn apply(store: &MemoryStore, facts: &[Placed], size: usize) {
    for batch in facts.chunks(size.max(1)) {
        let mut upto = Positions::default();
        for placed in batch {
            upto.advance_all(&Positions::after(placed.place));
        }
        wait(store.apply(batch, &upto)).expect("the index takes every valid fact");
        assert!(store.positions().covers(&upto), "the index says that it has applied what it was given");
    }
}

/// Asks everything that a feed asks, for a viewer at a moment.
pub(crate) fn ask(store: &MemoryStore, viewer: UserId, now: Timestamp) {
    let since = now.minus(Duration::from_secs(72 * 3_600));
    let query = FollowQuery {
        viewer,
        now,
        since,
        limit: LIMIT,
        lambda: 0.05,
        freshness: 0.45,
        engagement: 0.3,
        floor: 50.0,
    };
    wait(async {
        let mut found = store.follow(&query).await.expect("follow");
        found.extend(store.affinity(viewer, now, since, LIMIT).await.expect("affinity"));
        found.extend(store.recent(now, LIMIT).await.expect("recent"));
        for window in Window::ALL {
            let hot = store.trending(window, now, LIMIT).await.expect("trending");
            assert!(hot.len() <= LIMIT && hot.iter().all(|hot| hot.score.is_finite()));
            found.extend(hot.iter().map(|hot| hot.post));
        }
        assert!(found.len() <= 6 * LIMIT, "no source gives more than it was asked for");
        let mut candidates: Vec<Candidate> = found.into_iter().map(candidate).collect();
        store.judge(Some(viewer), now, &mut candidates).await.expect("judged");
        store.measure(Some(viewer), now, &mut candidates).await.expect("measured");
        let suggested = store.suggest(viewer, now, LIMIT).await.expect("suggested");
        assert!(suggested.len() <= LIMIT && suggested.iter().all(|it| it.user != viewer));
        let users: Vec<UserId> = suggested.iter().map(|it| it.user).collect();
        let hidden = store.hidden_users(viewer, &users).await.expect("answered");
        assert!(hidden.iter().all(|hidden| !hidden), "nobody is suggested who must not be shown");
        store.active(since, LIMIT).await.expect("active");
        store.days(now.day() - 2, now.day()).await.expect("days");
        store.size().await.expect("size");
    });
}

fn candidate(found: Retrieved) -> Candidate {
    let origins = nova_core::pipeline::Origins::default();
    Candidate {
        post: found.post,
        author: found.author,
        created_at: found.created_at,
        row: found.row,
        origins,
        verdict: nova_core::pipeline::Verdict::default(),
        features: nova_core::pipeline::Features::default(),
    }
}
