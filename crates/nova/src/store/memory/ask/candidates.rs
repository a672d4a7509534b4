//! What is known of candidates: may the viewer see them, and the numbers that ranking reads.

use nova_core::model::{Timestamp, UserId};
use nova_core::pipeline::{Candidate, Features, RowHint, Verdict};

use super::affinity::affinity_days;
use crate::store::memory::index::Index;
use crate::store::memory::packed::{RowMap, seconds};
use crate::store::memory::post::{AUTHOR_GONE, Counts, GONE, Post};
use crate::store::memory::viewer::Viewer;

/// Sets each candidate's verdict, its date, and where it came without a row, its author.
pub(in crate::store::memory) fn judge(
    index: &Index,
    viewer: Option<UserId>,
    now: Timestamp,
    found: &mut [Candidate],
) {
    let viewer = viewer.and_then(|viewer| index.users.find(viewer));
    let mut judge = |kept: Option<&Viewer>| {
        let judging = Judging {
            latest: now.plus(index.config.early_tolerance),
            seen_since: seconds(now.minus(index.config.seen_window)),
            viewer: viewer.map(|(viewer, _)| viewer),
            kept,
        };
        for candidate in found.iter_mut() {
            let Some((row, post)) = index.posts.resolve(candidate.post, candidate.row) else {
                candidate.verdict = Verdict::GONE;
                continue;
            };
            candidate.verdict = judging.verdict(row, post);
            candidate.created_at = post.created_at();
            if candidate.row == RowHint::NONE {
                candidate.author = index.users.id(post.author()).unwrap_or(candidate.author);
                candidate.row = RowHint(row);
            }
        }
    };
    match viewer {
        // one lock for all candidates: a page of verdicts from one moment
        Some((_, cell)) => judge(cell.viewer().as_deref()),
        None => judge(None),
    }
}

struct Judging<'a> {
    latest: Timestamp,
    seen_since: u32,
    viewer: Option<u32>,
    kept: Option<&'a Viewer>,
}

impl Judging<'_> {
    #[inline]
    fn verdict(&self, row: u32, post: &Post) -> Verdict {
        let verdict = Verdict::CLEAR
            .and_if(post.has(GONE), Verdict::GONE)
            .and_if(post.has(AUTHOR_GONE), Verdict::AUTHOR_GONE)
            .and_if(post.created_at() > self.latest, Verdict::EARLY)
            .and_if(self.viewer == Some(post.author()), Verdict::OWN);
        let Some(kept) = self.kept else { return verdict };
        verdict
            .with(kept.barred(post.author()))
            .and_if(kept.hides(row), Verdict::HIDDEN)
            .and_if(kept.seen.has(row, self.seen_since), Verdict::SEEN)
    }
}

/// Sets each candidate's features; those of a post that is not known are neutral.
pub(in crate::store::memory) fn measure(
    index: &Index,
    viewer: Option<UserId>,
    now: Timestamp,
    found: &mut [Candidate],
) {
    let viewer = viewer.and_then(|viewer| index.users.find(viewer));
    let (from, to) = affinity_days(&index.config, now);
    let mut measure = |kept: Option<&Viewer>| {
        let interactions = kept.map(|kept| kept.affinity.by_author(from, to)).unwrap_or_default();
        for candidate in found.iter_mut() {
            candidate.features = match index.posts.resolve(candidate.post, candidate.row) {
                Some((row, post)) => features(row, post, &interactions, kept),
                None => Features::default(),
            };
        }
    };
    match viewer {
        Some((_, cell)) => measure(cell.viewer().as_deref()),
        None => measure(None),
    }
}

#[inline]
fn features(row: u32, post: &Post, interactions: &RowMap<u32>, kept: Option<&Viewer>) -> Features {
    let Counts { likes, comments, shares, impressions } = post.counts();
    Features {
        likes,
        comments,
        shares,
        impressions,
        interactions: interactions.get(&post.author()).copied().unwrap_or(0),
        liked: kept.is_some_and(|kept| kept.likes.is_set(row)),
    }
}
