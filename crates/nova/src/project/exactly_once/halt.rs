//! Why a partition stands still: what only an operator can decide, in one line with its cause and its cure.

use std::fmt;

use uuid::Uuid;

use super::Range;

/// Why. The rest of the partitions goes on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Why {
    /// The topic is another one than the store was filled from: its offsets mean other records.
    Anew {
        /// The id of the topic.
        found: Uuid,
        /// As the manifest has it.
        manifest: Uuid,
    },
    /// The group's place belongs to a later life of the topic than the store knows.
    Epoch {
        /// As committed.
        committed: u32,
        /// As the manifest has it.
        manifest: u32,
    },
    /// The topic has more or fewer partitions than the manifest says: keys have moved.
    Partitions {
        /// What the topic has.
        found: u16,
        /// What it should have.
        manifest: u16,
    },
    /// Records were dropped that nobody had read.
    Trimmed {
        /// Where the group stands.
        next: u64,
        /// The oldest record that is left.
        low: u64,
    },
    /// The group stands behind the end: this is not the log that it read.
    Ahead {
        /// Where the group stands.
        next: u64,
        /// The end of the partition.
        high: u64,
    },
    /// The metadata of the committed offset is not ours.
    Foreign,
    /// Too much of what arrives cannot be used: an outage, not some bad records.
    Poison {
        /// Records put aside among the last ones.
        buried: u64,
        /// How many those are.
        of: u64,
    },
    /// The store holds events of a range twice, or such as do not belong there.
    Partial {
        /// Which.
        range: Range,
        /// How many it holds.
        standing: u64,
        /// How many it should hold.
        kept: u64,
    },
    /// The store acknowledges a range again and again and does not hold it.
    Vanishing {
        /// Which.
        range: Range,
    },
    /// The store refuses too many events of a range for good.
    Refused {
        /// Which.
        range: Range,
        /// What it said.
        detail: String,
    },
    /// The source's table was emptied by a truncation.
    Truncated {
        /// Where the record stands.
        offset: u64,
    },
}

impl Why {
    /// A word for a metric.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Anew { .. } => "anew",
            Self::Epoch { .. } => "epoch",
            Self::Partitions { .. } => "partitions",
            Self::Trimmed { .. } => "trimmed",
            Self::Ahead { .. } => "ahead",
            Self::Foreign => "foreign",
            Self::Poison { .. } => "poison",
            Self::Partial { .. } => "partial",
            Self::Vanishing { .. } => "vanishing",
            Self::Refused { .. } => "refused",
            Self::Truncated { .. } => "truncated",
        }
    }
}

impl fmt::Display for Why {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Anew { found, manifest } => write!(
                f,
                "the topic was made anew ({found} was {manifest}): its offsets mean other records; when that is meant, \
                 `nova migrate --new-topics` begins a new epoch, which reads it from its begin; then start again"
            ),
            Self::Epoch { committed, manifest } => write!(
                f,
                "the group's offset is of epoch {committed} and the manifest says {manifest}: the store is older than the \
                 group, as after a restore; `nova resume --accept-gap` begins an epoch behind both, then start again"
            ),
            Self::Partitions { found, manifest } => write!(
                f,
                "the topic has {found} partitions and the manifest says {manifest}: keys have moved between partitions; \
                 grow by a new topic, not by more partitions"
            ),
            Self::Trimmed { next, low } => write!(
                f,
                "the records {next} to {low} (exclusive) were dropped before they were read; `nova resume --accept-gap` \
                 goes on without them; lengthen the topic's retention"
            ),
            Self::Ahead { next, high } => write!(
                f,
                "the group stands at {next} and the partition ends at {high}: the topic was made anew or lost its end; \
                 `nova migrate --new-topics` begins an epoch for a new one, `nova resume --accept-gap` for one that \
                 lost its end; then start again"
            ),
            Self::Foreign => f.write_str(
                "the metadata of the group's offset is not Nova's: something else commits under this group; give Nova a \
                 group of its own",
            ),
            Self::Poison { buried, of } => write!(
                f,
                "{buried} of the last {of} records cannot be used: this is an outage of whoever writes them; see \
                 `nova dead-letters`, mend the writer, then start again"
            ),
            Self::Partial { range, standing, kept } => write!(
                f,
                "the store holds {standing} events of {}-{} where {kept} belong: some stand twice, or were decided \
                 otherwise; run `nova audit`",
                range.first, range.last
            ),
            Self::Vanishing { range } => write!(
                f,
                "the store acknowledges {}-{} and does not hold it; look at its log and its disks, then start again",
                range.first, range.last
            ),
            Self::Refused { range, detail } => write!(
                f,
                "the store refuses too many events of {}-{}: {detail}; mend its tables (`nova migrate`), then start again",
                range.first, range.last
            ),
            Self::Truncated { offset } => write!(
                f,
                "the record {offset} says that the source's table was truncated, which is never done by itself; empty \
                 the table here if that is meant, and set the group's offset behind it"
            ),
        }
    }
}
