//! F3: posts of the authors whom the viewer turned to most.

use std::cmp::Reverse;

use nova_core::model::{Timestamp, UserId};
use nova_core::pipeline::{Retrieved, Verdict};

use crate::store::memory::authors::Dated;
use crate::store::memory::config::MemoryStoreConfig;
use crate::store::memory::index::Index;
use crate::store::memory::packed::seconds;
use crate::store::memory::user::User;
use crate::store::memory::viewer::Viewer;

/// The first and the last day whose interactions count at `now`.
pub(in crate::store::memory) fn affinity_days(config: &MemoryStoreConfig, now: Timestamp) -> (i32, i32) {
    (now.day() - i32::from(config.affinity_days.max(1)) + 1, now.day())
}

/// Strongest author first, then newer, then the smaller id. What the viewer may not or need not see again gives its
/// place to the next: the list is not spent on posts that a filter refuses.
pub(in crate::store::memory) fn affinity(
    index: &Index,
    viewer: UserId,
    now: Timestamp,
    since: Timestamp,
    limit: usize,
) -> Vec<Retrieved> {
    let Some((_, cell)) = index.users.find(viewer) else { return Vec::new() };
    let authors = strongest_first(index, cell, now);
    let mut found: Vec<u32> = Vec::with_capacity(limit);
    for equals in authors.chunk_by(|a, b| a.0 == b.0) {
        let rest = limit - found.len();
        if rest == 0 {
            break;
        }
        found.extend(posts_of(index, cell, equals, now, since, rest));
    }
    found.into_iter().filter_map(|row| index.posts.retrieved(row, &index.users)).collect()
}

/// Interactions and author.
fn strongest_first(index: &Index, cell: &User, now: Timestamp) -> Vec<(u32, u32)> {
    let (from, to) = affinity_days(&index.config, now);
    let sums = cell.read(|viewer| {
        let sums = viewer.affinity.sums(from, to);
        let welcome = sums.filter(|&(author, _)| viewer.barred(author) == Verdict::CLEAR);
        welcome.map(|(author, sum)| (sum, author)).collect::<Vec<_>>()
    });
    let mut sums = sums.unwrap_or_default();
    sums.sort_unstable_by_key(|&(sum, _)| Reverse(sum));
    sums
}

/// The newest `limit` posts of authors of one strength.
fn posts_of(
    index: &Index,
    cell: &User,
    authors: &[(u32, u32)],
    now: Timestamp,
    since: Timestamp,
    limit: usize,
) -> impl Iterator<Item = u32> {
    let mut dated: Vec<Dated> = Vec::new();
    for author in authors.iter().filter_map(|&(_, author)| index.users.get(author)) {
        if author.newest() >= seconds(since) {
            dated.extend(author.posts().since(seconds(since)));
        }
    }
    let latest = now.plus(index.config.early_tolerance);
    let seen_since = seconds(now.minus(index.config.seen_window));
    let admit = |kept: Option<&Viewer>, row: u32| {
        let spent = |kept: &Viewer| kept.seen.has(row, seen_since) || kept.hides(row);
        let post = index.posts.get(row).filter(|_| !kept.is_some_and(spent))?;
        let shows = post.shows(latest) && post.created_at() >= since;
        shows.then(|| (Reverse(post.created_at()), post.id(), row))
    };
    let mut found = {
        let kept = cell.viewer();
        newest(dated, limit, |row| admit(kept.as_deref(), row))
    };
    // within a second the list knew no order
    found.sort_unstable();
    found.truncate(limit);
    found.into_iter().map(|(.., row)| row)
}

/// The newest `limit` that are admitted, and all others of the last one's second. Looks at no more of them than it
/// must: most authors' posts are past the limit.
fn newest<T>(mut dated: Vec<Dated>, limit: usize, admit: impl Fn(u32) -> Option<T>) -> Vec<T> {
    let mut found = Vec::with_capacity(limit);
    let mut rest = &mut dated[..];
    let mut last = None;
    while !rest.is_empty() {
        // newest first, in steps: those asked for and some more
        let step = (limit + limit / 4 + 16).min(rest.len());
        if step < rest.len() {
            rest.select_nth_unstable_by_key(step, |&dated| Reverse(dated));
        }
        let (now, later) = rest.split_at_mut(step);
        now.sort_unstable_by_key(|&dated| Reverse(dated));
        for dated in now {
            if found.len() >= limit && last != Some(dated.seconds) {
                return found;
            }
            if let Some(admitted) = admit(dated.row) {
                found.push(admitted);
                last = Some(dated.seconds);
            }
        }
        rest = later;
    }
    found
}
