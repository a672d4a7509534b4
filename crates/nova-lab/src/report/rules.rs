//! The rules on a slate, as an outsider can check them.

use nova_core::model::UserId;

use crate::live::page::Item;

/// Of the first places, how many are for authors who come only once.
const TOP: usize = 5;
/// Places from one post of an author to the next, at least.
const DISTANCE: usize = 3;
/// Posts of an author in so many consecutive places, at most.
const WINDOW: usize = 50;
const PER_WINDOW_MAX: usize = 3;

/// Whether an author may take the next place after these.
fn keeps_rules(before: &[Item], author: UserId) -> bool {
    let place = before.len();
    let recent = |places: usize| {
        let from = place.saturating_sub(places);
        before[from..].iter().filter(|item| item.author_id == author).count()
    };
    let top = place >= TOP || recent(TOP) == 0;
    top && recent(DISTANCE - 1) == 0 && recent(WINDOW - 1) < PER_WINDOW_MAX
}

/// Places that break a rule without being marked `relaxed`.
pub(super) fn broken(items: &[Item]) -> usize {
    let breaks = |place: &usize| {
        let item = &items[*place];
        !item.relaxed && !keeps_rules(&items[..*place], item.author_id)
    };
    (0..items.len()).filter(breaks).count()
}

#[cfg(test)]
mod tests {
    use super::*;
    use nova_core::model::{PostId, Timestamp};

    fn slate(authors: &[u64], relaxed: &[usize]) -> Vec<Item> {
        let item = |(place, author): (usize, &u64)| Item {
            post_id: PostId::from_integer(place as u64),
            author_id: UserId::from_integer(*author),
            created_at: Timestamp::default(),
            reason: String::new(),
            relaxed: relaxed.contains(&place),
            viewer: Default::default(),
        };
        authors.iter().enumerate().map(item).collect()
    }

    #[test]
    fn each_rule_is_seen_and_relaxed_places_are_forgiven() {
        assert_eq!(broken(&slate(&[1, 2, 3, 4, 5, 1, 2, 3], &[])), 0);
        assert_eq!(broken(&slate(&[1, 2, 3, 4, 1, 6], &[])), 1, "twice in the top 5");
        assert_eq!(broken(&slate(&[1, 2, 3, 4, 5, 6, 5], &[])), 1, "two places apart");
        assert_eq!(broken(&slate(&[1, 2, 3, 4, 5, 6, 7, 5], &[])), 0, "three places apart");
        assert_eq!(broken(&slate(&[1, 2, 3, 4, 1, 6], &[4])), 0);
        let mut crowded: Vec<u64> = (0..60).map(|place| 100 + place).collect();
        for place in [0, 16, 32, 48] {
            crowded[place] = 1;
        }
        assert_eq!(broken(&slate(&crowded, &[])), 1, "four in 50");
        crowded.swap(48, 50);
        assert_eq!(broken(&slate(&crowded, &[])), 0, "three in any 50");
    }
}
