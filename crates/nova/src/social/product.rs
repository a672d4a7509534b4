//! The tables of a product that has its own, by `[change.tables]`: nobody writes or reads them through this port.
//!
//! ```text
//!   product -> its tables -> change capture -> store -> what may be shown, in which order: ids
//!      ^                                                        |
//!      +------------- texts, lists, profiles by these ids ------+
//! ```

use std::sync::Arc;

use async_trait::async_trait;
use nova_core::error::{Error, Kind, Result};
use nova_core::model::{CommentId, PostId, Timestamp, UserId};
use nova_core::pipeline::Candidate;

use super::{
    Body, CommentView, Keyset, ListOf, PostView, PostgresSocial, Sight, Social, TimelineItem, UserView,
    Write, Written,
};

/// The stable word of what is refused because the tables are the product's.
const CODE: &str = "tables_of_the_product";

/// A product's own tables.
///
/// Beyond the port's contract: writes and lists are `Rejected` (`tables_of_the_product`); no post has a body; who may see
/// what is `Unavailable`, because the store alone knows it.
#[derive(Debug)]
pub struct ProductTables {
    database: Arc<PostgresSocial>,
}

impl ProductTables {
    /// In the database that the connector reads, which is only asked whether it answers.
    #[must_use]
    pub const fn new(database: Arc<PostgresSocial>) -> Self {
        Self { database }
    }
}

/// It will never be done here.
fn refused(op: &'static str) -> Error {
    let detail = "the social tables are the product's own, by [change.tables]: they are written and read by the product, not through Nova";
    Error::new(Kind::Rejected, op, detail).at("", CODE)
}

/// What the store would have said.
fn unknown(op: &'static str) -> Error {
    let detail = "the store does not answer, and nothing else knows what may be shown: the social tables are the product's own, by [change.tables]";
    Error::new(Kind::Unavailable, op, detail)
}

#[async_trait]
impl Social for ProductTables {
    /// Each is refused by itself: of an import the events are taken.
    async fn write(&self, writes: Vec<Write>) -> Result<Vec<Result<Written>>> {
        Ok(writes.iter().map(|_| Err(refused("social.write"))).collect())
    }

    async fn user(&self, _: UserId, _: Option<UserId>) -> Result<UserView> {
        Err(refused("social.user"))
    }

    async fn user_by_handle(&self, _: &str, _: Option<UserId>) -> Result<UserView> {
        Err(refused("social.user"))
    }

    async fn post(&self, _: PostId, _: Option<UserId>) -> Result<PostView> {
        Err(refused("social.post"))
    }

    async fn users(&self, _: ListOf, _: Option<UserId>, _: Keyset) -> Result<Vec<(UserView, Timestamp)>> {
        Err(refused("social.users"))
    }

    async fn posts_of(&self, _: UserId, _: Option<UserId>, _: Timestamp, _: Keyset) -> Result<Vec<PostView>> {
        Err(refused("social.posts"))
    }

    async fn hidden_posts(&self, _: UserId, _: Keyset) -> Result<Vec<(PostView, Timestamp)>> {
        Err(refused("social.hidden"))
    }

    async fn comments(&self, _: PostId, _: Option<UserId>, _: Keyset) -> Result<Vec<CommentView>> {
        Err(refused("social.comments"))
    }

    async fn timeline(&self, _: UserId, _: Timestamp, _: Keyset, _: bool) -> Result<Vec<TimelineItem>> {
        Err(unknown("social.timeline"))
    }

    /// None, which is how it is meant: the product has them.
    async fn bodies(&self, posts: &[PostId]) -> Result<Vec<Option<Body>>> {
        Ok(vec![None; posts.len()])
    }

    async fn judge(&self, _: Option<UserId>, _: Timestamp, _: &mut [Candidate]) -> Result<()> {
        Err(unknown("social.judge"))
    }

    async fn sights(&self, _: UserId, _: Timestamp, _: &mut [Candidate], _: &[bool]) -> Result<Vec<Sight>> {
        Err(unknown("social.sights"))
    }

    async fn comment(&self, _: CommentId, _: Option<UserId>) -> Result<CommentView> {
        Err(refused("social.comment"))
    }

    async fn resnapshot(&self) -> Result<u64> {
        Err(refused("social.resnapshot"))
    }

    async fn check(&self) -> Result<()> {
        self.database.ask("social.check", "select 1", &[]).await.map(drop)
    }
}
