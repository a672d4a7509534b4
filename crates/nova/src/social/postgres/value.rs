//! How values stand in PostgreSQL.

use std::error::Error;

use bytes::{BufMut, BytesMut};
use nova_core::model::{Comment, CommentId, Id, Post, PostBody, PostId, Timestamp, User, UserId};
use tokio_postgres::Row;
use tokio_postgres::types::{FromSql, IsNull, ToSql, Type, accepts, to_sql_checked};
use uuid::Uuid;

type Read<T> = Result<T, tokio_postgres::Error>;

/// An id as a parameter.
pub(super) const fn uuid(bits: u128) -> Uuid {
    Uuid::from_u128(bits)
}

/// A `timestamptz`: microseconds since 2000-01-01 UTC on the wire.
#[derive(Debug, Clone, Copy)]
pub(super) struct Moment(i64);

/// From 1970 to 2000, in microseconds.
const EPOCH: i64 = 946_684_800_000_000;

impl Moment {
    /// `infinity`, which is after all times.
    pub(super) const END: Self = Self(i64::MAX);

    pub(super) const fn of(time: Timestamp) -> Self {
        // within i64: a Timestamp ends with the year 9999
        Self(time.micros() - EPOCH)
    }

    /// `infinity` and its opposite, which only another program writes, are the ends of what a [`Timestamp`] can say.
    const fn time(self) -> Timestamp {
        Timestamp::from_micros(self.0.saturating_add(EPOCH))
    }
}

impl ToSql for Moment {
    fn to_sql(&self, _: &Type, out: &mut BytesMut) -> Result<IsNull, Box<dyn Error + Sync + Send>> {
        out.put_i64(self.0);
        Ok(IsNull::No)
    }

    accepts!(TIMESTAMPTZ);
    to_sql_checked!();
}

impl<'a> FromSql<'a> for Moment {
    fn from_sql(_: &Type, raw: &'a [u8]) -> Result<Self, Box<dyn Error + Sync + Send>> {
        Ok(Self(i64::from_be_bytes(raw.try_into()?)))
    }

    accepts!(TIMESTAMPTZ);
}

pub(super) fn id(row: &Row, column: usize) -> Read<Id> {
    row.try_get::<_, Uuid>(column).map(|uuid| Id::from_bits(uuid.as_u128()))
}

pub(super) fn time(row: &Row, column: usize) -> Read<Timestamp> {
    row.try_get(column).map(Moment::time)
}

pub(super) fn time_or_none(row: &Row, column: usize) -> Read<Option<Timestamp>> {
    row.try_get::<_, Option<Moment>>(column).map(|found| found.map(Moment::time))
}

/// A count. One below zero is one that a superuser brought out of step with its rows.
pub(super) fn count(row: &Row, column: usize) -> Read<u64> {
    row.try_get::<_, i64>(column).map(|count| u64::try_from(count).unwrap_or(0))
}

/// The columns of `users` from `at` on, in the order of the table.
pub(super) fn user(row: &Row, at: usize) -> Read<User> {
    Ok(User {
        id: UserId(id(row, at)?),
        handle: Some(row.try_get(at + 1)?),
        display_name: Some(row.try_get(at + 2)?),
        created_at: time(row, at + 3)?,
        updated_at: time(row, at + 4)?,
        deleted_at: time_or_none(row, at + 5)?,
    })
}

/// The columns of `posts` from `at` on, in the order of the table.
pub(super) fn post(row: &Row, at: usize) -> Read<Post> {
    Ok(Post {
        id: PostId(id(row, at)?),
        author: UserId(id(row, at + 1)?),
        body: PostBody {
            text: Some(row.try_get(at + 2)?),
            media: Some(row.try_get(at + 3)?),
            lang: row.try_get(at + 4)?,
            topics: Some(row.try_get(at + 5)?),
        },
        created_at: time(row, at + 6)?,
        updated_at: time(row, at + 7)?,
        deleted_at: time_or_none(row, at + 8)?,
    })
}

/// The columns of `comments` from `at` on, in the order of the table.
pub(super) fn comment(row: &Row, at: usize) -> Read<Comment> {
    Ok(Comment {
        id: CommentId(id(row, at)?),
        post: PostId(id(row, at + 1)?),
        author: UserId(id(row, at + 2)?),
        text: Some(row.try_get(at + 3)?),
        created_at: time(row, at + 4)?,
        deleted_at: time_or_none(row, at + 5)?,
    })
}

/// Is there a row on the other side of an outer join?
pub(super) fn is_there(row: &Row, column: usize) -> Read<bool> {
    row.try_get::<_, Option<Uuid>>(column).map(|id| id.is_some())
}
