//! Dead letters: records that can never be applied, kept with everything needed to put them back.

use async_trait::async_trait;
use bytes::Bytes;
use nova_core::error::Result;
use nova_core::model::Timestamp;

use super::{Place, Record};

/// Why a record could not be applied. Closed: it labels a metric.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Reason {
    /// Not JSON, cut off, or not UTF-8.
    Malformed,
    /// JSON, but not of the shape of its topic: a field is missing or of the wrong type.
    Invalid,
    /// A change without a version to order it by.
    Unversioned,
    /// An operation that must not be applied by itself (truncate).
    Operation,
    /// An event older than what deduplication can still decide.
    TooOld,
    /// An event whose post did not appear in time.
    PostUnknown,
    /// The store will never take it.
    Refused,
}

/// What stands beside a record in the log, in order: a name and bytes. A name may come more than once.
pub type Headers = Vec<(String, Option<Bytes>)>;

impl Reason {
    /// Every reason.
    pub const ALL: [Self; 7] = [
        Self::Malformed,
        Self::Invalid,
        Self::Unversioned,
        Self::Operation,
        Self::TooOld,
        Self::PostUnknown,
        Self::Refused,
    ];

    /// A stable word.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Malformed => "malformed",
            Self::Invalid => "invalid",
            Self::Unversioned => "unversioned",
            Self::Operation => "operation",
            Self::TooOld => "too_old",
            Self::PostUnknown => "post_unknown",
            Self::Refused => "refused",
        }
    }

    /// The reason of a word.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|reason| reason.name() == name)
    }
}

/// A record that was put aside.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeadLetter {
    /// Where it stood; its identity: a replay that meets it again puts it aside once.
    pub place: Place,
    /// Why.
    pub reason: Reason,
    /// The sentence for people: names the field. Of what the store refused: its own words.
    pub detail: String,
    /// Its key, to the byte.
    pub key: Bytes,
    /// Its bytes.
    pub value: Option<Bytes>,
    /// What stood beside it; nothing where the log keeps no headers.
    pub headers: Headers,
    /// When the log received it.
    pub received_at: Timestamp,
    /// When it was put aside.
    pub buried_at: Timestamp,
    /// When it was last put back, if it was.
    pub requeued_at: Option<Timestamp>,
}

impl DeadLetter {
    /// `events-0-812`: how people and the API name it.
    #[must_use]
    pub fn id(place: Place) -> String {
        format!("{}-{}-{}", place.topic.name(), place.partition, place.offset)
    }

    /// The place that an id names.
    #[must_use]
    pub fn parse_id(id: &str) -> Option<Place> {
        let mut parts = id.rsplitn(3, '-');
        let offset = parts.next()?.parse().ok()?;
        let partition = parts.next()?.parse().ok()?;
        let topic = super::Topic::named(parts.next()?)?;
        Some(Place { topic, partition, offset })
    }

    /// The record as it was, to be written again.
    #[must_use]
    pub fn record(&self) -> Record {
        Record { key: self.key.clone(), value: self.value.clone() }
    }
}

/// Letters that were forgotten, see [`DeadLetters::expire`].
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Expired {
    /// Because they had lain too long.
    pub aged: u64,
    /// Because there were too many.
    pub crowded: u64,
    /// How many of both had not been put back: what they hold is nowhere else any more.
    pub waiting: u64,
}

/// Where dead letters are kept. Durable before the reader moves on: a record is in the store, or here, or still to
/// be read.
#[async_trait]
pub trait DeadLetters: Send + Sync {
    /// Keeps letters; one that is there already (same place) stays as it is.
    async fn bury(&self, letters: Vec<DeadLetter>) -> Result<()>;

    /// Newest first, those after `before` (exclusive) in that order; `limit` 1..=1000. Put-back ones are listed too,
    /// with their time.
    async fn list(&self, limit: usize, before: Option<Place>) -> Result<Vec<DeadLetter>>;

    /// One letter.
    ///
    /// # Errors
    /// `NotFound`.
    async fn show(&self, place: Place) -> Result<DeadLetter>;

    /// Writes the record to the end of its topic again and marks the letter. The record first: after a failure in
    /// between, the letter waits still, and put back again its record stands twice in the log, which versions of
    /// changes and identities of events make harmless; it is never lost. (Two files or two systems share no
    /// transaction, so no twin promises both or neither.)
    ///
    /// # Errors
    /// `NotFound`; `Unavailable` as for an append.
    async fn requeue(&self, place: Place, now: Timestamp) -> Result<()>;

    /// Forgets a letter for good.
    ///
    /// # Errors
    /// `NotFound`.
    async fn discard(&self, place: Place) -> Result<()>;

    /// Forgets those that were put aside before `before`, then as many as there are more than `keep`: first what was
    /// put back, then the oldest. A bounded number a call; what is left goes with the next.
    async fn expire(&self, before: Timestamp, keep: u64) -> Result<Expired>;

    /// Letters that were not put back.
    async fn waiting(&self) -> Result<u64>;
}
