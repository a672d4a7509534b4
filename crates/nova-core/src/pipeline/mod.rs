//! How a slate is made, knowing nothing of Nova's rules: gather, merge, judge, measure, score, rank, select.
//!
//! [`Pipeline`](crate::pipeline::Pipeline) is a struct of parts, not a trait to implement: what is in it, and in
//! which order, is data that one screen can show. Sources and the enricher may do I/O; the rest is pure and cannot
//! fail.

mod candidate;
mod context;
mod enricher;
mod filter;
mod hash;
mod merge;
mod order;
mod report;
mod scorer;
mod selector;
mod slate;
mod source;

pub use candidate::{Candidate, Features, Origin, Origins, Retrieved, RowHint, Verdict};
pub use context::FeedContext;
pub use enricher::Enricher;
pub use filter::{Filter, Rejection};
pub(crate) use hash::hash;
pub use merge::Merge;
pub use report::{Missing, Report};
pub use scorer::{Scorer, TERMS_MAX, Term};
pub use selector::{Placed, Selector};
pub use slate::{Scored, Slate};
pub use source::Source;

use futures_util::future::join_all;

use self::order::{Score, best_first};

use crate::error::Result;

/// The parts of a feed, in the order in which they act.
pub struct Pipeline {
    /// Asked all at once. A post found by several is one candidate; its reason is the first of them in this order.
    pub sources: Vec<Box<dyn Source>>,
    /// Asked only when the others leave fewer than a page.
    pub reserve: Box<dyn Source>,
    /// Reads what is known of all candidates, in one batch each.
    pub enricher: Box<dyn Enricher>,
    /// Each may refuse a candidate; the first that does is reported.
    pub filters: Vec<Box<dyn Filter>>,
    /// The score is their weighted sum. At most [`TERMS_MAX`].
    pub terms: Vec<Term>,
    /// The rules of the slate.
    pub selector: Box<dyn Selector>,
}

impl Pipeline {
    /// Makes the slate of one request.
    ///
    /// A source that fails is left out and reported. Features that cannot be read are neutral and reported.
    ///
    /// # Errors
    /// When no source answers, and when it cannot be known which candidates the viewer may see: a slate that might
    /// show what was blocked is never made.
    pub async fn run(&self, cx: &FeedContext) -> Result<Slate> {
        let mut report = Report::default();
        let mut merge = Merge::default();
        let fetched = join_all(self.sources.iter().map(|source| source.fetch(cx))).await;
        let mut failure = None;
        for (source, outcome) in self.sources.iter().zip(fetched) {
            match outcome {
                Ok(found) => {
                    report.fetched(source.origin(), found.len());
                    merge.add(source.origin(), found);
                }
                Err(error) => {
                    report.failed(source.origin(), error.kind());
                    failure = Some(error);
                }
            }
        }
        if let Some(error) = failure.take_if(|_| report.failures().len() == self.sources.len()) {
            return Err(error);
        }
        let mut kept = self.admit(cx, merge.take(), &mut report).await?;
        if kept.len() < cx.page {
            match self.reserve.fetch(cx).await {
                Ok(found) => {
                    report.fetched(self.reserve.origin(), found.len());
                    merge.add(self.reserve.origin(), found);
                    kept.extend(self.admit(cx, merge.take(), &mut report).await?);
                }
                Err(error) => report.failed(self.reserve.origin(), error.kind()),
            }
        }
        Ok(self.rank(cx, kept, report))
    }

    /// Judges, filters and measures: what comes back may be shown and carries its features.
    async fn admit(
        &self,
        cx: &FeedContext,
        mut found: Vec<Candidate>,
        report: &mut Report,
    ) -> Result<Vec<Candidate>> {
        if found.is_empty() {
            return Ok(found);
        }
        self.enricher.judge(cx, &mut found).await?;
        found.retain(|candidate| match self.filters.iter().find_map(|filter| filter.reject(cx, candidate)) {
            Some(rejection) => {
                report.rejected(rejection);
                false
            }
            None => true,
        });
        if found.is_empty() {
            return Ok(found);
        }
        if let Err(error) = self.enricher.measure(cx, &mut found).await {
            report.unmeasured(error.kind());
            found.iter_mut().for_each(|candidate| candidate.features = Features::default());
        }
        Ok(found)
    }

    /// Scores, orders and places. Pure: the same candidates give the same slate, whatever their order.
    #[must_use]
    pub fn rank(&self, cx: &FeedContext, kept: Vec<Candidate>, report: Report) -> Slate {
        let scores: Vec<Score> = kept.iter().map(|candidate| Score::of(cx, candidate, &self.terms)).collect();
        let order = best_first(&kept, &scores);
        let authors: Vec<_> = order.iter().map(|&index| kept[index as usize].author).collect();
        let place = |Placed { rank, relaxed }| {
            let index = order[rank as usize] as usize;
            let Score { sum: score, values } = scores[index];
            Scored { candidate: kept[index], score, values, rank, relaxed }
        };
        let items = self.selector.select(cx, &authors).into_iter().map(place).collect();
        Slate { items, report }
    }
}

impl std::fmt::Debug for Pipeline {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Pipeline")
            .field("sources", &self.sources.iter().map(|source| source.origin().name()).collect::<Vec<_>>())
            .field("reserve", &self.reserve.origin().name())
            .field(
                "terms",
                &self.terms.iter().map(|term| (term.scorer.name(), term.weight)).collect::<Vec<_>>(),
            )
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
