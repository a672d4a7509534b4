//! Chronological pages from the tables: what `algo=time` asks for, and what a ranked feed falls back to.

use nova_core::error::{Error, Kind};
use nova_core::model::{PostId, Timestamp, UserId};
use nova_core::pipeline::{
    Candidate, Features, Missing, Origin, Origins, RowHint, Scored, TERMS_MAX, Verdict,
};

use super::Authority;
use super::page::{Algo, FeedError, FeedPage, FeedRequest};
use super::position::before_payload;
use super::service::{FeedService, Standing};
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
        store: Standing,
    ) -> Result<FeedPage, FeedError> {
        if self.authority == Authority::Product && request.algo == Algo::Time {
            let detail = "a chronological feed is made of the social tables, which are the product's own, by [change.tables]: the product makes it";
            let refused = Error::new(Kind::Rejected, "feed.time", detail);
            return Err(refused.at("algo", "tables_of_the_product").into());
        }
        // without it nothing is counted: a count, or a like of one's own, may be from before the viewer's last write
        let whole = request.algo == Algo::Time && store == Standing::Current;
        let mut missing = if whole { Vec::new() } else { vec![Missing::Store] };
        let (mut found, rest) = self.timeline(request, before, store, &mut missing).await?;
        let more = found.len() > request.limit;
        found.truncate(request.limit);
        let last = found.last().map(|candidate| (candidate.created_at, candidate.post));
        let next = if more { last } else { rest };
        let counted = self.recount(Some(request.viewer), self.clock.now(), &mut found, &mut missing).await;
        let placed = |(rank, candidate)| Scored {
            candidate,
            score: 0.0,
            values: [0.0; TERMS_MAX],
            rank: rank as u32,
            relaxed: false,
        };
        let shown = found.into_iter().enumerate().map(placed).collect();
        let items = self.dress(shown, None, counted, &mut missing).await;
        Ok(FeedPage {
            items,
            next_cursor: next.map(|(time, post)| self.cursor(request, &before_payload(time, post))),
            slate_id: None,
            algo: request.algo,
            config_version: self.ranking.version.clone(),
            cached: false,
            missing,
            as_of: self.progress.text(),
            counted_at: None,
        })
    }

    /// One post more than a page of what may be shown, and where to go on if the tables were asked often enough.
    async fn timeline(
        &self,
        request: &FeedRequest,
        mut before: Option<Place>,
        mut store: Standing,
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
            if store != Standing::Silent && !self.hidden_by_events(request.viewer, now, &mut judged).await {
                store = Standing::Silent;
                if !missing.contains(&Missing::Store) {
                    missing.push(Missing::Store);
                }
            }
            kept.extend(judged.into_iter().filter(|candidate| candidate.verdict.allows_in_slate()));
            if !full || kept.len() > request.limit {
                return Ok((kept, None));
            }
        }
        Ok((kept, before))
    }

    /// Verdicts of a further page while the store is behind its viewer: those of the tables, which hold the viewer's
    /// writes, and what was hidden by an event.
    pub(super) async fn judge_behind(
        &self,
        viewer: UserId,
        now: Timestamp,
        found: &mut [Candidate],
    ) -> Result<(), FeedError> {
        self.hidden_by_events(viewer, now, found).await;
        let hidden: Vec<Verdict> = found.iter().map(|candidate| candidate.verdict).collect();
        self.social.judge(Some(viewer), now, found).await?;
        for (candidate, hidden) in found.iter_mut().zip(hidden) {
            candidate.verdict = candidate.verdict.with(hidden);
        }
        Ok(())
    }

    /// Leaves of each verdict what only the store may know: that the post was hidden by an event, which the tables
    /// could not take. Nothing else of it is used: the tables know better, and the store may not know the post yet.
    /// Says whether the store answered.
    async fn hidden_by_events(&self, viewer: UserId, now: Timestamp, found: &mut [Candidate]) -> bool {
        if found.is_empty() {
            return true;
        }
        let judged = self.verdicts.call("feed.judge", self.store.judge(Some(viewer), now, found)).await;
        if let Err(error) = &judged {
            tracing::warn!(error = ?error, "the store cannot say what the viewer hid by an event");
        }
        for candidate in found {
            let hidden = judged.is_ok() && candidate.verdict.has(Verdict::HIDDEN);
            candidate.verdict = Verdict::CLEAR.and_if(hidden, Verdict::HIDDEN);
        }
        judged.is_ok()
    }
}

fn candidate(algo: Algo, item: &TimelineItem) -> Candidate {
    let origin = match algo {
        Algo::Ranked => Origin::Recent,
        Algo::Time => Origin::Follow,
    };
    Candidate {
        post: item.post,
        author: item.author,
        created_at: item.created_at,
        row: RowHint::NONE,
        origins: Origins::only(origin),
        verdict: Verdict::CLEAR,
        features: Features::default(),
    }
}
