//! When bad records are no longer some bad records.

use std::collections::VecDeque;

use super::Why;

/// Records that are looked back on.
const LOOK_BACK: u64 = 100_000;
/// Of those one in so many may be put aside.
const ONE_IN: u64 = 100;
/// Fewer than these never stop a partition unless nothing else comes between them.
const FEW: u64 = 1_000;
/// Records of one count: the look-back is as exact as this.
const STRIDE: u64 = 1_000;

/// Counts what is put aside of one partition.
#[derive(Debug, Default)]
pub(super) struct StopRule {
    /// Oldest first: records and how many of them were buried; at most `LOOK_BACK / STRIDE` full ones and one more.
    strides: VecDeque<(u64, u64)>,
    seen: u64,
    buried: u64,
    in_a_row: u64,
    refused_in_a_row: u64,
}

impl StopRule {
    /// A record was read; `Some` when the partition must stop at it.
    pub(super) fn read(&mut self, buried: bool) -> Option<Why> {
        if self.strides.back().is_none_or(|(records, _)| *records >= STRIDE) {
            self.strides.push_back((0, 0));
        }
        if let Some((records, bad)) = self.strides.back_mut() {
            *records += 1;
            *bad += u64::from(buried);
        }
        self.seen += 1;
        self.buried += u64::from(buried);
        while self.seen > LOOK_BACK
            && let Some((records, bad)) = self.strides.pop_front()
        {
            self.seen -= records;
            self.buried -= bad;
        }
        self.in_a_row = if buried { self.in_a_row + 1 } else { 0 };
        if self.in_a_row >= FEW {
            return Some(Why::Poison { buried: self.in_a_row, of: self.in_a_row });
        }
        let many = buried && self.are_many();
        many.then_some(Why::Poison { buried: self.buried, of: self.seen })
    }

    /// A record that was read well was refused by the store; `true` when the partition must stop at it.
    pub(super) fn refused(&mut self) -> bool {
        if let Some((_, bad)) = self.strides.back_mut() {
            *bad += 1;
            self.buried += 1;
        }
        self.refused_in_a_row += 1;
        self.refused_in_a_row >= FEW || self.are_many()
    }

    /// The store took something: it does not refuse everything.
    pub(super) const fn accepted(&mut self) {
        self.refused_in_a_row = 0;
    }

    const fn are_many(&self) -> bool {
        self.buried >= FEW && self.buried * ONE_IN > self.seen
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// How many records are read until it stops, of those of which one in `every` is bad.
    fn stops_after(every: u64, upto: u64) -> Option<u64> {
        let mut rule = StopRule::default();
        (1..=upto).find(|record| rule.read(record % every == 0).is_some())
    }

    #[test]
    fn a_thousand_in_a_row_stop() {
        assert_eq!(stops_after(1, 10_000), Some(1_000));
    }

    #[test]
    fn more_than_one_in_a_hundred_stops_once_they_are_many() {
        assert_eq!(stops_after(20, 1_000_000), Some(20_000));
        assert_eq!(stops_after(50, 1_000_000), Some(50_000));
    }

    #[test]
    fn what_the_store_refuses_counts_as_well() {
        let mut rule = StopRule::default();
        (0..200_000).for_each(|_| assert!(rule.read(false).is_none()));
        assert_eq!((1..2_000).find(|_| rule.refused()), Some(1_000), "one after the other");
        let mut rule = StopRule::default();
        (0..200_000).for_each(|_| assert!(rule.read(false).is_none()));
        let refused = (1..2_000).find(|_| {
            rule.accepted();
            rule.refused()
        });
        assert_eq!(refused, Some(1_001), "one in a hundred");
    }

    #[test]
    fn one_in_a_hundred_goes_on() {
        assert_eq!(stops_after(100, 1_000_000), None);
        assert_eq!(stops_after(1_000, 1_000_000), None);
    }
}
