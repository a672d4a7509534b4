//! The chronological timeline.

use std::collections::HashSet;

use nova_core::model::{Id, PostId, Timestamp, UserId};

use super::world::{World, first, minute};
use crate::social::{Keyset, TimelineItem, Write};

const NOW: u64 = 100;

async fn shown(w: &World, viewer: UserId, everyone: bool) -> Vec<PostId> {
    let items = w.social.timeline(viewer, minute(NOW), first(100), everyone).await.expect("timeline");
    items.into_iter().map(|item| item.post).collect()
}

pub(crate) async fn shows_the_followed_newest_first(w: &World) {
    let (ann, bob, eve, zoe) =
        (w.user("ann").await, w.user("bob").await, w.user("eve").await, w.user("zoe").await);
    w.follow(ann, bob, 1).await;
    w.follow(ann, eve, 1).await;
    let old = w.post(bob, 2).await;
    let mid = w.post(eve, 3).await;
    w.post(zoe, 4).await;
    let new = w.post(bob, 5).await;
    assert_eq!(shown(w, ann, false).await, [new, mid, old]);
    let items = w.social.timeline(ann, minute(NOW), first(1), false).await.expect("timeline");
    assert_eq!(items, [TimelineItem { post: new, author: bob, created_at: minute(5) }]);
}

pub(crate) async fn of_one_who_follows_nobody_is_empty(w: &World) {
    let (ann, bob) = (w.user("ann").await, w.user("bob").await);
    let post = w.post(bob, 1).await;
    assert_eq!(shown(w, ann, false).await, []);
    assert_eq!(shown(w, ann, true).await, [post]);
    assert_eq!(shown(w, UserId(w.id()), false).await, []);
}

/// Six authors, each with a reason but the last; gives the viewer and the one post that may be shown.
async fn everything_refused(w: &World) -> (UserId, PostId) {
    let ann = w.user("ann").await;
    let mut authors = Vec::new();
    for handle in ["deleted", "blocked", "blocking", "muted", "hider", "good"] {
        let author = w.user(handle).await;
        w.follow(ann, author, 1).await;
        authors.push(author);
    }
    let [deleted, blocked, blocking, muted, hider, good] = authors[..] else { panic!("six authors") };
    for &author in &authors[..4] {
        w.post(author, 10).await;
    }
    let hidden = w.post(hider, 11).await;
    let gone = w.post(good, 12).await;
    let shown = w.post(good, 13).await;
    w.post(good, NOW + 6).await;
    w.post(ann, 14).await;
    w.delete_user(deleted).await;
    w.block(ann, blocked).await;
    w.block(blocking, ann).await;
    w.write(Write::Mute(ann, muted, minute(20))).await;
    w.hide(ann, hidden).await;
    w.delete_post(gone, good).await;
    (ann, shown)
}

pub(crate) async fn leaves_out_all_that_must_not_be_shown(w: &World) {
    let (ann, post) = everything_refused(w).await;
    assert_eq!(shown(w, ann, false).await, [post]);
}

pub(crate) async fn of_everyone_leaves_out_all_that_must_not_be_shown(w: &World) {
    let (ann, post) = everything_refused(w).await;
    assert_eq!(shown(w, ann, true).await, [post]);
}

pub(crate) async fn post_dated_ahead_waits(w: &World) {
    let (ann, bob) = (w.user("ann").await, w.user("bob").await);
    w.follow(ann, bob, 1).await;
    w.post(bob, 20).await;
    for everyone in [false, true] {
        for (now, count) in [(14, 0), (15, 1), (20, 1)] {
            let items = w.social.timeline(ann, minute(now), first(10), everyone).await.expect("timeline");
            assert_eq!(items.len(), count, "at minute {now}");
        }
    }
}

pub(crate) async fn pages_neither_repeat_nor_skip_while_posts_arrive(w: &World) {
    let ann = w.user("ann").await;
    let authors = w.crowd(5).await;
    for &author in &authors {
        w.follow(ann, author, 1).await;
    }
    let mut made: Vec<(Timestamp, Id)> = Vec::new();
    for n in 0..60u64 {
        let post = w.post(authors[(n % 5) as usize], n / 7).await;
        made.push((minute(n / 7), post.0));
    }
    made.sort_unstable_by(|one, other| other.cmp(one));
    for everyone in [false, true] {
        let mut found: Vec<(Timestamp, Id)> = Vec::new();
        loop {
            let page = Keyset { limit: 7, before: found.last().copied() };
            let items = w.social.timeline(ann, minute(NOW), page, everyone).await.expect("page");
            if items.is_empty() {
                break;
            }
            found.extend(items.iter().map(|item| (item.created_at, item.post.0)));
            w.post(authors[0], 50).await;
        }
        found.retain(|(at, _)| *at < minute(50));
        assert_eq!(found, made, "everyone: {everyone}");
    }
}

pub(crate) async fn following_thousands_shows_the_same(w: &World) {
    let (ann, few) = (w.user("ann").await, w.user("few").await);
    let crowd = w.crowd(2_100).await;
    let (loud, silent) = crowd.split_at(40);
    // ann follows the loud and the silent, few the loud alone; in between stand posts of somebody neither follows
    let noise = w.user("noise").await;
    let mut writes: Vec<_> = crowd.iter().map(|&who| Write::Follow(ann, who, minute(1))).collect();
    writes.extend(loud.iter().map(|&who| Write::Follow(few, who, minute(1))));
    for n in 0..2_500u64 {
        let author = if n % 25 == 0 && n < 500 { loud[(n / 25) as usize] } else { noise };
        writes.push(Write::Post(w.new_post(author), minute(2 + n / 300)));
    }
    w.write_all(writes).await;
    assert_eq!(silent.len(), 2_060);
    let (mine, theirs) = (shown(w, ann, false).await, shown(w, few, false).await);
    assert_eq!(mine.len(), 20);
    assert_eq!(mine, theirs);
}

pub(crate) async fn ten_thousand_blocks_change_nothing_for_the_others(w: &World) {
    let (ann, bob) = (w.user("ann").await, w.user("bob").await);
    let crowd = w.crowd(10_000).await;
    w.follow(ann, bob, 1).await;
    let mut writes: Vec<_> = crowd.iter().map(|&who| Write::Block(ann, who, minute(2))).collect();
    writes.extend(crowd.iter().take(50).map(|&who| Write::Post(w.new_post(who), minute(3))));
    w.write_all(writes).await;
    let post = w.post(bob, 1).await;
    assert_eq!(shown(w, ann, true).await, [post]);
    assert_eq!(shown(w, ann, false).await, [post]);
    let mut listed = HashSet::new();
    let mut before = None;
    loop {
        let page = Keyset { limit: 101, before };
        let rows = w.social.users(crate::social::ListOf::Blocks(ann), Some(ann), page).await.expect("page");
        let Some((last, at)) = rows.last() else { break };
        before = Some((*at, last.user.id.0));
        listed.extend(rows.iter().map(|(view, _)| view.user.id));
    }
    assert_eq!(listed.len(), crowd.len());
}
