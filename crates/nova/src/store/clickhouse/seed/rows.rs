//! Rows of the source's tables, as they stand.

use clickhouse::Row as ClickHouseRow;
use nova_core::error::Result;
use nova_core::model::{
    Change, Comment, CommentId, Edge, Like, Post, PostBody, PostId, Row, RowKey, Stamp, Table, Timestamp,
    User, UserId,
};
use serde::Deserialize;

use super::{Seed, Take};
use crate::log::{Place, Topic};
use crate::store::{Fact, Placed};

/// A row of any of the tables, by its two keys: the columns that a table does not have are 0.
#[derive(Debug, ClickHouseRow, Deserialize)]
struct Standing {
    key: u128,
    key2: u128,
    post_id: u128,
    author_id: u128,
    created_at: i64,
    gone: u8,
    version: u64,
    deleted: u8,
    committed_at: i64,
    k_partition: u16,
    k_offset: u64,
}

/// The tables whose rows others wait for come first.
const ORDER: [Table; 8] = [
    Table::Users,
    Table::Posts,
    Table::Follows,
    Table::Blocks,
    Table::Mutes,
    Table::HiddenPosts,
    Table::Comments,
    Table::Likes,
];

impl Seed {
    pub(super) async fn rows_into(&self, take: Take<'_>) -> Result<()> {
        for table in ORDER {
            let sql = question(table);
            let (mut key, mut key2, mut first) = (0, 0, 1);
            loop {
                let query = self.db.query(&sql).param("key", key).param("key2", key2).param("first", first);
                let rows: Vec<Standing> = self.page(query).await?;
                let Some(last) = rows.last() else { break };
                (key, key2, first) = (last.key, last.key2, 0);
                let full = rows.len() >= self.page;
                take(rows.into_iter().map(|row| placed(table, row)).collect())?;
                if !full {
                    break;
                }
            }
        }
        Ok(())
    }
}

/// A page of a table's rows in the order of its key, which is the order it is stored in.
fn question(table: Table) -> String {
    let (key, key2, post, author, created, gone) = match table {
        Table::Users => ("id", "toUInt128(0)", "0", "0", "fromUnixTimestamp64Micro(0, 'UTC')", "gone"),
        Table::Posts => ("id", "toUInt128(0)", "0", "author_id", "created_at", "gone"),
        Table::Comments => ("id", "toUInt128(0)", "post_id", "author_id", "created_at", "gone"),
        Table::Likes => ("post_id", "user_id", "0", "0", "created_at", "0"),
        Table::Follows => ("follower_id", "followee_id", "0", "0", "created_at", "0"),
        Table::Blocks | Table::Mutes => ("user_id", "target_id", "0", "0", "created_at", "0"),
        Table::HiddenPosts => ("user_id", "post_id", "0", "0", "created_at", "0"),
    };
    format!(
        "select {key} as key, {key2} as key2, toUInt128({post}) as post_id, toUInt128({author}) as author_id, \
         {created} as created_at, toUInt8({gone}) as gone, _version as version, _deleted as deleted, committed_at, \
         k_partition, k_offset \
         from {}_cdc final where {{first:UInt8}} or (key, key2) > ({{key:UInt128}}, {{key2:UInt128}}) \
         order by key, key2 limit {{limit:UInt64}}",
        table.name()
    )
}

fn placed(table: Table, row: Standing) -> Placed {
    let committed_at = Timestamp::from_micros(row.committed_at);
    let stamp = Stamp { version: row.version, committed_at };
    let place = Place { topic: Topic::Change(table), partition: row.k_partition, offset: row.k_offset };
    let change = if row.deleted == 1 {
        Change::Delete { key: key(table, &row), stamp }
    } else {
        Change::Put { row: put(table, &row), stamp }
    };
    Placed { place, received_at: committed_at, fact: Fact::Change(change) }
}

const fn key(table: Table, row: &Standing) -> RowKey {
    let (user, other) = (UserId::from_bits(row.key), UserId::from_bits(row.key2));
    match table {
        Table::Users => RowKey::User(user),
        Table::Posts => RowKey::Post(PostId::from_bits(row.key)),
        Table::Comments => RowKey::Comment(CommentId::from_bits(row.key)),
        Table::Likes => RowKey::Like(PostId::from_bits(row.key), other),
        Table::Follows => RowKey::Follow(user, other),
        Table::Blocks => RowKey::Block(user, other),
        Table::Mutes => RowKey::Mute(user, other),
        Table::HiddenPosts => RowKey::Hidden(PostId::from_bits(row.key2), user),
    }
}

fn put(table: Table, row: &Standing) -> Row {
    let created_at = Timestamp::from_micros(row.created_at);
    let committed_at = Timestamp::from_micros(row.committed_at);
    // when it was deleted is asked by nobody here, only whether
    let deleted_at = (row.gone == 1).then_some(committed_at);
    let edge = || Edge { from: UserId::from_bits(row.key), to: UserId::from_bits(row.key2), created_at };
    match table {
        Table::Users => Row::User(User {
            id: UserId::from_bits(row.key),
            handle: None,
            display_name: None,
            created_at,
            updated_at: committed_at,
            deleted_at,
        }),
        Table::Posts => Row::Post(Post {
            id: PostId::from_bits(row.key),
            author: UserId::from_bits(row.author_id),
            body: PostBody::default(),
            created_at,
            updated_at: committed_at,
            deleted_at,
        }),
        Table::Comments => Row::Comment(Comment {
            id: CommentId::from_bits(row.key),
            post: PostId::from_bits(row.post_id),
            author: UserId::from_bits(row.author_id),
            text: None,
            created_at,
            deleted_at,
        }),
        Table::Likes => Row::Like(Like {
            post: PostId::from_bits(row.key),
            user: UserId::from_bits(row.key2),
            created_at,
        }),
        Table::HiddenPosts => Row::Hidden(Like {
            post: PostId::from_bits(row.key2),
            user: UserId::from_bits(row.key),
            created_at,
        }),
        Table::Follows => Row::Follow(edge()),
        Table::Blocks => Row::Block(edge()),
        Table::Mutes => Row::Mute(edge()),
    }
}
