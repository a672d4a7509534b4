//! The recipe: everything that makes a feed, as one list.

mod affinity;
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
mod trending;

pub use body::Shown;
pub use guard::Guard;
pub use hot::HotLists;
pub use page::{Algo, Explain, FeedError, FeedItem, FeedPage, FeedRequest, TrendingPage};
pub use served::{Notes, Served};
pub use service::{FeedConfig, FeedService, Parts};
pub use stored::{Ranking, StoredSlate};

use std::sync::Arc;

use nova_core::pipeline::{Pipeline, Source, Term};
use nova_core::ranking::{self, RankingConfig};

use crate::store::FeedStore;

/// What makes a feed, in the order in which it acts. Here is the choice; each part's own file says how it works.
#[must_use]
pub fn recipe(
    store: &Arc<dyn FeedStore>,
    hot: &Arc<HotLists>,
    guard: &Guard,
    config: &RankingConfig,
) -> Pipeline {
    let guarded = |source: Box<dyn Source>| -> Box<dyn Source> { Box::new(guard.source(source)) };
    Pipeline {
        sources: vec![
            guarded(Box::new(follow::Follow::new(store, config))),
            guarded(Box::new(trending::Trending::new(hot, config))),
            guarded(Box::new(affinity::Affinity::new(store, config))),
        ],
        reserve: guarded(Box::new(recent::Recent::new(store, config))),
        enricher: Box::new(guard.enricher(enrich::FromStore::new(store))),
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
