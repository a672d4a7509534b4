//! Places in the log.

use std::collections::BTreeMap;

use super::Topic;

/// Where one record stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Place {
    /// The topic.
    pub topic: Topic,
    /// The partition, from 0.
    pub partition: u16,
    /// The offset, from 0.
    pub offset: u64,
}

/// For each partition the offset of the next record: everything before it is behind.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Positions(BTreeMap<(Topic, u16), u64>);

impl Positions {
    /// Right after `place`.
    #[must_use]
    pub fn after(place: Place) -> Self {
        let mut positions = Self::default();
        positions.advance(place.topic, place.partition, place.offset + 1);
        positions
    }

    /// The next offset of a partition, if known.
    #[must_use]
    pub fn get(&self, topic: Topic, partition: u16) -> Option<u64> {
        self.0.get(&(topic, partition)).copied()
    }

    /// Moves a partition forward to `next`; never back.
    pub fn advance(&mut self, topic: Topic, partition: u16, next: u64) {
        let held = self.0.entry((topic, partition)).or_insert(next);
        *held = next.max(*held);
    }

    /// Moves every partition forward to where `other` stands.
    pub fn advance_all(&mut self, other: &Self) {
        for ((topic, partition), next) in other.iter() {
            self.advance(topic, partition, next);
        }
    }

    /// Is everything before `other` also before this?
    #[must_use]
    pub fn covers(&self, other: &Self) -> bool {
        other.iter().all(|((topic, partition), next)| self.get(topic, partition).unwrap_or(0) >= next)
    }

    /// Partition and next offset, in order.
    pub fn iter(&self) -> impl Iterator<Item = ((Topic, u16), u64)> + '_ {
        self.0.iter().map(|(&partition, &next)| (partition, next))
    }

    /// No partition is known.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Records between `behind` and this, over all partitions.
    #[must_use]
    pub fn lag_of(&self, behind: &Self) -> u64 {
        self.iter()
            .map(|((topic, partition), end)| end.saturating_sub(behind.get(topic, partition).unwrap_or(0)))
            .sum()
    }
}

/// `cdc.posts:0=12 events:0=9`: readable in a log line and as the answer's `as_of`.
impl std::fmt::Display for Positions {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        for (index, ((topic, partition), next)) in self.iter().enumerate() {
            let gap = if index == 0 { "" } else { " " };
            write!(f, "{gap}{}:{partition}={next}", topic.name())?;
        }
        Ok(())
    }
}
