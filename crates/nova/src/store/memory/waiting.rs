//! Facts whose post is not known yet.
//!
//! The topics have no common order, so a like may come before the post it likes. It waits here, at most as long and
//! as many as the configuration says, oldest first out.

use std::collections::BTreeMap;

use hashbrown::HashMap;
use nova_core::model::{PostId, Timestamp};

use super::config::MemoryStoreConfig;
use crate::store::{Fact, Placed};

/// In the order in which they came, events and rows apart: rows do not expire.
#[derive(Debug, Default)]
pub(super) struct Waiting {
    events: BTreeMap<u64, (PostId, Placed)>,
    rows: BTreeMap<u64, (PostId, Placed)>,
    by_post: HashMap<PostId, Vec<u64>>,
    next: u64,
}

impl Waiting {
    /// Keeps a fact until its post comes.
    pub(super) fn hold(&mut self, post: PostId, placed: Placed) {
        let queue = match placed.fact {
            Fact::Event(_) => &mut self.events,
            Fact::Change(_) => &mut self.rows,
        };
        queue.insert(self.next, (post, placed));
        self.by_post.entry(post).or_default().push(self.next);
        self.next += 1;
    }

    /// Everything that waited for this post, in the order in which it came.
    pub(super) fn take(&mut self, post: PostId) -> Vec<Placed> {
        let numbers = self.by_post.remove(&post).unwrap_or_default();
        let mut taken = Vec::with_capacity(numbers.len());
        for number in numbers {
            let held = self.events.remove(&number).or_else(|| self.rows.remove(&number));
            taken.extend(held.map(|(_, placed)| placed));
        }
        taken
    }

    /// The oldest fact that waits no longer at `now`, the log's time: expired, or one too many.
    pub(super) fn give_up(&mut self, now: Timestamp, config: &MemoryStoreConfig) -> Option<Placed> {
        let events_over = self.events.len() > config.waiting_events_max;
        let first = self
            .events
            .first_entry()
            .filter(|first| events_over || first.get().1.received_at.plus(config.waiting_window) < now);
        let (number, (post, placed)) = match first {
            Some(first) => first.remove_entry(),
            None if self.rows.len() > config.waiting_rows_max => self.rows.pop_first()?,
            None => return None,
        };
        if let Some(numbers) = self.by_post.get_mut(&post) {
            numbers.retain(|&held| held != number);
            if numbers.is_empty() {
                self.by_post.remove(&post);
            }
        }
        Some(placed)
    }

    pub(super) fn len(&self) -> usize {
        self.events.len() + self.rows.len()
    }

    /// All, in the order in which they came.
    pub(super) fn all(&self) -> impl Iterator<Item = &Placed> {
        let mut all: Vec<_> = self.events.iter().chain(&self.rows).collect();
        all.sort_unstable_by_key(|&(number, _)| number);
        all.into_iter().map(|(_, (_, placed))| placed)
    }
}
