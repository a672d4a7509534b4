//! One call's writes, in one transaction.

mod account;
mod comment;
mod pair;
mod post;
mod standing;
mod totals;

use nova_core::error::{Error, Kind, Result};
use nova_core::model::Timestamp;
use rusqlite::Connection;

use super::changes::Changes;
use crate::log::Positions;
use crate::social::{Actor, Write, Written};
use crate::sqlite::failure;
use standing::Standing;
use totals::Totals;

pub(super) const OP: &str = "social.write";

/// Carries out `writes` in the caller's transaction, their change records with them.
///
/// A write looks before it touches anything, so one that is refused has left nothing behind and needs no savepoint.
/// Where the database itself fails the whole transaction is the caller's to undo.
pub(super) fn carry_out(
    transaction: &Connection,
    now: Timestamp,
    writes: Vec<Write>,
) -> Result<Vec<Result<Written>>> {
    let mut session = Session::begin(transaction, now).map_err(|error| failure(OP, error))?;
    let outcomes = session.run(writes).map_err(|error| failure(OP, error))?;
    let positions = session.finish().map_err(|error| failure(OP, error))?.append(OP, transaction)?;
    Ok(outcomes.into_iter().map(|outcome| outcome.map(|done| done.placed(positions.as_ref()))).collect())
}

/// A write that was carried out.
#[derive(Debug)]
pub(super) struct Done {
    written: Written,
    changed: bool,
}

impl Done {
    fn placed(mut self, end: Option<&Positions>) -> Written {
        if self.changed {
            let (Written::User(_, at) | Written::Post(_, at) | Written::Comment(_, at) | Written::Edge(at)) =
                &mut self.written;
            *at = end.cloned();
        }
        self.written
    }
}

/// Why a write stopped.
#[derive(Debug)]
enum Stop {
    /// It may not be done; the others may.
    Refused(Error),
    /// The database failed: nothing of the call stands.
    Broken(rusqlite::Error),
}

impl From<rusqlite::Error> for Stop {
    fn from(error: rusqlite::Error) -> Self {
        Self::Broken(error)
    }
}

fn refused<T>(
    kind: Kind,
    field: &'static str,
    code: &'static str,
    detail: &'static str,
) -> std::result::Result<T, Stop> {
    Err(Stop::Refused(Error::new(kind, OP, detail).at(field, code)))
}

type Step<T> = std::result::Result<T, Stop>;

/// What the writes of one transaction share.
pub(super) struct Session<'c> {
    connection: &'c Connection,
    standing: Standing<'c>,
    totals: Totals,
    changes: Changes,
}

impl<'c> Session<'c> {
    pub(super) fn begin(connection: &'c Connection, now: Timestamp) -> rusqlite::Result<Self> {
        Ok(Self {
            connection,
            standing: Standing::new(connection),
            totals: Totals::default(),
            changes: Changes::begin(connection, now)?,
        })
    }

    /// Carries them out in their order.
    pub(super) fn run(&mut self, writes: Vec<Write>) -> rusqlite::Result<Vec<Result<Done>>> {
        let mut outcomes = Vec::with_capacity(writes.len());
        for write in writes {
            outcomes.push(match self.one(write) {
                Ok(done) => Ok(done),
                Err(Stop::Refused(error)) => Err(error),
                Err(Stop::Broken(error)) => return Err(error),
            });
        }
        Ok(outcomes)
    }

    /// Settles the counts; the change records are left to be appended.
    pub(super) fn finish(self) -> rusqlite::Result<Changes> {
        self.totals.save(self.connection)?;
        Ok(self.changes)
    }

    fn one(&mut self, write: Write) -> Step<Done> {
        match write {
            Write::User(new, at) => self.create_user(new, at),
            Write::EditUser(id, patch, at) => self.edit_user(id, patch, at),
            Write::DeleteUser(id, at) => self.delete_user(id, at),
            Write::Post(new, at) => self.create_post(new, at),
            Write::EditPost(id, patch, actor, at) => self.edit_post(id, patch, actor, at),
            Write::DeletePost(id, actor, at) => self.delete_post(id, actor, at),
            Write::Comment(new, at) => self.create_comment(new, at),
            Write::DeleteComment(id, actor, at) => self.delete_comment(id, actor, at),
            Write::Like(user, post, at) => self.like(user, post, at),
            Write::Unlike(user, post, _) => self.unlike(user, post),
            Write::Follow(user, target, at) => self.follow(user, target, at),
            Write::Unfollow(user, target, _) => self.unfollow(user, target),
            Write::Block(user, target, at) => self.block(user, target, at),
            Write::Unblock(user, target, _) => self.unblock(user, target),
            Write::Mute(user, target, at) => self.mute(user, target, at),
            Write::Unmute(user, target, _) => self.unmute(user, target),
            Write::Hide(user, post, at) => self.hide(user, post, at),
            Write::Unhide(user, post, _) => self.unhide(user, post),
        }
    }
}
