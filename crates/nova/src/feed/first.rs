//! A first page: ranked, and fixed as a slate that further pages read.

use std::time::Duration;

use nova_core::model::{PostId, Timestamp, UserId};
use nova_core::pipeline::{Candidate, FeedContext, Missing, Pipeline, Scored};

use super::authority::Authority;
use super::deeds::Deeds;
use super::follow;
use super::page::{FeedError, FeedPage, FeedRequest};
use super::position::Place;
use super::service::{FeedService, Standing};
use super::slates::{Slates, slate_key};
use super::stored::{Kept, StoredSlate};
use crate::cache::{Asked, Space};
use crate::metrics::{self, Path};
use crate::social::Keyset;

/// A post of this age may not have been in the index yet when a slate was made.
const ON_ITS_WAY: Duration = Duration::from_secs(10);
/// With so many new posts of followed accounts a first page is made anew, whether or not they stand in the last one.
const NEWER_MAX: usize = 20;

impl FeedService {
    /// Ranked now, or from a slate that was made a moment ago.
    pub(super) async fn first(&self, request: &FeedRequest) -> Result<(Path, FeedPage), FeedError> {
        let now = self.clock.now();
        // where the cache cannot say, the store and the tables judge what is made now
        let (known, deeds) = self.left(request.viewer).await.unwrap_or_default();
        if let Some((id, slate)) = self.reusable(request, &known, now).await {
            let place = Place::after_first(id, 0);
            if let Ok(page) = self.page_of(request, place, &slate, &deeds, Standing::Current).await {
                return Ok((Path::Hit, page));
            }
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
            // embedded, counts are those of now: asking costs less than keeping them
            let kept =
                Kept { explained: request.explain, counted: counted && self.authority == Authority::Tables };
            let stored = StoredSlate::encode(&slate, now, &self.ranking, kept);
            if let Err(error) = self.keep(request.viewer, id, stored.bytes(), known, now).await {
                tracing::warn!(error = ?error, "the slate could not be kept; this feed has one page");
                missing.push(Missing::Cache);
            }
        }
        let (shown, next) = self.shown(request, now, slate.items, &deeds, &mut missing).await?;
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
            counted_at: None,
        };
        Ok((Path::Miss, page))
    }

    /// What the cache holds of a viewer's earlier requests: slates, and what the viewer did.
    async fn left(&self, viewer: UserId) -> nova_core::error::Result<(Slates, Deeds)> {
        let Some(deeds) = self.deeds_of(viewer) else {
            return Ok((self.slates_of(viewer).await?, Deeds::default()));
        };
        let (feed, [hides, likes]) = (viewer.to_string(), deeds.asked());
        let feed = Asked { space: Space::Feed, key: &feed, extend: None };
        let mut found = self.cache.get_all(&[feed, hides, likes]).await?.into_iter();
        let slates = found.next().flatten().map(Slates::decode).unwrap_or_default();
        Ok((slates, Deeds::read([found.next().flatten(), found.next().flatten()])))
    }

    async fn pipeline_for(&self, viewer: UserId) -> &Pipeline {
        match &self.after_write {
            Some((wrote, pipeline)) if wrote.lately(viewer).await => pipeline,
            _ => &self.pipeline,
        }
    }

    /// What the page shows, and where the next one starts. A slate that was made from a store that comes behind the
    /// tables is judged by them, where they can be asked, and what follows fills the page.
    async fn shown(
        &self,
        request: &FeedRequest,
        now: Timestamp,
        items: Vec<Scored>,
        deeds: &Deeds,
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
            if self.is_far() {
                // the store judged them for this very page; what it said holds where the tables do not answer
                let texts = judged.len();
                self.judge_by_tables(request.viewer, now, &mut judged, texts, (deeds, now), missing).await;
            } else if self.authority == Authority::Tables {
                self.judge(Some(request.viewer), now, &mut judged, missing).await?;
            }
            deeds.hide(&mut judged);
            next += batch.len();
            let allowed =
                batch.into_iter().zip(judged).filter(|(_, judged)| judged.verdict.allows_in_slate());
            shown.extend(allowed.map(|(item, _)| item));
        }
        Ok((shown, next))
    }

    /// A slate that is young enough, and nothing happened since that its viewer would miss in it: the viewer's own
    /// writes and events outdate it, a followed account's new post does here, blocks and deletions when it is read.
    async fn reusable(
        &self,
        request: &FeedRequest,
        known: &Slates,
        now: Timestamp,
    ) -> Option<(u128, StoredSlate)> {
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
        let key = slate_key(id);
        let kept = self.cache.get(Space::Slate, &key, Some(self.slate_ttl()));
        let (newer, kept) = tokio::join!(self.newer(request.viewer, now, made_at.minus(ON_ITS_WAY)), kept);
        let slate = StoredSlate::from_bytes(kept.ok()??)?;
        let items = slate.candidates(0, slate.len());
        let known = |post: &PostId| items.iter().any(|item| item.post == *post);
        newer?.iter().all(known).then(|| {
            metrics::cache_asked(Space::Slate, true);
            (id, slate)
        })
    }

    /// What the followed accounts posted since; `None` where nobody can tell, or it is much. The tables know it first
    /// where the store comes behind them.
    async fn newer(&self, viewer: UserId, now: Timestamp, since: Timestamp) -> Option<Vec<PostId>> {
        if !self.is_far() {
            let newer = follow::question(&self.config.ranking, viewer, now, since);
            let newer = self.store.follow(&newer).await.ok()?;
            return Some(newer.iter().map(|newer| newer.post).collect());
        }
        let page = Keyset { limit: NEWER_MAX, before: None };
        let newest = self.social.timeline(viewer, now, page, false);
        let newest = self.tables.call("feed.newer", newest).await.ok()?;
        let newer: Vec<PostId> =
            newest.iter().filter(|item| item.created_at >= since).map(|item| item.post).collect();
        (newer.len() < NEWER_MAX).then_some(newer)
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
