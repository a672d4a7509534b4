//! Comments.

use nova_core::error::Kind;
use nova_core::model::{Comment, CommentId, Timestamp};
use rusqlite::OptionalExtension;

use super::super::envelope::Op;
use super::super::row::{self, blob};
use super::standing::Hiding;
use super::{Actor, Done, Session, Step, refused};
use crate::social::{NewComment, Written};

impl Session<'_> {
    pub(super) fn create_comment(&mut self, new: NewComment, at: Timestamp) -> Step<Done> {
        self.standing.require_writer(new.author)?;
        self.standing.require_post(new.author, new.post, Hiding::Counts)?;
        let comment = Comment {
            id: new.id,
            post: new.post,
            author: new.author,
            text: Some(new.text),
            created_at: at,
            deleted_at: None,
        };
        let made = self.connection.prepare_cached(include_str!("../sql/insert_comment.sql"))?.execute((
            blob(comment.id.bits()),
            blob(comment.post.bits()),
            blob(comment.author.bits()),
            &comment.text,
            at.micros(),
        ))?;
        if made == 0 {
            return match self.comment_row(comment.id)? {
                Some(there) if repeats(&comment, &there) => Ok(done(there, false)),
                _ => refused(Kind::Conflict, "id", "id_taken", "a comment with this id is there"),
            };
        }
        self.changes.push(Op::Created(&comment));
        self.totals.post(comment.post).comments += 1;
        Ok(done(comment, true))
    }

    pub(super) fn delete_comment(&mut self, id: CommentId, actor: Actor, at: Timestamp) -> Step<Done> {
        let Some(before) = self.comment_row(id)?.filter(|comment| comment.deleted_at.is_none()) else {
            return missing();
        };
        if !actor.admin {
            self.standing.require_writer(actor.user)?;
            // its author takes it back also where the post is out of reach by now
            if before.author != actor.user {
                return self.refuse_deletion(actor, &before);
            }
        }
        let after = Comment { deleted_at: Some(at), ..before.clone() };
        self.connection
            .prepare_cached("update comments set deleted_at = ?2 where id = ?1")?
            .execute((blob(id.bits()), at.micros()))?;
        self.changes.push(Op::Updated { before: &before, after: &after });
        self.totals.post(after.post).comments -= 1;
        Ok(done(after, true))
    }

    /// Another's comment is forbidden where it can be read, and not there where it cannot.
    fn refuse_deletion(&mut self, actor: Actor, comment: &Comment) -> Step<Done> {
        if self.standing.reaches_post(actor.user, comment.post, Hiding::Counts)?
            && self.standing.reaches_user(actor.user, comment.author)?
        {
            return refused(Kind::Forbidden, "comment_id", "forbidden", "the comment is another's");
        }
        missing()
    }

    fn comment_row(&self, id: CommentId) -> rusqlite::Result<Option<Comment>> {
        self.connection
            .prepare_cached(include_str!("../sql/comment_row.sql"))?
            .query_row([blob(id.bits())], row::comment)
            .optional()
    }
}

/// Asked for once more? When that was says nothing; what was deleted does not come back.
fn repeats(comment: &Comment, there: &Comment) -> bool {
    let said = |it: &Comment| (it.post, it.author, it.text.clone());
    there.deleted_at.is_none() && said(there) == said(comment)
}

fn done(comment: Comment, changed: bool) -> Done {
    Done { written: Written::Comment(comment, None), changed }
}

fn missing<T>() -> Step<T> {
    refused(Kind::NotFound, "comment_id", "not_found", "there is no such comment")
}
