//! Likes: what the tables say of them, and what events say.

use std::time::Duration;

use axum::extract::State;
use axum::http::StatusCode;
use nova_core::error::{Error, Kind};
use nova_core::model::{Action, Event, EventId, PostId, Timestamp, UserId};
use nova_core::pipeline::{Candidate, Features, Origins, RowHint, Verdict};
use tokio::time::Instant;

use super::auth::Caller;
use super::error::Result;
use super::query::PathId;
use super::state::{Api, Shared};
use super::view::Id;
use crate::config::Mode;
use crate::feed::Deed;
use crate::ingest::event;
use crate::log::Topic;
use crate::metrics;
use crate::social::{Write, Written};

/// Likes a post.
#[utoipa::path(put, path = "/api/v1/posts/{id}/like", tag = "posts", params(("id" = Id, Path)),
    responses((status = 204, description = "Set, now or before")))]
pub(crate) async fn like(
    State(api): State<Shared>,
    caller: Caller,
    PathId(id): PathId<PostId>,
) -> Result<StatusCode> {
    let written = api.write(Write::Like(caller.user, id, api.now())).await?;
    if written.position().is_none() {
        // the row was there, and something said since that it does not hold
        api.services.feed.did(vec![(caller.user, id, Deed::Like)]).await;
    }
    agreed(&api, &written, agree(&api, caller.user, id, true).await)
}

/// Takes a like back, also one that was reported as an event.
#[utoipa::path(delete, path = "/api/v1/posts/{id}/like", tag = "posts", params(("id" = Id, Path)),
    responses((status = 204, description = "Unset, now or before")))]
pub(crate) async fn unlike(
    State(api): State<Shared>,
    caller: Caller,
    PathId(id): PathId<PostId>,
) -> Result<StatusCode> {
    let written = api.write(Write::Unlike(caller.user, id, api.now())).await?;
    api.services.feed.did(vec![(caller.user, id, Deed::Unlike)]).await;
    agreed(&api, &written, agree(&api, caller.user, id, false).await)
}

/// In PostgreSQL a row that changed is later than whatever an event said before, and its change record says so: then an event makes it
/// sure sooner, and its failure is none.
fn agreed(api: &Api, written: &Written, outcome: Result<()>) -> Result<StatusCode> {
    match outcome {
        Err(problem) if api.services.config.mode() == Mode::Embedded || written.position().is_none() => {
            Err(problem)
        }
        Err(problem) => {
            tracing::warn!(cause = ?problem, "a like is in the tables and no event says so; the feed has it by change capture");
            Ok(StatusCode::NO_CONTENT)
        }
        Ok(()) => Ok(StatusCode::NO_CONTENT),
    }
}

/// Makes a like hold, or hold no longer, where the row alone does not: something else was said of it by an event.
///
/// A like has two registers in the store, the row's and the events', and the later one holds. A table in which the row
/// already is as it should be is not changed, so there is no change record: PostgreSQL writes none for a row that is
/// not there, and no connector sends one. To invent one would make the change log say what the table never held, and a
/// twin that cannot write that log could not do it. So where an event spoke last, an event answers it, in both modes. It
/// carries no time: it happens when the log receives it, later than whatever the log holds of this viewer.
///
/// Where the rows' records come through a connector, the store may not have this one's yet. Then the event says the same
/// a little earlier, and nothing counts twice: that is what the registers are for. The same when the store does not
/// answer: an event too many does no harm, one too few would leave what the caller took back.
///
/// # Errors
/// As for events: 503 when the log takes nothing.
async fn agree(api: &Api, user: UserId, post: PostId, wanted: bool) -> Result<()> {
    let held = likes(api, user, post).await.unwrap_or_else(|error| {
        tracing::warn!(error = ?error, "the store cannot say who likes what, an event makes sure");
        !wanted
    });
    if held == wanted {
        return Ok(());
    }
    let event = Event {
        id: EventId::from_bits(api.new_id()),
        time: api.now(),
        user,
        post,
        author: None,
        action: if wanted { Action::Like } else { Action::Unlike },
        dwell_ms: None,
        device: None,
        app_ver: None,
    };
    let started = Instant::now();
    let position = api.ports.log.append(Topic::Events, vec![event::encode_undated(&event)]).await?;
    metrics::appended(started.elapsed());
    api.services.fence.raise([user], position);
    api.services.fence.pass(user).await?;
    api.outdate(user).await;
    Ok(())
}

/// Does the viewer like the post, by the later of the two registers?
async fn likes(api: &Api, viewer: UserId, post: PostId) -> nova_core::error::Result<bool> {
    let mut asked = [Candidate {
        post,
        author: viewer,
        created_at: Timestamp::MIN,
        row: RowHint::NONE,
        origins: Origins::default(),
        verdict: Verdict::CLEAR,
        features: Features::default(),
    }];
    let deadline = Duration::from_millis(api.services.config.store.deadline_ms);
    let answer = api.ports.store.measure(Some(viewer), api.now(), &mut asked);
    match tokio::time::timeout(deadline, answer).await {
        Ok(answer) => answer.map(|()| asked[0].features.liked),
        Err(_) => Err(Error::new(Kind::Timeout, "likes.agree", "no answer within the deadline")),
    }
}
