//! The recipe: everything that makes a feed, as one list.

mod affinity;
mod authority;
mod body;
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
pub use guard::Guard;
pub use hot::HotLists;
pub use page::{Algo, Explain, FeedError, FeedItem, FeedPage, FeedRequest, TrendingPage};
pub use served::{Notes, Served};
pub use service::{FeedConfig, FeedService, Parts};
pub use stored::{Ranking, StoredSlate};

use std::sync::Arc;

use nova_core::pipeline::{Enricher, Pipeline, Source, Term};
use nova_core::ranking::{self, RankingConfig};

use crate::social::Social;
use crate::store::FeedStore;

/// What makes a feed, in the order in which it acts. Here is the choice; each part's own file says how it works.
#[must_use]
pub fn recipe(
    store: &Arc<dyn FeedStore>,
    hot: &Arc<HotLists>,
    guard: &Guard,
    config: &RankingConfig,
) -> Pipeline {
    let follow = follow::Follow::new(store, config);
    composed(follow, enrich::FromStore::new(store), store, hot, guard, config)
}

/// The same for a viewer whose own writes are in the tables, and may not be in the store yet.
#[must_use]
pub fn recipe_after_write(
    social: &Arc<dyn Social>,
    store: &Arc<dyn FeedStore>,
    hot: &Arc<HotLists>,
    guard: &Guard,
    config: &RankingConfig,
) -> Pipeline {
    let follow = timeline::Timeline::new(social, config);
    composed(follow, authority::FromBoth::new(store, social), store, hot, guard, config)
}

fn composed(
    follow: impl Source + 'static,
    enricher: impl Enricher + 'static,
    store: &Arc<dyn FeedStore>,
    hot: &Arc<HotLists>,
    guard: &Guard,
    config: &RankingConfig,
) -> Pipeline {
    let guarded = |source: Box<dyn Source>| -> Box<dyn Source> { Box::new(guard.source(source)) };
    Pipeline {
        sources: vec![
            guarded(Box::new(follow)),
            guarded(Box::new(trending::Trending::new(hot, config))),
            guarded(Box::new(affinity::Affinity::new(store, config))),
        ],
        reserve: guarded(Box::new(recent::Recent::new(store, config))),
        enricher: Box::new(guard.enricher(enricher)),
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
