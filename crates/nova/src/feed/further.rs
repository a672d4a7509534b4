//! A further page: read from the slate that the first one fixed.

use nova_core::pipeline::{Candidate, Missing};

use super::page::{FeedError, FeedPage, FeedRequest};
use super::position::slate_payload;
use super::service::{FeedService, Standing};
use super::stored::StoredSlate;
use crate::cache::Space;
use crate::metrics;

/// Judged beyond a page at once, so that a few refused items cost no second batch.
const SPARE: usize = 8;

impl FeedService {
    /// A page of a slate that is there already. Whatever must not be shown any more is left out, and what follows
    /// fills the page.
    pub(super) async fn further(
        &self,
        request: &FeedRequest,
        id: u128,
        start: usize,
        store: Standing,
    ) -> Result<FeedPage, FeedError> {
        let key = format!("{id:032x}");
        let stored = self.cache.get(Space::Slate, &key, Some(self.config.slate_ttl)).await?;
        metrics::cache_asked(Space::Slate, stored.is_some());
        let slate = stored.and_then(StoredSlate::from_bytes).ok_or(FeedError::CursorExpired)?;
        if start > 0 {
            self.scrolled(request.viewer, id).await;
        }
        let now = self.clock.now();
        let behind = store != Standing::Current;
        let mut missing = if behind { vec![Missing::Store] } else { Vec::new() };
        let (mut next, mut shown) = (start, Vec::with_capacity(request.limit));
        while shown.len() < request.limit && next < slate.len() {
            let chunk = slate.items(next, request.limit - shown.len() + SPARE);
            let mut judged: Vec<Candidate> = chunk.iter().map(|item| item.candidate).collect();
            if behind {
                self.judge_behind(request.viewer, now, &mut judged).await?;
            } else {
                self.judge(Some(request.viewer), now, &mut judged, &mut missing).await?;
            }
            for (item, candidate) in chunk.into_iter().zip(judged) {
                if shown.len() == request.limit {
                    break;
                }
                next += 1;
                if candidate.verdict.allows_in_slate() {
                    shown.push(item);
                }
            }
        }
        let explain = (request.explain && slate.explained()).then(|| (slate.weights(), slate.made_at()));
        let mut items = self.dress(shown, explain.as_ref().map(|(weights, at)| (weights, *at)), false).await;
        self.recount(Some(request.viewer), now, &mut items, &mut missing).await;
        Ok(FeedPage {
            items,
            next_cursor: (next < slate.len()).then(|| self.cursor(request, &slate_payload(id, next))),
            slate_id: Some(key),
            algo: request.algo,
            config_version: slate.config_version().to_owned(),
            cached: true,
            missing,
            as_of: self.progress.text(),
        })
    }
}
