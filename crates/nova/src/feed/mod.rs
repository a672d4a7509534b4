//! The recipe: everything that makes a feed, as one list.

mod affinity;
mod authority;
mod body;
mod deeds;
mod dress;
mod enrich;
mod first;
mod follow;
mod further;
mod guard;
mod fallback;
mod hot;
mod listing;
mod page;
mod position;
mod recent;
mod seen;
mod served;
mod service;
mod slates;
mod stored;
mod suggest;
mod timeline;
mod trending;
mod wrote;

pub use authority::Authority;
pub use body::Shown;
pub use deeds::Deed;
pub use hot::HotLists;
pub use page::{Algo, Explain, FeedError, FeedItem, FeedPage, FeedRequest, TrendingPage};
pub use seen::SeenCopy;
pub use served::{Notes, Served};
pub use service::{FeedConfig, FeedService, Parts};
pub use stored::{Kept, Ranking, StoredSlate};

use std::sync::Arc;

use nova_core::pipeline::{Enricher, Pipeline, Source, Term};
use nova_core::ranking::{self, RankingConfig};

use crate::cache::Cache;
use crate::guard::Guard;
use crate::social::Social;
use crate::store::FeedStore;

/// What makes a feed, in the order in which it acts. Here is the choice; each part's own file says how it works.
#[must_use]
pub fn recipe(
    store: &Arc<dyn FeedStore>,
    hot: &Arc<HotLists>,
    guard: &Guard,
    seen: Option<&SeenCopy>,
    config: &RankingConfig,
) -> Pipeline {
    let follow = guarded(follow::Follow::new(store, config), guard);
    let enricher = seen::WithCopy::new(enrich::FromStore::new(store), seen);
    composed(follow, enricher, store, hot, guard, config)
}

/// The same for a viewer whose own writes are in the tables, and may not be in the store yet.
#[must_use]
pub fn recipe_after_write(
    social: &Arc<dyn Social>,
    store: &Arc<dyn FeedStore>,
    cache: &Arc<dyn Cache>,
    hot: &Arc<HotLists>,
    guard: &Guard,
    seen: Option<&SeenCopy>,
    config: &RankingConfig,
) -> Pipeline {
    let follow = timeline::Timeline::new(social, config);
    // the tables' failures, not the store's
    let follow = Box::new(guard::GuardedSource::new(Box::new(follow), guard, "timeline"));
    let enricher = seen::WithCopy::new(authority::FromBoth::new(store, social, cache, guard), seen);
    composed(follow, enricher, store, hot, guard, config)
}

fn guarded(source: impl Source + 'static, guard: &Guard) -> Box<dyn Source> {
    let part = source.origin().name();
    Box::new(guard::GuardedSource::new(Box::new(source), guard, part))
}

fn composed(
    follow: Box<dyn Source>,
    enricher: impl Enricher + 'static,
    store: &Arc<dyn FeedStore>,
    hot: &Arc<HotLists>,
    guard: &Guard,
    config: &RankingConfig,
) -> Pipeline {
    Pipeline {
        sources: vec![
            follow,
            guarded(trending::Trending::new(hot, config), guard),
            guarded(affinity::Affinity::new(store, config), guard),
        ],
        reserve: guarded(recent::Recent::new(store, config), guard),
        enricher: Box::new(guard::GuardedEnricher::new(enricher, guard)),
        filters: vec![
            Box::new(ranking::Visible),
            Box::new(ranking::Seen),
            Box::new(ranking::TooOld::new(config)),
        ],
        terms: vec![
            Term {
                weight: config.weights.freshness,
                scorer: Box::new(ranking::Freshness::new(config.lambda_per_hour)),
            },
            Term {
                weight: config.weights.engagement,
                scorer: Box::new(ranking::Engagement::new(config.impressions_floor)),
            },
            Term { weight: config.weights.affinity, scorer: Box::new(ranking::Affinity) },
        ],
        selector: Box::new(ranking::Spacing::new(config.rules, config.slate_max)),
    }
}
