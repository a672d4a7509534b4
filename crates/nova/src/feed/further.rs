//! A further page: read from the slate that the first one fixed.

use nova_core::pipeline::{Candidate, Missing};

use super::page::{FeedError, FeedItem, FeedPage, FeedRequest};
use super::position::Place;
use super::service::{FeedService, Reader, Standing};
use super::slates::slate_key;
use super::stored::StoredSlate;
use crate::cache::Space;
use crate::metrics;

/// Judged beyond a page at once, so that a few refused items cost no second batch.
const SPARE: usize = 8;

impl FeedService {
    /// A page of a slate that is there already.
    pub(super) async fn further(
        &self,
        request: &FeedRequest,
        place: Place,
        store: Standing,
    ) -> Result<FeedPage, FeedError> {
        let key = slate_key(place.slate);
        let stored = self.cache.get(Space::Slate, &key, Some(self.config.slate_ttl)).await?;
        metrics::cache_asked(Space::Slate, stored.is_some());
        let slate = stored.and_then(StoredSlate::from_bytes).ok_or(FeedError::CursorExpired)?;
        if place.begins_scroll() {
            self.scrolled(request.viewer, place.slate).await;
        }
        let reader = Reader { viewer: Some(request.viewer), store };
        let mut missing = reader.missing();
        let explain = request.explain && slate.explained();
        let (items, next) =
            self.fill(reader, &slate, place.index, request.limit, explain, &mut missing).await?;
        let next = (next < slate.len()).then(|| place.then(next));
        Ok(FeedPage {
            items,
            next_cursor: next.map(|next| self.cursor(request, &next.payload())),
            slate_id: Some(key),
            algo: request.algo,
            config_version: slate.config_version().to_owned(),
            cached: true,
            missing,
            as_of: self.progress.text(),
        })
    }

    /// What a page shows of a slate from `start` on, and where the next one starts. Whatever must not be shown any
    /// more is left out, and what follows fills the page.
    ///
    /// # Errors
    /// When nobody can tell what the viewer may see.
    pub(super) async fn fill(
        &self,
        reader: Reader,
        slate: &StoredSlate,
        start: usize,
        limit: usize,
        explain: bool,
        missing: &mut Vec<Missing>,
    ) -> Result<(Vec<FeedItem>, usize), FeedError> {
        let now = self.clock.now();
        let mut next = start;
        let (mut places, mut shown) = (Vec::with_capacity(limit), Vec::<Candidate>::with_capacity(limit));
        while shown.len() < limit && next < slate.len() {
            let mut judged = slate.candidates(next, limit - shown.len() + SPARE);
            match reader {
                Reader { viewer: Some(viewer), store: Standing::Behind | Standing::Silent } => {
                    self.judge_behind(viewer, now, &mut judged).await?;
                }
                Reader { viewer, .. } => self.judge(viewer, now, &mut judged, missing).await?,
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
        let counted = self.recount(reader.viewer, now, &mut shown, missing).await;
        let texts = self.texts(shown.iter().map(|candidate| candidate.post), missing).await;
        let weights = slate.weights();
        let item = |((&place, counts), body): ((&usize, &Candidate), _)| {
            let mut scored = slate.item(place);
            // made of the ranking's numbers, before those of now take their place
            let explain = explain.then(|| self.explain(&scored, &weights, slate.made_at()));
            scored.candidate.features = counts.features;
            FeedItem { scored, body, counted, explain }
        };
        let items = places.iter().zip(&shown).zip(texts).map(item).collect();
        Ok((items, next))
    }
}
