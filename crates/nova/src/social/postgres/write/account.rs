//! Accounts.

use nova_core::error::Kind;
use nova_core::model::{Timestamp, User, UserId};

use super::super::connect::Value;
use super::super::value::{self, Moment, is_there, uuid};
use super::{Ask, Step, Stop, require_uuid, stop};
use crate::social::{NewUser, UserPatch, Written};

impl Ask<'_> {
    pub(super) async fn create_user(&self, new: &NewUser, at: Timestamp) -> Step {
        require_uuid(new.id.0)?;
        let values: &[Value<'_>] = &[&uuid(new.id.bits()), &new.handle, &new.display_name, &Moment::of(at)];
        let answer = self.row(values).await?.ok_or(Stop::Crowded(None))?;
        let (made, taken): (bool, bool) = (answer.try_get(0)?, answer.try_get(1)?);
        if made {
            return Ok(done(User {
                id: new.id,
                handle: Some(new.handle.clone()),
                display_name: Some(new.display_name.clone()),
                created_at: at,
                updated_at: at,
                deleted_at: None,
            }));
        }
        if is_there(&answer, 2)? {
            let there = value::user(&answer, 2)?;
            return if repeats(new, &there) {
                Ok(done(there))
            } else {
                Err(stop(Kind::Conflict, "id", "id_taken", "an account with this id is there"))
            };
        }
        // what stood in the way was not there yet when the statement began
        Err(if taken { handle_taken() } else { Stop::Crowded(None) })
    }

    pub(super) async fn edit_user(&self, id: UserId, patch: &UserPatch, at: Timestamp) -> Step {
        let values: &[Value<'_>] = &[&uuid(id.bits()), &patch.handle, &patch.display_name, &Moment::of(at)];
        let answer = self.row(values).await?.ok_or_else(missing)?;
        let (changed, taken): (bool, bool) = (answer.try_get(0)?, answer.try_get(1)?);
        let user = value::user(&answer, 2)?;
        if changed {
            return Ok(done(user));
        }
        let same = |new: &Option<String>, old: &Option<String>| new.is_none() || new == old;
        if same(&patch.handle, &user.handle) && same(&patch.display_name, &user.display_name) {
            return Ok(done(user));
        }
        Err(if taken { handle_taken() } else { Stop::Crowded(None) })
    }

    pub(super) async fn delete_user(&self, id: UserId, at: Timestamp) -> Step {
        let answer = self.row(&[&uuid(id.bits()), &Moment::of(at)]).await?.ok_or_else(missing)?;
        Ok(done(value::user(&answer, 0)?))
    }
}

/// The one who writes must have an account that stands.
pub(super) fn require_writer(there: bool) -> Result<(), Stop> {
    if there { Ok(()) } else { Err(missing()) }
}

/// Asked for once more? When that was says nothing; what was deleted does not come back.
fn repeats(new: &NewUser, there: &User) -> bool {
    there.deleted_at.is_none()
        && there.handle.as_ref() == Some(&new.handle)
        && there.display_name.as_ref() == Some(&new.display_name)
}

fn done(user: User) -> Written {
    Written::User(user, None)
}

fn missing() -> Stop {
    stop(Kind::NotFound, "user_id", "not_found", "there is no such account")
}

pub(super) fn handle_taken() -> Stop {
    stop(Kind::Conflict, "handle", "handle_taken", "another account has this handle")
}
