//! One candidate per post, whichever sources found it.

use hashbrown::HashTable;
use hashbrown::hash_table::Entry;

use super::{Candidate, Features, Origin, Origins, Retrieved, Verdict, hash};

/// Collects what the sources give. A post found twice is one candidate that remembers every source.
#[derive(Debug, Default)]
pub struct Merge {
    /// By post: its place among the known.
    index: HashTable<u32>,
    /// Every post ever added, in the order of first finding.
    known: Vec<u128>,
    /// The known ones from `taken` on. Those before were handed out: a later source that finds them again adds
    /// nothing.
    found: Vec<Candidate>,
    taken: usize,
}

impl Merge {
    /// Adds what one source found.
    pub fn add(&mut self, origin: Origin, found: Vec<Retrieved>) {
        let Self { index, known, .. } = self;
        index.reserve(found.len(), |&place| hash(known[place as usize]));
        known.reserve(found.len());
        self.found.reserve(found.len());
        for retrieved in found {
            let bits = retrieved.post.bits();
            let same = |&place: &u32| known[place as usize] == bits;
            match index.entry(hash(bits), same, |&place| hash(known[place as usize])) {
                Entry::Occupied(place) => {
                    if let Some(place) = (*place.get() as usize).checked_sub(self.taken) {
                        self.found[place].origins.insert(origin);
                    }
                }
                Entry::Vacant(place) => {
                    place.insert(known.len() as u32);
                    known.push(bits);
                    self.found.push(candidate(retrieved, origin));
                }
            }
        }
    }

    /// Hands out what was found since the last call, in the order of first finding.
    pub fn take(&mut self) -> Vec<Candidate> {
        self.taken += self.found.len();
        std::mem::take(&mut self.found)
    }
}

fn candidate(Retrieved { post, author, created_at, row }: Retrieved, origin: Origin) -> Candidate {
    Candidate {
        post,
        author,
        created_at,
        row,
        origins: Origins::only(origin),
        verdict: Verdict::CLEAR,
        features: Features::default(),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use proptest::prelude::*;

    use super::*;
    use crate::model::{PostId, Timestamp, UserId};
    use crate::pipeline::RowHint;

    fn retrieved(post: u64) -> Retrieved {
        Retrieved {
            post: PostId::from_integer(post),
            author: UserId::from_integer(post / 3),
            created_at: Timestamp::from_micros(post as i64),
            row: RowHint(post as u32),
        }
    }

    /// What some sources found, each with an origin, and before which of them the merge hands out.
    fn rounds() -> impl Strategy<Value = Vec<(Origin, Vec<u64>, bool)>> {
        let origin = prop::sample::select(&Origin::ALL[..]);
        prop::collection::vec((origin, prop::collection::vec(0..40_u64, 0..30), any::<bool>()), 0..8)
    }

    proptest! {
        #[test]
        fn no_post_is_lost_or_doubled_and_every_origin_is_kept(rounds in rounds()) {
            let mut merge = Merge::default();
            let mut handed_out: Vec<Candidate> = Vec::new();
            // What must come out: every post once, where it was first found, with the origins until it went out.
            let mut expected: Vec<(u64, Origins)> = Vec::new();
            let mut out = 0;
            for (origin, posts, take) in rounds {
                if take {
                    handed_out.extend(merge.take());
                    out = expected.len();
                }
                merge.add(origin, posts.iter().map(|&post| retrieved(post)).collect());
                for post in posts {
                    match expected.iter().position(|&(known, _)| known == post) {
                        Some(place) if place >= out => expected[place].1.insert(origin),
                        Some(_) => {}
                        None => expected.push((post, Origins::only(origin))),
                    }
                }
            }
            handed_out.extend(merge.take());
            let given: Vec<_> = handed_out.iter().map(|candidate| (candidate.row.0.into(), candidate.origins)).collect();
            prop_assert_eq!(given, expected);
            for candidate in handed_out {
                let Retrieved { post, author, created_at, row } = retrieved(candidate.row.0.into());
                prop_assert_eq!(
                    (candidate.post, candidate.author, candidate.created_at, candidate.row),
                    (post, author, created_at, row)
                );
                prop_assert_eq!((candidate.verdict, candidate.features), (Verdict::CLEAR, Features::default()));
            }
            prop_assert!(merge.take().is_empty());
        }

        #[test]
        fn the_order_of_the_sources_changes_the_order_only(rounds in rounds()) {
            let merged = |rounds: &mut dyn Iterator<Item = &(Origin, Vec<u64>, bool)>| {
                let mut merge = Merge::default();
                for (origin, posts, _) in rounds {
                    merge.add(*origin, posts.iter().map(|&post| retrieved(post)).collect());
                }
                let of = |candidate: Candidate| (candidate.post, candidate.origins.bits());
                merge.take().into_iter().map(of).collect::<BTreeMap<_, _>>()
            };
            prop_assert_eq!(merged(&mut rounds.iter()), merged(&mut rounds.iter().rev()));
        }

        /// A table of a thousand ids stays quick only if they spread: over its low bits, and over the high ones that
        /// it tells entries apart by.
        #[test]
        fn ids_spread(start in 0..u64::MAX / 2, step in 1..1_000_u64, uuids: bool) {
            let spread = |shift: u32, mask: u64| {
                let hashes = (0..1_024).map(|n| {
                    let id = start.wrapping_add(n * step);
                    let bits = PostId::from_integer(id).bits();
                    hash(if uuids { bits.wrapping_mul(0x9e37_79b9_7f4a_7c15_f39c_c060_5ced_c835) } else { bits })
                });
                hashes.map(|hash| hash >> shift & mask).collect::<BTreeSet<_>>().len()
            };
            // Chance would hit 647 of 1,024 bins; evenly stepping ids do a little better or worse.
            prop_assert!(spread(0, 1_023) > 400, "low bits: {}", spread(0, 1_023));
            prop_assert!(spread(54, 1_023) > 400, "high bits: {}", spread(54, 1_023));
        }
    }
}
