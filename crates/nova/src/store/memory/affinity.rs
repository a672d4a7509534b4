//! How often a viewer turned to each author, by day.

use super::packed::{RowMap, room};

/// One author, one day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct AuthorDay {
    pub(super) author: u32,
    /// Days since 1970 UTC.
    pub(super) day: i32,
    pub(super) count: u32,
}

impl AuthorDay {
    const fn key(&self) -> (u32, i32) {
        (self.author, self.day)
    }
}

/// By author and day, ascending, each once, none with count 0.
#[derive(Debug, Default)]
pub(super) struct Affinity(Vec<AuthorDay>);

/// The bounds of what is remembered.
#[derive(Debug, Clone, Copy)]
pub(super) struct Keep {
    /// The first day that can still count.
    pub(super) first_day: i32,
    /// At most so many author-days.
    pub(super) len_max: usize,
}

impl Affinity {
    /// Adds to a day or takes from it; whether it is the first thing known of this author. A day that was forgotten
    /// stays so.
    pub(super) fn add(&mut self, author: u32, day: i32, by: i32, keep: Keep) -> bool {
        match self.0.binary_search_by_key(&(author, day), AuthorDay::key) {
            Ok(place) => {
                let cell = &mut self.0[place];
                cell.count = cell.count.saturating_add_signed(by);
                if cell.count == 0 {
                    self.0.remove(place);
                }
                false
            }
            Err(_) if by <= 0 || day < keep.first_day => false,
            Err(mut place) => {
                if self.0.len() == self.0.capacity() || self.0.len() >= keep.len_max {
                    self.prune(keep);
                    place = self.0.partition_point(|cell| cell.key() < (author, day));
                }
                room(&mut self.0);
                let is = |place: usize| self.0.get(place).is_some_and(|cell| cell.author == author);
                let first = !is(place) && !place.checked_sub(1).is_some_and(is);
                self.0.insert(place, AuthorDay { author, day, count: by.unsigned_abs() });
                first
            }
        }
    }

    /// Forgets the days that no longer count, and where that does not make room, the oldest eighth.
    fn prune(&mut self, keep: Keep) {
        self.0.retain(|cell| cell.day >= keep.first_day);
        if self.0.len() >= keep.len_max {
            let mut days: Vec<i32> = self.0.iter().map(|cell| cell.day).collect();
            let (_, &mut first_day, _) = days.select_nth_unstable(keep.len_max / 8);
            self.0.retain(|cell| cell.day > first_day);
        }
    }

    /// Author and interactions over the days `from..=to`, by author.
    #[inline]
    pub(super) fn sums(&self, from: i32, to: i32) -> impl Iterator<Item = (u32, u32)> {
        self.0.chunk_by(|a, b| a.author == b.author).filter_map(move |days| {
            let within = days.iter().filter(|cell| (from..=to).contains(&cell.day));
            let sum = within.fold(0_u32, |sum, cell| sum.saturating_add(cell.count));
            (sum > 0).then_some((days[0].author, sum))
        })
    }

    /// The sums, to look authors up in.
    pub(super) fn by_author(&self, from: i32, to: i32) -> RowMap<u32> {
        let mut map = RowMap::with_capacity_and_hasher(self.0.len(), Default::default());
        map.extend(self.sums(from, to));
        map
    }

    /// Does anything stand for this author?
    pub(super) fn knows(&self, author: u32) -> bool {
        let place = self.0.partition_point(|cell| cell.author < author);
        self.0.get(place).is_some_and(|cell| cell.author == author)
    }

    pub(super) fn all(&self) -> &[AuthorDay] {
        &self.0
    }

    /// From a snapshot: put in order if it is not.
    pub(super) fn restore(mut list: Vec<AuthorDay>) -> Self {
        if !list.is_sorted_by_key(AuthorDay::key) {
            list.sort_by_key(AuthorDay::key);
        }
        list.dedup_by_key(|cell| cell.key());
        Self(list)
    }
}
