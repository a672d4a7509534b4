//! Lists for everybody: the newest posts, and the trending ones.

use std::cmp::Reverse;

use clickhouse::Row;
use nova_core::error::Result;
use nova_core::model::Timestamp;
use nova_core::pipeline::Retrieved;
use nova_core::ranking::hot;
use serde::Deserialize;

use super::Found;
use crate::store::clickhouse::ClickHouseStore;
use crate::store::{Hot, Window};

const NEWEST: &str = include_str!("../sql/newest_posts.sql");
const HOT: &str = include_str!("../sql/hot_posts.sql");

/// Rows that are looked at for the newest posts, in four steps; what is deleted or changed takes its share.
const ROWS_MAX: usize = 65_536;

#[derive(Debug, Row, Deserialize)]
struct Newest {
    id: u128,
    author_id: u128,
    created_at: i64,
    gone: u8,
    rank: u128,
}

#[derive(Debug, Row, Deserialize)]
struct Answered {
    id: u128,
    author_id: u128,
    created_at: i64,
    answers: f64,
}

impl ClickHouseStore {
    /// Newest first, then the smaller id.
    pub(in crate::store::clickhouse) async fn newest_posts(
        &self,
        now: Timestamp,
        limit: usize,
    ) -> Result<Vec<Retrieved>> {
        if limit == 0 {
            return Ok(Vec::new());
        }
        let mut rows = (limit * 2 + 64).min(ROWS_MAX);
        loop {
            let query = self.db.query(NEWEST).param("latest", now.micros()).param("limit", rows);
            let found: Vec<Newest> = self.db.rows("store.recent", query).await?;
            let all = found.len() < rows;
            let mut posts = standing(found, all || rows == ROWS_MAX);
            let gone = self.gone(posts.iter().map(|post| post.author_id)).await?;
            posts.retain(|post| !gone.contains(&post.author_id));
            if posts.len() >= limit || all || rows == ROWS_MAX {
                posts.truncate(limit);
                return Ok(posts.iter().map(Found::retrieved).collect());
            }
            rows = (rows * 8).min(ROWS_MAX);
        }
    }

    /// Hottest first, then newer, then the smaller id.
    pub(in crate::store::clickhouse) async fn hottest_posts(
        &self,
        window: Window,
        now: Timestamp,
        limit: usize,
    ) -> Result<Vec<Hot>> {
        let length = window.length();
        let mut asked = limit + 64;
        loop {
            let query = self
                .db
                // a list for everybody, made now and then: it may take as long as an insert
                .statement(HOT)
                .param("since", now.minus(length).micros())
                .param("latest", now.plus(self.config.early_tolerance).micros())
                .param("now", now.micros())
                .param("window", i64::try_from(length.as_micros()).unwrap_or(i64::MAX))
                .param("limit", asked)
                .with_setting("max_threads", "2");
            let deadline = self.db.insert_deadline();
            let found: Vec<Answered> =
                crate::store::clickhouse::within("store.trending", deadline, query.fetch_all()).await?;
            let all = found.len() < asked;
            let gone = self.gone(found.iter().map(|post| post.author_id)).await?;
            let hottest: Vec<Hot> = found
                .iter()
                .filter(|post| !gone.contains(&post.author_id))
                .filter_map(|post| post.hot(window, now))
                .take(limit)
                .collect();
            if hottest.len() == limit || all {
                return Ok(hottest);
            }
            // as many as were gone, and some more
            asked *= 4;
        }
    }
}

impl Answered {
    fn hot(&self, window: Window, now: Timestamp) -> Option<Hot> {
        let Self { id, author_id, created_at, answers } = *self;
        let post = Found { id, author_id, created_at }.retrieved();
        hot(window.length(), now, post.created_at, answers).map(|score| Hot { post, score })
    }
}

/// The posts of rows: of each place the greatest rank. `all`: nothing follows them; otherwise more may follow of the
/// last moment, which is left to a longer answer.
fn standing(mut rows: Vec<Newest>, all: bool) -> Vec<Found> {
    if let Some(last) = rows.last().filter(|_| !all).map(|row| row.created_at) {
        rows.retain(|row| row.created_at > last);
    }
    rows.sort_unstable_by_key(|row| (Reverse(row.created_at), row.id, Reverse(row.rank)));
    rows.dedup_by_key(|row| (row.created_at, row.id));
    let shown = rows.into_iter().filter(|row| row.gone == 0);
    shown.map(|Newest { id, author_id, created_at, .. }| Found { id, author_id, created_at }).collect()
}
