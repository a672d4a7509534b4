//! A first page: ranked, and fixed as a slate that further pages read.

use std::time::Duration;

use nova_core::model::{Timestamp, UserId};
use nova_core::pipeline::{Candidate, FeedContext, Missing, Pipeline, Scored};

use super::authority::Authority;
use super::follow;
use super::page::{FeedError, FeedPage, FeedRequest};
use super::position::Place;
use super::service::{FeedService, Standing};
use super::slates::{Slates, slate_key};
use super::stored::StoredSlate;
use crate::cache::Space;
use crate::metrics::{self, Path};

/// A post of this age may not have been in the index yet when a slate was made.
const ON_ITS_WAY: Duration = Duration::from_secs(10);

impl FeedService {
    /// Ranked now, or from a slate that was made a moment ago.
    pub(super) async fn first(&self, request: &FeedRequest) -> Result<(Path, FeedPage), FeedError> {
        let now = self.clock.now();
        let known = self.slates_of(request.viewer).await.unwrap_or_default();
        if let Some(id) = self.reusable(request, &known, now).await
            && let Ok(page) = self.further(request, Place::after_first(id, 0), Standing::Current).await
        {
            return Ok((Path::Hit, page));
        }
        let cx = FeedContext { viewer: request.viewer, now, page: request.limit };
        let slate = match self.pipeline_for(request.viewer).await.run(&cx).await {
            // nothing found because nobody could be asked is no empty feed
            Ok(slate) if slate.items.is_empty() && !slate.report.failures().is_empty() => {
                tracing::warn!(failures = ?slate.report.failures(), "no candidates, and sources failed: the feed is chronological");
                return Ok((Path::Fallback, self.chronological(request, None, Standing::Silent).await?));
            }
            Ok(slate) => slate,
            Err(error) => {
                tracing::warn!(error = ?error, "the store does not answer, the feed is chronological");
                return Ok((Path::Fallback, self.chronological(request, None, Standing::Silent).await?));
            }
        };
        metrics::slated(&slate.report);
        let mut missing = slate.report.missing();
        let counted = !missing.contains(&Missing::Features);
        let ranked = slate.items.len();
        let more = ranked > request.limit;
        let id = rand::random::<u128>();
        if more || !self.config.page_fresh.is_zero() {
            let stored = StoredSlate::encode(&slate, now, &self.ranking, request.explain);
            if let Err(error) = self.keep(request.viewer, id, stored.bytes(), known, now).await {
                tracing::warn!(error = ?error, "the slate could not be kept; this feed has one page");
                missing.push(Missing::Cache);
            }
        }
        let (shown, next) = self.shown(request, now, slate.items, &mut missing).await?;
        let explain = request.explain.then_some((&self.ranking.weights, now));
        let items = self.dress(shown, explain, counted, &mut missing).await;
        let more = next < ranked && !missing.contains(&Missing::Cache);
        let page = FeedPage {
            next_cursor: more.then(|| self.cursor(request, &Place::after_first(id, next).payload())),
            items,
            slate_id: Some(slate_key(id)),
            algo: request.algo,
            config_version: self.ranking.version.clone(),
            cached: false,
            missing,
            as_of: self.progress.text(),
        };
        Ok((Path::Miss, page))
    }

    async fn pipeline_for(&self, viewer: UserId) -> &Pipeline {
        match &self.after_write {
            Some((wrote, pipeline)) if wrote.lately(viewer).await => pipeline,
            _ => &self.pipeline,
        }
    }

    /// What the page shows, and where the next one starts. A slate that was made from a store that comes behind the
    /// tables is judged by them, and what follows fills the page.
    async fn shown(
        &self,
        request: &FeedRequest,
        now: Timestamp,
        items: Vec<Scored>,
        missing: &mut Vec<Missing>,
    ) -> Result<(Vec<Scored>, usize), FeedError> {
        if self.authority == Authority::Store {
            let shown: Vec<Scored> = items.into_iter().take(request.limit).collect();
            let next = shown.len();
            return Ok((shown, next));
        }
        let (mut shown, mut next) = (Vec::with_capacity(request.limit), 0);
        let mut items = items.into_iter().peekable();
        while shown.len() < request.limit && items.peek().is_some() {
            let batch: Vec<Scored> = items.by_ref().take(request.limit - shown.len()).collect();
            let mut judged: Vec<Candidate> = batch.iter().map(|item| item.candidate).collect();
            self.judge(Some(request.viewer), now, &mut judged, missing).await?;
            next += batch.len();
            let allowed =
                batch.into_iter().zip(judged).filter(|(_, judged)| judged.verdict.allows_in_slate());
            shown.extend(allowed.map(|(item, _)| item));
        }
        Ok((shown, next))
    }

    /// A slate that is young enough, and nothing happened since that its viewer would miss in it: the viewer's own
    /// writes and events outdate it, a followed account's new post does here, blocks and deletions when it is read.
    async fn reusable(&self, request: &FeedRequest, known: &Slates, now: Timestamp) -> Option<u128> {
        let (id, made_at) = known.newest()?;
        let fresh = i64::try_from(self.config.page_fresh.as_micros()).unwrap_or(i64::MAX);
        // a page that was served is seen, and no first page again
        if fresh == 0
            || self.served.is_some()
            || request.explain
            || !(0..=fresh).contains(&now.micros_since(made_at))
        {
            return None;
        }
        let newer = follow::question(&self.config.ranking, request.viewer, now, made_at.minus(ON_ITS_WAY));
        let newer = self.store.follow(&newer).await.ok()?;
        let kept = self.cache.get(Space::Slate, &slate_key(id), None).await.ok()??;
        let slate = StoredSlate::from_bytes(kept)?;
        let items = slate.candidates(0, slate.len());
        let known = |post| items.iter().any(|item| item.post == post);
        newer.iter().all(|newer| known(newer.post)).then_some(id)
    }

    /// The viewer did something: no page made before answers a first page again. Slates that are being scrolled
    /// through stay.
    ///
    /// # Errors
    /// When the cache does not answer.
    pub async fn outdate(&self, viewer: UserId) -> nova_core::error::Result<()> {
        if self.config.page_fresh.is_zero() {
            return Ok(());
        }
        let mut slates = self.slates_of(viewer).await?;
        slates.outdate();
        self.remember(viewer, &slates).await
    }

    /// Forgets everything that was prepared for a viewer: the reusable page and the suggestions.
    ///
    /// # Errors
    /// When the cache does not answer.
    pub async fn invalidate(&self, viewer: UserId) -> nova_core::error::Result<()> {
        self.cache.remove(Space::Suggest, &viewer.to_string()).await?;
        self.outdate(viewer).await
    }
}
