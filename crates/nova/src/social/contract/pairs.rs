//! Likes, follows, blocks, mutes, hidden posts, and how the writes of one call stand to each other.

use nova_core::error::Kind;
use nova_core::model::{PostId, UserId};

use super::world::{World, first, minute};
use crate::social::{ListOf, Write, Written};

async fn likes(w: &World, post: PostId, viewer: UserId) -> (u64, bool) {
    let view = w.social.post(post, Some(viewer)).await.expect("post");
    (view.likes, view.liked)
}

pub(crate) async fn like_counts_once(w: &World) {
    let (ann, bob) = (w.user("ann").await, w.user("bob").await);
    let post = w.post(ann, 1).await;
    w.write(Write::Like(bob, post, minute(2))).await;
    assert_eq!(w.write(Write::Like(bob, post, minute(3))).await, Written::Edge(None));
    assert_eq!(likes(w, post, bob).await, (1, true));
    assert_eq!(likes(w, post, ann).await, (1, false));
    w.write(Write::Like(ann, post, minute(4))).await;
    assert_eq!(likes(w, post, ann).await, (2, true));
    let likers = w.social.users(ListOf::Likers(post), None, first(10)).await.expect("likers");
    assert_eq!(likers[1].1, minute(2), "the second setting does not move the time");
}

pub(crate) async fn unlike_counts_back(w: &World) {
    let ann = w.user("ann").await;
    let post = w.post(ann, 1).await;
    w.write(Write::Like(ann, post, minute(2))).await;
    w.write(Write::Unlike(ann, post, minute(3))).await;
    assert_eq!(w.write(Write::Unlike(ann, post, minute(4))).await, Written::Edge(None));
    assert_eq!(likes(w, post, ann).await, (0, false));
    w.write(Write::Like(ann, post, minute(5))).await;
    assert_eq!(likes(w, post, ann).await, (1, true));
}

pub(crate) async fn like_needs_a_post_within_reach(w: &World) {
    let (ann, bob, eve, zoe) =
        (w.user("ann").await, w.user("bob").await, w.user("eve").await, w.user("zoe").await);
    let (of_ann, of_bob, hidden, gone, orphan) = (
        w.post(ann, 1).await,
        w.post(bob, 1).await,
        w.post(eve, 1).await,
        w.post(eve, 1).await,
        w.post(zoe, 1).await,
    );
    w.block(ann, bob).await;
    w.hide(bob, hidden).await;
    w.delete_post(gone, eve).await;
    w.delete_user(zoe).await;
    for (who, post) in
        [(bob, of_ann), (ann, of_bob), (bob, hidden), (bob, gone), (bob, orphan), (bob, PostId(w.id()))]
    {
        w.refused(Write::Like(who, post, minute(2)), Kind::NotFound, "post_id", "not_found").await;
    }
    assert_eq!(likes(w, of_ann, ann).await, (0, false));
}

pub(crate) async fn follow_counts_once_and_not_oneself(w: &World) {
    let (ann, bob) = (w.user("ann").await, w.user("bob").await);
    w.follow(ann, bob, 1).await;
    assert_eq!(w.write(Write::Follow(ann, bob, minute(2))).await, Written::Edge(None));
    let view = w.social.user(bob, Some(ann)).await.expect("bob");
    assert_eq!((view.followers, view.following, view.followed), (1, 0, true));
    let view = w.social.user(ann, Some(bob)).await.expect("ann");
    assert_eq!((view.followers, view.following, view.followed), (0, 1, false));
    w.refused(Write::Follow(ann, ann, minute(2)), Kind::Rejected, "followee_id", "self_follow").await;
    w.write(Write::Unfollow(ann, bob, minute(3))).await;
    assert_eq!(w.write(Write::Unfollow(ann, bob, minute(3))).await, Written::Edge(None));
    let view = w.social.user(bob, Some(ann)).await.expect("bob");
    assert_eq!((view.followers, view.followed), (0, false));
}

pub(crate) async fn follow_needs_an_account_within_reach(w: &World) {
    let (ann, bob) = (w.user("ann").await, w.user("bob").await);
    w.block(ann, bob).await;
    for (who, target) in [(ann, bob), (bob, ann), (ann, UserId(w.id()))] {
        let write = Write::Follow(who, target, minute(2));
        w.refused(write, Kind::NotFound, "followee_id", "not_found").await;
    }
}

pub(crate) async fn block_ends_follows_both_ways(w: &World) {
    let (ann, bob, eve) = (w.user("ann").await, w.user("bob").await, w.user("eve").await);
    for (who, target) in [(ann, bob), (bob, ann), (ann, eve), (eve, ann)] {
        w.follow(who, target, 1).await;
    }
    w.block(ann, bob).await;
    for user in [ann, eve] {
        let view = w.seen(user).await;
        assert_eq!((view.followers, view.following), (1, 1));
    }
    let view = w.seen(bob).await;
    assert_eq!((view.followers, view.following), (0, 0));
    assert_eq!(w.listed(ListOf::Following(ann), None).await, [eve]);
    assert_eq!(w.listed(ListOf::Followers(ann), None).await, [eve]);
    w.write(Write::Unblock(ann, bob, minute(3))).await;
    assert_eq!(w.listed(ListOf::Following(ann), Some(ann)).await, [eve], "follows do not come back");
    w.follow(bob, ann, 4).await;
}

pub(crate) async fn block_is_allowed_both_ways(w: &World) {
    let (ann, bob) = (w.user("ann").await, w.user("bob").await);
    w.block(ann, bob).await;
    w.block(bob, ann).await;
    assert_eq!(w.write(Write::Block(bob, ann, minute(3))).await, Written::Edge(None));
    w.write(Write::Unblock(ann, bob, minute(4))).await;
    let still = w.social.user(bob, Some(ann)).await.expect_err("the other block stands");
    assert_eq!(still.kind(), Kind::NotFound);
    let write = Write::Block(ann, UserId(w.id()), minute(5));
    w.refused(write, Kind::NotFound, "target_id", "not_found").await;
}

pub(crate) async fn oneself_is_neither_blocked_nor_muted(w: &World) {
    let ann = w.user("ann").await;
    w.refused(Write::Block(ann, ann, minute(1)), Kind::Rejected, "target_id", "self_block").await;
    w.refused(Write::Mute(ann, ann, minute(1)), Kind::Rejected, "target_id", "self_mute").await;
}

pub(crate) async fn mute_needs_an_account_within_reach(w: &World) {
    let (ann, bob, eve) = (w.user("ann").await, w.user("bob").await, w.user("eve").await);
    w.write(Write::Mute(ann, bob, minute(1))).await;
    assert_eq!(w.write(Write::Mute(ann, bob, minute(2))).await, Written::Edge(None));
    w.social.user(bob, Some(ann)).await.expect("a muted account can be looked at");
    w.follow(ann, bob, 2).await;
    w.block(eve, ann).await;
    for target in [eve, UserId(w.id())] {
        w.refused(Write::Mute(ann, target, minute(2)), Kind::NotFound, "target_id", "not_found").await;
    }
}

pub(crate) async fn hide_needs_a_post_within_reach(w: &World) {
    let (ann, bob) = (w.user("ann").await, w.user("bob").await);
    let (post, other) = (w.post(bob, 1).await, w.post(bob, 1).await);
    w.hide(ann, post).await;
    assert_eq!(w.write(Write::Hide(ann, post, minute(2))).await, Written::Edge(None));
    w.block(bob, ann).await;
    for post in [other, PostId(w.id())] {
        w.refused(Write::Hide(ann, post, minute(2)), Kind::NotFound, "post_id", "not_found").await;
    }
}

pub(crate) async fn what_is_set_can_always_be_unset(w: &World) {
    let (ann, bob, eve) = (w.user("ann").await, w.user("bob").await, w.user("eve").await);
    let post = w.post(bob, 1).await;
    w.write(Write::Like(ann, post, minute(1))).await;
    w.hide(ann, post).await;
    w.write(Write::Mute(ann, bob, minute(1))).await;
    w.follow(ann, eve, 1).await;
    w.block(ann, bob).await;
    w.block(bob, ann).await;
    w.delete_post(post, bob).await;
    w.delete_user(bob).await;
    w.delete_user(eve).await;
    for write in [
        Write::Unlike(ann, post, minute(2)),
        Write::Unhide(ann, post, minute(2)),
        Write::Unmute(ann, bob, minute(2)),
        Write::Unblock(ann, bob, minute(2)),
        Write::Unfollow(ann, eve, minute(2)),
    ] {
        w.write(write).await;
    }
    let view = w.seen(ann).await;
    assert_eq!(view.following, 0);
    assert_eq!(w.listed(ListOf::Blocks(ann), Some(ann)).await, []);
}

pub(crate) async fn unsetting_what_is_not_set_is_no_error(w: &World) {
    let (ann, bob) = (w.user("ann").await, w.user("bob").await);
    let post = w.post(bob, 1).await;
    for (user, post) in [(bob, post), (UserId(w.id()), PostId(w.id()))] {
        for write in [
            Write::Unlike(ann, post, minute(2)),
            Write::Unhide(ann, post, minute(2)),
            Write::Unmute(ann, user, minute(2)),
            Write::Unblock(ann, user, minute(2)),
            Write::Unfollow(ann, user, minute(2)),
        ] {
            assert_eq!(w.write(write).await, Written::Edge(None));
        }
    }
}

pub(crate) async fn refused_one_does_not_touch_the_others(w: &World) {
    let (ann, bob) = (w.new_user("ann"), w.new_user("bob"));
    let post = w.new_post(ann.id);
    let answers = w
        .social
        .write(vec![
            Write::User(ann.clone(), minute(0)),
            Write::User(w.new_user("ANN"), minute(0)),
            Write::Post(post.clone(), minute(1)),
            Write::Like(bob.id, post.id, minute(2)),
            Write::User(bob.clone(), minute(0)),
            Write::Like(bob.id, post.id, minute(2)),
            Write::Follow(bob.id, bob.id, minute(2)),
            Write::Block(bob.id, ann.id, minute(3)),
            Write::Comment(w.new_comment(post.id, bob.id), minute(3)),
        ])
        .await
        .expect("the call itself");
    let kinds: Vec<_> = answers.iter().map(|answer| answer.as_ref().err().map(|e| e.kind())).collect();
    use Kind::{Conflict, NotFound, Rejected};
    assert_eq!(
        kinds,
        [None, Some(Conflict), None, Some(NotFound), None, None, Some(Rejected), None, Some(NotFound)],
        "each sees what those before it have done"
    );
    assert_eq!(likes(w, post.id, ann.id).await, (1, false));
    assert_eq!(w.seen(ann.id).await.posts, 1);
}

pub(crate) async fn no_writes_give_no_answers(w: &World) {
    assert!(w.social.write(Vec::new()).await.expect("nothing to do").is_empty());
}
