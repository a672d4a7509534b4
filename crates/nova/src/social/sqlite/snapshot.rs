//! Every row into the log again.
//!
//! A page of rows is read and written to the log in one transaction of the writer, with fresh numbers. Whoever
//! writes a row afterwards has a later number, and whoever wrote it before is what the page read: by its number each
//! record is the latest state of its row at that point, so nothing has to stand still in between.

use std::sync::Arc;

use nova_core::clock::Clock;
use nova_core::error::Result;
use nova_core::model::{Id, Table};
use rusqlite::{Connection, Row};

use super::changes::Changes;
use super::envelope::{Op, Recorded};
use super::row::{self, Join, blob};
use crate::sqlite::{Committer, failure};

const OP: &str = "social.resnapshot";

/// Rows of one transaction: others wait for it a few milliseconds.
const PAGE: u32 = 1_000;

/// Gives the number of rows written.
pub(super) async fn run(committer: &Committer, clock: &Arc<dyn Clock>) -> Result<u64> {
    let mut total = 0;
    for table in Table::ALL {
        let mut place = Place::Start;
        while !matches!(place, Place::End) {
            let clock = Arc::clone(clock);
            let (rows, next) = committer
                .submit(OP, move |transaction| {
                    let refused = |error| failure(OP, error);
                    let mut changes = Changes::begin(transaction, clock.now()).map_err(refused)?;
                    let read = Page { tables: transaction, changes: &mut changes, place }
                        .read(table)
                        .map_err(refused)?;
                    changes.append(OP, transaction)?;
                    Ok(read)
                })
                .await?;
            total += u64::from(rows);
            place = next;
        }
    }
    Ok(total)
}

/// How far a table was read, in the order of its primary key.
#[derive(Debug, Clone, Copy)]
enum Place {
    Start,
    /// Behind this key; the second half means nothing where the key has but one column.
    Behind([u8; 16], [u8; 16]),
    End,
}

struct Page<'a> {
    tables: &'a Connection,
    changes: &'a mut Changes,
    place: Place,
}

impl Page<'_> {
    fn read(&mut self, table: Table) -> rusqlite::Result<(u32, Place)> {
        match table {
            Table::Users => {
                self.of(include_str!("sql/all_users.sql"), row::user, |user| (user.id.0, user.id.0))
            }
            Table::Posts => {
                self.of(include_str!("sql/all_posts.sql"), row::post, |post| (post.id.0, post.id.0))
            }
            Table::Comments => self.of(include_str!("sql/all_comments.sql"), row::comment, |comment| {
                (comment.id.0, comment.id.0)
            }),
            Table::Likes => self.pairs(include_str!("sql/all_likes.sql"), Join::Likes),
            Table::Follows => self.pairs(include_str!("sql/all_follows.sql"), Join::Follows),
            Table::Blocks => self.pairs(include_str!("sql/all_blocks.sql"), Join::Blocks),
            Table::Mutes => self.pairs(include_str!("sql/all_mutes.sql"), Join::Mutes),
            Table::HiddenPosts => self.pairs(include_str!("sql/all_hidden_posts.sql"), Join::HiddenPosts),
        }
    }

    fn pairs(&mut self, question: &str, join: Join) -> rusqlite::Result<(u32, Place)> {
        self.of(question, |row| row::pair(join, row), |pair| (pair.first, pair.second))
    }

    /// Gives the number of rows, and where to go on.
    fn of<R: Recorded>(
        &mut self,
        question: &str,
        read: impl Fn(&Row<'_>) -> rusqlite::Result<R>,
        key: impl Fn(&R) -> (Id, Id),
    ) -> rusqlite::Result<(u32, Place)> {
        // no bytes at all come before every id, the one of sixteen zeros included
        let (first, second): (&[u8], &[u8]) = match &self.place {
            Place::Start => (&[], &[]),
            Place::Behind(first, second) => (first, second),
            Place::End => return Ok((0, Place::End)),
        };
        let mut statement = self.tables.prepare_cached(question)?;
        let mut rows = statement.query((first, second, PAGE))?;
        let (mut count, mut last) = (0, Place::End);
        while let Some(row) = rows.next()? {
            let row = read(row)?;
            self.changes.push(Op::Read(&row));
            let (first, second) = key(&row);
            last = Place::Behind(blob(first.bits()), blob(second.bits()));
            count += 1;
        }
        Ok((count, if count == PAGE { last } else { Place::End }))
    }
}
