//! What a viewer did by events, for the pages of slates made before: known to every replica through the cache.
//!
//! ```text
//!   slate made ------------ hide, like by an event ------ page        the store was asked when the slate was made;
//!      |  store: all events before, 10 s ago at the latest |          what the viewer did since stands here, so that
//!      +--------------------------- the tables, now -------+          a page asks the tables and nobody else
//! ```
//!
//! Of hides only those that the tables could not take: they hold the others. Events that come into the log without
//! a process of Nova's API are known to the next slate.

use std::time::Duration;

use bytes::{Buf as _, BufMut as _, Bytes, BytesMut};
use futures_util::future::join_all;
use nova_core::model::{PostId, Timestamp, UserId};
use nova_core::pipeline::{Candidate, Verdict};

use super::Authority;
use super::service::FeedService;
use crate::cache::{Asked, Cache, Space};

/// Deeds of one kind that are remembered of a viewer.
const DEEDS_MAX: usize = 256;
/// Post, time, whether it was done or taken back.
const ENTRY_BYTES: usize = 16 + 8 + 1;
const BYTES_MAX: usize = DEEDS_MAX * ENTRY_BYTES;
/// What the store may lack of a viewer's deeds when a slate is made: as long as it takes when it is slow.
const ON_THEIR_WAY: Duration = Duration::from_secs(10);
/// Deeds outlive every slate that was begun or read with them: longer than a request takes.
const LONGER: Duration = Duration::from_secs(60);

/// What was done with a post.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Deed {
    /// Hidden from the viewer, and the tables do not say so.
    Hide,
    /// Hidden no longer.
    Unhide,
    /// Liked by an event.
    Like,
    /// Liked no longer: by an event, or a row that is gone.
    Unlike,
}

impl Deed {
    const fn kind(self) -> Kind {
        match self {
            Self::Hide | Self::Unhide => Kind::Hides,
            Self::Like | Self::Unlike => Kind::Likes,
        }
    }

    const fn is_done(self) -> bool {
        matches!(self, Self::Hide | Self::Like)
    }
}

/// One cannot push out the other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Kind {
    Hides,
    Likes,
}

impl Kind {
    fn key(self, viewer: UserId) -> String {
        match self {
            Self::Hides => format!("{viewer}:hides"),
            Self::Likes => format!("{viewer}:likes"),
        }
    }
}

/// Where a viewer's deeds stand in the cache.
pub(super) struct DeedKeys {
    hides: String,
    likes: String,
    life: Duration,
}

impl DeedKeys {
    /// Read beside a slate, and kept alive with it.
    pub(super) fn asked(&self) -> [Asked<'_>; 2] {
        [&self.hides, &self.likes].map(|key| Asked { space: Space::Did, key, extend: Some(self.life) })
    }
}

/// What a viewer did lately; oldest first.
#[derive(Debug, Clone, Default)]
pub(super) struct Deeds {
    hides: Bytes,
    likes: Bytes,
}

impl Deeds {
    /// From the cache, in the order of [`DeedKeys::asked`].
    pub(super) fn read(found: [Option<Bytes>; 2]) -> Self {
        let [hides, likes] = found.map(Option::unwrap_or_default);
        Self { hides, likes }
    }

    /// What a viewer hid, and hides no longer, as far as the cache tells.
    pub(super) async fn hides_of(cache: &dyn Cache, viewer: UserId) -> Self {
        let hides = cache.get(Space::Did, &Kind::Hides.key(viewer), None).await;
        Self::read([hides.unwrap_or_default(), None])
    }

    /// Did the viewer take back that this post is hidden?
    pub(super) fn unhid(&self, post: PostId) -> bool {
        last(&self.hides, post).is_some_and(|(_, is_done)| !is_done)
    }

    /// Is no hide missing? Else somebody hid more than is remembered, and the store has to be asked.
    pub(super) fn are_all(&self) -> bool {
        self.hides.len() < BYTES_MAX
    }

    /// Adds to each verdict what the viewer hid.
    pub(super) fn hide(&self, found: &mut [Candidate]) {
        if self.hides.is_empty() {
            return;
        }
        for candidate in found {
            let hid = last(&self.hides, candidate.post).is_some_and(|(_, is_done)| is_done);
            candidate.verdict = candidate.verdict.and_if(hid, Verdict::HIDDEN);
        }
    }

    /// Brings the viewer's own like, and with it the post's count, from the moment of the slate to now. Of row and
    /// event the later holds; what is older than the slate is in it.
    pub(super) fn like(&self, candidate: &mut Candidate, by_row: Option<Timestamp>, made_at: Timestamp) {
        let known = made_at.minus(ON_THEIR_WAY);
        let by_row = by_row.filter(|&at| at >= known);
        let by_event = last(&self.likes, candidate.post).filter(|&(at, _)| at >= known);
        let features = &mut candidate.features;
        let liked = match (by_row, by_event) {
            (None, None) => features.liked,
            (Some(row), Some((event, is_done))) if row < event => is_done,
            (None, Some((_, is_done))) => is_done,
            (Some(_), _) => true,
        };
        if liked != features.liked {
            let likes = features.likes;
            features.likes = if liked { likes.saturating_add(1) } else { likes.saturating_sub(1) };
            features.liked = liked;
        }
    }
}

/// The last deed with a post: when, and whether it was done or taken back.
fn last(deeds: &[u8], wanted: PostId) -> Option<(Timestamp, bool)> {
    let (entries, _) = deeds.as_chunks::<ENTRY_BYTES>();
    entries.iter().rev().find_map(|entry| {
        let mut entry = &entry[..];
        let post = PostId::from_bits(entry.get_u128());
        (post == wanted).then(|| (Timestamp::from_micros(entry.get_i64()), entry.get_u8() != 0))
    })
}

impl FeedService {
    /// Where the deeds of a viewer stand; nowhere where the store has the authority and nobody needs them.
    pub(super) fn deeds_of(&self, viewer: UserId) -> Option<DeedKeys> {
        (self.authority != Authority::Store).then(|| DeedKeys {
            hides: Kind::Hides.key(viewer),
            likes: Kind::Likes.key(viewer),
            life: self.slate_ttl() + LONGER,
        })
    }

    /// Users did this with posts, just now, by events or in a way that leaves nothing in the tables: pages of slates
    /// made before show it. At most one call's worth of events.
    pub async fn did(&self, mut deeds: Vec<(UserId, PostId, Deed)>) {
        if self.authority == Authority::Store || deeds.is_empty() {
            return;
        }
        let now = self.clock.now().micros();
        // stable: deeds of one user with one post stay in their order
        deeds.sort_by_key(|&(user, _, deed)| (user, deed.kind()));
        let kept = deeds.chunk_by(|a, b| (a.0, a.2.kind()) == (b.0, b.2.kind())).map(|of_one| {
            let mut entries = BytesMut::with_capacity(of_one.len() * ENTRY_BYTES);
            for &(_, post, deed) in of_one {
                entries.put_u128(post.bits());
                entries.put_i64(now);
                entries.put_u8(u8::from(deed.is_done()));
            }
            let key = of_one[0].2.kind().key(of_one[0].0);
            let life = self.slate_ttl() + LONGER;
            async move { self.cache.append(Space::Did, &key, entries.freeze(), BYTES_MAX, life).await }
        });
        for error in join_all(kept).await.into_iter().filter_map(Result::err) {
            tracing::warn!(error = ?error, "what a viewer did by an event is not known to the pages of slates made before");
        }
    }
}

#[cfg(test)]
mod tests {
    use nova_core::pipeline::{Features, Origins, RowHint};

    use super::*;

    fn candidate(post: u64, liked: bool) -> Candidate {
        Candidate {
            post: PostId::from_integer(post),
            author: UserId::from_integer(1),
            created_at: Timestamp::from_micros(0),
            row: RowHint::NONE,
            origins: Origins::default(),
            verdict: Verdict::CLEAR,
            features: Features { likes: 5, liked, ..Features::default() },
        }
    }

    fn entries(of: &[(u64, i64, bool)]) -> Bytes {
        let mut bytes = BytesMut::new();
        for &(post, second, is_done) in of {
            bytes.put_u128(PostId::from_integer(post).bits());
            bytes.put_i64(second * 1_000_000);
            bytes.put_u8(u8::from(is_done));
        }
        bytes.freeze()
    }

    #[test]
    fn the_last_word_on_a_post_hides_it_or_not() {
        let deeds =
            Deeds::read([Some(entries(&[(1, 1, true), (2, 2, true), (1, 3, false), (3, 4, true)])), None]);
        let mut found = [1, 2, 3, 4].map(|post| candidate(post, false));
        deeds.hide(&mut found);
        let hidden = found.map(|candidate| candidate.verdict.has(Verdict::HIDDEN));
        assert_eq!(hidden, [false, true, true, false]);
        assert_eq!([1, 2, 4].map(|post| deeds.unhid(PostId::from_integer(post))), [true, false, false]);
        assert!(deeds.are_all());
        let full: Vec<_> = (0..DEEDS_MAX as u64).map(|post| (post, 1, true)).collect();
        assert!(!Deeds::read([Some(entries(&full)), None]).are_all());
    }

    #[test]
    fn of_row_event_and_slate_the_latest_says_whether_a_post_is_liked() {
        let at = |second: i64| Timestamp::from_micros(second * 1_000_000);
        let made = at(100);
        let (none, row) = (None, |second| Some(at(second)));
        // in the slate, by a row, by an event: liked, and the count
        for (liked, by_row, event, now, likes) in [
            (false, none, None, false, 5),
            (true, none, None, true, 5),
            (false, row(110), None, true, 6),
            (true, row(90), None, true, 5),
            (false, none, Some((110, true)), true, 6),
            (true, none, Some((110, true)), true, 5),
            (true, row(90), Some((110, false)), false, 4),
            (true, none, Some((110, false)), false, 4),
            (false, row(120), Some((110, false)), true, 6),
            (true, row(110), Some((110, false)), true, 5),
            // the row is older than the slate, which knows what was said since
            (false, row(50), None, false, 5),
            // a little before: it may not have been in the store yet
            (false, none, Some((95, true)), true, 6),
            // long before: taken back since, the slate knows better
            (false, none, Some((50, true)), false, 5),
        ] {
            let deeds = event.map(|(second, is_done)| entries(&[(1, second, is_done), (2, 200, true)]));
            let mut candidate = candidate(1, liked);
            Deeds::read([None, deeds]).like(&mut candidate, by_row, made);
            let case = (liked, by_row, event);
            assert_eq!((candidate.features.liked, candidate.features.likes), (now, likes), "{case:?}");
        }
    }

    #[test]
    fn any_bytes_are_read() {
        let odd =
            Deeds::read([Some(Bytes::from_static(b"odd")), Some(Bytes::from(vec![7; ENTRY_BYTES + 3]))]);
        let mut found = [candidate(1, true)];
        odd.hide(&mut found);
        odd.like(&mut found[0], None, Timestamp::from_micros(0));
        assert_eq!(found, [candidate(1, true)]);
    }
}
