//! What each author still has to show, and where the author stands already.

use hashbrown::HashTable;

use crate::model::UserId;
use crate::pipeline::hash;
use crate::ranking::config::Rules;

/// Ends a queue.
const NONE: u32 = u32::MAX;

/// The authors of a ranked list, numbered by first appearance, each with a queue of the ranks of their posts.
pub(super) struct Authors {
    each: Vec<Author>,
    /// By rank: the same author's next rank.
    next_rank: Vec<u32>,
    /// By position: the next position of the same author.
    next_position: Vec<u32>,
}

struct Author {
    id: u128,
    /// Rank of the best post not placed yet, or [`NONE`].
    head: u32,
    /// Rank of the last post; only while queues are built.
    tail: u32,
    /// Posts placed.
    placed: u32,
    /// Position of the last one placed.
    last: u32,
    /// Position of the first among the last `per_window` placed.
    oldest: u32,
}

impl Authors {
    /// Queues `ranked`, best first, for `places` positions.
    pub(super) fn queue(ranked: &[UserId], places: u32) -> Self {
        let mut index: HashTable<u32> = HashTable::with_capacity(ranked.len());
        let mut each: Vec<Author> = Vec::with_capacity(ranked.len());
        let mut next_rank = vec![NONE; ranked.len()];
        for (rank, id) in (0..).zip(ranked) {
            let id = id.bits();
            match index.find(hash(id), |&author| each[author as usize].id == id) {
                Some(&author) => {
                    let author = &mut each[author as usize];
                    next_rank[author.tail as usize] = rank;
                    author.tail = rank;
                }
                None => {
                    let number = each.len() as u32;
                    index.insert_unique(hash(id), number, |&author| hash(each[author as usize].id));
                    each.push(Author { id, head: rank, tail: rank, placed: 0, last: 0, oldest: 0 });
                }
            }
        }
        Self { each, next_rank, next_position: vec![NONE; places as usize] }
    }

    /// How many authors there are.
    pub(super) fn count(&self) -> u32 {
        self.each.len() as u32
    }

    /// The rank of the author's best post not placed yet.
    pub(super) fn head(&self, author: u32) -> u32 {
        self.each[author as usize].head
    }

    /// Places the author's best post at `position`. Is there another one?
    pub(super) fn place(&mut self, author: u32, position: u32, rules: &Rules) -> bool {
        let author = &mut self.each[author as usize];
        author.head = self.next_rank[author.head as usize];
        if author.placed == 0 {
            author.oldest = position;
        } else {
            self.next_position[author.last as usize] = position;
        }
        author.last = position;
        author.placed += 1;
        if author.placed > rules.per_window {
            author.oldest = self.next_position[author.oldest as usize];
        }
        author.head != NONE
    }

    /// The first position at which the author, once placed, keeps every rule again.
    pub(super) fn eligible_at(&self, author: u32, rules: &Rules) -> u32 {
        let author = &self.each[author as usize];
        let by_top = if author.fills_top(rules) { rules.top } else { 0 };
        let by_window =
            if author.fills_window(rules) { author.oldest.saturating_add(rules.window) } else { 0 };
        author.last.saturating_add(rules.distance).max(by_top).max(by_window)
    }

    /// Which rules the author, once placed, would break at `position`: the dearest rule is the highest bit.
    pub(super) fn broken(&self, author: u32, rules: &Rules, position: u32) -> u8 {
        let author = &self.each[author as usize];
        let top = position < rules.top && author.fills_top(rules);
        let distance = position - author.last < rules.distance;
        let window = author.fills_window(rules) && position - author.oldest < rules.window;
        u8::from(top) << 2 | u8::from(distance) << 1 | u8::from(window)
    }
}

impl Author {
    /// While positions are given in order, whatever is placed is placed in the top as long as the top lasts; later
    /// the answer no longer matters.
    fn fills_top(&self, rules: &Rules) -> bool {
        self.placed >= rules.top_per_author
    }

    fn fills_window(&self, rules: &Rules) -> bool {
        self.placed >= rules.per_window
    }
}
