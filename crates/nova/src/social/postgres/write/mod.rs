//! One call's writes.
//!
//! Each is one statement, and so one transaction, whole or not at all, that holds its locks for its own length. They go
//! out one behind the other without waiting for answers, so each sees what those before it have done, and PostgreSQL
//! carries them out in this order. Locks are taken in one order by all (account of a pair, row, counts by id): no two
//! writes can wait for each other in a ring, but for two that trade handles, of which PostgreSQL stops one. A write
//! that was stopped so, or that met one in the making, is tried again.

mod account;
mod comment;
mod pair;
mod post;

use std::collections::HashSet;

use deadpool_postgres::ClientWrapper;
use futures_util::StreamExt as _;
use futures_util::future::{BoxFuture, try_join_all};
use futures_util::stream::FuturesOrdered;
use nova_core::error::{Error, Kind, Result};
use nova_core::model::Id;
use tokio_postgres::Row;

use super::connect::{self, Lease, Value};
use super::failure::failure;
use crate::social::{Write, Written};

pub(super) const OP: &str = "social.write";

/// Writes that are sent before the answer of the first is awaited.
const SENT_MAX: usize = 256;
/// Attempts at one write that meets others.
const ATTEMPTS_MAX: usize = 5;

/// Carries out `writes`; the answers stand in their order.
pub(super) async fn carry_out(lease: &Lease, writes: &[Write]) -> Result<Vec<Result<Written>>> {
    let client = lease.client();
    lease.step(prepare(client, writes)).await?.map_err(|error| failure(OP, error))?;
    if let [write] = writes {
        let step = lease.step(one(client, write)).await?;
        let answer = settled(lease, write, step).await?;
        lease.whole();
        return Ok(vec![answer]);
    }
    // the disk is waited for once, at the end: its commit is behind all of theirs
    set(lease, "set synchronous_commit = off").await?;
    let answers = in_turn(lease, writes).await?;
    set(lease, "reset synchronous_commit").await?;
    set(lease, include_str!("../sql/touch.sql")).await?;
    lease.whole();
    Ok(answers)
}

async fn set(lease: &Lease, statement: &str) -> Result<()> {
    lease.step(lease.client().batch_execute(statement)).await?.map_err(|error| failure(OP, error))
}

/// Many, several under way at once.
async fn in_turn(lease: &Lease, writes: &[Write]) -> Result<Vec<Result<Written>>> {
    let client = lease.client();
    let mut rest = writes.iter();
    let mut under_way: FuturesOrdered<BoxFuture<'_, Step>> = FuturesOrdered::new();
    let mut answers = Vec::with_capacity(writes.len());
    let mut again = Vec::new();
    loop {
        while under_way.len() < SENT_MAX
            && let Some(write) = rest.next()
        {
            under_way.push_back(Box::pin(one(client, write)));
        }
        let Some(step) = lease.step(under_way.next()).await? else { break };
        answers.push(match step {
            Ok(written) => Ok(written),
            Err(Stop::Refused(error)) => Err(error),
            Err(Stop::Crowded(error)) => {
                again.push(answers.len());
                Err(crowded(error))
            }
            Err(Stop::Broken(error)) => return Err(failure(OP, error)),
        });
    }
    for index in again {
        let step = lease.step(one(client, &writes[index])).await?;
        answers[index] = settled(lease, &writes[index], step).await?;
    }
    Ok(answers)
}

/// The answer of a write that nothing else of its call is under way with: tried again while others are in its way.
async fn settled(lease: &Lease, write: &Write, first: Step) -> Result<Result<Written>> {
    let mut step = first;
    for _ in 1..ATTEMPTS_MAX {
        match step {
            Err(Stop::Crowded(_)) => step = lease.step(one(lease.client(), write)).await?,
            _ => break,
        }
    }
    match step {
        Ok(written) => Ok(Ok(written)),
        Err(Stop::Refused(error)) => Ok(Err(error)),
        Err(Stop::Crowded(error)) => Ok(Err(crowded(error))),
        Err(Stop::Broken(error)) => Err(failure(OP, error)),
    }
}

fn crowded(cause: Option<tokio_postgres::Error>) -> Error {
    let error = Error::new(Kind::Unavailable, OP, "others write the same at the same time: try again");
    match cause {
        Some(cause) => error.with_source(cause),
        None => error,
    }
}

/// All statements of the call, each once, so that from then on a write is sent the moment it is begun.
async fn prepare(client: &ClientWrapper, writes: &[Write]) -> Result<(), tokio_postgres::Error> {
    let statements: HashSet<&str> = writes.iter().map(statement).collect();
    try_join_all(statements.into_iter().map(|statement| client.prepare_cached(statement))).await.map(drop)
}

/// Why a write stopped.
#[derive(Debug)]
enum Stop {
    /// It may not be done; the others may.
    Refused(Error),
    /// Others are in its way; it left nothing behind.
    Crowded(Option<tokio_postgres::Error>),
    /// PostgreSQL failed: nothing more can be asked of it now.
    Broken(tokio_postgres::Error),
}

impl From<tokio_postgres::Error> for Stop {
    fn from(error: tokio_postgres::Error) -> Self {
        let constraint = error.as_db_error().and_then(|error| error.constraint());
        match constraint {
            Some("users_by_handle") => return account::handle_taken(),
            Some("follows_not_across_blocks") => return pair::out_of_reach("followee_id"),
            Some("users_id_is_no_integer" | "posts_id_is_no_integer" | "comments_id_is_no_integer") => {
                return stop(Kind::Rejected, "id", "not_a_uuid", "ids are UUIDs in PostgreSQL");
            }
            _ => {}
        }
        if is_crowded(&error) {
            return Self::Crowded(Some(error));
        }
        let fatal = error.as_db_error().is_none() || error.is_closed();
        let refused = error.code().is_some_and(|state| matches!(state.code().get(..2), Some("22" | "23")));
        if fatal || !refused { Self::Broken(error) } else { Self::Refused(failure(OP, error)) }
    }
}

/// Did others write the same rows at the same time?
pub(super) fn is_crowded(error: &tokio_postgres::Error) -> bool {
    // a key that is there by now, or no longer, is seen by the next attempt
    error.code().is_some_and(|state| matches!(state.code(), "40001" | "40P01" | "55P03" | "23503" | "23505"))
}

fn stop(kind: Kind, field: &'static str, code: &'static str, detail: &'static str) -> Stop {
    Stop::Refused(Error::new(kind, OP, detail).at(field, code))
}

/// A new row must have an id that every reader of the change records takes for what it is.
fn require_uuid(id: Id) -> std::result::Result<(), Stop> {
    if id.as_integer().is_none() {
        return Ok(());
    }
    Err(stop(Kind::Rejected, "id", "not_a_uuid", "ids are UUIDs in PostgreSQL"))
}

type Step = std::result::Result<Written, Stop>;

/// The row that a write's statement answers with, if any.
async fn asked(
    client: &ClientWrapper,
    statement: &str,
    values: &[Value<'_>],
) -> std::result::Result<Option<Row>, Stop> {
    Ok(connect::row(client, statement, values).await?)
}

const fn statement(write: &Write) -> &'static str {
    match write {
        Write::User(..) => include_str!("../sql/create_user.sql"),
        Write::EditUser(..) => include_str!("../sql/edit_user.sql"),
        Write::DeleteUser(..) => include_str!("../sql/delete_user.sql"),
        Write::Post(..) => include_str!("../sql/create_post.sql"),
        Write::EditPost(..) => include_str!("../sql/edit_post.sql"),
        Write::DeletePost(..) => include_str!("../sql/delete_post.sql"),
        Write::Comment(..) => include_str!("../sql/create_comment.sql"),
        Write::DeleteComment(..) => include_str!("../sql/delete_comment.sql"),
        Write::Like(..) => include_str!("../sql/like.sql"),
        Write::Unlike(..) => include_str!("../sql/unlike.sql"),
        Write::Follow(..) => include_str!("../sql/follow.sql"),
        Write::Unfollow(..) => include_str!("../sql/unfollow.sql"),
        Write::Block(..) => include_str!("../sql/block.sql"),
        Write::Unblock(..) => include_str!("../sql/unblock.sql"),
        Write::Mute(..) => include_str!("../sql/mute.sql"),
        Write::Unmute(..) => include_str!("../sql/unmute.sql"),
        Write::Hide(..) => include_str!("../sql/hide.sql"),
        Write::Unhide(..) => include_str!("../sql/unhide.sql"),
    }
}

async fn one(client: &ClientWrapper, write: &Write) -> Step {
    let ask = Ask { client, statement: statement(write) };
    match write {
        Write::User(new, at) => ask.create_user(new, *at).await,
        Write::EditUser(id, patch, at) => ask.edit_user(*id, patch, *at).await,
        Write::DeleteUser(id, at) => ask.delete_user(*id, *at).await,
        Write::Post(new, at) => ask.create_post(new, *at).await,
        Write::EditPost(id, patch, actor, at) => ask.edit_post(*id, patch, *actor, *at).await,
        Write::DeletePost(id, actor, at) => ask.delete_post(*id, *actor, *at).await,
        Write::Comment(new, at) => ask.create_comment(new, *at).await,
        Write::DeleteComment(id, actor, at) => ask.delete_comment(*id, *actor, *at).await,
        Write::Like(user, post, at) | Write::Hide(user, post, at) => {
            ask.set(user.0, post.0, *at, "post_id").await
        }
        Write::Follow(user, target, at) => {
            pair::not_oneself(*user, *target, "followee_id", "self_follow", "nobody follows themselves")?;
            ask.set(user.0, target.0, *at, "followee_id").await
        }
        Write::Block(user, target, at) => {
            pair::not_oneself(*user, *target, "target_id", "self_block", "nobody blocks themselves")?;
            ask.set(user.0, target.0, *at, "target_id").await
        }
        Write::Mute(user, target, at) => {
            pair::not_oneself(*user, *target, "target_id", "self_mute", "nobody mutes themselves")?;
            ask.set(user.0, target.0, *at, "target_id").await
        }
        Write::Unlike(user, post, _) | Write::Unhide(user, post, _) => ask.unset(user.0, post.0).await,
        Write::Unfollow(user, target, _)
        | Write::Unblock(user, target, _)
        | Write::Unmute(user, target, _) => ask.unset(user.0, target.0).await,
    }
}

/// A write's statement and who is asked.
#[derive(Clone, Copy)]
struct Ask<'c> {
    client: &'c ClientWrapper,
    statement: &'static str,
}

impl Ask<'_> {
    async fn row(&self, values: &[Value<'_>]) -> std::result::Result<Option<Row>, Stop> {
        asked(self.client, self.statement, values).await
    }
}
