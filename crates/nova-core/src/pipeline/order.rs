//! The score of each candidate, and the order that it gives.

use std::cmp::Reverse;

use super::{Candidate, FeedContext, TERMS_MAX, Term};

/// A candidate's score and what it is made of.
#[derive(Debug, Clone, Copy)]
pub(super) struct Score {
    pub(super) sum: f64,
    pub(super) values: [f64; TERMS_MAX],
}

impl Score {
    /// The weighted sum, added in the order of the terms. A value that is not a number would decide the order by
    /// accident: it counts as 0.
    pub(super) fn of(cx: &FeedContext, candidate: &Candidate, terms: &[Term]) -> Self {
        let mut score = Self { sum: 0.0, values: [0.0; TERMS_MAX] };
        for (value, term) in score.values.iter_mut().zip(terms) {
            let given = term.scorer.score(cx, candidate);
            *value = if given.is_finite() { given } else { 0.0 };
            score.sum += term.weight * *value;
        }
        score
    }
}

/// Indices of `kept` in the order of [`Scored::order`](super::Scored::order).
pub(super) fn best_first(kept: &[Candidate], scores: &[Score]) -> Vec<u32> {
    let key = |score: &Score| Reverse(ascending(score.sum));
    let mut order: Vec<(Reverse<u64>, u32)> = scores.iter().map(key).zip(0..).collect();
    // Comparing one integer decides nearly always; what it leaves open is looked up.
    order.sort_unstable_by(|(a, i), (b, j)| {
        a.cmp(b).then_with(|| {
            let (a, b) = (&kept[*i as usize], &kept[*j as usize]);
            b.created_at.cmp(&a.created_at).then_with(|| a.post.cmp(&b.post))
        })
    });
    order.into_iter().map(|(_, index)| index).collect()
}

/// An integer that orders as [`f64::total_cmp`] does.
fn ascending(number: f64) -> u64 {
    let bits = number.to_bits();
    // Negative ones count backwards, and stand below the positive ones.
    let flip = if bits >> 63 == 1 { u64::MAX } else { 1 << 63 };
    bits ^ flip
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::model::{PostId, Timestamp, UserId};
    use crate::pipeline::{Features, Origin, Origins, RowHint, Scored, Verdict};

    proptest! {
        #[test]
        fn integers_order_as_the_numbers_do(a: f64, b: f64) {
            for (a, b) in [(a, b), (a, -a), (a, a), (0.0, a), (-0.0, 0.0), (f64::INFINITY, a)] {
                prop_assert_eq!(ascending(a).cmp(&ascending(b)), a.total_cmp(&b), "{} {}", a, b);
            }
        }

        /// Few different scores and times, so that every way to break a tie is taken.
        #[test]
        fn it_is_the_order_of_what_is_shown(
            all in prop::collection::btree_map(0..1_000_u64, (-2..3_i32, 0..3_i64), 0..60),
            turn in 0..60_usize,
        ) {
            let mut all: Vec<Scored> = all.into_iter().map(|(post, (score, micros))| Scored {
                candidate: Candidate {
                    post: PostId::from_integer(post),
                    author: UserId::from_integer(1),
                    created_at: Timestamp::from_micros(micros),
                    row: RowHint::NONE,
                    origins: Origins::only(Origin::Follow),
                    verdict: Verdict::CLEAR,
                    features: Features::default(),
                },
                score: f64::from(score),
                values: [0.0; TERMS_MAX],
                rank: 0,
                relaxed: false,
            }).collect();
            let middle = turn.min(all.len());
            all.rotate_left(middle);
            let kept: Vec<_> = all.iter().map(|item| item.candidate).collect();
            let scores: Vec<_> = all.iter().map(|item| Score { sum: item.score, values: item.values }).collect();
            let ordered: Vec<_> = best_first(&kept, &scores).into_iter().map(|i| kept[i as usize].post).collect();
            all.sort_by(Scored::order);
            prop_assert_eq!(ordered, all.iter().map(|item| item.candidate.post).collect::<Vec<_>>());
        }
    }
}
