//! Who may still write: the number of an assignment, raised whenever a partition comes or goes.
//!
//! The broker checks that a commit is of the present generation, not that its sender owns the partition: a member that
//! lost one and has joined again may overwrite its successor's commit. So nothing is committed and nothing inserted
//! for a batch that was begun under an earlier number. Numbers are raised on the thread that polls, within the
//! rebalance; commits are checked and sent by that thread, which polls nothing in between.

use std::collections::BTreeMap;

use parking_lot::RwLock;

use crate::log::Topic;

/// The number under which a partition was assigned.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Assignment(u64);

/// The numbers of a member, all partitions. They outlive its sessions.
#[derive(Debug, Default)]
pub struct Epochs(RwLock<BTreeMap<(Topic, u16), u64>>);

impl Epochs {
    /// The partition comes or goes: nothing that was begun before may be written any more.
    pub fn raise(&self, topic: Topic, partition: u16) -> Assignment {
        let mut all = self.0.write();
        let number = all.entry((topic, partition)).or_insert(0);
        *number += 1;
        Assignment(*number)
    }

    /// May what was begun under this number be written? The one place that decides it.
    #[must_use]
    pub fn allow(&self, topic: Topic, partition: u16, assignment: Assignment) -> bool {
        self.0.read().get(&(topic, partition)) == Some(&assignment.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_present_assignment_may_write() {
        let epochs = Epochs::default();
        let first = epochs.raise(Topic::Events, 3);
        assert!(epochs.allow(Topic::Events, 3, first));
        assert!(!epochs.allow(Topic::Events, 4, first));
        // lost, and given back to the same member
        epochs.raise(Topic::Events, 3);
        let again = epochs.raise(Topic::Events, 3);
        assert!(!epochs.allow(Topic::Events, 3, first));
        assert!(epochs.allow(Topic::Events, 3, again));
    }
}
