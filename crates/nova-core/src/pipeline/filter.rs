//! May this post be shown to this viewer?

use serde::{Serialize, Serializer};

use super::{Candidate, FeedContext};

/// Why a candidate did not enter the slate. Closed: it labels a metric.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[repr(u8)]
pub enum Rejection {
    /// Deleted, or by an author whose account is.
    Gone = 0,
    /// The viewer's own.
    Own = 1,
    /// Blocked, either way.
    Blocked = 2,
    /// By a muted author.
    Muted = 3,
    /// Hidden by the viewer.
    Hidden = 4,
    /// Dated ahead of now.
    Early = 5,
    /// Seen lately.
    Seen = 6,
    /// Older than every source's window allows.
    Old = 7,
}

impl Rejection {
    /// Every reason.
    pub const ALL: [Self; 8] =
        [Self::Gone, Self::Own, Self::Blocked, Self::Muted, Self::Hidden, Self::Early, Self::Seen, Self::Old];

    /// A word for metrics.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Gone => "gone",
            Self::Own => "own",
            Self::Blocked => "blocked",
            Self::Muted => "muted",
            Self::Hidden => "hidden",
            Self::Early => "early",
            Self::Seen => "seen",
            Self::Old => "old",
        }
    }
}

impl Serialize for Rejection {
    /// Its name.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}

/// Pure and infallible: what it needs stands in the candidate's verdict, and a request whose verdicts could not be
/// read does not come this far.
pub trait Filter: Send + Sync {
    /// Why it may not be shown; `None`: it may.
    fn reject(&self, cx: &FeedContext, candidate: &Candidate) -> Option<Rejection>;
}
