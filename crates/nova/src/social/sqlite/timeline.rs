//! The newest posts of those a viewer follows.
//!
//! ```text
//!   follows few:    author a  . . 9 . . 5 . 2        one cursor each in the index by author, merged: the work is
//!                   author b  . . . 7 6 . . .        that of the accounts followed
//!   follows many:   everyone  9 8 7 6 5 4 3 2        the index by time, authors looked up as they come: the work is
//!                                                    that of the posts in between, small where many are followed
//! ```
//!
//! The walk by time is cut off after [`WALK_ROWS`]: those who follow many that are silent get the merge from there on.

use std::collections::BinaryHeap;

use hashbrown::HashMap;
use nova_core::model::{Id, PostId, Timestamp, UserId};
use rusqlite::{CachedStatement, Connection, OptionalExtension, Row};

use super::read::{limit, start_by};
use super::row::blob;
use crate::social::{Keyset, TimelineItem};

/// Up to so many followed accounts are merged at once: about 1 ms.
const MERGE_FIRST_MAX: i64 = 1_000;
/// Up to so many are merged after a walk that found too little: about 10 ms, and rare.
const MERGE_MAX: i64 = 20_000;
/// Rows of a walk before a merge takes over: about 1 ms.
const WALK_ROWS: usize = 2_000;
/// Rows of a walk that nothing takes over from (everyone's posts, or more accounts followed than can be merged).
/// A page that is not full after them ends early.
const WALK_ROWS_MAX: usize = 100_000;

/// A page for `viewer`, see [`crate::social::Social::timeline`], of posts dated up to `latest`, and the number of posts
/// that were looked at for it.
pub(super) fn page(
    tables: &Connection,
    viewer: UserId,
    latest: Timestamp,
    page: Keyset,
    everyone: bool,
) -> rusqlite::Result<(Vec<TimelineItem>, usize)> {
    let limit = usize::try_from(limit(page)).unwrap_or(1);
    let mut feed = Feed::new(tables, viewer, limit, everyone)?;
    let start = start_by(page, latest);
    if everyone {
        feed.walk(start, WALK_ROWS_MAX)?;
        return Ok((feed.items, feed.rows));
    }
    let following = tables
        .prepare_cached("select following from user_totals where user_id = ?1")?
        .query_row([feed.viewer], |row| row.get::<_, i64>(0))
        .optional()?
        .unwrap_or(0);
    if following <= MERGE_FIRST_MAX {
        feed.merge(start)?;
    } else if following <= MERGE_MAX {
        if let Some(rest) = feed.walk(start, WALK_ROWS)? {
            feed.merge(rest)?;
        }
    } else {
        feed.walk(start, WALK_ROWS_MAX)?;
    }
    Ok((feed.items, feed.rows))
}

/// Time and id of a post; the greater is the newer.
type Place = (i64, [u8; 16]);

/// A page in the making.
struct Feed<'c> {
    tables: &'c Connection,
    viewer: [u8; 16],
    limit: usize,
    /// May this author's posts stand in the page?
    authors: HashMap<[u8; 16], bool>,
    admits: CachedStatement<'c>,
    hides: CachedStatement<'c>,
    items: Vec<TimelineItem>,
    /// Posts looked at.
    rows: usize,
}

impl<'c> Feed<'c> {
    fn new(tables: &'c Connection, viewer: UserId, limit: usize, everyone: bool) -> rusqlite::Result<Self> {
        let admits = if everyone {
            include_str!("sql/author_public.sql")
        } else {
            include_str!("sql/author_followed.sql")
        };
        Ok(Self {
            tables,
            viewer: blob(viewer.bits()),
            limit,
            authors: HashMap::new(),
            admits: tables.prepare_cached(admits)?,
            hides: tables.prepare_cached("select 1 from hidden_posts where user_id = ?1 and post_id = ?2")?,
            items: Vec::with_capacity(limit),
            rows: 0,
        })
    }

    fn full(&self) -> bool {
        self.items.len() >= self.limit
    }

    /// Takes the post if it may be shown; says if its author's posts may.
    fn offer(&mut self, place: Place, author: [u8; 16]) -> rusqlite::Result<bool> {
        self.rows += 1;
        let admitted = match self.authors.get(&author) {
            Some(&admitted) => admitted,
            None => {
                let admitted = self.admits.exists([self.viewer, author])?;
                self.authors.insert(author, admitted);
                admitted
            }
        };
        let (time, id) = place;
        if admitted && !self.hides.exists([self.viewer, id])? {
            self.items.push(TimelineItem {
                post: PostId(Id::from_bits(u128::from_be_bytes(id))),
                author: UserId(Id::from_bits(u128::from_be_bytes(author))),
                created_at: Timestamp::from_micros(time),
            });
        }
        Ok(admitted)
    }

    /// Through everyone's posts, newest first, at most `rows` of them. Gives where to go on if there may be more.
    fn walk(&mut self, start: Place, rows: usize) -> rusqlite::Result<Option<Place>> {
        let mut newest = self.tables.prepare_cached(include_str!("sql/newest.sql"))?;
        let bound = i64::try_from(rows).unwrap_or(i64::MAX);
        let mut posts = newest.query((start.0, start.1, bound))?;
        let mut last = start;
        for _ in 0..rows {
            let Some(row) = posts.next()? else { return Ok(None) };
            last = place(row)?;
            self.offer(last, row.get(2)?)?;
            if self.full() {
                return Ok(None);
            }
        }
        Ok(Some(last))
    }

    /// Through the posts of the followed accounts, each by a cursor of its own.
    fn merge(&mut self, start: Place) -> rusqlite::Result<()> {
        let mut next = self.tables.prepare_cached(include_str!("sql/next_of_author.sql"))?;
        let mut next_of = |author: [u8; 16], (time, id): Place| {
            next.query_row((author, time, id), place).optional().map(|found| found.map(|at| (at, author)))
        };
        let mut heads = BinaryHeap::new();
        let mut following =
            self.tables.prepare_cached("select followee_id from follows where follower_id = ?1 limit ?2")?;
        for author in following.query_map((self.viewer, MERGE_MAX), |row| row.get(0))? {
            heads.extend(next_of(author?, start)?);
        }
        // ends: each turn takes one post out of a finite number, and a refused author leaves whole
        while !self.full()
            && let Some((at, author)) = heads.pop()
        {
            if self.offer(at, author)? {
                heads.extend(next_of(author, at)?);
            }
        }
        Ok(())
    }
}

fn place(row: &Row<'_>) -> rusqlite::Result<Place> {
    Ok((row.get(0)?, row.get(1)?))
}
