//! A further page: read from the slate that the first one fixed.
//!
//! ```text
//!   cache    slate, the viewer's deeds since      one exchange
//!   tables   verdicts, own likes, texts           one exchange
//!   store    verdicts, counts                     where it is in this process; elsewhere it had its say with the slate
//! ```

use nova_core::model::{Timestamp, UserId};
use nova_core::pipeline::{Candidate, Missing};

use super::deeds::{DeedKeys, Deeds};
use super::page::{FeedError, FeedItem, FeedPage, FeedRequest};
use super::position::Place;
use super::service::{FeedService, Reader, Standing};
use super::slates::{Slates, slate_key};
use super::stored::StoredSlate;
use crate::cache::{Asked, Space};
use crate::metrics;

/// Judged beyond a page at once, so that a few refused items cost no second batch.
const SPARE: usize = 8;

/// Which part of a slate is wanted.
#[derive(Debug, Clone, Copy)]
pub(super) struct Part {
    pub(super) start: usize,
    pub(super) limit: usize,
    pub(super) explain: bool,
}

/// A part of a slate, as it may be shown.
pub(super) struct Filled {
    pub(super) items: Vec<FeedItem>,
    /// Where the next part starts.
    pub(super) next: usize,
    /// Of when the counts are, if not of now.
    pub(super) counted_at: Option<Timestamp>,
}

impl FeedService {
    /// A page of a slate that is there already.
    pub(super) async fn further(
        &self,
        request: &FeedRequest,
        place: Place,
        store: Standing,
    ) -> Result<FeedPage, FeedError> {
        let (stored, deeds, slates) = self.kept(request.viewer, place).await?;
        metrics::cache_asked(Space::Slate, stored.is_some());
        let slate = stored.ok_or(FeedError::CursorExpired)?;
        if let Some(slates) = slates {
            self.scrolled(request.viewer, slates, place.slate).await;
        }
        self.page_of(request, place, &slate, &deeds, store).await
    }

    /// What the cache holds for a page: the slate, what its viewer did since, and where the page makes a scroll of a
    /// first page, the viewer's slates, to note it there.
    async fn kept(
        &self,
        viewer: UserId,
        place: Place,
    ) -> Result<(Option<StoredSlate>, Deeds, Option<Slates>), FeedError> {
        let (slate, deeds) = (slate_key(place.slate), self.deeds_of(viewer));
        let feed = place.begins_scroll().then(|| viewer.to_string());
        let mut asked = Vec::with_capacity(4);
        asked.push(Asked { space: Space::Slate, key: &slate, extend: Some(self.slate_ttl()) });
        asked.extend(deeds.iter().flat_map(DeedKeys::asked));
        asked.extend(feed.iter().map(|key| Asked { space: Space::Feed, key, extend: None }));
        let mut found = self.cache.get_all(&asked).await?.into_iter();
        let stored = found.next().flatten().and_then(StoredSlate::from_bytes);
        let deeds = deeds.map(|_| Deeds::read([found.next().flatten(), found.next().flatten()]));
        let slates = feed.map(|_| found.next().flatten().map(Slates::decode).unwrap_or_default());
        Ok((stored, deeds.unwrap_or_default(), slates))
    }

    /// A page of this slate.
    pub(super) async fn page_of(
        &self,
        request: &FeedRequest,
        place: Place,
        slate: &StoredSlate,
        deeds: &Deeds,
        store: Standing,
    ) -> Result<FeedPage, FeedError> {
        let reader = Reader { viewer: Some(request.viewer), store, since: Some(deeds) };
        let mut missing = reader.missing();
        let explain = request.explain && slate.explained();
        let part = Part { start: place.index, limit: request.limit, explain };
        let Filled { items, next, counted_at } = self.fill(reader, slate, part, &mut missing).await?;
        let next = (next < slate.len()).then(|| place.then(next));
        Ok(FeedPage {
            items,
            next_cursor: next.map(|next| self.cursor(request, &next.payload())),
            slate_id: Some(slate_key(place.slate)),
            algo: request.algo,
            config_version: slate.config_version().to_owned(),
            cached: true,
            missing,
            as_of: self.progress.text(),
            counted_at,
        })
    }

    /// What a page shows of a slate. Whatever must not be shown any more is left out, and what follows fills the page.
    ///
    /// # Errors
    /// When nobody can tell what the viewer may see.
    pub(super) async fn fill(
        &self,
        reader: Reader<'_>,
        slate: &StoredSlate,
        part: Part,
        missing: &mut Vec<Missing>,
    ) -> Result<Filled, FeedError> {
        let (now, limit) = (self.clock.now(), part.limit);
        // with all that the viewer did since, nothing has to be asked of a store that is far
        let by_slate = reader.since.filter(|deeds| self.is_far() && deeds.are_all());
        let mut next = part.start;
        let (mut places, mut shown) = (Vec::with_capacity(limit), Vec::<Candidate>::with_capacity(limit));
        while shown.len() < limit && next < slate.len() {
            let wanted = limit - shown.len();
            let mut judged = slate.candidates(next, wanted + SPARE);
            match (reader.viewer, reader.store, by_slate) {
                (Some(viewer), Standing::Behind | Standing::Silent, _) => {
                    self.judge_behind(viewer, now, &mut judged).await?;
                }
                (Some(viewer), Standing::Current, Some(deeds)) => {
                    let since = (deeds, slate.made_at());
                    if !self.judge_by_tables(viewer, now, &mut judged, wanted, since, missing).await {
                        self.judge_by_store(Some(viewer), now, &mut judged, missing).await?;
                    }
                }
                (viewer, ..) => self.judge(viewer, now, &mut judged, missing).await?,
            }
            if let Some(deeds) = reader.since {
                deeds.hide(&mut judged);
            }
            for candidate in judged {
                if shown.len() == limit {
                    break;
                }
                if candidate.verdict.allows_in_slate() {
                    places.push(next);
                    shown.push(candidate);
                }
                next += 1;
            }
        }
        let counted_at = by_slate.filter(|_| slate.counted()).map(|_| slate.made_at());
        let counted = counted_at.is_some() || self.recount(reader.viewer, now, &mut shown, missing).await;
        let texts = self.texts(shown.iter().map(|candidate| candidate.post), missing).await;
        let weights = slate.weights();
        let item = |((&place, counts), body): ((&usize, &Candidate), _)| {
            let mut scored = slate.item(place);
            // made of the ranking's numbers, before those of now take their place
            let explain = part.explain.then(|| self.explain(&scored, &weights, slate.made_at()));
            scored.candidate.features = counts.features;
            FeedItem { scored, body, counted, explain }
        };
        let items = places.iter().zip(&shown).zip(texts).map(item).collect();
        Ok(Filled { items, next, counted_at })
    }
}
