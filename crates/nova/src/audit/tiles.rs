//! The ranges of one partition, held against each other: each begins where the one before it ended, and what came in is
//! what went somewhere.

/// A range of the ledger and what became of its records.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Tile {
    pub(super) first: u64,
    pub(super) last: u64,
    pub(super) records: u64,
    pub(super) kept: u64,
    pub(super) duplicates: u64,
    pub(super) buried: u64,
    pub(super) skipped: u64,
}

/// What is wrong with a range, or between two.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fault {
    /// No range has these offsets; `to` is the first that one has again.
    Gap { from: u64, to: u64 },
    /// A range begins within those before it and goes on behind them.
    Overlap { from: u64, to: u64 },
    /// A range lies wholly within those before it.
    Backward { first: u64, last: u64 },
    /// A range ends before it begins.
    Inverted { first: u64, last: u64 },
    /// The records of a range are not the sum of what became of them, or more than its offsets.
    Unbalanced { first: u64, last: u64 },
}

/// Goes over the ranges of a partition in the order of their first, then their last offset.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Tiling {
    next: Option<u64>,
}

impl Tiling {
    /// The next range, and what is wrong with it: at most one fault between it and those before, one within.
    pub(super) fn take(&mut self, tile: &Tile) -> [Option<Fault>; 2] {
        let Tile { first, last, .. } = *tile;
        if last < first {
            return [Some(Fault::Inverted { first, last }), None];
        }
        let next = last.saturating_add(1);
        let between = match self.next {
            Some(due) if first > due => Some(Fault::Gap { from: due, to: first }),
            Some(due) if next <= due => Some(Fault::Backward { first, last }),
            Some(due) if first < due => Some(Fault::Overlap { from: first, to: due }),
            _ => None,
        };
        self.next = Some(self.next.map_or(next, |due| due.max(next)));
        let parts = [tile.kept, tile.duplicates, tile.buried, tile.skipped];
        let sum = parts.iter().try_fold(0_u64, |sum, part| sum.checked_add(*part));
        // fewer records than offsets are well: some offsets have no record
        let balanced = sum == Some(tile.records) && tile.records <= (next - first).max(1);
        [between, (!balanced).then_some(Fault::Unbalanced { first, last })]
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn tile(first: u64, last: u64) -> Tile {
        let records = last - first + 1;
        let (kept, rest) = (records / 2, records - records / 2);
        Tile { first, last, records, kept, duplicates: rest / 2, buried: rest - rest / 2, skipped: 0 }
    }

    /// Ranges that follow each other, from anywhere on.
    fn partition() -> impl Strategy<Value = Vec<Tile>> {
        (0..1_000_u64, proptest::collection::vec(1..50_u64, 3..30)).prop_map(|(from, sizes)| {
            let mut due = from;
            let mut tiles = Vec::new();
            for size in sizes {
                tiles.push(tile(due, due + size - 1));
                due += size;
            }
            tiles
        })
    }

    fn faults(tiles: &[Tile]) -> Vec<Fault> {
        let mut sorted = tiles.to_vec();
        sorted.sort_by_key(|tile| (tile.first, tile.last));
        let mut tiling = Tiling::default();
        sorted.iter().flat_map(|tile| tiling.take(tile)).flatten().collect()
    }

    proptest! {
        #[test]
        fn ranges_that_follow_each_other_are_well(tiles in partition()) {
            prop_assert_eq!(faults(&tiles), []);
        }

        #[test]
        fn a_range_that_is_missing_is_a_gap_of_its_size(mut tiles in partition(), at in any::<prop::sample::Index>()) {
            let at = 1 + at.index(tiles.len() - 2);
            let gone = tiles.remove(at);
            prop_assert_eq!(faults(&tiles), [Fault::Gap { from: gone.first, to: gone.last + 1 }]);
        }

        #[test]
        fn a_range_that_was_closed_otherwise_again_is_told(mut tiles in partition(), at in any::<prop::sample::Index>()) {
            let at = at.index(tiles.len() - 1);
            let (one, next) = (tiles[at], tiles[at + 1]);
            // the same beginning and a part of the range behind
            tiles.push(tile(one.first, next.first));
            let found = faults(&tiles);
            prop_assert!(!found.is_empty());
            let known = |fault: &Fault| matches!(fault, Fault::Overlap { .. } | Fault::Backward { .. });
            prop_assert!(found.iter().all(known), "{:?}", found);
        }

        #[test]
        fn a_record_that_went_nowhere_is_told(mut tiles in partition(), at in any::<prop::sample::Index>(), more in any::<bool>()) {
            let at = at.index(tiles.len());
            let Tile { first, last, .. } = tiles[at];
            if more { tiles[at].kept += 1 } else { tiles[at].records += 1 }
            prop_assert_eq!(faults(&tiles), [Fault::Unbalanced { first, last }]);
        }

        #[test]
        fn any_ranges_are_gone_over(tiles in proptest::collection::vec((any::<u64>(), any::<u64>(), any::<u64>(), any::<u64>()), 0..20)) {
            let tiles: Vec<Tile> = tiles.into_iter().map(|(first, last, records, kept)| Tile {
                first, last, records, kept, duplicates: kept, buried: kept, skipped: 0,
            }).collect();
            prop_assert!(faults(&tiles).len() <= 2 * tiles.len());
        }
    }

    #[test]
    fn offsets_without_a_record_are_well() {
        let hole = Tile { records: 3, kept: 3, duplicates: 0, buried: 0, ..tile(10, 19) };
        assert_eq!(faults(&[tile(0, 9), hole, tile(20, 29)]), []);
    }
}
