//! Comments.

use nova_core::error::Kind;
use nova_core::model::{CommentId, Id, PostId, Timestamp, UserId};

use super::world::{World, admin_actor, assert_not_found, first, minute, user_actor};
use crate::social::{Keyset, NewComment, Write, Written};

async fn listed(w: &World, post: PostId, viewer: Option<UserId>) -> Vec<CommentId> {
    let page = w.social.comments(post, viewer, first(100)).await.expect("comments");
    page.into_iter().map(|view| view.comment.id).collect()
}

pub(crate) async fn is_read_back(w: &World) {
    let (ann, bob) = (w.user("ann").await, w.user("bob").await);
    let post = w.post(ann, 1).await;
    let mut new = w.new_comment(post, bob);
    new.text = "žluťoučký 🐎 \"q\" \\".to_owned();
    let Written::Comment(written, _) = w.write(Write::Comment(new.clone(), minute(2))).await else {
        panic!("comment")
    };
    assert_eq!((written.text, written.created_at, written.deleted_at), (Some(new.text), minute(2), None));
    let view = w.social.comment(new.id, Some(ann)).await.expect("comment");
    assert_eq!((view.comment.id, view.comment.post, view.comment.author), (new.id, post, bob));
    let newer = w.comment(post, ann, 3).await;
    assert_eq!(listed(w, post, None).await, [newer, new.id]);
    assert_eq!(w.social.post(post, None).await.expect("post").comments, 2);
}

pub(crate) async fn needs_a_post_within_reach(w: &World) {
    let (ann, bob, eve) = (w.user("ann").await, w.user("bob").await, w.user("eve").await);
    let (of_ann, of_bob, of_eve, gone) =
        (w.post(ann, 1).await, w.post(bob, 1).await, w.post(eve, 1).await, w.post(eve, 1).await);
    w.block(ann, bob).await;
    w.hide(bob, of_eve).await;
    w.delete_post(gone, eve).await;
    for (who, post) in [(bob, of_ann), (ann, of_bob), (bob, of_eve), (bob, gone), (bob, PostId(w.id()))] {
        let write = Write::Comment(w.new_comment(post, who), minute(2));
        w.refused(write, Kind::NotFound, "post_id", "not_found").await;
    }
}

pub(crate) async fn same_again_is_no_error_other_is_a_conflict(w: &World) {
    let (ann, bob) = (w.user("ann").await, w.user("bob").await);
    let post = w.post(ann, 1).await;
    let new = w.new_comment(post, ann);
    let Written::Comment(once, _) = w.write(Write::Comment(new.clone(), minute(1))).await else {
        panic!("comment")
    };
    for at in [1, 2] {
        let again = w.write(Write::Comment(new.clone(), minute(at))).await;
        assert_eq!(again, Written::Comment(once.clone(), None));
    }
    for other in [
        NewComment { text: "another".to_owned(), ..new.clone() },
        NewComment { author: bob, ..new.clone() },
        NewComment { post: w.post(ann, 1).await, ..new.clone() },
    ] {
        w.refused(Write::Comment(other, minute(1)), Kind::Conflict, "id", "id_taken").await;
    }
    assert_eq!(w.social.post(post, None).await.expect("post").comments, 1);
    w.write(Write::DeleteComment(new.id, user_actor(ann), minute(2))).await;
    w.refused(Write::Comment(new, minute(1)), Kind::Conflict, "id", "id_taken").await;
}

pub(crate) async fn deletion_is_for_its_author_and_admins(w: &World) {
    let (ann, bob, eve) = (w.user("ann").await, w.user("bob").await, w.user("eve").await);
    let post = w.post(ann, 1).await;
    let (one, two) = (w.comment(post, bob, 2).await, w.comment(post, bob, 3).await);
    for other in [eve, ann] {
        let write = Write::DeleteComment(one, user_actor(other), minute(4));
        w.refused(write, Kind::Forbidden, "comment_id", "forbidden").await;
    }
    let Written::Comment(deleted, _) = w.write(Write::DeleteComment(one, user_actor(bob), minute(4))).await
    else {
        panic!("comment")
    };
    assert_eq!(deleted.deleted_at, Some(minute(4)));
    assert_not_found(w.social.comment(one, Some(bob)).await);
    let again = Write::DeleteComment(one, user_actor(bob), minute(5));
    w.refused(again, Kind::NotFound, "comment_id", "not_found").await;
    assert_eq!(listed(w, post, None).await, [two]);
    w.write(Write::DeleteComment(two, admin_actor(eve), minute(5))).await;
    assert_eq!(w.social.post(post, None).await.expect("post").comments, 0);
}

pub(crate) async fn own_one_can_be_taken_back_across_a_block(w: &World) {
    let (ann, bob, eve) = (w.user("ann").await, w.user("bob").await, w.user("eve").await);
    let post = w.post(ann, 1).await;
    let (of_bob, of_eve) = (w.comment(post, bob, 2).await, w.comment(post, eve, 2).await);
    w.block(ann, bob).await;
    let other = Write::DeleteComment(of_eve, user_actor(bob), minute(3));
    w.refused(other, Kind::NotFound, "comment_id", "not_found").await;
    w.write(Write::DeleteComment(of_bob, user_actor(bob), minute(3))).await;
}

pub(crate) async fn by_hidden_accounts_are_left_out(w: &World) {
    let (ann, bob, eve, zoe, kim) = (
        w.user("ann").await,
        w.user("bob").await,
        w.user("eve").await,
        w.user("zoe").await,
        w.user("kim").await,
    );
    let post = w.post(ann, 1).await;
    let of_bob = w.comment(post, bob, 2).await;
    let of_eve = w.comment(post, eve, 3).await;
    let of_zoe = w.comment(post, zoe, 4).await;
    let of_kim = w.comment(post, kim, 5).await;
    assert_eq!(listed(w, post, Some(ann)).await, [of_kim, of_zoe, of_eve, of_bob]);
    w.block(bob, eve).await;
    w.write(Write::Mute(bob, zoe, minute(6))).await;
    w.delete_user(kim).await;
    assert_eq!(listed(w, post, Some(bob)).await, [of_bob]);
    assert_eq!(listed(w, post, Some(eve)).await, [of_zoe, of_eve]);
    assert_eq!(listed(w, post, Some(zoe)).await, [of_zoe, of_eve, of_bob], "a mute works one way");
    assert_eq!(listed(w, post, None).await, [of_zoe, of_eve, of_bob]);
    assert_not_found(w.social.comment(of_eve, Some(bob)).await);
    assert_not_found(w.social.comment(of_bob, Some(eve)).await);
    assert_not_found(w.social.comment(of_kim, None).await);
}

pub(crate) async fn hidden_with_its_post(w: &World) {
    let (ann, bob, eve) = (w.user("ann").await, w.user("bob").await, w.user("eve").await);
    let post = w.post(ann, 1).await;
    let comment = w.comment(post, eve, 2).await;
    w.hide(bob, post).await;
    assert_not_found(w.social.comments(post, Some(bob), first(10)).await);
    assert_not_found(w.social.comment(comment, Some(bob)).await);
    w.write(Write::Unhide(bob, post, minute(2))).await;
    w.block(ann, bob).await;
    assert_not_found(w.social.comments(post, Some(bob), first(10)).await);
    assert_not_found(w.social.comment(comment, Some(bob)).await);
    w.delete_post(post, ann).await;
    assert_not_found(w.social.comments(post, Some(eve), first(10)).await);
    assert_not_found(w.social.comment(comment, Some(eve)).await);
}

pub(crate) async fn are_paged_without_repeat_or_gap(w: &World) {
    let ann = w.user("ann").await;
    let post = w.post(ann, 0).await;
    let mut made = Vec::new();
    for n in 0..17 {
        made.push((minute(n / 4), w.comment(post, ann, n / 4).await.0));
    }
    made.sort_unstable_by(|one, other| other.cmp(one));
    let mut found: Vec<(Timestamp, Id)> = Vec::new();
    loop {
        let page = Keyset { limit: 3, before: found.last().copied() };
        let comments = w.social.comments(post, None, page).await.expect("page");
        if comments.is_empty() {
            break;
        }
        found.extend(comments.iter().map(|view| (view.comment.created_at, view.comment.id.0)));
        w.comment(post, ann, 30).await;
    }
    assert_eq!(found, made);
}
