//! What is kept by viewer, in one question: whom they follow, whom a block or a mute keeps apart from them, what they
//! hid and saw, to whom they turned.

use std::cmp::Reverse;
use std::collections::hash_map::Entry;
use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use clickhouse::Row;
use nova_core::error::{Error, Kind, Result};
use nova_core::model::{Timestamp, UserId};
use nova_core::pipeline::Verdict;
use serde::Deserialize;

use crate::store::clickhouse::ClickHouseStore;

const VIEWER: &str = include_str!("../sql/viewer.sql");
const OP: &str = "store.viewer";

/// Rows about one viewer, 62 bytes each. Of more nothing is told: a part might show what must not be shown.
const ROWS_MAX: usize = 1_000_000;

/// Rows of likes that are read with the rest: a like's two sides are one each.
const LIKES_MAX: usize = 4_000;

const FOLLOWS: u8 = 1;
const BLOCKS: u8 = 2;
const BLOCKED_BY: u8 = 3;
const MUTES: u8 = 4;
const HID_BY_ROW: u8 = 5;
const HID_BY_EVENT: u8 = 6;
const SAW: u8 = 7;
const LIKES_BY_ROW: u8 = 8;
const LIKES_BY_EVENT: u8 = 9;
const TURNED_BY_LIKE: u8 = 11;
const TURNED_BY_LIKE_EVENT: u8 = 12;

#[derive(Debug, Clone, Copy, Row, Deserialize)]
struct Written {
    what: u8,
    id: u128,
    author_id: u128,
    holds: u8,
    day_number: i32,
    at: i64,
    version: u128,
}

/// A viewer, as everything written about them adds up.
#[derive(Debug, Default)]
pub(super) struct Viewer {
    /// In the order of their ids.
    pub(super) follows: Vec<u128>,
    /// Whom a block, either way, or a mute keeps apart from the viewer; as verdicts on their posts.
    pub(super) bars: HashMap<u128, Verdict>,
    hidden: HashSet<u128>,
    /// Posts, and when last.
    seen: HashMap<u128, i64>,
    /// Posts that the viewer likes; `None`: more than are read with the rest.
    pub(super) likes: Option<HashSet<u128>>,
    /// Author and day of each interaction.
    turned: Vec<(u128, i32)>,
}

impl ClickHouseStore {
    /// The viewer as of a second ago at most.
    pub(super) async fn viewer(&self, viewer: UserId) -> Result<Arc<Viewer>> {
        let id = viewer.bits();
        let ask = async {
            let query = self.db.query(VIEWER).param("viewer", id).param("likes", LIKES_MAX);
            let query = query.param("limit", ROWS_MAX);
            let rows: Vec<Written> = self.db.rows(OP, query).await?;
            if rows.len() >= ROWS_MAX {
                let detail = format!("the viewer {viewer} has a million rows: too many to be ranked for");
                return Err(Error::new(Kind::Unavailable, OP, detail));
            }
            Ok(Arc::new(Viewer::of(id, rows)))
        };
        self.remembered.viewers.or_ask(id, Box::pin(ask)).await
    }

    /// The first and the last day whose interactions count at `now`.
    pub(super) fn affinity_days(&self, now: Timestamp) -> (i32, i32) {
        (now.day() - i32::from(self.config.affinity_days.max(1)) + 1, now.day())
    }
}

impl Viewer {
    fn of(viewer: u128, rows: Vec<Written>) -> Self {
        let likes = rows.iter().filter(|row| matches!(row.what, LIKES_BY_ROW | LIKES_BY_EVENT)).count();
        let mut held: HashMap<(u8, u128), Written> = HashMap::with_capacity(rows.len());
        for row in rows {
            match held.entry((row.what, row.id)) {
                Entry::Vacant(place) => _ = place.insert(row),
                Entry::Occupied(mut place)
                    if (place.get().version, place.get().at) < (row.version, row.at) =>
                {
                    place.insert(row);
                }
                Entry::Occupied(_) => {}
            }
        }
        let mut found = Self { likes: (likes < LIKES_MAX).then(HashSet::new), ..Self::default() };
        for row in held.values() {
            let of = |what: u8| held.get(&(what, row.id));
            match row.what {
                FOLLOWS if row.holds != 0 => found.follows.push(row.id),
                BLOCKS | BLOCKED_BY if row.holds != 0 => found.bar(row.id, Verdict::BLOCKED),
                MUTES if row.holds != 0 => found.bar(row.id, Verdict::MUTED),
                FOLLOWS | BLOCKS | BLOCKED_BY | MUTES => {}
                // of the row and the event that hide a post the later holds, of one time the row
                HID_BY_ROW if of(HID_BY_EVENT).is_none_or(|event| event.at <= row.at) => {
                    found.hide(row);
                }
                HID_BY_EVENT if of(HID_BY_ROW).is_none_or(|other| row.at > other.at) => found.hide(row),
                HID_BY_ROW | HID_BY_EVENT => {}
                SAW => _ = found.seen.insert(row.id, row.at),
                // and so of a like's two sides
                LIKES_BY_ROW if of(LIKES_BY_EVENT).is_none_or(|event| event.at <= row.at) => {
                    found.like(row);
                }
                LIKES_BY_EVENT if of(LIKES_BY_ROW).is_none_or(|other| row.at > other.at) => found.like(row),
                LIKES_BY_ROW | LIKES_BY_EVENT => {}
                TURNED_BY_LIKE if of(TURNED_BY_LIKE_EVENT).is_some_and(|event| event.at > row.at) => {}
                TURNED_BY_LIKE_EVENT if of(TURNED_BY_LIKE).is_some_and(|other| row.at <= other.at) => {}
                _ if row.holds != 0 && row.author_id != 0 && row.author_id != viewer => {
                    found.turned.push((row.author_id, row.day_number));
                }
                _ => {}
            }
        }
        found.follows.sort_unstable();
        found
    }

    fn bar(&mut self, user: u128, verdict: Verdict) {
        let held = self.bars.entry(user).or_insert(Verdict::CLEAR);
        *held = held.with(verdict);
    }

    fn hide(&mut self, row: &Written) {
        if row.holds != 0 {
            self.hidden.insert(row.id);
        }
    }

    fn like(&mut self, row: &Written) {
        if let Some(likes) = self.likes.as_mut().filter(|_| row.holds != 0) {
            likes.insert(row.id);
        }
    }

    /// Those followed whom neither a block nor a mute keeps apart from the viewer.
    pub(super) fn unbarred_follows(&self) -> impl Iterator<Item = u128> {
        self.follows.iter().copied().filter(|author| !self.bars.contains_key(author))
    }

    /// The strongest authors, at most so many, without those whom a block or a mute keeps apart from the viewer.
    pub(super) fn closest(&self, days: (i32, i32), limit: usize) -> Vec<(u128, u32)> {
        let mut closest = self.strongest(days, limit);
        closest.retain(|(author, _)| !self.bars.contains_key(author));
        closest
    }

    /// What the viewer did with a post: hid it, or saw it at `since` or later, in seconds.
    pub(super) fn spent(&self, post: u128, since: i64) -> Verdict {
        let seen = self.seen.get(&post).is_some_and(|at| at.div_euclid(1_000_000) >= since);
        Verdict::CLEAR.and_if(self.hidden.contains(&post), Verdict::HIDDEN).and_if(seen, Verdict::SEEN)
    }

    /// How often the viewer turned to each author on these days, the first and the last of them given.
    pub(super) fn strengths(&self, (from, to): (i32, i32)) -> HashMap<u128, u32> {
        let mut strengths: HashMap<u128, u32> = HashMap::new();
        for &(author, day) in &self.turned {
            if (from..=to).contains(&day) {
                let n = strengths.entry(author).or_default();
                *n = n.saturating_add(1);
            }
        }
        strengths
    }

    /// The strongest of them first, at most so many.
    pub(super) fn strongest(&self, days: (i32, i32), limit: usize) -> Vec<(u128, u32)> {
        let mut strongest: Vec<(u128, u32)> = self.strengths(days).into_iter().collect();
        strongest.sort_unstable_by_key(|&(author, n)| (Reverse(n), author));
        strongest.truncate(limit);
        strongest
    }
}
