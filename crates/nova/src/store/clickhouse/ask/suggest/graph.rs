//! The parts of the graph that suggestions look at, each bounded.

use std::collections::{HashMap, HashSet};
use std::time::Duration;

use clickhouse::Row;
use futures_util::future::try_join_all;
use nova_core::error::Result;
use nova_core::model::{Timestamp, UserId};
use serde::Deserialize;

use crate::store::clickhouse::ClickHouseStore;
use crate::store::clickhouse::write::IDS_MAX;

const FOLLOWEES: &str = include_str!("../../sql/followees.sql");
const COUNTS: &str = include_str!("../../sql/follower_counts.sql");
const FANS: &str = include_str!("../../sql/fans.sql");
const AUTHORS: &str = include_str!("../../sql/authors_of_fans.sql");
const KNOWN: &str = "SELECT count() FROM users_cdc WHERE id = {viewer:UInt128}";

/// Follows of one friend that are looked at.
const FOLLOWS_MAX: usize = 512;
/// The viewer's strongest authors, whose fans are asked.
const AUTHORS_MAX: usize = 12;
/// Posts of these authors whose likes tell who their fans are, the newest of a quarter.
const POSTS_MAX: usize = 240;
const POSTS_SINCE: Duration = Duration::from_secs(90 * 86_400);
/// Fans of one author.
const FANS_MAX: usize = 32;
/// A fan's authors that are looked at.
const FAN_AUTHORS_MAX: usize = 64;

#[derive(Debug, Row, Deserialize)]
struct Follow {
    follower_id: u128,
    followee_id: u128,
}

#[derive(Debug, Row, Deserialize)]
pub(super) struct Counted {
    pub(super) followee_id: u128,
    pub(super) n: u64,
}

#[derive(Debug, Row, Deserialize)]
struct Fan {
    author_id: u128,
    user_id: u128,
}

#[derive(Debug, Row, Deserialize)]
struct Taste {
    user_id: u128,
    author: u128,
}

impl ClickHouseStore {
    /// Has the account a row?
    pub(super) async fn is_known(&self, viewer: UserId) -> Result<bool> {
        let query = self.db.query(KNOWN).param("viewer", viewer.bits());
        Ok(self.db.row::<u64>("store.suggest", query).await? > 0)
    }

    /// Who of these friends follows whom.
    pub(super) async fn follows_of(&self, friends: &[u128]) -> Result<Vec<(u128, u128)>> {
        self.edges(friends, FOLLOWS_MAX).await
    }

    async fn edges(&self, users: &[u128], each: usize) -> Result<Vec<(u128, u128)>> {
        if users.is_empty() {
            return Ok(Vec::new());
        }
        let query = self.db.query(FOLLOWEES).param("users", users);
        let query = query.param("each", each).param("limit", each * users.len());
        let edges: Vec<Follow> = self.db.rows("store.suggest", query).await?;
        Ok(edges.into_iter().map(|edge| (edge.follower_id, edge.followee_id)).collect())
    }

    pub(super) async fn follower_counts(&self, users: &[u128]) -> Result<HashMap<u128, u64>> {
        let asked = users.chunks(IDS_MAX).map(|users| {
            self.db.rows::<Counted>("store.suggest", self.db.query(COUNTS).param("users", users))
        });
        let counted = try_join_all(asked).await?.into_iter().flatten();
        Ok(counted.map(|Counted { followee_id, n }| (followee_id, n)).collect())
    }

    /// Fans by author, of the strongest of these authors.
    pub(super) async fn fans(
        &self,
        viewer: UserId,
        authors: &[u128],
        now: Timestamp,
    ) -> Result<HashMap<u128, Vec<u128>>> {
        let authors = &authors[..authors.len().min(AUTHORS_MAX)];
        let posts = match authors {
            [] => Vec::new(),
            authors => self.recent_posts_of(authors, now.minus(POSTS_SINCE), now, POSTS_MAX).await?,
        };
        if posts.is_empty() {
            return Ok(HashMap::new());
        }
        let (posts, authors): (Vec<u128>, Vec<u128>) =
            posts.iter().map(|post| (post.id, post.author_id)).unzip();
        let query = self.db.query(FANS).param("viewer", viewer.bits()).param("posts", posts);
        let query = query.param("authors", authors).param("each", FANS_MAX);
        let mut fans: HashMap<u128, Vec<u128>> = HashMap::new();
        for Fan { author_id, user_id } in self.db.rows("store.suggest", query).await? {
            fans.entry(author_id).or_default().push(user_id);
        }
        Ok(fans)
    }

    /// To whom these people turned.
    pub(super) async fn authors_of(
        &self,
        users: impl Iterator<Item = u128>,
        now: Timestamp,
    ) -> Result<HashMap<u128, Vec<u128>>> {
        let users: HashSet<u128> = users.collect();
        let users: Vec<u128> = users.into_iter().collect();
        let mut authors: HashMap<u128, Vec<u128>> = HashMap::new();
        if users.is_empty() {
            return Ok(authors);
        }
        let (from, to) = self.affinity_days(now);
        let query = self.db.query(AUTHORS).param("users", users).param("from", from).param("to", to);
        let query = query.param("each", FAN_AUTHORS_MAX);
        for Taste { user_id, author } in self.db.rows("store.suggest", query).await? {
            authors.entry(user_id).or_default().push(author);
        }
        Ok(authors)
    }
}
