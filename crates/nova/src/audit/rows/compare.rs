//! Two sides of a range of keys, row by row.

use std::cmp::Ordering;

/// A row: its key as text, and the hash of what is kept of it.
pub(super) type Line = (String, i64);

/// What is wrong with one row of the store.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Wrong {
    /// The source has it.
    Missing,
    /// The source has it otherwise.
    Other,
    /// The source does not have it.
    Extra,
}

/// The keys that differ, in order. Both sides are in the order of their keys.
pub(super) fn differing(source: &[Line], kept: &[Line]) -> Vec<(String, Wrong)> {
    let (mut source, mut kept) = (source.iter().peekable(), kept.iter().peekable());
    let mut found = Vec::new();
    loop {
        let order = match (source.peek(), kept.peek()) {
            (None, None) => return found,
            (Some(_), None) => Ordering::Less,
            (None, Some(_)) => Ordering::Greater,
            (Some((one, _)), Some((other, _))) => one.cmp(other),
        };
        match order {
            Ordering::Less => found.extend(source.next().map(|(key, _)| (key.clone(), Wrong::Missing))),
            Ordering::Greater => found.extend(kept.next().map(|(key, _)| (key.clone(), Wrong::Extra))),
            Ordering::Equal => {
                if let (Some((key, one)), Some((_, other))) = (source.next(), kept.next())
                    && one != other
                {
                    found.push((key.clone(), Wrong::Other));
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;

    fn rows() -> impl Strategy<Value = BTreeMap<u8, i64>> {
        proptest::collection::btree_map(0..30_u8, 0..3_i64, 0..30)
    }

    proptest! {
        #[test]
        fn exactly_what_differs_is_found(source in rows(), kept in rows()) {
            let lines = |rows: &BTreeMap<u8, i64>| -> Vec<Line> {
                rows.iter().map(|(key, hash)| (format!("{key:02}"), *hash)).collect()
            };
            let expected: Vec<_> = (0..30_u8)
                .filter_map(|key| {
                    let wrong = match (source.get(&key), kept.get(&key)) {
                        (Some(one), Some(other)) if one != other => Wrong::Other,
                        (Some(_), None) => Wrong::Missing,
                        (None, Some(_)) => Wrong::Extra,
                        _ => return None,
                    };
                    Some((format!("{key:02}"), wrong))
                })
                .collect();
            prop_assert_eq!(differing(&lines(&source), &lines(&kept)), expected);
        }
    }
}
