//! What stands on the ports.

use std::sync::Arc;
use std::time::Duration;

use nova_core::breaker::BreakerConfig;
use nova_core::clock::Clock;
use nova_core::ranking::config::SeenOn;

use super::{Halted, Twins};
use crate::api::cursor::Signer;
use crate::config::{Config, Mode};
use crate::feed::{Authority, FeedConfig, FeedService, HotLists, Notes, Parts, Served};
use crate::guard::Guard;
use crate::log::Positions;
use crate::project::{Fence, FenceConfig, Index, Progress, Start};
use crate::store::Window;

/// Shared by every handler and job of the process.
#[derive(Clone)]
pub struct Services {
    /// Pages, trending, suggestions.
    pub feed: Arc<FeedService>,
    /// The trending lists.
    pub hot: Arc<HotLists>,
    /// How far the index is; a write waits here until it can be read back.
    pub progress: Arc<Progress>,
    /// What stands still of the consumer, in a process that is one.
    pub halted: Option<Halted>,
    /// Own events are read back.
    pub fence: Arc<Fence>,
    /// The present moment.
    pub clock: Arc<dyn Clock>,
    /// Signs the cursors of lists.
    pub signer: Signer,
    /// Every key.
    pub config: Arc<Config>,
}

impl Services {
    /// Puts them on the twins. The notes of what was served are to be run where that counts as seen.
    pub(super) fn on(
        twins: &Twins,
        config: &Arc<Config>,
        clock: Arc<dyn Clock>,
        key: &[u8],
        guard: &Arc<Guard>,
    ) -> (Self, Option<Notes>) {
        let Twins { ports, index, .. } = twins;
        let (index, progress) = (*index, Arc::clone(twins.start.progress()));
        let fence = Arc::new(Fence::new(index, Arc::clone(&twins.start), waits(config)));
        let (served, notes) = served(config, index, &progress).unzip();
        let refresh = Window::ALL.map(|window| config.trending_every(window));
        let hot = Arc::new(HotLists::new(Arc::clone(&ports.store), Arc::clone(&ports.cache), refresh));
        let signer = Signer::new(key);
        let feed = FeedService::new(
            Parts {
                social: Arc::clone(&ports.social),
                store: Arc::clone(&ports.store),
                cache: Arc::clone(&ports.cache),
                clock: Arc::clone(&clock),
                hot: Arc::clone(&hot),
                guard: Arc::clone(guard),
                signer: signer.clone(),
                fence: Arc::clone(&fence),
                progress: Arc::clone(&progress),
                served,
                authority: match config.mode() {
                    Mode::Embedded => Authority::Store,
                    Mode::Distributed if config.change.is_of_a_product() => Authority::Product,
                    Mode::Distributed => Authority::Tables,
                },
                body_bytes_max: config.cache.body_bytes_max,
            },
            FeedConfig {
                ranking: config.ranking,
                page_fresh: Duration::from_millis(config.cache.page_fresh_ms),
                slate_ttl: Duration::from_secs(config.cache.slate_s),
            },
        );
        let config = Arc::clone(config);
        let halted = twins.consumer.as_ref().map(|consumer| Arc::clone(&consumer.halted));
        (Self { feed: Arc::new(feed), hot, progress, halted, fence, clock, signer, config }, notes)
    }
}

/// How long pages and writes wait for the projection.
fn waits(config: &Config) -> FenceConfig {
    FenceConfig { page_wait: config.server.page_wait(), write_wait: config.server.read_your_writes() }
}

/// The queue of what was served, where that counts as seen.
fn served(config: &Config, index: Index, progress: &Arc<Progress>) -> Option<(Served, Notes)> {
    let counts = config.ranking.seen.on == SeenOn::Served;
    // what was served is of this process: there is nothing before its start to wait for
    let start = || Arc::new(Start::new(Arc::clone(progress), Positions::default()));
    counts.then(|| Served::new(Fence::new(index, start(), waits(config)), config.server.page_wait()))
}

/// What a part that fails costs.
pub(super) fn guard(config: &Config, clock: Arc<dyn Clock>) -> Guard {
    let breaker = BreakerConfig {
        failures_max: config.breaker.failures_max,
        open_for: Duration::from_millis(config.breaker.open_ms),
        open_max: Duration::from_millis(config.breaker.open_ms_max),
        ..BreakerConfig::default()
    };
    Guard::new(Duration::from_millis(config.store.deadline_ms), breaker, clock)
}
