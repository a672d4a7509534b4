//! Any history.

use nova_core::model::{CommentId, Id, PostId, Timestamp, UserId};
use proptest::prelude::*;

use crate::social::{Actor, NewComment, NewPost, NewUser, PostPatch, UserPatch, Write};

/// Any write among few accounts, posts and comments, so that they meet. `id` makes the ids that a twin takes.
pub(crate) fn writes(id: fn(u64) -> Id) -> impl Strategy<Value = Write> {
    let user = move || (0..5_u64).prop_map(move |n| UserId(id(n)));
    let post = move || (0..6_u64).prop_map(move |n| PostId(id(n)));
    let comment = move || (0..5_u64).prop_map(move |n| CommentId(id(n)));
    let actor = move || (user(), any::<bool>()).prop_map(|(user, admin)| Actor { user, admin });
    let at = || (0..50_i64).prop_map(|at| Timestamp::from_micros(1_700_000_000_000_000 + at));
    let word = || "[a-zé\"\\\\🦀]{0,3}";
    let new_user = (user(), "[ab]{1,2}", word());
    let new_post =
        (post(), user(), word(), proptest::option::of(word()), proptest::collection::vec(word(), 0..3));
    let patch = (proptest::option::of(word()), proptest::option::of(proptest::option::of(word())));
    prop_oneof![
        6 => (new_user, at()).prop_map(|((id, handle, display_name), at)| {
            Write::User(NewUser { id, handle, display_name }, at)
        }),
        1 => (user(), proptest::option::of("[ab]{1,2}"), proptest::option::of(word()), at())
            .prop_map(|(id, handle, display_name, at)| {
                Write::EditUser(id, UserPatch { handle, display_name }, at)
            }),
        1 => (user(), at()).prop_map(|(id, at)| Write::DeleteUser(id, at)),
        6 => (new_post, at()).prop_map(|((id, author, text, lang, topics), at)| {
            Write::Post(NewPost { id, author, text, media: "[1]".to_owned(), lang, topics }, at)
        }),
        2 => (post(), patch, actor(), at()).prop_map(|(id, (text, lang), actor, at)| {
            Write::EditPost(id, PostPatch { text, lang, ..PostPatch::default() }, actor, at)
        }),
        1 => (post(), actor(), at()).prop_map(|(id, actor, at)| Write::DeletePost(id, actor, at)),
        4 => (comment(), post(), user(), word(), at()).prop_map(|(id, post, author, text, at)| {
            Write::Comment(NewComment { id, post, author, text }, at)
        }),
        2 => (comment(), actor(), at()).prop_map(|(id, actor, at)| Write::DeleteComment(id, actor, at)),
        4 => (user(), post(), at()).prop_map(|(user, post, at)| Write::Like(user, post, at)),
        2 => (user(), post(), at()).prop_map(|(user, post, at)| Write::Unlike(user, post, at)),
        6 => (user(), user(), at()).prop_map(|(user, target, at)| Write::Follow(user, target, at)),
        1 => (user(), user(), at()).prop_map(|(user, target, at)| Write::Unfollow(user, target, at)),
        2 => (user(), user(), at()).prop_map(|(user, target, at)| Write::Block(user, target, at)),
        2 => (user(), user(), at()).prop_map(|(user, target, at)| Write::Unblock(user, target, at)),
        1 => (user(), user(), at()).prop_map(|(user, target, at)| Write::Mute(user, target, at)),
        1 => (user(), user(), at()).prop_map(|(user, target, at)| Write::Unmute(user, target, at)),
        1 => (user(), post(), at()).prop_map(|(user, post, at)| Write::Hide(user, post, at)),
        1 => (user(), post(), at()).prop_map(|(user, post, at)| Write::Unhide(user, post, at)),
    ]
}
