//! The questions. Each is a few statements under sql/ and what puts their answers together.

mod affinity;
mod around;
mod candidates;
mod figures;
mod follow;
mod newest;
mod people;
mod posts;
mod remembered;
mod suggest;
mod viewer;

use clickhouse::Row;
use nova_core::model::{PostId, Timestamp, UserId};
use nova_core::pipeline::{Retrieved, RowHint};
use serde::Deserialize;

pub(super) use remembered::Remembered;
pub(super) use suggest::Popular;

/// Posts that one question looks at, the newest of them: what a viewer's sources hold in three days is well below.
const POSTS_MAX: usize = 10_000;

/// A post as the sources find it.
#[derive(Debug, Clone, Copy, Row, Deserialize)]
struct Found {
    id: u128,
    author_id: u128,
    created_at: i64,
}

impl Found {
    const fn created_at(&self) -> Timestamp {
        Timestamp::from_micros(self.created_at)
    }

    const fn retrieved(&self) -> Retrieved {
        Retrieved {
            post: PostId::from_bits(self.id),
            author: UserId::from_bits(self.author_id),
            created_at: self.created_at(),
            row: RowHint::NONE,
        }
    }
}
