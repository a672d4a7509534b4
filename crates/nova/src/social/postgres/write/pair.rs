//! Likes, follows, blocks, mutes and hidden posts: rows that are set and unset.

use nova_core::error::Kind;
use nova_core::model::{Id, Timestamp, UserId};
use tokio_postgres::Row;

use super::super::value::{Moment, uuid};
use super::account::require_writer;
use super::{Ask, Step, Stop, stop};
use crate::log::Positions;
use crate::social::Written;

impl Ask<'_> {
    /// `field` names what it is set on.
    pub(super) async fn set(&self, user: Id, on: Id, at: Timestamp, field: &'static str) -> Step {
        let answer = self.row(&[&uuid(user.bits()), &uuid(on.bits()), &Moment::of(at)]).await?;
        let answer = answer.ok_or(Stop::Crowded(None))?;
        require_writer(answer.try_get(0)?)?;
        if !answer.try_get::<_, bool>(1)? {
            return Err(out_of_reach(field));
        }
        edge(&answer)
    }

    pub(super) async fn unset(&self, user: Id, on: Id) -> Step {
        let answer = self.row(&[&uuid(user.bits()), &uuid(on.bits())]).await?;
        let answer = answer.ok_or(Stop::Crowded(None))?;
        require_writer(answer.try_get(0)?)?;
        edge(&answer)
    }
}

/// Whether the row changed is told of likes alone: no position is one where nothing changed, and one that is of no
/// partition where something did.
fn edge(answer: &Row) -> Step {
    let changed = answer.len() > 2 && answer.try_get(2)?;
    Ok(Written::Edge(changed.then(Positions::default)))
}

pub(super) fn not_oneself(
    user: UserId,
    target: UserId,
    field: &'static str,
    code: &'static str,
    detail: &'static str,
) -> Result<(), Stop> {
    if user == target { Err(stop(Kind::Rejected, field, code, detail)) } else { Ok(()) }
}

pub(super) fn out_of_reach(field: &'static str) -> Stop {
    let detail = if field == "post_id" { "there is no such post" } else { "there is no such account" };
    stop(Kind::NotFound, field, "not_found", detail)
}
