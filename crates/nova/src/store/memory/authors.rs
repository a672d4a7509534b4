//! An author's posts in the order of time.

use nova_core::model::Timestamp;

use super::packed::{room, seconds};
use super::peaks::{hour, within};

/// A post in an author's list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Dated {
    /// When it appeared, in [`seconds`].
    pub(super) seconds: u32,
    /// Which.
    pub(super) row: u32,
}

/// Oldest first. Deleted posts stay: they are flagged in their rows and may come back.
#[derive(Debug, Default)]
pub(super) struct PostList(Vec<Dated>);

impl PostList {
    pub(super) fn add(&mut self, created_at: Timestamp, row: u32) {
        let dated = Dated { seconds: seconds(created_at), row };
        room(&mut self.0);
        match self.0.last() {
            Some(&last) if last > dated => {
                let place = self.0.partition_point(|&held| held < dated);
                self.0.insert(place, dated);
            }
            _ => self.0.push(dated),
        }
    }

    pub(super) fn remove(&mut self, created_at: Timestamp, row: u32) {
        if let Ok(place) = self.0.binary_search(&Dated { seconds: seconds(created_at), row }) {
            self.0.remove(place);
        }
    }

    /// Newest first, down to the second of `since`.
    #[inline]
    pub(super) fn since(&self, since: u32) -> impl Iterator<Item = Dated> {
        self.0.iter().rev().take_while(move |dated| dated.seconds >= since).copied()
    }

    /// Those since the second `since`, oldest first. Looks from the end on, in growing steps: of most lists few are
    /// wanted, and the rest is not in the processor's cache.
    #[inline]
    pub(super) fn recent(&self, since: u32) -> &[Dated] {
        let len = self.0.len();
        let mut reach = len.min(16);
        while reach < len && self.0[len - reach].seconds >= since {
            reach = len.min(reach * 2);
        }
        let tail = &self.0[len - reach..];
        &tail[tail.partition_point(|dated| dated.seconds < since)..]
    }

    /// Those from the second `first` to the second `last`, oldest first.
    pub(super) fn between(&self, first: u32, last: u32) -> &[Dated] {
        let rest = &self.0[self.0.partition_point(|dated| dated.seconds < first)..];
        &rest[..rest.partition_point(|dated| dated.seconds <= last)]
    }

    /// The hours since the second `since` in which anything appeared, newest first, each with the second of its newest
    /// post. A few steps an hour, however many posts it has.
    pub(super) fn hours(&self, since: u32) -> impl Iterator<Item = (u32, u32)> {
        let mut rest = self.recent(since);
        std::iter::from_fn(move || {
            let newest = rest.last()?.seconds;
            let hour = hour(newest);
            rest = &rest[..rest.partition_point(|dated| dated.seconds < within(hour).0)];
            Some((hour, newest))
        })
    }

    /// All of them, oldest first.
    pub(super) fn all(&self) -> &[Dated] {
        &self.0
    }

    /// The second of the newest; 0 without any.
    pub(super) fn newest(&self) -> u32 {
        self.0.last().map_or(0, |dated| dated.seconds)
    }

    /// From a snapshot: put in order if it is not.
    pub(super) fn restore(mut list: Vec<Dated>) -> Self {
        if !list.is_sorted() {
            list.sort_unstable();
        }
        Self(list)
    }
}
