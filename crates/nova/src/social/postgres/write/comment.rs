//! Comments.

use nova_core::error::Kind;
use nova_core::model::{Comment, CommentId, Timestamp};

use super::super::connect::Value;
use super::super::value::{self, Moment, is_there, uuid};
use super::account::require_writer;
use super::pair::out_of_reach;
use super::{Ask, Step, Stop, require_uuid, stop};
use crate::social::{Actor, NewComment, Written};

impl Ask<'_> {
    pub(super) async fn create_comment(&self, new: &NewComment, at: Timestamp) -> Step {
        require_uuid(new.id.0)?;
        let values: &[Value<'_>] = &[
            &uuid(new.id.bits()),
            &uuid(new.post.bits()),
            &uuid(new.author.bits()),
            &new.text,
            &Moment::of(at),
        ];
        let answer = self.row(values).await?.ok_or(Stop::Crowded(None))?;
        require_writer(answer.try_get(0)?)?;
        if !answer.try_get::<_, bool>(1)? {
            return Err(out_of_reach("post_id"));
        }
        if answer.try_get(2)? {
            return Ok(done(Comment {
                id: new.id,
                post: new.post,
                author: new.author,
                text: Some(new.text.clone()),
                created_at: at,
                deleted_at: None,
            }));
        }
        if !is_there(&answer, 3)? {
            // it was not there yet when the statement began
            return Err(Stop::Crowded(None));
        }
        let there = value::comment(&answer, 3)?;
        if repeats(new, &there) {
            return Ok(done(there));
        }
        Err(stop(Kind::Conflict, "id", "id_taken", "a comment with this id is there"))
    }

    pub(super) async fn delete_comment(&self, id: CommentId, actor: Actor, at: Timestamp) -> Step {
        let values: &[Value<'_>] =
            &[&uuid(id.bits()), &uuid(actor.user.bits()), &actor.admin, &Moment::of(at)];
        let answer = self.row(values).await?.ok_or_else(missing)?;
        let (deleted, writer, reached): (bool, bool, bool) =
            (answer.try_get(0)?, answer.try_get(1)?, answer.try_get(2)?);
        let comment = value::comment(&answer, 3)?;
        if deleted {
            return Ok(done(comment));
        }
        if !actor.admin {
            require_writer(writer)?;
        }
        if actor.admin || comment.author == actor.user {
            return Err(Stop::Crowded(None));
        }
        // another's comment is forbidden where it can be read, and not there where it cannot
        Err(if reached {
            stop(Kind::Forbidden, "comment_id", "forbidden", "the comment is another's")
        } else {
            missing()
        })
    }
}

/// Asked for once more? When that was says nothing; what was deleted does not come back.
fn repeats(new: &NewComment, there: &Comment) -> bool {
    there.deleted_at.is_none()
        && (there.post, there.author, there.text.as_ref()) == (new.post, new.author, Some(&new.text))
}

fn done(comment: Comment) -> Written {
    Written::Comment(comment, None)
}

fn missing() -> Stop {
    stop(Kind::NotFound, "comment_id", "not_found", "there is no such comment")
}
