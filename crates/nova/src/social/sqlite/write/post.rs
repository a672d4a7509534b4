//! Posts.

use nova_core::error::Kind;
use nova_core::model::{Post, PostBody, PostId, Timestamp};
use rusqlite::OptionalExtension;
use serde::de::IgnoredAny;

use super::super::envelope::Op;
use super::super::row::{self, blob};
use super::{Actor, Done, Session, Step, refused};
use crate::social::{NewPost, PostPatch, Written};

impl Session<'_> {
    pub(super) fn create_post(&mut self, new: NewPost, at: Timestamp) -> Step<Done> {
        if !self.standing.alive(new.author)? {
            return refused(Kind::NotFound, "author_id", "author_unknown", "there is no such author");
        }
        require_array(&new.media)?;
        let post = Post {
            id: new.id,
            author: new.author,
            body: PostBody {
                text: Some(new.text),
                media: Some(new.media),
                lang: new.lang,
                topics: Some(new.topics),
            },
            created_at: at,
            updated_at: at,
            deleted_at: None,
        };
        let made = self.connection.prepare_cached(include_str!("../sql/insert_post.sql"))?.execute((
            blob(post.id.bits()),
            blob(post.author.bits()),
            &post.body.text,
            &post.body.media,
            &post.body.lang,
            topics(&post),
            at.micros(),
            at.micros(),
        ))?;
        if made == 0 {
            return match self.post_row(post.id)? {
                Some(there) if repeats(&post, &there) => Ok(done(there, false)),
                _ => refused(Kind::Conflict, "id", "id_taken", "a post with this id is there"),
            };
        }
        self.changes.push(Op::Created(&post));
        self.totals.user(post.author).posts += 1;
        self.standing.post_made(post.id, post.author);
        Ok(done(post, true))
    }

    pub(super) fn edit_post(
        &mut self,
        id: PostId,
        patch: PostPatch,
        actor: Actor,
        at: Timestamp,
    ) -> Step<Done> {
        // an admin takes posts away, but puts no words into another's mouth
        self.standing.require_own_post(actor, id, false)?;
        if let Some(media) = &patch.media {
            require_array(media)?;
        }
        let Some(before) = self.post_row(id)? else { return missing() };
        let mut after = before.clone();
        after.body.text = patch.text.or(after.body.text);
        after.body.media = patch.media.or(after.body.media);
        after.body.lang = patch.lang.unwrap_or(after.body.lang);
        after.body.topics = patch.topics.or(after.body.topics);
        if after == before {
            return Ok(done(before, false));
        }
        after.updated_at = at;
        self.put_post(&before, &after)?;
        Ok(done(after, true))
    }

    pub(super) fn delete_post(&mut self, id: PostId, actor: Actor, at: Timestamp) -> Step<Done> {
        let author = self.standing.require_own_post(actor, id, true)?;
        let Some(before) = self.post_row(id)? else { return missing() };
        let after = Post { updated_at: at, deleted_at: Some(at), ..before.clone() };
        self.put_post(&before, &after)?;
        self.totals.user(author).posts -= 1;
        self.standing.post_deleted(id);
        Ok(done(after, true))
    }

    fn post_row(&self, id: PostId) -> rusqlite::Result<Option<Post>> {
        self.connection
            .prepare_cached(include_str!("../sql/post_row.sql"))?
            .query_row([blob(id.bits())], row::post)
            .optional()
    }

    fn put_post(&mut self, before: &Post, after: &Post) -> rusqlite::Result<()> {
        self.connection.prepare_cached(include_str!("../sql/update_post.sql"))?.execute((
            blob(after.id.bits()),
            &after.body.text,
            &after.body.media,
            &after.body.lang,
            topics(after),
            after.updated_at.micros(),
            after.deleted_at.map(Timestamp::micros),
        ))?;
        self.changes.push(Op::Updated { before, after });
        Ok(())
    }
}

/// Asked for once more? When that was says nothing; what was deleted does not come back.
fn repeats(post: &Post, there: &Post) -> bool {
    there.deleted_at.is_none() && (there.author, &there.body) == (post.author, &post.body)
}

fn done(post: Post, changed: bool) -> Done {
    Done { written: Written::Post(post, None), changed }
}

fn missing<T>() -> Step<T> {
    refused(Kind::NotFound, "post_id", "not_found", "there is no such post")
}

/// The column holds what the other twin keeps as `jsonb`, which takes nothing that is not JSON.
fn require_array(media: &str) -> Step<()> {
    if media == "[]" || serde_json::from_str::<Vec<IgnoredAny>>(media).is_ok() {
        return Ok(());
    }
    refused(Kind::Rejected, "media", "invalid", "media must be a JSON array")
}

fn topics(post: &Post) -> String {
    post.body.topics.as_ref().filter(|topics| !topics.is_empty()).map_or_else(
        || "[]".to_owned(),
        |topics| serde_json::to_string(topics).expect("a list of text is JSON"),
    )
}
