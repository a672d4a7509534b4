//! From ranked items to what a page shows: verdicts anew, counts of now, texts, reasons.

use std::sync::Arc;

use nova_core::error::{Error, Result};
use nova_core::model::{PostId, Timestamp, UserId};
use nova_core::pipeline::{Candidate, Missing, Scored, TERMS_MAX};
use tokio::time::Instant;

use super::authority::{Authority, Both};
use super::body::Shown;
use super::deeds::Deeds;
use super::page::{Explain, FeedError, FeedItem};
use super::service::FeedService;

impl FeedService {
    /// The verdicts of whoever has the authority; the tables' where the store does not answer.
    pub(super) async fn judge(
        &self,
        viewer: Option<UserId>,
        now: Timestamp,
        found: &mut [Candidate],
        missing: &mut Vec<Missing>,
    ) -> std::result::Result<(), FeedError> {
        match self.authority {
            Authority::Store | Authority::Product => self.judge_by_store(viewer, now, found, missing).await,
            // a store that just did not answer is not asked for each part of a page again
            Authority::Tables if !missing.contains(&Missing::Store) => {
                match self.both().judge(viewer, now, found).await {
                    Ok(by_tables) => {
                        note(missing, Missing::Social, !by_tables);
                        Ok(())
                    }
                    Err(error) => self.judge_without_store(viewer, now, found, missing, &error).await,
                }
            }
            Authority::Tables => Ok(self.social.judge(viewer, now, found).await?),
        }
    }

    /// The store's verdicts; the tables' where it does not answer.
    pub(super) async fn judge_by_store(
        &self,
        viewer: Option<UserId>,
        now: Timestamp,
        found: &mut [Candidate],
        missing: &mut Vec<Missing>,
    ) -> std::result::Result<(), FeedError> {
        if missing.contains(&Missing::Store) {
            return Ok(self.social.judge(viewer, now, found).await?);
        }
        match self.verdicts.call("feed.judge", self.store.judge(viewer, now, found)).await {
            Ok(()) => Ok(()),
            Err(error) => self.judge_without_store(viewer, now, found, missing, &error).await,
        }
    }

    async fn judge_without_store(
        &self,
        viewer: Option<UserId>,
        now: Timestamp,
        found: &mut [Candidate],
        missing: &mut Vec<Missing>,
        error: &Error,
    ) -> std::result::Result<(), FeedError> {
        tracing::warn!(error = ?error, "the store cannot say who may see what, the tables are asked");
        missing.push(Missing::Store);
        Ok(self.social.judge(viewer, now, found).await?)
    }

    /// The tables' verdicts, and in the same exchange the texts of the first `texts` posts, which are remembered, and
    /// the viewer's own likes. Features are those of `made_at`. Says whether the tables answered; if they did not,
    /// verdicts are as they were. What the viewer hid by events is not among them.
    pub(super) async fn judge_by_tables(
        &self,
        viewer: UserId,
        now: Timestamp,
        found: &mut [Candidate],
        texts: usize,
        (deeds, made_at): (&Deeds, Timestamp),
        missing: &mut Vec<Missing>,
    ) -> bool {
        if missing.contains(&Missing::Social) {
            return false;
        }
        match self.sights(viewer, now, found, texts).await {
            Ok(liked) => {
                for (candidate, by_row) in found.iter_mut().zip(liked) {
                    deeds.like(candidate, by_row, made_at);
                }
                true
            }
            Err(error) => {
                tracing::warn!(error = ?error, "the tables cannot say who may see what, the store's word holds");
                note(missing, Missing::Social, true);
                false
            }
        }
    }

    /// Verdicts and texts; since when the viewer likes each post, by a row.
    async fn sights(
        &self,
        viewer: UserId,
        now: Timestamp,
        found: &mut [Candidate],
        texts: usize,
    ) -> Result<Vec<Option<Timestamp>>> {
        let posts: Vec<PostId> = found.iter().map(|candidate| candidate.post).collect();
        let asked = Instant::now();
        let known = self.bodies.remembered(&posts[..texts.min(posts.len())], asked);
        let wanted: Vec<bool> = known.iter().map(Option::is_none).collect();
        let sights = self.social.sights(viewer, now, found, &wanted);
        let sights = self.tables.call("feed.sights", sights).await?;
        let liked = sights.iter().map(|sight| sight.liked_at).collect();
        let read = posts.into_iter().zip(sights);
        self.bodies.remember(read.filter_map(|(post, sight)| Some((post, sight.body?))), asked);
        Ok(liked)
    }

    /// Counts as they are now, for items whose ranking is of an earlier moment; says whether they were read. A store
    /// that just did not answer is not asked.
    pub(super) async fn recount(
        &self,
        viewer: Option<UserId>,
        now: Timestamp,
        shown: &mut [Candidate],
        missing: &mut Vec<Missing>,
    ) -> bool {
        if missing.contains(&Missing::Store) {
            return false;
        }
        match self.features.call("feed.recount", self.store.measure(viewer, now, shown)).await {
            Ok(()) => true,
            Err(error) => {
                tracing::warn!(error = ?error, "counts could not be read");
                missing.push(Missing::Features);
                false
            }
        }
    }

    /// Adds texts, and reasons where they are asked for.
    pub(super) async fn dress(
        &self,
        scored: Vec<Scored>,
        explain: Option<(&[f64; TERMS_MAX], Timestamp)>,
        counted: bool,
        missing: &mut Vec<Missing>,
    ) -> Vec<FeedItem> {
        let texts = self.texts(scored.iter().map(|item| item.candidate.post), missing).await;
        let item = |(scored, body)| {
            let explain = explain.map(|(weights, at)| self.explain(&scored, weights, at));
            FeedItem { scored, body, counted, explain }
        };
        scored.into_iter().zip(texts).map(item).collect()
    }

    /// What people read, as far as it can be had; in the order of the posts.
    pub(super) async fn texts(
        &self,
        posts: impl Iterator<Item = PostId>,
        missing: &mut Vec<Missing>,
    ) -> Vec<Option<Arc<Shown>>> {
        let posts: Vec<PostId> = posts.collect();
        if missing.contains(&Missing::Social) {
            // who just did not answer is not asked for each part of a page again
            return self.bodies.remembered(&posts, Instant::now());
        }
        self.bodies.of(&posts, &self.tables).await.unwrap_or_else(|(found, error)| {
            tracing::warn!(error = ?error, "texts could not be read, items have ids only");
            note(missing, Missing::Social, true);
            found
        })
    }

    fn both(&self) -> Both<'_> {
        Both {
            store: &*self.store,
            social: &*self.social,
            verdicts: Some(&self.verdicts),
            tables: &self.tables,
            deeds: Deeds::default(),
        }
    }

    /// Why an item stands where it does, from the numbers that it was ranked with.
    pub(super) fn explain(&self, scored: &Scored, weights: &[f64], at: Timestamp) -> Box<Explain> {
        let names = self.ranking().names.iter().filter(|name| !name.is_empty());
        Box::new(Explain {
            terms: names
                .zip(&scored.values)
                .zip(weights)
                .map(|((&name, &value), &weight)| (name, value, weight))
                .collect(),
            features: scored.candidate.features,
            age_hours: at.hours_since(scored.candidate.created_at).max(0.0),
            rank_before_rules: scored.rank + 1,
        })
    }
}

/// Adds what is missing, once.
fn note(missing: &mut Vec<Missing>, part: Missing, is_so: bool) {
    if is_so && !missing.contains(&part) {
        missing.push(part);
    }
}
