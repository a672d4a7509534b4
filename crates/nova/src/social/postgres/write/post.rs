//! Posts.

use nova_core::error::Kind;
use nova_core::model::{Post, PostBody, PostId, Timestamp};
use serde::de::IgnoredAny;

use super::super::connect::Value;
use super::super::value::{self, Moment, is_there, uuid};
use super::account::require_writer;
use super::pair::out_of_reach;
use super::{Ask, Step, Stop, require_uuid, stop};
use crate::social::{Actor, NewPost, PostPatch, Written};

impl Ask<'_> {
    pub(super) async fn create_post(&self, new: &NewPost, at: Timestamp) -> Step {
        require_uuid(new.id.0)?;
        let formed = is_array(&new.media);
        // the statement is sent all the same: that the author is unknown is said first
        let media = if formed { new.media.as_str() } else { "[]" };
        let values: &[Value<'_>] = &[
            &uuid(new.id.bits()),
            &uuid(new.author.bits()),
            &new.text,
            &media,
            &new.lang,
            &new.topics,
            &Moment::of(at),
            &formed,
        ];
        let answer = self.row(values).await?.ok_or(Stop::Crowded(None))?;
        if !answer.try_get::<_, bool>(0)? {
            return Err(stop(Kind::NotFound, "author_id", "author_unknown", "there is no such author"));
        }
        if !formed {
            return Err(no_array());
        }
        if answer.try_get(1)? {
            return Ok(done(made(new, at)));
        }
        if !is_there(&answer, 2)? {
            // it was not there yet when the statement began
            return Err(Stop::Crowded(None));
        }
        let there = value::post(&answer, 2)?;
        if repeats(new, &there) {
            return Ok(done(there));
        }
        Err(stop(Kind::Conflict, "id", "id_taken", "a post with this id is there"))
    }

    pub(super) async fn edit_post(&self, id: PostId, patch: &PostPatch, actor: Actor, at: Timestamp) -> Step {
        let formed = patch.media.as_deref().is_none_or(is_array);
        let media = patch.media.as_deref().filter(|_| formed);
        let values: &[Value<'_>] = &[
            &uuid(id.bits()),
            &uuid(actor.user.bits()),
            &patch.text,
            &media,
            &patch.lang.is_some(),
            &patch.lang.as_ref().and_then(Option::as_ref),
            &patch.topics,
            &Moment::of(at),
            &formed,
        ];
        let answer = self.row(values).await?.ok_or(Stop::Crowded(None))?;
        let (writer, reached): (bool, bool) = (answer.try_get(0)?, answer.try_get(1)?);
        require_writer(writer)?;
        if !is_there(&answer, 3)? {
            return Err(out_of_reach("post_id"));
        }
        let post = value::post(&answer, 3)?;
        // an admin takes posts away, but puts no words into another's mouth
        if post.author != actor.user {
            return Err(if reached { others() } else { out_of_reach("post_id") });
        }
        if !formed {
            return Err(no_array());
        }
        let changed: bool = answer.try_get(2)?;
        if changed || says(&post, patch) { Ok(done(post)) } else { Err(Stop::Crowded(None)) }
    }

    pub(super) async fn delete_post(&self, id: PostId, actor: Actor, at: Timestamp) -> Step {
        let values: &[Value<'_>] =
            &[&uuid(id.bits()), &uuid(actor.user.bits()), &actor.admin, &Moment::of(at)];
        let answer = self.row(values).await?.ok_or(Stop::Crowded(None))?;
        let (writer, reached): (bool, bool) = (answer.try_get(0)?, answer.try_get(1)?);
        if !actor.admin {
            require_writer(writer)?;
        }
        if !is_there(&answer, 3)? {
            return Err(out_of_reach("post_id"));
        }
        let post = value::post(&answer, 3)?;
        if answer.try_get(2)? {
            return Ok(done(post));
        }
        if actor.admin || post.author == actor.user {
            return Err(Stop::Crowded(None));
        }
        Err(if reached { others() } else { out_of_reach("post_id") })
    }
}

fn made(new: &NewPost, at: Timestamp) -> Post {
    Post {
        id: new.id,
        author: new.author,
        body: PostBody {
            text: Some(new.text.clone()),
            media: Some(new.media.clone()),
            lang: new.lang.clone(),
            topics: Some(new.topics.clone()),
        },
        created_at: at,
        updated_at: at,
        deleted_at: None,
    }
}

/// Asked for once more? When that was says nothing; what was deleted does not come back.
fn repeats(new: &NewPost, there: &Post) -> bool {
    let new = made(new, there.created_at);
    there.deleted_at.is_none() && (there.author, &there.body) == (new.author, &new.body)
}

/// Does the post say already what it is to say?
fn says(post: &Post, patch: &PostPatch) -> bool {
    let same = |new: &Option<String>, old: &Option<String>| new.is_none() || new == old;
    same(&patch.text, &post.body.text)
        && same(&patch.media, &post.body.media)
        && patch.lang.as_ref().is_none_or(|lang| *lang == post.body.lang)
        && (patch.topics.is_none() || patch.topics == post.body.topics)
}

fn is_array(media: &str) -> bool {
    media == "[]" || serde_json::from_str::<Vec<IgnoredAny>>(media).is_ok()
}

fn done(post: Post) -> Written {
    Written::Post(post, None)
}

fn no_array() -> Stop {
    stop(Kind::Rejected, "media", "invalid", "media must be a JSON array")
}

fn others() -> Stop {
    stop(Kind::Forbidden, "post_id", "forbidden", "the post is another's")
}
