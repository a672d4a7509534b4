//! Accounts.

use nova_core::error::Kind;
use nova_core::model::{Timestamp, User, UserId};
use rusqlite::OptionalExtension;

use super::super::envelope::Op;
use super::super::row::{self, blob};
use super::{Done, Session, Step, refused};
use crate::social::{NewUser, UserPatch, Written};

impl Session<'_> {
    pub(super) fn create_user(&mut self, new: NewUser, at: Timestamp) -> Step<Done> {
        let user = User {
            id: new.id,
            handle: Some(new.handle),
            display_name: Some(new.display_name),
            created_at: at,
            updated_at: at,
            deleted_at: None,
        };
        let made = self.connection.prepare_cached(include_str!("../sql/insert_user.sql"))?.execute((
            blob(user.id.bits()),
            &user.handle,
            &user.display_name,
            at.micros(),
            at.micros(),
        ))?;
        if made == 0 {
            return match self.user_row(user.id)? {
                Some(there) if repeats(&user, &there) => Ok(done(there, false)),
                Some(_) => refused(Kind::Conflict, "id", "id_taken", "an account with this id is there"),
                None => handle_taken(),
            };
        }
        self.changes.push(Op::Created(&user));
        self.standing.user_made(user.id);
        Ok(done(user, true))
    }

    pub(super) fn edit_user(&mut self, id: UserId, patch: UserPatch, at: Timestamp) -> Step<Done> {
        self.standing.require_writer(id)?;
        let Some(before) = self.user_row(id)? else { return missing() };
        let mut after = before.clone();
        after.handle = patch.handle.or(after.handle);
        after.display_name = patch.display_name.or(after.display_name);
        if after == before {
            return Ok(done(before, false));
        }
        after.updated_at = at;
        let taken = self
            .connection
            .prepare_cached("select 1 from users where handle = ?1 and id <> ?2")?
            .exists((&after.handle, blob(id.bits())))?;
        if taken {
            return handle_taken();
        }
        self.put_user(&before, &after)?;
        Ok(done(after, true))
    }

    pub(super) fn delete_user(&mut self, id: UserId, at: Timestamp) -> Step<Done> {
        self.standing.require_writer(id)?;
        let Some(before) = self.user_row(id)? else { return missing() };
        let after = User { updated_at: at, deleted_at: Some(at), ..before.clone() };
        self.put_user(&before, &after)?;
        self.standing.user_deleted(id);
        Ok(done(after, true))
    }

    fn user_row(&self, id: UserId) -> rusqlite::Result<Option<User>> {
        self.connection
            .prepare_cached(include_str!("../sql/user_row.sql"))?
            .query_row([blob(id.bits())], row::user)
            .optional()
    }

    fn put_user(&mut self, before: &User, after: &User) -> rusqlite::Result<()> {
        self.connection.prepare_cached(include_str!("../sql/update_user.sql"))?.execute((
            blob(after.id.bits()),
            &after.handle,
            &after.display_name,
            after.updated_at.micros(),
            after.deleted_at.map(Timestamp::micros),
        ))?;
        self.changes.push(Op::Updated { before, after });
        Ok(())
    }
}

/// Asked for once more? When that was says nothing; what was deleted does not come back.
fn repeats(user: &User, there: &User) -> bool {
    let named = |it: &User| (it.handle.clone(), it.display_name.clone());
    there.deleted_at.is_none() && named(there) == named(user)
}

fn done(user: User, changed: bool) -> Done {
    Done { written: Written::User(user, None), changed }
}

fn missing<T>() -> Step<T> {
    refused(Kind::NotFound, "user_id", "not_found", "there is no such account")
}

fn handle_taken<T>() -> Step<T> {
    refused(Kind::Conflict, "handle", "handle_taken", "another account has this handle")
}
