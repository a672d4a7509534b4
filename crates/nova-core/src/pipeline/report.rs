//! What happened while a slate was made.

use serde::ser::SerializeStruct;
use serde::{Serialize, Serializer};

use super::{Origin, Rejection};
use crate::error::Kind;

/// What the answer must own up to: something was missing, and the slate is poorer for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Missing {
    /// A source did not answer.
    Source(Origin),
    /// The counts could not be read; ranking went on without them.
    Features,
    /// The cache did not answer.
    Cache,
    /// The application's tables did not answer: texts, or the viewer's latest writes.
    Social,
    /// The store did not answer; the page is chronological.
    Store,
}

impl Missing {
    /// The word in the answer's `degraded`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Source(origin) => origin.name(),
            Self::Features => "features",
            Self::Cache => "cache",
            Self::Social => "social",
            Self::Store => "store",
        }
    }
}

impl Serialize for Missing {
    /// Its name.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}

/// Fetched, rejected, failed: the facts of one request, for the answer, the metrics and the log.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Report {
    fetched: [Option<u32>; Origin::ALL.len()],
    rejected: [u32; Rejection::ALL.len()],
    failures: Vec<(Origin, Kind)>,
    unmeasured: Option<Kind>,
}

impl Report {
    /// A source answered with `count` posts.
    pub fn fetched(&mut self, origin: Origin, count: usize) {
        self.fetched[origin as usize] = Some(u32::try_from(count).unwrap_or(u32::MAX));
    }

    /// A source failed.
    pub fn failed(&mut self, origin: Origin, kind: Kind) {
        let place = self.failures.partition_point(|&(other, _)| other <= origin);
        self.failures.insert(place, (origin, kind));
    }

    /// A candidate was refused.
    pub fn rejected(&mut self, rejection: Rejection) {
        self.rejected[rejection as usize] += 1;
    }

    /// The features could not be read.
    pub fn unmeasured(&mut self, kind: Kind) {
        self.unmeasured = Some(kind);
    }

    /// The sources that failed, and how, in the order of [`Origin::ALL`].
    #[must_use]
    pub fn failures(&self) -> &[(Origin, Kind)] {
        &self.failures
    }

    /// Posts that a source gave; `None`: it was not asked or failed.
    #[must_use]
    pub fn count(&self, origin: Origin) -> Option<u32> {
        self.fetched[origin as usize]
    }

    /// Candidates refused for this reason.
    #[must_use]
    pub fn refused(&self, rejection: Rejection) -> u32 {
        self.rejected[rejection as usize]
    }

    /// Why the features could not be read, if they could not.
    #[must_use]
    pub fn unmeasured_because(&self) -> Option<Kind> {
        self.unmeasured
    }

    /// What was missing: sources in the order of [`Origin::ALL`], then features.
    #[must_use]
    pub fn missing(&self) -> Vec<Missing> {
        let mut missing: Vec<Missing> =
            self.failures.iter().map(|&(origin, _)| Missing::Source(origin)).collect();
        if self.unmeasured.is_some() {
            missing.push(Missing::Features);
        }
        missing
    }
}

impl Serialize for Report {
    /// `{"fetched": {"follow": 12, ..}, "rejected": {"seen": 3, ..}, "failed": {"affinity": "timeout", ..},
    /// "degraded": ["affinity", ..]}`: sources that were not asked and reasons that did not occur are left out.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        struct Entries<I>(I);
        impl<K: Serialize, V: Serialize, I: Iterator<Item = (K, V)> + Clone> Serialize for Entries<I> {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_map(self.0.clone())
            }
        }
        let fetched = Origin::ALL.iter().filter_map(|&origin| Some((origin, self.count(origin)?)));
        let rejected = Rejection::ALL.iter().map(|&rejection| (rejection, self.refused(rejection)));
        let mut report = serializer.serialize_struct("Report", 4)?;
        report.serialize_field("fetched", &Entries(fetched))?;
        report.serialize_field("rejected", &Entries(rejected.filter(|&(_, count)| count > 0)))?;
        report.serialize_field("failed", &Entries(self.failures.iter().copied()))?;
        report.serialize_field("degraded", &self.missing())?;
        report.end()
    }
}
