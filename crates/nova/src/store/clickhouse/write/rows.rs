//! Rows of the source, table by table. Each is written as it comes, but posts and comments: those are held against what
//! stands, see there.

use nova_core::error::Result;
use nova_core::model::{Change, Row, RowKey, Table};

use crate::log::Place;
use crate::store::clickhouse::rows::Origin;
use crate::store::clickhouse::{ClickHouseStore, rows};
use crate::store::{Fact, Placed};

pub(super) const OP: &str = "store.put";

/// A change and where it stood.
pub(super) type Placement<'a> = (&'a Change, Place);

impl ClickHouseStore {
    /// Writes the changes of one table; those of another are passed over.
    pub(super) async fn put_rows(&self, table: Table, changes: &[Placed]) -> Result<()> {
        let changes: Vec<Placement<'_>> = changes
            .iter()
            .filter_map(|placed| match &placed.fact {
                Fact::Change(change) => Some((change, placed.place)),
                Fact::Event(_) => None,
            })
            .collect();
        match table {
            Table::Users => self.write::<rows::User>(&changes, user).await,
            Table::Posts => self.put_posts(&changes).await,
            Table::Comments => self.put_comments(&changes).await,
            Table::Likes => self.put_likes(&changes).await,
            Table::Follows => self.write::<rows::Follow>(&changes, follow).await,
            Table::Blocks => self.write::<rows::Block>(&changes, block).await,
            Table::Mutes => self.write::<rows::Mute>(&changes, mute).await,
            Table::HiddenPosts => self.write::<rows::Hidden>(&changes, hidden).await,
        }
    }

    async fn write<T>(&self, changes: &[Placement<'_>], row: fn(&Change, Place) -> Option<T>) -> Result<()>
    where
        T: rows::Table + clickhouse::RowOwned + clickhouse::RowWrite,
    {
        let rows: Vec<T> = changes.iter().filter_map(|&(change, place)| row(change, place)).collect();
        self.db.insert::<T>(OP, &rows, None).await
    }

    async fn put_likes(&self, changes: &[Placement<'_>]) -> Result<()> {
        let posts = changes.iter().filter_map(|(change, _)| match key(change) {
            RowKey::Like(post, _) => Some(post.bits()),
            _ => None,
        });
        let authors = self.authors.of(&self.db, posts).await?;
        let row = |&(change, place): &Placement<'_>| {
            let RowKey::Like(post, user) = key(change) else { return None };
            let author = authors.get(&post.bits()).copied().unwrap_or(0);
            let (created_at, origin) = pair(change, place);
            Some(rows::Like::new(post.bits(), user.bits(), author, created_at, origin))
        };
        let rows: Vec<rows::Like> = changes.iter().filter_map(row).collect();
        self.db.insert::<rows::Like>(OP, &rows, None).await
    }
}

/// Which row.
pub(super) const fn key(change: &Change) -> RowKey {
    match change {
        Change::Put { row, .. } => row.key(),
        Change::Delete { key, .. } => *key,
    }
}

/// What a change is and where it stood.
pub(super) const fn origin(change: &Change, place: Place) -> Origin {
    match change {
        Change::Put { stamp, .. } => Origin { deleted: false, stamp: *stamp, place },
        Change::Delete { stamp, .. } => Origin { deleted: true, stamp: *stamp, place },
    }
}

/// Of a row that is there or not: since when, and its origin.
const fn pair(change: &Change, place: Place) -> (i64, Origin) {
    let origin = origin(change, place);
    let since = match change {
        Change::Put { row: Row::Like(row) | Row::Hidden(row), .. } => row.created_at,
        Change::Put { row: Row::Follow(row) | Row::Block(row) | Row::Mute(row), .. } => row.created_at,
        Change::Put { .. } | Change::Delete { .. } => origin.stamp.committed_at,
    };
    (since.micros(), origin)
}

fn user(change: &Change, place: Place) -> Option<rows::User> {
    let RowKey::User(id) = key(change) else { return None };
    let gone = match change {
        Change::Put { row: Row::User(user), .. } => user.deleted_at.is_some(),
        Change::Put { .. } | Change::Delete { .. } => true,
    };
    Some(rows::User::new(id.bits(), gone.into(), origin(change, place)))
}

fn follow(change: &Change, place: Place) -> Option<rows::Follow> {
    let RowKey::Follow(from, to) = key(change) else { return None };
    let (created_at, origin) = pair(change, place);
    Some(rows::Follow::new(from.bits(), to.bits(), created_at, origin))
}

fn block(change: &Change, place: Place) -> Option<rows::Block> {
    let RowKey::Block(from, to) = key(change) else { return None };
    let (created_at, origin) = pair(change, place);
    Some(rows::Block::new(from.bits(), to.bits(), created_at, origin))
}

fn mute(change: &Change, place: Place) -> Option<rows::Mute> {
    let RowKey::Mute(from, to) = key(change) else { return None };
    let (created_at, origin) = pair(change, place);
    Some(rows::Mute::new(from.bits(), to.bits(), created_at, origin))
}

fn hidden(change: &Change, place: Place) -> Option<rows::Hidden> {
    let RowKey::Hidden(post, user) = key(change) else { return None };
    let (created_at, origin) = pair(change, place);
    Some(rows::Hidden::new(user.bits(), post.bits(), created_at, origin))
}
