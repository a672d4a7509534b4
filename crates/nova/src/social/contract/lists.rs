//! Lists of accounts, and of the posts a viewer hid.

use nova_core::error::Kind;
use nova_core::model::{Id, PostId, Timestamp, UserId};

use super::world::{World, assert_not_found, assert_refused, first, minute};
use crate::social::{Keyset, ListOf, Write};

pub(crate) async fn followers_come_newest_first(w: &World) {
    let (ann, bob, eve) = (w.user("ann").await, w.user("bob").await, w.user("eve").await);
    w.follow(eve, ann, 1).await;
    w.follow(bob, ann, 2).await;
    let page = w.social.users(ListOf::Followers(ann), Some(eve), first(10)).await.expect("list");
    let seen: Vec<_> = page.iter().map(|(view, at)| (view.user.id, *at)).collect();
    assert_eq!(seen, [(bob, minute(2)), (eve, minute(1))]);
    assert_eq!(page[0].0, w.social.user(bob, Some(eve)).await.expect("the same view"));
}

pub(crate) async fn following_comes_newest_first(w: &World) {
    let (ann, bob, eve) = (w.user("ann").await, w.user("bob").await, w.user("eve").await);
    w.follow(ann, eve, 1).await;
    w.follow(ann, bob, 2).await;
    let page = w.social.users(ListOf::Following(ann), Some(ann), first(10)).await.expect("list");
    let seen: Vec<_> = page.iter().map(|(view, at)| (view.user.id, *at, view.followed)).collect();
    assert_eq!(seen, [(bob, minute(2), true), (eve, minute(1), true)]);
}

pub(crate) async fn likers_come_newest_first(w: &World) {
    let (ann, bob, eve) = (w.user("ann").await, w.user("bob").await, w.user("eve").await);
    let post = w.post(ann, 0).await;
    for (who, at) in [(bob, 3), (eve, 2), (ann, 1)] {
        w.write(Write::Like(who, post, minute(at))).await;
    }
    assert_eq!(w.listed(ListOf::Likers(post), None).await, [bob, eve, ann]);
}

pub(crate) async fn equal_times_are_told_apart_by_id(w: &World) {
    let ann = w.user("ann").await;
    let mut crowd = w.crowd(7).await;
    w.write_all(crowd.iter().map(|&who| Write::Follow(who, ann, minute(1))).collect()).await;
    crowd.sort_unstable_by(|one, other| other.cmp(one));
    assert_eq!(w.listed(ListOf::Followers(ann), None).await, crowd);
    let before = Some((minute(1), crowd[2].0));
    let rest = w.social.users(ListOf::Followers(ann), None, Keyset { limit: 2, before }).await.expect("page");
    assert_eq!(rest.iter().map(|(view, _)| view.user.id).collect::<Vec<_>>(), crowd[3..5]);
}

pub(crate) async fn pages_neither_repeat_nor_skip_while_rows_arrive(w: &World) {
    let ann = w.user("ann").await;
    let post = w.post(ann, 0).await;
    let crowd = w.crowd(230).await;
    let (there, arriving) = crowd.split_at(210);
    let at = |n: usize| minute(n as u64 / 9);
    let mut writes = Vec::new();
    for (n, &who) in there.iter().enumerate() {
        writes.push(Write::Follow(who, ann, at(n)));
        writes.push(Write::Follow(ann, who, at(n)));
        writes.push(Write::Like(who, post, at(n)));
    }
    w.write_all(writes).await;
    let mut expected: Vec<_> = there.iter().enumerate().map(|(n, who)| (at(n), who.0)).collect();
    expected.sort_unstable_by(|one, other| other.cmp(one));
    let mut arriving = arriving.iter();
    for list in [ListOf::Followers(ann), ListOf::Following(ann), ListOf::Likers(post)] {
        for limit in [101, 50] {
            let mut found: Vec<(Timestamp, Id)> = Vec::new();
            loop {
                let page = Keyset { limit, before: found.last().copied() };
                let rows = w.social.users(list, None, page).await.expect("page");
                if rows.is_empty() {
                    break;
                }
                assert!(rows.len() <= limit);
                found.extend(rows.into_iter().map(|(view, at)| (at, view.user.id.0)));
                if let Some(&late) = arriving.next() {
                    w.follow(late, ann, 900).await;
                    w.follow(ann, late, 900).await;
                    w.write(Write::Like(late, post, minute(900))).await;
                }
            }
            found.retain(|(at, _)| *at < minute(900));
            assert_eq!(found, expected, "{list:?} by {limit}");
        }
    }
}

pub(crate) async fn blocked_and_deleted_accounts_are_left_out(w: &World) {
    let (ann, bob, eve, zoe, kim) = (
        w.user("ann").await,
        w.user("bob").await,
        w.user("eve").await,
        w.user("zoe").await,
        w.user("kim").await,
    );
    let post = w.post(ann, 0).await;
    for (at, who) in [(4, bob), (3, eve), (2, zoe), (1, kim)] {
        w.follow(who, ann, at).await;
        w.follow(ann, who, at).await;
        w.write(Write::Like(who, post, minute(at))).await;
    }
    w.block(bob, eve).await;
    w.block(zoe, bob).await;
    w.delete_user(kim).await;
    for list in [ListOf::Followers(ann), ListOf::Following(ann), ListOf::Likers(post)] {
        assert_eq!(w.listed(list, Some(bob)).await, [bob]);
        assert_eq!(w.listed(list, Some(eve)).await, [eve, zoe]);
        assert_eq!(w.listed(list, None).await, [bob, eve, zoe]);
    }
}

pub(crate) async fn blocks_and_mutes_are_for_oneself(w: &World) {
    let (ann, bob, eve) = (w.user("ann").await, w.user("bob").await, w.user("eve").await);
    w.write(Write::Mute(ann, bob, minute(1))).await;
    w.write(Write::Mute(ann, eve, minute(2))).await;
    w.write(Write::Block(ann, eve, minute(3))).await;
    w.write(Write::Block(eve, ann, minute(3))).await;
    w.write(Write::Block(ann, bob, minute(4))).await;
    w.write(Write::Unblock(ann, bob, minute(5))).await;
    assert_eq!(w.listed(ListOf::Blocks(ann), Some(ann)).await, [eve], "also one who blocks back");
    assert_eq!(w.listed(ListOf::Mutes(ann), Some(ann)).await, [bob]);
    for viewer in [None, Some(bob)] {
        for list in [ListOf::Blocks(ann), ListOf::Mutes(ann)] {
            let error = w.social.users(list, viewer, first(10)).await.expect_err("another's list");
            assert_refused(&error, Kind::Forbidden, "user_id", "forbidden");
        }
    }
    w.delete_user(eve).await;
    assert_eq!(w.listed(ListOf::Blocks(ann), Some(ann)).await, []);
}

pub(crate) async fn of_what_is_out_of_reach_are_not_found(w: &World) {
    let (ann, bob, eve) = (w.user("ann").await, w.user("bob").await, w.user("eve").await);
    let (of_ann, of_eve, gone) = (w.post(ann, 1).await, w.post(eve, 1).await, w.post(eve, 2).await);
    w.block(ann, bob).await;
    w.hide(bob, of_eve).await;
    w.delete_post(gone, eve).await;
    let lists = [
        ListOf::Followers(ann),
        ListOf::Following(ann),
        ListOf::Followers(UserId(w.id())),
        ListOf::Likers(of_ann),
        ListOf::Likers(of_eve),
        ListOf::Likers(gone),
        ListOf::Likers(PostId(w.id())),
    ];
    for list in lists {
        assert_not_found(w.social.users(list, Some(bob), first(10)).await);
    }
    assert_not_found(w.social.users(ListOf::Followers(bob), Some(ann), first(10)).await);
    assert_not_found(w.social.comments(PostId(w.id()), Some(bob), first(10)).await);
}

pub(crate) async fn hidden_posts_come_latest_hidden_first(w: &World) {
    let (ann, bob, eve, zoe) =
        (w.user("ann").await, w.user("bob").await, w.user("eve").await, w.user("zoe").await);
    let (old, new, gone) = (w.post(bob, 1).await, w.post(bob, 2).await, w.post(bob, 3).await);
    let (blocked, orphan) = (w.post(eve, 4).await, w.post(zoe, 5).await);
    for (at, post) in [(6, new), (7, old), (8, gone), (9, blocked), (10, orphan)] {
        w.write(Write::Hide(ann, post, minute(at))).await;
    }
    w.delete_post(gone, bob).await;
    w.block(eve, ann).await;
    w.delete_user(zoe).await;
    let page = w.social.hidden_posts(ann, first(10)).await.expect("list");
    let seen: Vec<_> = page.iter().map(|(view, at)| (view.post.id, *at)).collect();
    assert_eq!(seen, [(old, minute(7)), (new, minute(6))]);
    let before = Some((minute(7), old.0));
    let rest = w.social.hidden_posts(ann, Keyset { limit: 10, before }).await.expect("list");
    assert_eq!(rest.len(), 1);
    assert_eq!(w.social.hidden_posts(bob, first(10)).await.expect("another's"), []);
}

pub(crate) async fn end_in_an_empty_page(w: &World) {
    let ann = w.user("ann").await;
    let post = w.post(ann, 5).await;
    let lists = [
        ListOf::Followers(ann),
        ListOf::Following(ann),
        ListOf::Likers(post),
        ListOf::Blocks(ann),
        ListOf::Mutes(ann),
    ];
    for list in lists {
        assert_eq!(w.listed(list, Some(ann)).await, []);
    }
    let past = Keyset { limit: 10, before: Some((minute(5), post.0)) };
    assert_eq!(w.social.posts_of(ann, None, minute(9), past).await.expect("list"), []);
    assert_eq!(w.social.comments(post, None, first(10)).await.expect("list"), []);
    assert_eq!(w.social.hidden_posts(ann, first(10)).await.expect("list"), []);
}
