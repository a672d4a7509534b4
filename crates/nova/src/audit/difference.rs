//! What an audit finds: one line each, with the place, what is wrong there, and the cure.

use std::fmt;

use serde::Serialize;

use super::repair::Repair;

/// What is held against what, in the order in which one rests on the other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Check {
    /// The group's offsets against the log and the ledger.
    Offsets,
    /// The ledger's ranges against each other, and their sums.
    Ledger,
    /// The rows of `events` against the ledger, and against themselves.
    Events,
    /// Dead letters against the ledger.
    Letters,
    /// Sums against the events that they were made of.
    Sums,
    /// Every other derived table against what it was made of.
    Derived,
    /// The rows of the source's tables against PostgreSQL.
    Rows,
}

impl Check {
    /// Every check.
    pub const ALL: [Self; 7] =
        [Self::Offsets, Self::Ledger, Self::Events, Self::Letters, Self::Sums, Self::Derived, Self::Rows];

    /// A word for lines, JSON and metrics.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Offsets => "offsets",
            Self::Ledger => "ledger",
            Self::Events => "events",
            Self::Letters => "letters",
            Self::Sums => "sums",
            Self::Derived => "derived",
            Self::Rows => "rows",
        }
    }

    /// What it counts as compared.
    #[must_use]
    pub const fn unit(self) -> &'static str {
        match self {
            Self::Offsets => "partitions",
            Self::Ledger => "ranges",
            Self::Events => "events",
            Self::Letters => "letters",
            Self::Sums => "sums",
            Self::Derived => "tables",
            Self::Rows => "rows",
        }
    }
}

/// One thing that is not as it must be.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Difference {
    /// Which check found it.
    pub check: Check,
    /// Where: a partition, a range, a table and its key.
    pub place: String,
    /// What is wrong there, in words that stay the same while the rest moves on: numbers are differences, or stand still
    /// with what is wrong.
    pub what: String,
    /// What to do about it.
    pub cure: String,
    /// How `--repair` mends it, if it does.
    pub repair: Option<Repair>,
}

impl Difference {
    pub(super) fn new(
        check: Check,
        place: impl Into<String>,
        what: impl Into<String>,
        cure: impl Into<String>,
    ) -> Self {
        Self { check, place: place.into(), what: what.into(), cure: cure.into(), repair: None }
    }

    /// One that `--repair` mends.
    pub(super) fn mended_by(mut self, repair: Repair) -> Self {
        self.repair = Some(repair);
        self
    }
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}: {}; {}", self.check.name(), self.place, self.what, self.cure)
    }
}
