//! From ranked items to what a page shows: verdicts anew, counts of now, texts, reasons.

use std::sync::Arc;

use nova_core::model::{PostId, Timestamp, UserId};
use nova_core::pipeline::{Candidate, Missing, Scored, TERMS_MAX};

use super::authority::{Authority, Both};
use super::body::Shown;
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
    ) -> Result<(), FeedError> {
        // a store that just did not answer is not asked for each part of a page again
        if !missing.contains(&Missing::Store) {
            let judged = match self.authority {
                Authority::Store => {
                    let judged = self.verdicts.call("feed.judge", self.store.judge(viewer, now, found));
                    judged.await.map(|()| true)
                }
                Authority::Tables => self.both().judge(viewer, now, found).await,
            };
            let error = match judged {
                Ok(by_tables) => {
                    note(missing, Missing::Social, !by_tables);
                    return Ok(());
                }
                Err(error) => error,
            };
            tracing::warn!(error = ?error, "the store cannot say who may see what, the tables are asked");
            missing.push(Missing::Store);
        }
        Ok(self.social.judge(viewer, now, found).await?)
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
