//! A ranked slate as the cache holds it: fixed-size records, so that a page reads only its own.

use bytes::{Buf as _, BufMut as _, Bytes, BytesMut};
use nova_core::model::{PostId, Timestamp, UserId};
use nova_core::pipeline::{Candidate, Features, Origins, RowHint, Scored, Slate, TERMS_MAX, Verdict};

/// The shape's version; bytes of another one are a slate that is gone.
const VERSION: u8 = 1;
/// version, flags, items, time, configuration version, weights
const HEAD_BYTES: usize = 1 + 1 + 2 + 8 + CONFIG_BYTES + TERMS_MAX * 8;
const CONFIG_BYTES: usize = 16;
/// post, author, time, row, score, rank, origins, relaxed
const ITEM_BYTES: usize = 16 + 16 + 8 + 4 + 8 + 2 + 1 + 1;
/// values, likes, comments, shares, impressions, interactions
const EXPLAIN_BYTES: usize = TERMS_MAX * 8 + 5 * 4;
/// likes, comments, shares, impressions, liked by the viewer
const COUNTS_BYTES: usize = 4 * 4 + 1;
const EXPLAINED: u8 = 1;
const COUNTED: u8 = 1 << 1;

/// What a slate keeps of each item beside its place and score.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Kept {
    /// What an explanation needs.
    pub explained: bool,
    /// What a page shows as counts, as they were when the slate was made.
    pub counted: bool,
}

/// What a slate was ranked with.
#[derive(Debug, Clone)]
pub struct Ranking {
    /// Version of the ranking configuration; its first 16 bytes are kept.
    pub version: String,
    /// The weight of each term; 0 beyond them.
    pub weights: [f64; TERMS_MAX],
    /// The name of each term; empty beyond them.
    pub names: [&'static str; TERMS_MAX],
}

/// A slate that is being scrolled through.
#[derive(Debug, Clone)]
pub struct StoredSlate {
    bytes: Bytes,
}

impl StoredSlate {
    /// Keeps what pages need, and of the rest what `kept` says.
    #[must_use]
    pub fn encode(slate: &Slate, now: Timestamp, ranking: &Ranking, kept: Kept) -> Self {
        let item = item_bytes(kept);
        let mut out = BytesMut::with_capacity(HEAD_BYTES + slate.items.len() * item);
        out.put_u8(VERSION);
        out.put_u8(if kept.explained { EXPLAINED } else { 0 } | if kept.counted { COUNTED } else { 0 });
        out.put_u16(u16::try_from(slate.items.len()).unwrap_or(u16::MAX));
        out.put_i64(now.micros());
        let mut version = [0; CONFIG_BYTES];
        let length = ranking.version.len().min(CONFIG_BYTES);
        version[..length].copy_from_slice(&ranking.version.as_bytes()[..length]);
        out.put_slice(&version);
        ranking.weights.iter().for_each(|&weight| out.put_f64(weight));
        for scored in slate.items.iter().take(usize::from(u16::MAX)) {
            put(&mut out, scored, kept);
        }
        Self { bytes: out.freeze() }
    }

    /// From the cache; `None` when these bytes are not a slate of this version.
    #[must_use]
    pub fn from_bytes(bytes: Bytes) -> Option<Self> {
        let slate = Self { bytes };
        let whole = slate.bytes.len() >= HEAD_BYTES
            && slate.bytes[0] == VERSION
            && slate.bytes.len() == HEAD_BYTES + slate.len() * slate.item_bytes();
        whole.then_some(slate)
    }

    /// For the cache.
    #[must_use]
    pub fn bytes(&self) -> Bytes {
        self.bytes.clone()
    }

    /// Items of the whole slate.
    #[must_use]
    pub fn len(&self) -> usize {
        usize::from((&self.bytes[2..4]).get_u16())
    }

    /// No items.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// When it was ranked.
    #[must_use]
    pub fn made_at(&self) -> Timestamp {
        Timestamp::from_micros((&self.bytes[4..12]).get_i64())
    }

    /// The ranking configuration it was made with.
    #[must_use]
    pub fn config_version(&self) -> &str {
        let text = &self.bytes[12..12 + CONFIG_BYTES];
        let end = text.iter().position(|&b| b == 0).unwrap_or(text.len());
        std::str::from_utf8(&text[..end]).unwrap_or_default()
    }

    /// The weight of each term it was scored with; 0 beyond them.
    #[must_use]
    pub fn weights(&self) -> [f64; TERMS_MAX] {
        let mut from = &self.bytes[12 + CONFIG_BYTES..HEAD_BYTES];
        std::array::from_fn(|_| from.get_f64())
    }

    /// Does it hold what an explanation needs?
    #[must_use]
    pub fn explained(&self) -> bool {
        self.bytes[1] & EXPLAINED != 0
    }

    /// Does it hold counts?
    #[must_use]
    pub fn counted(&self) -> bool {
        self.bytes[1] & COUNTED != 0
    }

    /// The candidates from `start` on, at most `count`, as they were ranked; verdicts are clear.
    #[must_use]
    pub fn candidates(&self, start: usize, count: usize) -> Vec<Candidate> {
        let end = start.saturating_add(count).min(self.len());
        (start..end).map(|index| self.item(index).candidate).collect()
    }

    fn item_bytes(&self) -> usize {
        item_bytes(Kept { explained: self.explained(), counted: self.counted() })
    }

    /// One item; its verdict is clear, its features are those of the ranking, as far as they were kept.
    ///
    /// # Panics
    /// With an index that is not below [`StoredSlate::len`].
    #[must_use]
    pub fn item(&self, index: usize) -> Scored {
        let mut from = &self.bytes[HEAD_BYTES + index * self.item_bytes()..];
        let (post, author) = (PostId::from_bits(from.get_u128()), UserId::from_bits(from.get_u128()));
        let created_at = Timestamp::from_micros(from.get_i64());
        let row = RowHint(from.get_u32());
        let score = from.get_f64();
        let rank = u32::from(from.get_u16());
        let origins = Origins::from_bits(from.get_u8());
        let relaxed = from.get_u8() != 0;
        let mut values = [0.0; TERMS_MAX];
        let mut features = Features::default();
        if self.explained() {
            values.iter_mut().for_each(|value| *value = from.get_f64());
            features.likes = from.get_u32();
            features.comments = from.get_u32();
            features.shares = from.get_u32();
            features.impressions = from.get_u32();
            features.interactions = from.get_u32();
        }
        if self.counted() {
            features.likes = from.get_u32();
            features.comments = from.get_u32();
            features.shares = from.get_u32();
            features.impressions = from.get_u32();
            features.liked = from.get_u8() != 0;
        }
        let candidate =
            Candidate { post, author, created_at, row, origins, verdict: Verdict::CLEAR, features };
        Scored { candidate, score, values, rank, relaxed }
    }
}

const fn item_bytes(kept: Kept) -> usize {
    ITEM_BYTES + if kept.explained { EXPLAIN_BYTES } else { 0 } + if kept.counted { COUNTS_BYTES } else { 0 }
}

fn put(out: &mut BytesMut, scored: &Scored, kept: Kept) {
    let candidate = &scored.candidate;
    out.put_u128(candidate.post.bits());
    out.put_u128(candidate.author.bits());
    out.put_i64(candidate.created_at.micros());
    out.put_u32(candidate.row.0);
    out.put_f64(scored.score);
    out.put_u16(u16::try_from(scored.rank).unwrap_or(u16::MAX));
    out.put_u8(candidate.origins.bits());
    out.put_u8(u8::from(scored.relaxed));
    let features = &candidate.features;
    if kept.explained {
        scored.values.iter().for_each(|&value| out.put_f64(value));
        for count in
            [features.likes, features.comments, features.shares, features.impressions, features.interactions]
        {
            out.put_u32(count);
        }
    }
    if kept.counted {
        for count in [features.likes, features.comments, features.shares, features.impressions] {
            out.put_u32(count);
        }
        out.put_u8(u8::from(features.liked));
    }
}

#[cfg(test)]
mod tests {
    use nova_core::pipeline::Report;

    use super::*;

    fn scored(number: u32) -> Scored {
        let features = Features {
            likes: number,
            comments: 2,
            shares: 3,
            impressions: u32::MAX,
            interactions: 5,
            liked: number % 2 == 1,
        };
        let candidate = Candidate {
            post: PostId::from_integer(u64::from(number)),
            author: UserId::from_integer(7),
            created_at: Timestamp::from_micros(i64::from(number)),
            row: RowHint(number),
            origins: Origins::from_bits(3),
            verdict: Verdict::CLEAR,
            features,
        };
        Scored { candidate, score: 0.5, values: [0.25; TERMS_MAX], rank: number, relaxed: number == 1 }
    }

    #[test]
    fn what_is_kept_is_read_back() {
        let slate = Slate { items: (0..3).map(scored).collect(), report: Report::default() };
        let ranking =
            Ranking { version: "v".to_owned(), weights: [1.5; TERMS_MAX], names: Default::default() };
        let made_at = Timestamp::from_micros(99);
        for (explained, counted) in [(false, false), (true, false), (false, true), (true, true)] {
            let kept = Kept { explained, counted };
            let bytes = StoredSlate::encode(&slate, made_at, &ranking, kept).bytes();
            let read = StoredSlate::from_bytes(bytes.clone()).expect("a slate");
            assert_eq!((read.explained(), read.counted(), read.len()), (explained, counted, 3));
            assert_eq!((read.made_at(), read.config_version()), (made_at, "v"));
            assert_eq!(read.weights(), [1.5; TERMS_MAX]);
            for (index, of) in slate.items.iter().enumerate() {
                let mut expected = of.clone();
                let all = of.candidate.features;
                let interactions = if explained { all.interactions } else { 0 };
                expected.candidate.features = match (explained, counted) {
                    (false, false) => Features::default(),
                    (true, false) => Features { liked: false, ..all },
                    (_, true) => Features { interactions, ..all },
                };
                if !explained {
                    expected.values = [0.0; TERMS_MAX];
                }
                assert_eq!(read.item(index), expected, "{kept:?}");
            }
            for cut in [1, HEAD_BYTES, bytes.len() - 1] {
                assert!(StoredSlate::from_bytes(bytes.slice(..cut)).is_none(), "{cut} bytes are no slate");
            }
        }
    }
}
