//! Accounts.

use nova_core::error::Kind;
use nova_core::model::UserId;

use super::world::{World, admin_actor, assert_not_found, first, minute, user_actor};
use crate::social::{ListOf, UserPatch, Write, Written};

pub(crate) async fn is_read_back_by_id_and_by_handle(w: &World) {
    let new = w.new_user("ann_1");
    let Written::User(written, _) = w.write(Write::User(new.clone(), minute(3))).await else {
        panic!("an account is answered by an account")
    };
    assert_eq!((written.id, written.handle.as_deref()), (new.id, Some("ann_1")));
    assert_eq!((written.created_at, written.updated_at, written.deleted_at), (minute(3), minute(3), None));
    let view = w.seen(new.id).await;
    assert_eq!(view.user, written);
    assert_eq!((view.followers, view.following, view.posts, view.followed), (0, 0, 0, false));
    for handle in ["ann_1", "ANN_1", "Ann_1"] {
        assert_eq!(w.social.user_by_handle(handle, None).await.expect(handle), view);
    }
    assert_not_found(w.social.user_by_handle("ann", None).await);
    assert_not_found(w.social.user(UserId(w.id()), None).await);
}

pub(crate) async fn keeps_every_script_and_microsecond(w: &World) {
    for (n, name) in
        ["Ünïcödé", "山田 太郎", "🦀\u{200d}🔥 \"quoted\" \\ \t\n", "עברית", "e\u{301}"].iter().enumerate()
    {
        let mut new = w.new_user(&format!("script_{n}"));
        new.display_name = (*name).to_owned();
        let id = new.id;
        w.write(Write::User(new, minute(n as u64))).await;
        let user = w.seen(id).await.user;
        assert_eq!(user.display_name.as_deref(), Some(*name));
        assert_eq!(user.created_at, minute(n as u64));
    }
}

pub(crate) async fn handle_is_unique_without_regard_to_case(w: &World) {
    w.user("ann").await;
    let taken = Write::User(w.new_user("ANN"), minute(1));
    w.refused(taken, Kind::Conflict, "handle", "handle_taken").await;
    let bob = w.user("bob").await;
    let patch = UserPatch { handle: Some("aNN".to_owned()), display_name: None };
    w.refused(Write::EditUser(bob, patch, minute(1)), Kind::Conflict, "handle", "handle_taken").await;
    assert_eq!(w.seen(bob).await.user.handle.as_deref(), Some("bob"));
}

pub(crate) async fn handle_of_a_deleted_one_stays_taken(w: &World) {
    let ann = w.user("ann").await;
    w.delete_user(ann).await;
    let again = Write::User(w.new_user("ann"), minute(2));
    w.refused(again, Kind::Conflict, "handle", "handle_taken").await;
}

pub(crate) async fn same_again_is_no_error_and_no_change(w: &World) {
    let new = w.new_user("ann");
    let Written::User(once, _) = w.write(Write::User(new.clone(), minute(1))).await else {
        panic!("account")
    };
    for at in [1, 2] {
        assert_eq!(w.write(Write::User(new.clone(), minute(at))).await, Written::User(once.clone(), None));
    }
    w.delete_user(new.id).await;
    w.refused(Write::User(new, minute(1)), Kind::Conflict, "id", "id_taken").await;
}

pub(crate) async fn other_under_a_taken_id_is_a_conflict(w: &World) {
    let new = w.new_user("ann");
    w.write(Write::User(new.clone(), minute(1))).await;
    let mut other = new.clone();
    other.display_name = "Another".to_owned();
    w.refused(Write::User(other, minute(1)), Kind::Conflict, "id", "id_taken").await;
    let renamed = UserPatch { handle: None, display_name: Some("Another".to_owned()) };
    w.write(Write::EditUser(new.id, renamed, minute(2))).await;
    w.refused(Write::User(new, minute(1)), Kind::Conflict, "id", "id_taken").await;
}

pub(crate) async fn edit_changes_what_it_names(w: &World) {
    let ann = w.user("ann").await;
    let patch = UserPatch { handle: None, display_name: Some("Ann".to_owned()) };
    let Written::User(edited, _) = w.write(Write::EditUser(ann, patch, minute(5))).await else {
        panic!("account")
    };
    assert_eq!(edited, w.seen(ann).await.user);
    assert_eq!((edited.handle.as_deref(), edited.display_name.as_deref()), (Some("ann"), Some("Ann")));
    assert_eq!((edited.created_at, edited.updated_at), (minute(0), minute(5)));
    let patch = UserPatch { handle: Some("anna".to_owned()), display_name: None };
    w.write(Write::EditUser(ann, patch, minute(6))).await;
    assert_not_found(w.social.user_by_handle("ann", None).await);
    assert_eq!(w.social.user_by_handle("anna", None).await.expect("renamed").user.id, ann);
    w.user("ann").await;
}

pub(crate) async fn edit_may_change_the_case_of_its_own_handle(w: &World) {
    let ann = w.user("ann").await;
    let patch = UserPatch { handle: Some("ANN".to_owned()), display_name: None };
    w.write(Write::EditUser(ann, patch, minute(1))).await;
    assert_eq!(w.seen(ann).await.user.handle.as_deref(), Some("ANN"));
}

pub(crate) async fn edit_of_nothing_leaves_no_change(w: &World) {
    let ann = w.user("ann").await;
    let before = w.seen(ann).await.user;
    let same = UserPatch { handle: before.handle.clone(), display_name: before.display_name.clone() };
    for patch in [UserPatch::default(), same] {
        let written = w.write(Write::EditUser(ann, patch, minute(5))).await;
        assert_eq!(written, Written::User(before.clone(), None));
    }
    assert_eq!(w.seen(ann).await.user, before);
}

pub(crate) async fn deleted_is_gone_for_good(w: &World) {
    let (ann, bob) = (w.user("ann").await, w.user("bob").await);
    let Written::User(deleted, _) = w.write(Write::DeleteUser(ann, minute(4))).await else {
        panic!("account")
    };
    assert_eq!(deleted.deleted_at, Some(minute(4)));
    for viewer in [None, Some(bob), Some(ann)] {
        assert_not_found(w.social.user(ann, viewer).await);
        assert_not_found(w.social.user_by_handle("ann", viewer).await);
        assert_not_found(w.social.posts_of(ann, viewer, minute(9), first(10)).await);
        assert_not_found(w.social.users(ListOf::Followers(ann), viewer, first(10)).await);
    }
    w.refused(Write::DeleteUser(ann, minute(5)), Kind::NotFound, "user_id", "not_found").await;
    let edit = Write::EditUser(ann, UserPatch::default(), minute(5));
    w.refused(edit, Kind::NotFound, "user_id", "not_found").await;
    w.refused(Write::Follow(bob, ann, minute(5)), Kind::NotFound, "followee_id", "not_found").await;
}

pub(crate) async fn deleted_one_writes_nothing(w: &World) {
    let (ann, bob) = (w.user("ann").await, w.user("bob").await);
    let (own, post) = (w.post(ann, 1).await, w.post(bob, 1).await);
    w.delete_user(ann).await;
    writes_nothing(w, ann, bob, post).await;
    w.refused(Write::DeletePost(own, user_actor(ann), minute(2)), Kind::NotFound, "user_id", "not_found")
        .await;
    let admin = w.user("root").await;
    w.write(Write::DeletePost(own, admin_actor(admin), minute(2))).await;
}

pub(crate) async fn unknown_one_writes_nothing(w: &World) {
    let bob = w.user("bob").await;
    let post = w.post(bob, 1).await;
    writes_nothing(w, UserId(w.id()), bob, post).await;
}

async fn writes_nothing(w: &World, who: UserId, bob: UserId, post: nova_core::model::PostId) {
    let at = minute(5);
    for write in [
        Write::Comment(w.new_comment(post, who), at),
        Write::Like(who, post, at),
        Write::Follow(who, bob, at),
        Write::Block(who, bob, at),
        Write::Mute(who, bob, at),
        Write::Hide(who, post, at),
    ] {
        w.refused(write, Kind::NotFound, "user_id", "not_found").await;
    }
    let write = Write::Post(w.new_post(who), at);
    w.refused(write, Kind::NotFound, "author_id", "author_unknown").await;
}

pub(crate) async fn block_hides_both_from_each_other(w: &World) {
    let (ann, bob, eve) = (w.user("ann").await, w.user("bob").await, w.user("eve").await);
    w.block(ann, bob).await;
    for (one, other, handle) in [(ann, bob, "bob"), (bob, ann, "ann")] {
        assert_not_found(w.social.user(other, Some(one)).await);
        assert_not_found(w.social.user_by_handle(handle, Some(one)).await);
        w.social.user(other, Some(eve)).await.expect("others see both");
        w.social.user(other, None).await.expect("nobody in particular sees both");
        w.social.user(other, Some(other)).await.expect("each sees itself");
    }
    w.write(Write::Unblock(ann, bob, minute(2))).await;
    w.social.user(ann, Some(bob)).await.expect("seen again");
}
