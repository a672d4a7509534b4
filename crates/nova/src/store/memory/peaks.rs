//! How well the posts of an author's hour do, for authors of very many posts: a feed leaves out whole hours in which
//! nothing can win.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};

use parking_lot::RwLock;

use super::packed::RowMap;

/// Seconds of an hour, the unit of what is left out.
const HOUR: u32 = 3_600;
/// Showings in an hour before its peak is taken anew, at least.
const SHOWN_MIN: u32 = 64;

/// The hour of a time in [`seconds`](super::packed::seconds).
pub(super) const fn hour(seconds: u32) -> u32 {
    seconds / HOUR
}

/// The first and the last second of an hour.
pub(super) const fn within(hour: u32) -> (u32, u32) {
    let first = hour * HOUR;
    (first, first.saturating_add(HOUR - 1))
}

/// By author and hour the best [`rate`](super::post::Post::rate) of any post, or more; an hour without an answer is
/// not kept.
///
/// An answer lifts the peak at once. What lowers a rate, an answer taken back or a showing, leaves it; once the hour
/// was shown as often as it has posts, they are looked through again: a step for each showing, spread out.
#[derive(Debug, Default)]
pub(super) struct Peaks {
    /// Is anybody kept track of? Spares the lock where nobody writes that much.
    any: AtomicBool,
    authors: RwLock<RowMap<BTreeMap<u32, Peak>>>,
}

#[derive(Debug, Clone, Copy, Default)]
struct Peak {
    rate: f64,
    /// Times that posts of the hour were shown since the peak was taken.
    shown: u32,
    /// Posts of the hour when the peak was taken.
    posts: u32,
}

/// Everything but [`Peaks::of`] is for the writer alone.
impl Peaks {
    pub(super) fn tracks(&self, author: u32) -> bool {
        self.any.load(Ordering::Relaxed) && self.authors.read().contains_key(&author)
    }

    /// From here on this author is kept track of; `posts` are all posts, each with its second and rate.
    pub(super) fn track(&self, author: u32, posts: impl Iterator<Item = (u32, f64)>) {
        let mut hours = BTreeMap::new();
        posts.for_each(|(seconds, rate)| lift(&mut hours, hour(seconds), rate));
        self.authors.write().insert(author, hours);
        self.any.store(true, Ordering::Relaxed);
    }

    /// A post was answered, or came into this hour.
    pub(super) fn lift(&self, author: u32, hour: u32, rate: f64) {
        if self.tracks(author)
            && let Some(hours) = self.authors.write().get_mut(&author)
        {
            lift(hours, hour, rate);
        }
    }

    /// A post of this hour was shown. Says whether to look through the hour again.
    pub(super) fn shown(&self, author: u32, hour: u32) -> bool {
        if !self.tracks(author) {
            return false;
        }
        let mut authors = self.authors.write();
        let peak = authors.get_mut(&author).and_then(|hours| hours.get_mut(&hour));
        peak.is_some_and(|peak| {
            peak.shown += 1;
            peak.shown >= peak.posts.max(SHOWN_MIN)
        })
    }

    /// The hour was looked through: so many posts, the best of this rate.
    pub(super) fn settle(&self, author: u32, hour: u32, posts: u32, rate: f64) {
        if let Some(hours) = self.authors.write().get_mut(&author) {
            hours.insert(hour, Peak { rate, shown: 0, posts });
        }
    }

    /// The peak of each of these hours; `None` for an author that is not kept track of.
    pub(super) fn of(&self, author: u32, hours: impl Iterator<Item = u32>) -> Option<Vec<f64>> {
        let authors = self.authors.read();
        let peaks = authors.get(&author)?;
        Some(hours.map(|hour| peaks.get(&hour).map_or(0.0, |peak| peak.rate)).collect())
    }
}

fn lift(hours: &mut BTreeMap<u32, Peak>, hour: u32, rate: f64) {
    if rate > 0.0 {
        let peak = hours.entry(hour).or_default();
        peak.rate = peak.rate.max(rate);
    }
}
