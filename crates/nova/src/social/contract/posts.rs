//! Posts.

use nova_core::error::Kind;
use nova_core::model::{Id, PostId, Timestamp, UserId};

use super::world::{World, admin_actor, assert_not_found, first, minute, user_actor};
use crate::social::{Keyset, NewPost, PostPatch, Write, Written};

fn text(text: &str) -> PostPatch {
    PostPatch { text: Some(text.to_owned()), ..PostPatch::default() }
}

pub(crate) async fn is_read_back_whole(w: &World) {
    let ann = w.user("ann").await;
    let mut new = w.new_post(ann);
    new.text = "Grüße 山 🦀\u{200d}🔥 \"q\" \\ \n\u{202e}".to_owned();
    new.media = r#"[{"url":"https://e.org/ä.png","w":1}]"#.to_owned();
    new.lang = Some("de-CH".to_owned());
    new.topics = vec!["rüst".to_owned(), "a \"b\"".to_owned()];
    let Written::Post(written, _) = w.write(Write::Post(new.clone(), minute(3))).await else {
        panic!("post")
    };
    let view = w.social.post(new.id, Some(ann)).await.expect("post");
    assert_eq!(view.post, written);
    assert_eq!((view.likes, view.comments, view.liked), (0, 0, false));
    assert_eq!((written.author, written.created_at, written.updated_at), (ann, minute(3), minute(3)));
    assert_eq!(written.body.text, Some(new.text));
    assert_eq!(written.body.lang, new.lang);
    assert_eq!(written.body.topics, Some(new.topics));
    // a twin may keep JSON in a form of its own
    let media = |text: &str| serde_json::from_str::<serde_json::Value>(text).expect("JSON");
    assert_eq!(media(&written.body.media.expect("media")), media(&new.media));
    assert_eq!(w.seen(ann).await.posts, 1);
}

pub(crate) async fn needs_an_author_who_is_there(w: &World) {
    let write = Write::Post(w.new_post(UserId(w.id())), minute(1));
    w.refused(write, Kind::NotFound, "author_id", "author_unknown").await;
}

pub(crate) async fn same_again_is_no_error_other_is_a_conflict(w: &World) {
    let (ann, bob) = (w.user("ann").await, w.user("bob").await);
    let new = w.new_post(ann);
    let Written::Post(once, _) = w.write(Write::Post(new.clone(), minute(1))).await else { panic!("post") };
    for at in [1, 2] {
        assert_eq!(w.write(Write::Post(new.clone(), minute(at))).await, Written::Post(once.clone(), None));
    }
    let others: [fn(&mut NewPost); 4] = [
        |post| post.text = "another".to_owned(),
        |post| post.media = "[1]".to_owned(),
        |post| post.lang = Some("en".to_owned()),
        |post| post.topics = vec!["tea".to_owned()],
    ];
    for change in others {
        let mut other = new.clone();
        change(&mut other);
        w.refused(Write::Post(other, minute(1)), Kind::Conflict, "id", "id_taken").await;
    }
    let theirs = NewPost { author: bob, ..new.clone() };
    w.refused(Write::Post(theirs, minute(1)), Kind::Conflict, "id", "id_taken").await;
    w.delete_post(new.id, ann).await;
    w.refused(Write::Post(new, minute(1)), Kind::Conflict, "id", "id_taken").await;
    assert_eq!(w.seen(ann).await.posts, 0);
}

pub(crate) async fn media_must_be_a_json_array(w: &World) {
    let ann = w.user("ann").await;
    let post = w.post(ann, 1).await;
    for media in ["", "{}", "[", "[1,]", "nonsense"] {
        let mut new = w.new_post(ann);
        new.media = media.to_owned();
        w.refused(Write::Post(new, minute(1)), Kind::Rejected, "media", "invalid").await;
        let patch = PostPatch { media: Some(media.to_owned()), ..PostPatch::default() };
        let edit = Write::EditPost(post, patch, user_actor(ann), minute(2));
        w.refused(edit, Kind::Rejected, "media", "invalid").await;
    }
}

pub(crate) async fn edit_changes_what_it_names(w: &World) {
    let ann = w.user("ann").await;
    let mut new = w.new_post(ann);
    (new.lang, new.topics) = (Some("en".to_owned()), vec!["one".to_owned()]);
    let id = new.id;
    w.write(Write::Post(new, minute(1))).await;
    let actor = user_actor(ann);
    let Written::Post(edited, _) = w.write(Write::EditPost(id, text("new"), actor, minute(2))).await else {
        panic!("post")
    };
    assert_eq!(edited.body.text.as_deref(), Some("new"));
    assert_eq!(edited.body.lang.as_deref(), Some("en"));
    assert_eq!((edited.created_at, edited.updated_at), (minute(1), minute(2)));
    let patch = PostPatch { lang: Some(None), topics: Some(vec!["two".to_owned()]), ..PostPatch::default() };
    w.write(Write::EditPost(id, patch.clone(), actor, minute(3))).await;
    let post = w.social.post(id, None).await.expect("post").post;
    assert_eq!((post.body.lang.clone(), post.body.topics.clone()), (None, Some(vec!["two".to_owned()])));
    assert_eq!(post.body.text.as_deref(), Some("new"));
    // the same once more changes nothing
    let again = w.write(Write::EditPost(id, patch, actor, minute(4))).await;
    assert_eq!(again, Written::Post(post, None));
}

pub(crate) async fn edit_is_for_its_author_alone(w: &World) {
    let (ann, bob) = (w.user("ann").await, w.user("bob").await);
    let post = w.post(ann, 1).await;
    for actor in [user_actor(bob), admin_actor(bob)] {
        let edit = Write::EditPost(post, text("x"), actor, minute(2));
        w.refused(edit, Kind::Forbidden, "post_id", "forbidden").await;
    }
    assert_eq!(w.social.post(post, None).await.expect("post").post.body.text.as_deref(), Some("said"));
}

pub(crate) async fn deletion_is_for_its_author_and_admins(w: &World) {
    let (ann, bob) = (w.user("ann").await, w.user("bob").await);
    let (first, second) = (w.post(ann, 1).await, w.post(ann, 2).await);
    let other = Write::DeletePost(first, user_actor(bob), minute(3));
    w.refused(other, Kind::Forbidden, "post_id", "forbidden").await;
    w.write(Write::DeletePost(first, user_actor(ann), minute(3))).await;
    w.block(ann, bob).await;
    w.write(Write::DeletePost(second, admin_actor(bob), minute(3))).await;
    assert_eq!(w.seen(ann).await.posts, 0);
}

pub(crate) async fn deleted_is_gone_for_good(w: &World) {
    let ann = w.user("ann").await;
    let post = w.post(ann, 1).await;
    w.write(Write::Like(ann, post, minute(1))).await;
    w.delete_post(post, ann).await;
    assert_not_found(w.social.post(post, Some(ann)).await);
    assert_eq!(w.social.posts_of(ann, Some(ann), minute(9), first(10)).await.expect("list"), []);
    let actor = user_actor(ann);
    for write in [
        Write::EditPost(post, text("x"), actor, minute(2)),
        Write::DeletePost(post, actor, minute(2)),
        Write::DeletePost(post, admin_actor(ann), minute(2)),
        Write::Like(ann, post, minute(2)),
        Write::Hide(ann, post, minute(2)),
        Write::Comment(w.new_comment(post, ann), minute(2)),
    ] {
        w.refused(write, Kind::NotFound, "post_id", "not_found").await;
    }
}

pub(crate) async fn out_of_reach_is_not_found_never_forbidden(w: &World) {
    let (ann, bob, eve) = (w.user("ann").await, w.user("bob").await, w.user("eve").await);
    let (blocked, hidden, unknown) = (w.post(ann, 1).await, w.post(eve, 1).await, PostId(w.id()));
    w.block(ann, bob).await;
    w.hide(bob, hidden).await;
    for post in [blocked, hidden, unknown] {
        let actor = user_actor(bob);
        let edit = Write::EditPost(post, text("x"), actor, minute(2));
        w.refused(edit, Kind::NotFound, "post_id", "not_found").await;
        w.refused(Write::DeletePost(post, actor, minute(2)), Kind::NotFound, "post_id", "not_found").await;
    }
}

pub(crate) async fn own_hidden_post_can_still_be_edited(w: &World) {
    let ann = w.user("ann").await;
    let post = w.post(ann, 1).await;
    w.hide(ann, post).await;
    w.write(Write::EditPost(post, text("x"), user_actor(ann), minute(2))).await;
    w.write(Write::DeletePost(post, user_actor(ann), minute(2))).await;
}

pub(crate) async fn goes_with_its_author(w: &World) {
    let (ann, bob) = (w.user("ann").await, w.user("bob").await);
    let post = w.post(ann, 1).await;
    w.delete_user(ann).await;
    assert_not_found(w.social.post(post, Some(bob)).await);
    assert_not_found(w.social.comments(post, Some(bob), first(10)).await);
    for write in [Write::Like(bob, post, minute(2)), Write::Comment(w.new_comment(post, bob), minute(2))] {
        w.refused(write, Kind::NotFound, "post_id", "not_found").await;
    }
}

pub(crate) async fn block_and_hiding_hide_it(w: &World) {
    let (ann, bob, eve) = (w.user("ann").await, w.user("bob").await, w.user("eve").await);
    let (of_ann, of_bob, of_eve) = (w.post(ann, 1).await, w.post(bob, 1).await, w.post(eve, 1).await);
    w.block(ann, bob).await;
    w.hide(bob, of_eve).await;
    assert_not_found(w.social.post(of_ann, Some(bob)).await);
    assert_not_found(w.social.post(of_bob, Some(ann)).await);
    assert_not_found(w.social.post(of_eve, Some(bob)).await);
    assert_not_found(w.social.posts_of(ann, Some(bob), minute(9), first(10)).await);
    assert_not_found(w.social.posts_of(bob, Some(ann), minute(9), first(10)).await);
    for (post, viewer) in [(of_ann, Some(eve)), (of_ann, None), (of_bob, Some(eve)), (of_eve, Some(ann))] {
        w.social.post(post, viewer).await.expect("nothing stands between");
    }
    w.write(Write::Unhide(bob, of_eve, minute(2))).await;
    w.social.post(of_eve, Some(bob)).await.expect("no longer hidden");
}

pub(crate) async fn dated_ahead_waits_in_the_authors_list(w: &World) {
    let ann = w.user("ann").await;
    let (soon, later) = (w.post(ann, 15).await, w.post(ann, 16).await);
    let ids = |now: u64| async move {
        let page = w.social.posts_of(ann, Some(ann), minute(now), first(10)).await.expect("list");
        page.into_iter().map(|view| view.post.id).collect::<Vec<_>>()
    };
    assert_eq!(ids(9).await, []);
    assert_eq!(ids(10).await, [soon], "five minutes ahead are let pass");
    assert_eq!(ids(11).await, [later, soon]);
}

pub(crate) async fn of_an_author_are_paged_without_repeat_or_gap(w: &World) {
    let ann = w.user("ann").await;
    let mut made = Vec::new();
    for n in 0..25 {
        // five of each minute: pages must not cut between equal times
        made.push((minute(n / 5), w.post(ann, n / 5).await.0));
    }
    made.sort_unstable_by(|one, other| other.cmp(one));
    let mut found: Vec<(Timestamp, Id)> = Vec::new();
    loop {
        let page = Keyset { limit: 4, before: found.last().copied() };
        let posts = w.social.posts_of(ann, None, minute(50), page).await.expect("page");
        if posts.is_empty() {
            break;
        }
        assert!(posts.len() <= 4);
        found.extend(posts.iter().map(|view| (view.post.created_at, view.post.id.0)));
        w.post(ann, 40).await;
    }
    assert_eq!(found, made);
}

pub(crate) async fn of_an_author_leave_out_hidden_and_muted(w: &World) {
    let (ann, bob) = (w.user("ann").await, w.user("bob").await);
    let (hidden, shown) = (w.post(ann, 1).await, w.post(ann, 2).await);
    w.hide(bob, hidden).await;
    let ids = |viewer| async move {
        let page = w.social.posts_of(ann, viewer, minute(9), first(10)).await.expect("list");
        page.into_iter().map(|view| view.post.id).collect::<Vec<_>>()
    };
    assert_eq!(ids(Some(bob)).await, [shown]);
    assert_eq!(ids(None).await, [shown, hidden]);
    w.write(Write::Mute(bob, ann, minute(3))).await;
    assert_eq!(ids(Some(bob)).await, []);
    assert_eq!(ids(Some(ann)).await, [shown, hidden]);
}
