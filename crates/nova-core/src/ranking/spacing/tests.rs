use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;

use super::*;
use crate::model::Timestamp;

fn select(rules: Rules, slate_max: u32, ranked: &[u64]) -> Vec<Placed> {
    let cx = FeedContext { viewer: UserId::from_integer(0), now: Timestamp::default(), page: 20 };
    let ranked: Vec<_> = ranked.iter().map(|&author| UserId::from_integer(author)).collect();
    Spacing::new(rules, slate_max).select(&cx, &ranked)
}

/// The slate as text: each author's letter, a prime where a rule was broken.
fn show(rules: Rules, slate_max: u32, ranked: &str) -> String {
    let authors: Vec<u64> = ranked.bytes().map(u64::from).collect();
    let letter = |placed: &Placed| {
        let letter = ranked.as_bytes()[placed.rank as usize] as char;
        if placed.relaxed { format!("{letter}'") } else { letter.to_string() }
    };
    select(rules, slate_max, &authors).iter().map(letter).collect()
}

/// No rule but those that a case sets.
const FREE: Rules =
    Rules { top: 0, top_per_author: 1, distance: 1, per_window: 500, window: 1, strict: false };

#[test]
fn each_rule_alone() {
    let top = Rules { top: 5, ..FREE };
    let top_two = Rules { top_per_author: 2, ..top };
    let distance = Rules { distance: 3, ..FREE };
    let window = Rules { per_window: 2, window: 5, ..FREE };
    for (rule, rules, ranked, slate) in [
        ("none: the order of the score", FREE, "AABBA", "AABBA"),
        ("top: one each, then the score's order", top, "AAABBCDEF", "ABCDEAABF"),
        ("top: two each", top_two, "AAABBCDEF", "AABBCADEF"),
        ("distance: others in between", distance, "AAABCDE", "ABCADEA"),
        ("distance: two positions are too few", distance, "AAB", "ABA'"),
        ("distance: exactly 3 is enough", distance, "AABC", "ABCA"),
        ("window: two in any five", window, "AAAAABCDEFGHI", "AABCDAAEFGAHI"),
        ("window: the sixth position is free again", window, "AAABCD", "AABCDA"),
    ] {
        assert_eq!(show(rules, 500, ranked), slate, "{rule}");
    }
}

#[test]
fn what_cannot_keep_the_rules_breaks_the_cheapest() {
    let rules = Rules { top: 2, top_per_author: 1, distance: 3, per_window: 2, window: 8, strict: false };
    let wide = Rules { top: 8, top_per_author: 2, distance: 3, ..FREE };
    for (what, rules, ranked, slate) in [
        ("one author has everything", rules, "AAAA", "AA'A'A'"),
        ("the distance is dearer than the window: A before E's second", rules, "AABCDEEA", "ABCADEA'E'"),
        ("the top is dearer than the distance: E before A's third", wide, "AAABCDEE", "ABCADEE'A'"),
        ("both near, one of them also too often", rules, "AAABBB", "ABA'B'A'B'"),
        ("of two that break the same, the better ranked", rules, "ABBA", "ABB'A"),
        ("a rule that can be kept again is kept", rules, "AABCD", "ABCAD"),
    ] {
        assert_eq!(show(rules, 500, ranked), slate, "{what}");
    }
}

#[test]
fn strict_ends_the_slate_where_a_rule_would_break() {
    let rules = Rules { strict: true, ..Rules::default() };
    assert_eq!(show(rules, 500, "AAAA"), "A");
    assert_eq!(show(rules, 500, "AABBCCDDEEFF"), "ABCDEABCDEF");
    assert_eq!(show(rules, 500, "AABBCCDDEE"), "ABCDEABCDE");
    assert_eq!(show(rules, 500, "AAABCDE"), "ABCDEA");
}

#[test]
fn the_slate_ends_at_its_limit_and_with_its_candidates() {
    assert_eq!(show(FREE, 3, "ABCDE"), "ABC");
    assert_eq!(show(FREE, 0, "ABCDE"), "");
    assert_eq!(show(Rules::default(), 500, ""), "");
    let zero = Rules { top: 5, top_per_author: 0, distance: 0, per_window: 0, window: 0, strict: true };
    assert_eq!(show(zero, 500, "AABC"), "ABC", "0 a window is read as 1, 0 in the top too");
}

#[test]
fn numbers_at_their_ends_do_not_wrap() {
    let far = Rules {
        top: u32::MAX,
        top_per_author: u32::MAX,
        distance: u32::MAX,
        per_window: u32::MAX,
        window: u32::MAX,
        strict: false,
    };
    assert_eq!(show(far, u32::MAX, "AAB"), "ABA'");
}

/// The rules as they are written, position by position, over everything that is left.
fn naive(rules: Rules, slate_max: u32, ranked: &[u64]) -> Vec<Placed> {
    let mut left: Vec<usize> = (0..ranked.len()).collect();
    let mut slate: Vec<Placed> = Vec::new();
    while slate.len() < slate_max as usize && !left.is_empty() {
        let position = slate.len();
        let broken = |&rank: &usize| {
            let same = |&at: &usize| ranked[slate[at].rank as usize] == ranked[rank];
            let top = position < rules.top as usize
                && (0..position).filter(same).count() >= rules.top_per_author as usize;
            let near = position.saturating_sub(rules.distance as usize - 1)..position;
            let distance = near.clone().any(|at| same(&at));
            let window = position.saturating_sub((rules.window as usize).saturating_sub(1))..position;
            let window = window.filter(same).count() >= rules.per_window as usize;
            (top, distance, window)
        };
        let rank = left.iter().copied().min_by_key(|rank| (broken(rank), *rank)).expect("some are left");
        let relaxed = broken(&rank) != (false, false, false);
        if relaxed && rules.strict {
            break;
        }
        left.retain(|&other| other != rank);
        slate.push(Placed { rank: rank as u32, relaxed });
    }
    slate
}

fn rules() -> impl Strategy<Value = Rules> {
    let any = (0..8_u32, 1..4_u32, 1..6_u32, 1..5_u32, 1..20_u32, any::<bool>()).prop_map(
        |(top, top_per_author, distance, per_window, window, strict)| Rules {
            top,
            top_per_author,
            distance,
            per_window,
            window,
            strict,
        },
    );
    prop_oneof![Just(Rules::default()), any]
}

/// From one author to as many as there are posts, evenly or with a heavy tail.
fn ranked() -> impl Strategy<Value = Vec<u64>> {
    (1..60_u64, any::<bool>()).prop_flat_map(|(authors, heavy)| {
        let author = (0..authors, 0..authors).prop_map(move |(a, b)| if heavy { a * b / authors } else { a });
        prop::collection::vec(author, 0..160)
    })
}

/// Does every item that claims to keep the rules keep them, counted over the finished slate?
fn check_promises(rules: Rules, ranked: &[u64], slate: &[Placed]) -> Result<(), TestCaseError> {
    let mut positions: BTreeMap<u64, Vec<usize>> = BTreeMap::new();
    for (position, placed) in slate.iter().enumerate() {
        let of = positions.entry(ranked[placed.rank as usize]).or_default();
        of.push(position);
        if placed.relaxed {
            continue;
        }
        let in_top = of.iter().filter(|&&at| at < rules.top as usize).count();
        prop_assert!(position >= rules.top as usize || in_top <= rules.top_per_author as usize);
        let before = of.iter().rev().nth(1);
        prop_assert!(before.is_none_or(|at| position - at >= rules.distance as usize));
        let in_window = of.iter().filter(|&&at| position - at < rules.window as usize).count();
        prop_assert!(in_window <= rules.per_window as usize);
    }
    Ok(())
}

proptest! {
    #[test]
    fn it_gives_what_the_rules_as_written_give(rules in rules(), ranked in ranked(), slate_max in 0..170_u32) {
        prop_assert_eq!(select(rules, slate_max, &ranked), naive(rules, slate_max, &ranked));
    }

    #[test]
    fn what_is_not_relaxed_keeps_the_rules(rules in rules(), ranked in ranked()) {
        let slate = select(rules, 500, &ranked);
        check_promises(rules, &ranked, &slate)?;
        prop_assert!(!rules.strict || slate.iter().all(|placed| !placed.relaxed));
    }

    #[test]
    fn every_candidate_is_placed_once_unless_strict(ranked in ranked()) {
        let slate = select(Rules::default(), 500, &ranked);
        let ranks: BTreeSet<u32> = slate.iter().map(|placed| placed.rank).collect();
        prop_assert_eq!(slate.len(), ranked.len());
        prop_assert_eq!(ranks.len(), ranked.len());
    }

    /// A slate is a prefix of the longer one: where it is cut does not change what stands before.
    #[test]
    fn a_longer_slate_begins_like_a_shorter_one(rules in rules(), ranked in ranked(), at in 0..100_u32) {
        let (short, long) = (select(rules, at, &ranked), select(rules, 500, &ranked));
        prop_assert_eq!(&short[..], &long[..short.len()]);
    }

    #[test]
    fn an_author_s_posts_stay_in_the_order_of_their_score(ranked in ranked()) {
        let mut last: BTreeMap<u64, u32> = BTreeMap::new();
        for placed in select(Rules::default(), 500, &ranked) {
            let before = last.insert(ranked[placed.rank as usize], placed.rank);
            prop_assert!(before < Some(placed.rank));
        }
    }
}
