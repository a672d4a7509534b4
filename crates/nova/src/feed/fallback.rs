//! Chronological pages from the tables: what `algo=time` asks for, and what a ranked feed falls back to.

use nova_core::model::{PostId, Timestamp};
use nova_core::pipeline::{Candidate, Features, Missing, Origins, RowHint, Scored, TERMS_MAX, Verdict};

use super::guard::timely;
use super::page::{Algo, FeedError, FeedPage, FeedRequest};
use super::position::before_payload;
use super::service::{FeedService, chronological_origin};
use crate::social::{Keyset, TimelineItem};

/// Times that the tables are asked for one page. A page whose posts were all hidden by events ends early after them,
/// and the next one goes on from there.
const ROUNDS_MAX: usize = 8;

/// A place in the timeline: everything after it is older.
type Place = (Timestamp, PostId);

impl FeedService {
    /// The followed accounts' posts, newest first. As a fallback, of everybody for a viewer who follows nobody, and
    /// marked as such.
    pub(super) async fn chronological(
        &self,
        request: &FeedRequest,
        before: Option<Place>,
    ) -> Result<FeedPage, FeedError> {
        let fallback = request.algo == Algo::Ranked;
        let mut missing = if fallback { vec![Missing::Store] } else { Vec::new() };
        let (mut found, rest) = self.timeline(request, before, &mut missing).await?;
        let more = found.len() > request.limit;
        found.truncate(request.limit);
        let last = found.last().map(|candidate| (candidate.created_at, candidate.post));
        let next = if more { last } else { rest };
        let placed = |(rank, candidate)| Scored {
            candidate,
            score: 0.0,
            values: [0.0; TERMS_MAX],
            rank: rank as u32,
            relaxed: false,
        };
        let shown = found.into_iter().enumerate().map(placed).collect();
        let mut items = self.dress(shown, None, false).await;
        self.recount(Some(request.viewer), self.clock.now(), &mut items, &mut missing).await;
        let (config_version, as_of) = self.version();
        Ok(FeedPage {
            items,
            next_cursor: next.map(|(time, post)| self.cursor(request, &before_payload(time, post))),
            slate_id: None,
            algo: request.algo,
            config_version,
            cached: false,
            missing,
            as_of,
        })
    }

    /// One post more than a page of what may be shown, and where to go on if the tables were asked often enough.
    async fn timeline(
        &self,
        request: &FeedRequest,
        mut before: Option<Place>,
        missing: &mut Vec<Missing>,
    ) -> Result<(Vec<Candidate>, Option<Place>), FeedError> {
        let now = self.clock.now();
        let fallback = request.algo == Algo::Ranked;
        let mut kept = Vec::with_capacity(request.limit + 1);
        for _ in 0..ROUNDS_MAX {
            let wanted = request.limit + 1 - kept.len();
            let page = Keyset { limit: wanted, before: before.map(|(time, post)| (time, post.0)) };
            let mut found = self.social.timeline(request.viewer, now, page, false).await?;
            if fallback && found.is_empty() && kept.is_empty() {
                found = self.social.timeline(request.viewer, now, page, true).await?;
            }
            let full = found.len() == wanted;
            before = found.last().map(|last| (last.created_at, last.post));
            let mut judged: Vec<Candidate> = found.iter().map(|item| candidate(request.algo, item)).collect();
            self.judge_by_events(request, now, &mut judged, missing).await;
            kept.extend(judged.into_iter().filter(|candidate| candidate.verdict.allows_in_slate()));
            if !full || kept.len() > request.limit {
                return Ok((kept, None));
            }
        }
        Ok((kept, before))
    }

    /// What only the store knows: posts hidden by an event. The tables have judged everything else already.
    async fn judge_by_events(
        &self,
        request: &FeedRequest,
        now: Timestamp,
        found: &mut [Candidate],
        missing: &mut Vec<Missing>,
    ) {
        if missing.contains(&Missing::Store) || found.is_empty() {
            return;
        }
        let viewer = Some(request.viewer);
        if let Err(error) = timely(self.deadline, "feed.judge", self.store.judge(viewer, now, found)).await {
            tracing::warn!(error = ?error, "the store cannot say what the viewer hid by an event");
            missing.push(Missing::Store);
            found.iter_mut().for_each(|candidate| candidate.verdict = Verdict::CLEAR);
        }
    }
}

fn candidate(algo: Algo, item: &TimelineItem) -> Candidate {
    Candidate {
        post: item.post,
        author: item.author,
        created_at: item.created_at,
        row: RowHint::NONE,
        origins: Origins::only(chronological_origin(algo)),
        verdict: Verdict::CLEAR,
        features: Features::default(),
    }
}
