//! Who may see what: the filters of a slate.

use std::time::Duration;

use super::RankingConfig;
use crate::pipeline::{Candidate, FeedContext, Filter, Origin, Rejection, Verdict};

/// Refuses what must never be shown. One filter, because the verdict is one read and fails closed as a whole.
#[derive(Debug, Clone, Copy)]
pub struct Visible;

/// The first that holds is the reason given: what is the post's own before what is between two people.
const REASONS: [(Verdict, Rejection); 6] = [
    (Verdict::GONE.with(Verdict::AUTHOR_GONE), Rejection::Gone),
    (Verdict::OWN, Rejection::Own),
    (Verdict::BLOCKED, Rejection::Blocked),
    (Verdict::MUTED, Rejection::Muted),
    (Verdict::HIDDEN, Rejection::Hidden),
    (Verdict::EARLY, Rejection::Early),
];

impl Filter for Visible {
    fn reject(&self, _: &FeedContext, candidate: &Candidate) -> Option<Rejection> {
        let verdict = candidate.verdict;
        if verdict.allows_in_slate() {
            return None;
        }
        REASONS.iter().find(|(bits, _)| verdict.has(*bits)).map(|&(_, rejection)| rejection)
    }
}

/// Refuses what the viewer saw lately. When a slate is made, not again within its pages.
#[derive(Debug, Clone, Copy)]
pub struct Seen;

impl Filter for Seen {
    fn reject(&self, _: &FeedContext, candidate: &Candidate) -> Option<Rejection> {
        candidate.verdict.has(Verdict::SEEN).then_some(Rejection::Seen)
    }
}

/// Refuses what has outgrown the window of every source that found it: a list made a while ago still names it.
///
/// `recent` has no window. It is asked when there is too little to show, and then an old post is better than none.
#[derive(Debug, Clone, Copy)]
pub struct TooOld {
    windows: [Option<Duration>; Origin::ALL.len()],
}

impl TooOld {
    /// The windows of `config`.
    #[must_use]
    pub fn new(config: &RankingConfig) -> Self {
        let windows = Origin::ALL.map(|origin| match origin {
            Origin::Follow => Some(config.follow.window()),
            Origin::Trending => Some(config.trending.window()),
            Origin::Affinity => Some(config.affinity.window()),
            Origin::Recent => None,
        });
        Self { windows }
    }
}

impl Filter for TooOld {
    fn reject(&self, cx: &FeedContext, candidate: &Candidate) -> Option<Rejection> {
        let fits = |origin| match self.windows[origin as usize] {
            Some(window) => candidate.created_at >= cx.now.minus(window),
            None => true,
        };
        (!candidate.origins.iter().any(fits)).then_some(Rejection::Old)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::model::{PostId, Timestamp, UserId};
    use crate::pipeline::{Features, Origins, RowHint};

    const BITS: [(Verdict, Rejection); 8] = [
        (Verdict::GONE, Rejection::Gone),
        (Verdict::AUTHOR_GONE, Rejection::Gone),
        (Verdict::OWN, Rejection::Own),
        (Verdict::BLOCKED, Rejection::Blocked),
        (Verdict::MUTED, Rejection::Muted),
        (Verdict::HIDDEN, Rejection::Hidden),
        (Verdict::EARLY, Rejection::Early),
        (Verdict::SEEN, Rejection::Seen),
    ];

    fn context() -> FeedContext {
        FeedContext {
            viewer: UserId::from_integer(1),
            now: Timestamp::from_millis(1_767_225_600_000),
            page: 20,
        }
    }

    fn candidate(verdict: Verdict, origins: Origins, age_hours: u64) -> Candidate {
        Candidate {
            post: PostId::from_integer(1),
            author: UserId::from_integer(2),
            created_at: context().now.minus(Duration::from_secs(age_hours * 3_600)),
            row: RowHint::NONE,
            origins,
            verdict,
            features: Features::default(),
        }
    }

    fn origins(of: &[Origin]) -> Origins {
        let mut set = Origins::default();
        of.iter().for_each(|&origin| set.insert(origin));
        set
    }

    #[test]
    fn a_post_is_old_when_no_source_that_found_it_would_still_take_it() {
        use Origin::{Affinity, Follow, Recent, Trending};
        let filter = TooOld::new(&RankingConfig::default());
        for (found_by, hours, rejection) in [
            (&[Follow][..], 72, None),
            (&[Follow], 73, Some(Rejection::Old)),
            (&[Trending], 24, None),
            (&[Trending], 25, Some(Rejection::Old)),
            (&[Trending, Affinity], 25, None),
            (&[Affinity], 73, Some(Rejection::Old)),
            (&[Recent], 24 * 365 * 30, None),
            (&[Trending, Recent], 100, None),
        ] {
            let candidate = candidate(Verdict::CLEAR, origins(found_by), hours);
            assert_eq!(filter.reject(&context(), &candidate), rejection, "{found_by:?} {hours} h");
        }
    }

    proptest! {
        /// The two filters together let exactly the clear verdict pass, and name the first reason in a fixed order.
        #[test]
        fn every_bit_speaks(bits in proptest::collection::vec(any::<bool>(), BITS.len())) {
            let set = BITS.iter().zip(&bits).fold(Verdict::CLEAR, |set, ((bit, _), &on)| set.and_if(on, *bit));
            let first = BITS.iter().zip(&bits).find(|(_, on)| **on).map(|((_, rejection), _)| *rejection);
            let candidate = candidate(set, Origins::only(Origin::Follow), 1);
            let (cx, candidate) = (context(), &candidate);
            prop_assert_eq!(Visible.reject(&cx, candidate).or_else(|| Seen.reject(&cx, candidate)), first);
            prop_assert_eq!(Visible.reject(&cx, candidate).is_none(), set.allows_in_slate());
        }
    }
}
