//! Pages of a feed: the first from the pipeline, further ones from the slate it made, and when the store does not
//! answer, chronological ones.

use std::sync::Arc;
use std::time::Duration;

use nova_core::clock::Clock;
use nova_core::model::{Event, PostId, UserId};
use nova_core::pipeline::{Missing, Pipeline};
use nova_core::ranking::RankingConfig;
use tokio::time::Instant;

use super::body::Bodies;
use super::deeds::Deeds;
use super::guard::{FEATURES, TABLES, VERDICTS};
use super::hot::HotLists;
use super::page::{Algo, FeedError, FeedPage, FeedRequest};
use super::position::Position;
use super::seen::SeenCopy;
use super::served::Served;
use super::stored::Ranking;
use super::wrote::Wrote;
use super::{Authority, recipe, recipe_after_write};
use crate::api::cursor::Signer;
use crate::cache::Cache;
use crate::guard::{Guard, Watch};
use crate::metrics::{self, Path};
use crate::project::{Fence, Progress};
use crate::social::Social;
use crate::store::FeedStore;

type Result<T> = std::result::Result<T, FeedError>;

/// How pages are made.
#[derive(Debug, Clone)]
pub struct FeedConfig {
    /// The formula, the windows, the rules.
    pub ranking: RankingConfig,
    /// How long a first page may be reused.
    pub page_fresh: Duration,
    /// How long a slate lives after its last page.
    pub slate_ttl: Duration,
}

/// Makes pages.
pub struct FeedService {
    pub(super) social: Arc<dyn Social>,
    pub(super) store: Arc<dyn FeedStore>,
    pub(super) cache: Arc<dyn Cache>,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) hot: Arc<HotLists>,
    pub(super) bodies: Bodies,
    /// Of one question to the store or the tables that has a way out when it fails.
    pub(super) deadline: Duration,
    /// Of the store's verdicts, its counts, and the tables where a page can go on without them.
    pub(super) verdicts: Arc<Watch>,
    pub(super) features: Arc<Watch>,
    pub(super) tables: Arc<Watch>,
    pub(super) signer: Signer,
    pub(super) fence: Arc<Fence>,
    pub(super) progress: Arc<Progress>,
    pub(super) served: Option<Served>,
    pub(super) pipeline: Pipeline,
    pub(super) authority: Authority,
    /// Where the tables have the authority: who wrote lately, and how their feeds are made.
    pub(super) after_write: Option<(Wrote, Pipeline)>,
    /// Where the store may be on another machine: what viewers saw that it may not know yet.
    seen: Option<SeenCopy>,
    pub(super) ranking: Ranking,
    pub(super) config: FeedConfig,
}

/// What a service is built from.
pub struct Parts {
    /// The application's tables.
    pub social: Arc<dyn Social>,
    /// What can be asked.
    pub store: Arc<dyn FeedStore>,
    /// Slates and lists.
    pub cache: Arc<dyn Cache>,
    /// The time a slate is ranked at.
    pub clock: Arc<dyn Clock>,
    /// Trending.
    pub hot: Arc<HotLists>,
    /// Deadlines and breakers.
    pub guard: Arc<Guard>,
    /// Signs cursors.
    pub signer: Signer,
    /// Own events are read back.
    pub fence: Arc<Fence>,
    /// How far the index is.
    pub progress: Arc<Progress>,
    /// Where it is noted what was served; `None` where that does not count as seen.
    pub served: Option<Served>,
    /// Who holds a write first.
    pub authority: Authority,
    /// Bytes of remembered texts.
    pub body_bytes_max: u64,
}

impl FeedService {
    /// Puts the recipe together.
    #[must_use]
    pub fn new(parts: Parts, config: FeedConfig) -> Self {
        let seen = (parts.authority != Authority::Store)
            .then(|| SeenCopy::new(&parts.cache, &parts.fence, config.ranking.seen.window()));
        let pipeline = recipe(&parts.store, &parts.hot, &parts.guard, seen.as_ref(), &config.ranking);
        let after_write = (parts.authority == Authority::Tables).then(|| {
            let Parts { social, store, cache, hot, guard, .. } = &parts;
            let ranking = &config.ranking;
            (Wrote::new(cache), recipe_after_write(social, store, cache, hot, guard, seen.as_ref(), ranking))
        });
        let mut ranking = Ranking {
            version: config.ranking.version(),
            weights: Default::default(),
            names: Default::default(),
        };
        for (index, term) in pipeline.terms.iter().enumerate() {
            ranking.weights[index] = term.weight;
            ranking.names[index] = term.scorer.name();
        }
        Self {
            bodies: Bodies::new(Arc::clone(&parts.social), parts.body_bytes_max),
            deadline: parts.guard.deadline(),
            verdicts: parts.guard.watch(VERDICTS),
            features: parts.guard.watch(FEATURES),
            tables: parts.guard.watch(TABLES),
            social: parts.social,
            store: parts.store,
            cache: parts.cache,
            clock: parts.clock,
            hot: parts.hot,
            signer: parts.signer,
            fence: parts.fence,
            progress: parts.progress,
            served: parts.served,
            pipeline,
            authority: parts.authority,
            after_write,
            seen,
            ranking,
            config,
        }
    }

    /// One page. When the index does not come to hold in time what the viewer did, it is made of the tables, which
    /// hold the viewer's writes already: chronological, or the rest of a slate.
    ///
    /// # Errors
    /// A cursor that is not one; a slate that is gone; and when neither the store nor the tables can tell what the
    /// viewer may see.
    pub async fn page(&self, request: &FeedRequest) -> Result<FeedPage> {
        let started = Instant::now();
        let position = self.position(request)?;
        let store = self.standing(request.viewer).await;
        let chronological = if request.algo == Algo::Time { Path::Time } else { Path::Fallback };
        let (path, page) = match position {
            Position::Start if request.algo == Algo::Ranked && store == Standing::Current => {
                if let Some(served) = &self.served {
                    served.settled(request.viewer).await;
                }
                self.first(request).await?
            }
            Position::Start => (chronological, self.chronological(request, None, store).await?),
            Position::InSlate(place) => (Path::Cursor, self.further(request, place, store).await?),
            Position::Before(time, post) => {
                (chronological, self.chronological(request, Some((time, post)), store).await?)
            }
        };
        if let Some(served) = &self.served {
            let posts = page.items.iter().map(|item| item.scored.candidate.post).collect();
            served.note(request.viewer, self.clock.now(), posts);
        }
        metrics::paged(path, &page.missing, started.elapsed());
        Ok(page)
    }

    /// What the store can be relied on for, once it had time to hold what this viewer did last.
    pub(super) async fn standing(&self, viewer: UserId) -> Standing {
        match self.fence.pass(viewer).await {
            Ok(()) => Standing::Current,
            // already counted and logged; nobody else could be asked
            Err(_) if self.authority == Authority::Product => Standing::Current,
            // already counted and logged
            Err(_) => Standing::Behind,
        }
    }

    /// Is the store on another machine, so that a page had better not ask it for what was known when its slate was made?
    pub(super) fn is_far(&self) -> bool {
        self.authority == Authority::Tables && !self.fence.answers()
    }

    /// The user changed what their feed is made of (a follow, a block, a mute, something hidden), in the tables.
    pub async fn wrote(&self, user: UserId) {
        if let Some((wrote, _)) = &self.after_write {
            wrote.mark(user).await;
        }
    }

    /// Users saw posts, by events that were taken just now: slates made from here on know it, on every replica.
    pub async fn saw(&self, events: &[Event]) {
        if let Some(seen) = &self.seen {
            seen.note(events).await;
        }
    }

    /// A post was edited or deleted through this process.
    pub fn edited(&self, post: PostId) {
        self.bodies.forget(post);
    }

    pub(super) const fn slate_ttl(&self) -> Duration {
        self.config.slate_ttl
    }

    pub(super) const fn ranking(&self) -> &Ranking {
        &self.ranking
    }
}

/// Whose page it is, and what it may rely on the store for.
#[derive(Debug, Clone, Copy)]
pub(super) struct Reader<'a> {
    /// Nobody in particular: a page that anybody sees.
    pub(super) viewer: Option<UserId>,
    pub(super) store: Standing,
    /// What the viewer did since the slate was made, by events; `None` for a page of something else.
    pub(super) since: Option<&'a Deeds>,
}

impl Reader<'_> {
    /// What is missing from the page before anything is read.
    pub(super) fn missing(self) -> Vec<Missing> {
        if self.store == Standing::Current { Vec::new() } else { vec![Missing::Store] }
    }
}

/// What a page may rely on the store for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Standing {
    /// Everything.
    Current,
    /// It has not applied what the viewer did last: it may add to what the tables refuse, and count nothing.
    Behind,
    /// It does not answer.
    Silent,
}
