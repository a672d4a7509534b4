//! Who may stand where: the rules of a slate.
//!
//! A promise that a property test can break, not a factor on the score: the order is the score's wherever the rules
//! leave a choice.
//!
//! ```text
//! position    0   1   2   3   4 | 5   6   7   8 ...
//!             A   B   C   D   E | A   B           top 5: one per author
//!                                 A           A   distance 3: the next A is at 8 at the earliest
//!             |<------- any 50 positions ------>| at most 3 times A
//! ```

mod authors;

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use self::authors::Authors;
use super::config::Rules;
use crate::model::UserId;
use crate::pipeline::{FeedContext, Placed, Selector};

/// Places the best candidate that keeps every rule, position by position.
///
/// When none can keep them all, the one that keeps the most is placed and marked `relaxed`: a rule is given up only
/// where no candidate keeps it, the window's before the distance before the top; among equals the better ranked.
/// `strict` ends the slate there instead.
///
/// n candidates for m places cost O((n + m) log n), also when one author has them all.
#[derive(Debug, Clone, Copy)]
pub struct Spacing {
    rules: Rules,
    slate_max: u32,
}

impl Spacing {
    /// At most `slate_max` items under `rules`. A count or distance of 0 in the rules means 1: an author who may
    /// stand nowhere is a matter for a filter.
    #[must_use]
    pub fn new(rules: Rules, slate_max: u32) -> Self {
        let rules = Rules {
            top_per_author: rules.top_per_author.max(1),
            distance: rules.distance.max(1),
            per_window: rules.per_window.max(1),
            ..rules
        };
        Self { rules, slate_max }
    }
}

impl Selector for Spacing {
    fn select(&self, _: &FeedContext, ranked: &[UserId]) -> Vec<Placed> {
        let places = ranked.len().min(self.slate_max as usize) as u32;
        let mut authors = Authors::queue(ranked, places);
        let mut slate = Vec::with_capacity(places as usize);
        let mut ready = Ready::default();
        let mut waiting = Waiting::default();
        for position in 0..places {
            while let Some(author) = waiting.pop_due(position) {
                ready.push(authors.head(author), author);
            }
            let (author, relaxed) = match ready.pop_best(&authors) {
                Some(author) => (author, false),
                None if self.rules.strict => break,
                // Without a candidate left the loop has ended: there are at most as many places.
                None => match waiting.take_least_bad(&authors, &self.rules, position) {
                    Some(author) => (author, true),
                    None => break,
                },
            };
            slate.push(Placed { rank: authors.head(author), relaxed });
            if authors.place(author, position, &self.rules) {
                waiting.push(authors.eligible_at(author, &self.rules), author);
            }
        }
        slate
    }
}

/// Authors who may stand at the present position, by the rank of their next post.
#[derive(Default)]
struct Ready {
    /// Authors number upwards by the rank of their first post, so those not placed yet need no heap: this is the
    /// first of them.
    fresh: u32,
    again: BinaryHeap<Reverse<(u32, u32)>>,
}

impl Ready {
    fn push(&mut self, rank: u32, author: u32) {
        self.again.push(Reverse((rank, author)));
    }

    fn pop_best(&mut self, authors: &Authors) -> Option<u32> {
        let fresh = (self.fresh < authors.count()).then(|| authors.head(self.fresh));
        match (fresh, self.again.peek()) {
            (Some(rank), Some(&Reverse((other, _)))) if other < rank => {
                self.again.pop().map(|Reverse((_, author))| author)
            }
            (Some(_), _) => {
                self.fresh += 1;
                Some(self.fresh - 1)
            }
            (None, _) => self.again.pop().map(|Reverse((_, author))| author),
        }
    }
}

/// Authors whom a rule keeps back, by the position at which it lets go.
///
/// Few: each stands at one of the positions that a rule looks back on.
#[derive(Default)]
struct Waiting(BinaryHeap<Reverse<(u32, u32)>>);

impl Waiting {
    fn push(&mut self, eligible_at: u32, author: u32) {
        self.0.push(Reverse((eligible_at, author)));
    }

    fn pop_due(&mut self, position: u32) -> Option<u32> {
        let &Reverse((eligible_at, author)) = self.0.peek()?;
        (eligible_at <= position).then(|| {
            self.0.pop();
            author
        })
    }

    /// Takes the author whose next post breaks the least at `position`.
    fn take_least_bad(&mut self, authors: &Authors, rules: &Rules, position: u32) -> Option<u32> {
        let broken = |author| (authors.broken(author, rules, position), authors.head(author));
        let best = self.0.iter().map(|&Reverse((_, author))| author).min_by_key(|&author| broken(author))?;
        self.0.retain(|&Reverse((_, author))| author != best);
        Some(best)
    }
}

#[cfg(test)]
mod tests;
