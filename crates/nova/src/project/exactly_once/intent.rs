//! What is about to be written, kept in the metadata of the committed offset: atomic with it, and fenced as it is.
//!
//! ```text
//!   n1;t=events;e=3                                                          nothing is about to be written
//!   n1;t=events;e=3;r=812000-812999;n=1000;k=990;h=00f1..;c=1;s=1790000000000   this range is
//! ```

use std::fmt;

use nova_core::model::Timestamp;

use crate::log::Topic;

/// What a broker takes at most, by its default.
pub(super) const BYTES_MAX: usize = 4_096;
/// Which decoder made a hash: raised when the same bytes may become another event.
pub(super) const CODEC: u16 = 1;

/// The metadata of an offset.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Intent {
    /// The topic.
    pub topic: Topic,
    /// Of the topic, when it was committed.
    pub epoch: u32,
    /// What may be written in part, if anything: it begins at the offset itself.
    pub pending: Option<Pending>,
}

/// A range that was closed and may have been written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pending {
    /// The first offset.
    pub first: u64,
    /// The last offset.
    pub last: u64,
    /// Records in it.
    pub records: u64,
    /// Events of it that are kept.
    pub kept: u64,
    /// Of the kept identities, in order.
    pub hash: u64,
    /// Which decoder made the hash.
    pub codec: u16,
    /// When it was closed, whole milliseconds.
    pub sealed_at: Timestamp,
}

impl fmt::Display for Intent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "n1;t={};e={}", self.topic.name(), self.epoch)?;
        let Some(Pending { first, last, records, kept, hash, codec, sealed_at }) = self.pending else {
            return Ok(());
        };
        let sealed = sealed_at.micros() / 1_000;
        write!(f, ";r={first}-{last};n={records};k={kept};h={hash:016x};c={codec};s={sealed}")
    }
}

impl Intent {
    /// Reads what [`Intent`] was written as, whatever the bytes; members that it does not know are passed over.
    /// `None`: somebody else wrote it.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        if text.len() > BYTES_MAX {
            return None;
        }
        let mut members = text.split(';');
        if members.next() != Some("n1") {
            return None;
        }
        let (mut topic, mut epoch) = (None, None);
        let (mut range, mut records, mut kept, mut hash, mut codec, mut sealed) =
            (None, None, None, None, None, None);
        for member in members {
            let (name, value) = member.split_once('=')?;
            match name {
                "t" => topic = Some(Topic::named(value)?),
                "e" => epoch = Some(value.parse().ok()?),
                "r" => range = Some(self::range(value)?),
                "n" => records = Some(value.parse().ok()?),
                "k" => kept = Some(value.parse().ok()?),
                "h" => hash = Some(u64::from_str_radix(value, 16).ok()?),
                "c" => codec = Some(value.parse().ok()?),
                "s" => sealed = Some(Timestamp::from_millis(value.parse().ok()?)),
                _ => {}
            }
        }
        let pending = match range {
            Some((first, last)) => Some(Pending {
                first,
                last,
                records: records?,
                kept: kept?,
                hash: hash?,
                codec: codec?,
                sealed_at: sealed?,
            }),
            None => None,
        };
        Some(Self { topic: topic?, epoch: epoch?, pending })
    }
}

fn range(text: &str) -> Option<(u64, u64)> {
    let (first, last) = text.split_once('-')?;
    let (first, last) = (first.parse().ok()?, last.parse().ok()?);
    (first <= last).then_some((first, last))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn intent() -> impl Strategy<Value = Intent> {
        let pending = (any::<u64>(), any::<u64>(), any::<[u64; 3]>(), any::<u16>(), 0..4_102_444_800_000_i64);
        let pending = pending.prop_map(|(one, other, [records, kept, hash], codec, sealed)| Pending {
            first: one.min(other),
            last: one.max(other),
            records,
            kept,
            hash,
            codec,
            sealed_at: Timestamp::from_millis(sealed),
        });
        (proptest::sample::select(&Topic::ALL), any::<u32>(), proptest::option::of(pending))
            .prop_map(|(topic, epoch, pending)| Intent { topic, epoch, pending })
    }

    proptest! {
        #[test]
        fn it_is_read_as_it_was_written_and_fits_into_metadata(intent in intent()) {
            let text = intent.to_string();
            prop_assert!(text.len() <= 256, "{text}");
            prop_assert_eq!(Intent::parse(&text), Some(intent));
        }

        #[test]
        fn any_text_is_an_intent_or_none(text in ".{0,80}", cut in 0..200_usize, intent in intent(), put in any::<char>()) {
            let _ = Intent::parse(&text);
            let mut near = intent.to_string();
            let at = cut.min(near.len());
            near.insert(at, put);
            let _ = Intent::parse(&near);
            near.truncate(at);
            let _ = Intent::parse(&near);
        }
    }

    #[test]
    fn what_somebody_else_wrote_is_none() {
        for text in
            ["", "n2;t=events;e=1", "n1;t=events", "n1;e=1", "n1;t=events;e=1;r=5-4;n=1", "n1;t=nobody;e=1"]
        {
            assert_eq!(Intent::parse(text), None, "{text}");
        }
        let long = format!("n1;t=events;e=1;x={}", "y".repeat(BYTES_MAX));
        assert_eq!(Intent::parse(&long), None);
        let later = "n1;t=events;e=1;x=y";
        assert_eq!(Intent::parse(later), Some(Intent { topic: Topic::Events, epoch: 1, pending: None }));
    }
}
