//! Posts, held against what stands: a removal names the post alone, an update may leave columns out, and a date that is
//! changed moves the post in two tables that are sorted by it.
//!
//! Changes of one post come through one partition, so that nobody else changes it between the look and the write. A
//! change that something newer has overtaken is not written: at another date it would show the post twice.

use std::collections::HashMap;

use clickhouse::Row;
use nova_core::error::Result;
use nova_core::model::{self, Change, RowKey};
use serde::Deserialize;

use super::rows::{OP, Placement, key, origin};
use super::standing::{Question, standing};
use crate::store::clickhouse::ClickHouseStore;
use crate::store::clickhouse::rows::{NewestPost, PlacedPost, Post, RecentPost};

const STANDING: Question<Standing> = Question {
    sql: include_str!("../sql/standing_posts.sql"),
    ids: "posts",
    of_change: |key| match key {
        RowKey::Post(id) => Some(id.bits()),
        _ => None,
    },
    of_row: |row| row.id,
};

#[derive(Debug, Clone, Row, Deserialize)]
struct Standing {
    id: u128,
    author_id: u128,
    created_at: i64,
    lang: String,
    topics: Vec<String>,
    rank: u128,
}

impl Standing {
    const fn placed(&self) -> Option<PlacedPost> {
        let Self { id, author_id, created_at, .. } = *self;
        if author_id == 0 { None } else { Some(PlacedPost { id, author_id, created_at }) }
    }
}

impl ClickHouseStore {
    pub(super) async fn put_posts(&self, changes: &[Placement<'_>]) -> Result<()> {
        let before = standing(&self.db, changes, &STANDING).await?;
        let mut after: HashMap<u128, (Standing, Post)> = HashMap::new();
        for &(change, place) in changes {
            let RowKey::Post(id) = key(change) else { continue };
            let id = id.bits();
            let held = after.get(&id).map(|(held, _)| held).or_else(|| before.get(&id));
            let put = match change {
                Change::Put { row: model::Row::Post(post), .. } => Some(post),
                Change::Put { .. } | Change::Delete { .. } => None,
            };
            let origin = origin(change, place);
            // the same change again is written again: its insert may have failed half-way
            if held.is_some_and(|held| held.rank > origin.rank()) {
                continue;
            }
            let next = next(id, put, held, origin.rank());
            let gone = put.is_none_or(|post| post.deleted_at.is_some());
            let row = Post::new(
                id,
                next.author_id,
                next.created_at,
                next.lang.clone(),
                next.topics.clone(),
                gone.into(),
                origin,
            );
            after.insert(id, (next, row));
        }
        let moved = after.iter().filter_map(|(id, (now, _))| {
            let stood = before.get(id)?.placed()?;
            (now.placed() != Some(stood)).then(|| stood.left(now.rank))
        });
        let (recent, newest): (Vec<RecentPost>, Vec<NewestPost>) = moved.unzip();
        // first from where it stood: until the rest is written the post is missing, not shown twice
        self.db.insert::<RecentPost>(OP, &recent, None).await?;
        self.db.insert::<NewestPost>(OP, &newest, None).await?;
        let rows: Vec<Post> = after.into_values().map(|(_, row)| row).collect();
        self.db.insert::<Post>(OP, &rows, None).await?;
        for row in rows {
            self.authors.note(row.id, row.author_id);
        }
        Ok(())
    }
}

/// The post after a change; what the change does not say stays as it was.
fn next(id: u128, put: Option<&model::Post>, held: Option<&Standing>, rank: u128) -> Standing {
    match put {
        Some(post) => Standing {
            id,
            author_id: post.author.bits(),
            created_at: post.created_at.micros(),
            lang: post.body.lang.clone().or_else(|| held.map(|held| held.lang.clone())).unwrap_or_default(),
            topics: post
                .body
                .topics
                .clone()
                .or_else(|| held.map(|held| held.topics.clone()))
                .unwrap_or_default(),
            rank,
        },
        None => Standing {
            id,
            author_id: held.map_or(0, |held| held.author_id),
            created_at: held.map_or(0, |held| held.created_at),
            lang: held.map(|held| held.lang.clone()).unwrap_or_default(),
            topics: held.map(|held| held.topics.clone()).unwrap_or_default(),
            rank,
        },
    }
}
