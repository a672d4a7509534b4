//! A post on its way into a slate.

use serde::{Serialize, Serializer};

use crate::model::{PostId, Timestamp, UserId};

/// Which source found a post. In the order in which a reason is chosen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[repr(u8)]
pub enum Origin {
    /// F1: the viewer follows the author.
    Follow = 0,
    /// F2: many engage with it now.
    Trending = 1,
    /// F3: the viewer interacted with the author before.
    Affinity = 2,
    /// The reserve: it is new.
    Recent = 3,
}

impl Origin {
    /// Every origin.
    pub const ALL: [Self; 4] = [Self::Follow, Self::Trending, Self::Affinity, Self::Recent];

    /// The word of the API and of the metrics.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Follow => "follow",
            Self::Trending => "trending",
            Self::Affinity => "affinity",
            Self::Recent => "recent",
        }
    }
}

impl Serialize for Origin {
    /// Its name.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}

/// The set of sources that found a post.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Origins(u8);

impl Origins {
    /// Just this one.
    #[must_use]
    pub const fn only(origin: Origin) -> Self {
        Self(1 << origin as u8)
    }

    /// From the byte that [`Origins::bits`] gave; unknown bits are dropped.
    #[must_use]
    pub const fn from_bits(bits: u8) -> Self {
        Self(bits & 0b1111)
    }

    /// As a byte.
    #[must_use]
    pub const fn bits(self) -> u8 {
        self.0
    }

    /// Adds one.
    pub const fn insert(&mut self, origin: Origin) {
        self.0 |= 1 << origin as u8;
    }

    /// Those in the set, in the order of [`Origin::ALL`].
    pub fn iter(self) -> impl Iterator<Item = Origin> {
        Origin::ALL.into_iter().filter(move |&origin| self.0 & (1 << origin as u8) != 0)
    }

    /// The first in the order of [`Origin::ALL`]; [`Origin::Recent`] for the empty set.
    #[must_use]
    pub fn reason(self) -> Origin {
        self.iter().next().unwrap_or(Origin::Recent)
    }
}

impl Serialize for Origins {
    /// The names of those in the set, in the order of [`Origin::ALL`].
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.iter())
    }
}

/// The store's own handle of a post: spares it a look-up by id when it is asked about a post it has just named.
/// A hint, never the identity; it means nothing to another store.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RowHint(pub u32);

impl RowHint {
    /// No hint: look it up by id.
    pub const NONE: Self = Self(u32::MAX);
}

/// What a source gives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Retrieved {
    /// The post.
    pub post: PostId,
    /// Its author.
    pub author: UserId,
    /// When it appeared.
    pub created_at: Timestamp,
    /// The store's handle.
    pub row: RowHint,
}

/// Why a post must not be shown to a viewer, as a set. Empty: it may be shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Verdict(u8);

impl Verdict {
    /// Nothing speaks against it.
    pub const CLEAR: Self = Self(0);
    /// The post is deleted, or not known at all.
    pub const GONE: Self = Self(1);
    /// Its author's account is deleted.
    pub const AUTHOR_GONE: Self = Self(1 << 1);
    /// The viewer wrote it.
    pub const OWN: Self = Self(1 << 2);
    /// One of the two blocks the other.
    pub const BLOCKED: Self = Self(1 << 3);
    /// The viewer mutes the author.
    pub const MUTED: Self = Self(1 << 4);
    /// The viewer hid the post.
    pub const HIDDEN: Self = Self(1 << 5);
    /// It is dated ahead of now by more than the tolerance, and waits.
    pub const EARLY: Self = Self(1 << 6);
    /// The viewer saw it within the seen window. Decides when a slate is made, not again within its pages.
    pub const SEEN: Self = Self(1 << 7);

    /// Everything but [`Verdict::SEEN`] and [`Verdict::OWN`]: what holds on every path, also for a viewer's own lists.
    const NEVER: u8 = !(Self::SEEN.0 | Self::OWN.0);

    /// Both together.
    #[must_use]
    pub const fn with(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Adds `other` where `holds`.
    #[must_use]
    pub const fn and_if(self, holds: bool, other: Self) -> Self {
        if holds { self.with(other) } else { self }
    }

    /// What of it is also in `other`.
    #[must_use]
    pub const fn only(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    /// Does any of `other` hold?
    #[must_use]
    pub const fn has(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }

    /// May it stand in a feed that was already ranked? Everything but "seen" counts.
    #[must_use]
    pub const fn allows_in_slate(self) -> bool {
        self.0 & !Self::SEEN.0 == 0
    }

    /// May it be reached at all (lists, a single post)? A viewer's own posts may.
    #[must_use]
    pub const fn allows_reading(self) -> bool {
        self.0 & Self::NEVER == 0
    }
}

/// The numbers that ranking reads. All zero is neutral.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct Features {
    /// Likes by the register: once per viewer.
    pub likes: u32,
    /// Comments that stand.
    pub comments: u32,
    /// Shares reported.
    pub shares: u32,
    /// Impressions reported.
    pub impressions: u32,
    /// This viewer's interactions with this author in 90 days: likes, comments, shares, clicks, views.
    pub interactions: u32,
    /// Does this viewer like the post?
    pub liked: bool,
}

/// A post that may enter the slate, with everything known of it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Candidate {
    /// The post.
    pub post: PostId,
    /// Its author.
    pub author: UserId,
    /// When it appeared.
    pub created_at: Timestamp,
    /// The store's handle.
    pub row: RowHint,
    /// Every source that found it.
    pub origins: Origins,
    /// What speaks against showing it.
    pub verdict: Verdict,
    /// What ranking reads.
    pub features: Features,
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const VERDICTS: [Verdict; 8] = [
        Verdict::GONE,
        Verdict::AUTHOR_GONE,
        Verdict::OWN,
        Verdict::BLOCKED,
        Verdict::MUTED,
        Verdict::HIDDEN,
        Verdict::EARLY,
        Verdict::SEEN,
    ];

    proptest! {
        #[test]
        fn a_verdict_holds_what_was_put_into_it(on in prop::collection::vec(any::<bool>(), VERDICTS.len())) {
            let put = || VERDICTS.into_iter().zip(on.iter().copied());
            let set = put().fold(Verdict::CLEAR, |set, (bit, on)| set.and_if(on, bit));
            for (bit, on) in put() {
                prop_assert_eq!(set.has(bit), on);
                prop_assert_eq!(set.with(bit).has(bit), true);
            }
            let spoken = |except: &[Verdict]| put().any(|(bit, on)| on && !except.contains(&bit));
            prop_assert_eq!(set == Verdict::CLEAR, !spoken(&[]));
            prop_assert_eq!(set.allows_in_slate(), !spoken(&[Verdict::SEEN]));
            prop_assert_eq!(set.allows_reading(), !spoken(&[Verdict::SEEN, Verdict::OWN]));
        }

        #[test]
        fn the_reason_is_the_first_origin_whatever_the_order(found in prop::collection::vec(0..4_usize, 0..6)) {
            let mut set = Origins::default();
            found.iter().for_each(|&origin| set.insert(Origin::ALL[origin]));
            let first = found.iter().min().map_or(Origin::Recent, |&origin| Origin::ALL[origin]);
            prop_assert_eq!(set.reason(), first);
            prop_assert_eq!(Origins::from_bits(set.bits() | 0b1111_0000), set);
            let all: Vec<_> = set.iter().collect();
            prop_assert!(all.is_sorted() && all.iter().all(|origin| found.contains(&(*origin as usize))));
        }
    }
}
