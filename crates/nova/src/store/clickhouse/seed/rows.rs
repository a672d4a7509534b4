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
use crate::store::{Fact, Life, Placed};

/// A row of any of the tables, by its two keys: the columns that a table does not have are 0.
#[derive(Debug, ClickHouseRow, Deserialize)]
struct Standing {
    first_key: u128,
    second_key: u128,
    of_post: u128,
    by_author: u128,
    made_at: i64,
    is_gone: u8,
    row_version: u64,
    is_deleted: u8,
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
                (key, key2, first) = (last.first_key, last.second_key, 0);
                let full = rows.len() >= self.page;
                take(rows.into_iter().map(|row| placed(table, row)).collect(), Life::Present)?;
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
    // no alias is the name of a column: it would stand for the column in the whole question
    format!(
        "select {key} as first_key, {key2} as second_key, toUInt128({post}) as of_post, toUInt128({author}) as by_author, \
         {created} as made_at, toUInt8({gone}) as is_gone, _version as row_version, _deleted as is_deleted, \
         committed_at, k_partition, k_offset \
         from {}_cdc final where {{first:UInt8}} or (first_key, second_key) > ({{key:UInt128}}, {{key2:UInt128}}) \
         order by first_key, second_key limit {{limit:UInt64}}",
        table.name()
    )
}

fn placed(table: Table, row: Standing) -> Placed {
    let committed_at = Timestamp::from_micros(row.committed_at);
    let stamp = Stamp { version: row.row_version, committed_at };
    let place = Place { topic: Topic::Change(table), partition: row.k_partition, offset: row.k_offset };
    let change = if row.is_deleted == 1 {
        Change::Delete { key: key(table, &row), stamp }
    } else {
        Change::Put { row: put(table, &row), stamp }
    };
    Placed { place, received_at: committed_at, fact: Fact::Change(change) }
}

const fn key(table: Table, row: &Standing) -> RowKey {
    let (user, other) = (UserId::from_bits(row.first_key), UserId::from_bits(row.second_key));
    match table {
        Table::Users => RowKey::User(user),
        Table::Posts => RowKey::Post(PostId::from_bits(row.first_key)),
        Table::Comments => RowKey::Comment(CommentId::from_bits(row.first_key)),
        Table::Likes => RowKey::Like(PostId::from_bits(row.first_key), other),
        Table::Follows => RowKey::Follow(user, other),
        Table::Blocks => RowKey::Block(user, other),
        Table::Mutes => RowKey::Mute(user, other),
        Table::HiddenPosts => RowKey::Hidden(PostId::from_bits(row.second_key), user),
    }
}

fn put(table: Table, row: &Standing) -> Row {
    let created_at = Timestamp::from_micros(row.made_at);
    let committed_at = Timestamp::from_micros(row.committed_at);
    // when it was deleted is asked by nobody here, only whether
    let deleted_at = (row.is_gone == 1).then_some(committed_at);
    let edge =
        || Edge { from: UserId::from_bits(row.first_key), to: UserId::from_bits(row.second_key), created_at };
    match table {
        Table::Users => Row::User(User {
            id: UserId::from_bits(row.first_key),
            handle: None,
            display_name: None,
            created_at,
            updated_at: committed_at,
            deleted_at,
        }),
        Table::Posts => Row::Post(Post {
            id: PostId::from_bits(row.first_key),
            author: UserId::from_bits(row.by_author),
            body: PostBody::default(),
            created_at,
            updated_at: committed_at,
            deleted_at,
        }),
        Table::Comments => Row::Comment(Comment {
            id: CommentId::from_bits(row.first_key),
            post: PostId::from_bits(row.of_post),
            author: UserId::from_bits(row.by_author),
            text: None,
            created_at,
            deleted_at,
        }),
        Table::Likes => Row::Like(Like {
            post: PostId::from_bits(row.first_key),
            user: UserId::from_bits(row.second_key),
            created_at,
        }),
        Table::HiddenPosts => Row::Hidden(Like {
            post: PostId::from_bits(row.second_key),
            user: UserId::from_bits(row.first_key),
            created_at,
        }),
        Table::Follows => Row::Follow(edge()),
        Table::Blocks => Row::Block(edge()),
        Table::Mutes => Row::Mute(edge()),
    }
}
