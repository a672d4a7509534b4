//! Facts whose post is not known yet.
//!
//! The topics have no common order, so a like may come before the post it likes. It waits here, at most as long and
//! as many as the configuration says, oldest first out.

use std::collections::BTreeMap;
use std::ops::Range;

use hashbrown::HashMap;
use nova_core::model::{PostId, Timestamp};

use super::config::MemoryStoreConfig;
use super::snapshot::Moment;
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

    /// Takes up facts from a snapshot, each with the number it had, in any order.
    pub(super) fn restore(&mut self, mut facts: Vec<(u64, PostId, Placed)>) {
        facts.sort_by_key(|&(number, ..)| number);
        for (_, post, placed) in facts {
            self.hold(post, placed);
        }
    }

    /// Everything that waited for this post, in the order in which it came. `moment` keeps what a snapshot still
    /// needs, here and below.
    pub(super) fn take(&mut self, post: PostId, mut moment: Option<&mut Moment>) -> Vec<Placed> {
        let numbers = self.by_post.remove(&post).unwrap_or_default();
        let mut taken = Vec::with_capacity(numbers.len());
        for number in numbers {
            let held = self.events.remove(&number).or_else(|| self.rows.remove(&number));
            let Some((_, placed)) = held else { continue };
            if let Some(moment) = moment.as_deref_mut() {
                moment.before_leaving(number, &placed);
            }
            taken.push(placed);
        }
        taken
    }

    /// The oldest fact that waits no longer at `now`, the log's time: expired, or one too many.
    pub(super) fn give_up(
        &mut self,
        now: Timestamp,
        config: &MemoryStoreConfig,
        moment: Option<&mut Moment>,
    ) -> Option<Placed> {
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
        if let Some(moment) = moment {
            moment.before_leaving(number, &placed);
        }
        if let Some(numbers) = self.by_post.get_mut(&post) {
            numbers.retain(|&held| held != number);
            if numbers.is_empty() {
                self.by_post.remove(&post);
            }
        }
        Some(placed)
    }

    /// The number that the next fact gets: all that wait have smaller ones.
    pub(super) const fn next(&self) -> u64 {
        self.next
    }

    /// The first fact with a number in this range.
    pub(super) fn first_in(&self, numbers: Range<u64>) -> Option<(u64, &Placed)> {
        let event = self.events.range(numbers.clone()).next();
        let row = self.rows.range(numbers).next();
        let first = event.into_iter().chain(row).min_by_key(|&(&number, _)| number);
        first.map(|(&number, (_, placed))| (number, placed))
    }
}
