//! Comments, held against what stands: a removal names the comment alone, and is to be taken from its post.
//!
//! As with posts, nobody else changes a comment meanwhile, and what something newer has overtaken is not written: a
//! comment whose removal came first is never counted.

use std::collections::HashMap;

use clickhouse::Row;
use nova_core::error::Result;
use nova_core::model::{self, Change, RowKey};
use serde::Deserialize;

use super::rows::{OP, Placement, key, origin};
use super::standing::{Question, standing};
use crate::store::clickhouse::ClickHouseStore;
use crate::store::clickhouse::rows::Comment;

const STANDING: Question<Standing> = Question {
    sql: include_str!("../sql/standing_comments.sql"),
    ids: "comments",
    of_change: |key| match key {
        RowKey::Comment(id) => Some(id.bits()),
        _ => None,
    },
    of_row: |row| row.id,
};

#[derive(Debug, Clone, Copy, Row, Deserialize)]
struct Standing {
    id: u128,
    post_id: u128,
    author_id: u128,
    created_at: i64,
    rank: u128,
}

impl ClickHouseStore {
    pub(super) async fn put_comments(&self, changes: &[Placement<'_>]) -> Result<()> {
        let mut held = standing(&self.db, changes, &STANDING).await?;
        let posts = changes.iter().filter_map(|(change, _)| match change {
            Change::Put { row: model::Row::Comment(comment), .. } => Some(comment.post.bits()),
            _ => None,
        });
        let known = held.values().map(|held| held.post_id).filter(|&post| post != 0);
        let authors = self.authors.of(&self.db, posts.chain(known)).await?;
        let mut rows: HashMap<u128, Comment> = HashMap::new();
        for &(change, place) in changes {
            let RowKey::Comment(id) = key(change) else { continue };
            let id = id.bits();
            let put = match change {
                Change::Put { row: model::Row::Comment(comment), .. } => Some(comment),
                Change::Put { .. } | Change::Delete { .. } => None,
            };
            let origin = origin(change, place);
            let rank = origin.rank();
            let stood = held.get(&id).copied();
            // the same change again is written again: its insert may have failed half-way
            if stood.is_some_and(|stood| stood.rank > rank) {
                continue;
            }
            let (post_id, author_id, created_at) = match (put, stood) {
                (Some(put), _) => (put.post.bits(), put.author.bits(), put.created_at.micros()),
                (None, Some(stood)) => (stood.post_id, stood.author_id, stood.created_at),
                (None, None) => (0, 0, 0),
            };
            let post_author_id = authors.get(&post_id).copied().unwrap_or(0);
            let gone = put.is_none_or(|comment| comment.deleted_at.is_some());
            held.insert(id, Standing { id, post_id, author_id, created_at, rank });
            let row = Comment::new(id, post_id, author_id, post_author_id, created_at, gone.into(), origin);
            rows.insert(id, row);
        }
        let rows: Vec<Comment> = rows.into_values().collect();
        self.db.insert::<Comment>(OP, &rows, None).await
    }
}
