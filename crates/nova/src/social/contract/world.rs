//! A small world to try things in.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use nova_core::error::{Error, Kind};
use nova_core::model::{CommentId, Id, PostId, Timestamp, UserId};

use super::Twin;
use crate::social::{Actor, Keyset, ListOf, NewComment, NewPost, NewUser, Social, UserView, Write, Written};

/// A twin, with short ways to fill it. Times are minutes after a fixed moment.
pub(crate) struct World {
    pub(crate) social: Arc<dyn Social>,
    made: AtomicU64,
}

/// So many minutes after the beginning of this world.
pub(crate) fn minute(minute: u64) -> Timestamp {
    Timestamp::from_micros(1_767_323_045_678_901).plus(Duration::from_secs(60 * minute))
}

/// The newest `limit`.
pub(crate) fn first(limit: usize) -> Keyset {
    Keyset { limit, before: None }
}

pub(crate) fn user_actor(user: UserId) -> Actor {
    Actor { user, admin: false }
}

pub(crate) fn admin_actor(user: UserId) -> Actor {
    Actor { user, admin: true }
}

#[track_caller]
pub(crate) fn assert_refused(error: &Error, kind: Kind, field: &str, code: &str) {
    assert_eq!((error.kind(), error.field(), error.code()), (kind, field, code), "{error:?}");
}

#[track_caller]
pub(crate) fn assert_not_found<T: std::fmt::Debug>(outcome: Result<T, Error>) {
    assert_eq!(outcome.expect_err("must not be found").kind(), Kind::NotFound);
}

impl World {
    pub(crate) async fn over(twin: &dyn Twin) -> Self {
        Self { social: twin.open().await, made: AtomicU64::new(1) }
    }

    /// A UUID that was not given before, greater than those before it.
    pub(crate) fn id(&self) -> Id {
        let made = u128::from(self.made.fetch_add(1, Ordering::SeqCst));
        Id::from_uuid(0x0190_a1b2_c3d4_7000_8000_0000_0000_0000 + made).expect("not reserved")
    }

    /// Carries out one write.
    pub(crate) async fn try_write(&self, write: Write) -> Result<Written, Error> {
        let mut answers = self.social.write(vec![write]).await?;
        assert_eq!(answers.len(), 1);
        answers.pop().expect("one answer")
    }

    pub(crate) async fn write(&self, write: Write) -> Written {
        self.try_write(write.clone()).await.unwrap_or_else(|error| panic!("{write:?}: {error:?}"))
    }

    pub(crate) async fn write_all(&self, writes: Vec<Write>) {
        for answer in self.social.write(writes).await.expect("write") {
            answer.expect("each write");
        }
    }

    pub(crate) async fn refused(&self, write: Write, kind: Kind, field: &str, code: &str) {
        let error = self.try_write(write.clone()).await.expect_err(&format!("{write:?}"));
        assert_refused(&error, kind, field, code);
    }

    pub(crate) fn new_user(&self, handle: &str) -> NewUser {
        NewUser { id: UserId(self.id()), handle: handle.to_owned(), display_name: handle.to_uppercase() }
    }

    pub(crate) async fn user(&self, handle: &str) -> UserId {
        let new = self.new_user(handle);
        let id = new.id;
        self.write(Write::User(new, minute(0))).await;
        id
    }

    /// `count` accounts at once.
    pub(crate) async fn crowd(&self, count: usize) -> Vec<UserId> {
        let new: Vec<_> = (0..count).map(|n| self.new_user(&format!("crowd_{n}"))).collect();
        let ids = new.iter().map(|new| new.id).collect();
        self.write_all(new.into_iter().map(|new| Write::User(new, minute(0))).collect()).await;
        ids
    }

    pub(crate) fn new_post(&self, author: UserId) -> NewPost {
        NewPost {
            id: PostId(self.id()),
            author,
            text: "said".to_owned(),
            media: "[]".to_owned(),
            lang: None,
            topics: Vec::new(),
        }
    }

    pub(crate) async fn post(&self, author: UserId, at: u64) -> PostId {
        let new = self.new_post(author);
        let id = new.id;
        self.write(Write::Post(new, minute(at))).await;
        id
    }

    pub(crate) fn new_comment(&self, post: PostId, author: UserId) -> NewComment {
        NewComment { id: CommentId(self.id()), post, author, text: "replied".to_owned() }
    }

    pub(crate) async fn comment(&self, post: PostId, author: UserId, at: u64) -> CommentId {
        let new = self.new_comment(post, author);
        let id = new.id;
        self.write(Write::Comment(new, minute(at))).await;
        id
    }

    pub(crate) async fn block(&self, user: UserId, target: UserId) {
        self.write(Write::Block(user, target, minute(1))).await;
    }

    pub(crate) async fn hide(&self, user: UserId, post: PostId) {
        self.write(Write::Hide(user, post, minute(1))).await;
    }

    pub(crate) async fn follow(&self, user: UserId, target: UserId, at: u64) {
        self.write(Write::Follow(user, target, minute(at))).await;
    }

    pub(crate) async fn delete_user(&self, user: UserId) {
        self.write(Write::DeleteUser(user, minute(1))).await;
    }

    pub(crate) async fn delete_post(&self, post: PostId, author: UserId) {
        self.write(Write::DeletePost(post, user_actor(author), minute(1))).await;
    }

    /// The account as nobody in particular sees it.
    pub(crate) async fn seen(&self, user: UserId) -> UserView {
        self.social.user(user, None).await.expect("account")
    }

    /// The ids of a list's first page.
    pub(crate) async fn listed(&self, list: ListOf, viewer: Option<UserId>) -> Vec<UserId> {
        let page = self.social.users(list, viewer, first(100)).await.expect("list");
        page.into_iter().map(|(view, _)| view.user.id).collect()
    }
}
