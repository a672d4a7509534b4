//! Behaviour events: checked one by one, durable in the log before the answer.

use std::time::Duration;

use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use nova_core::model::{Action, Event, EventId, PostId, UserId};
use serde::Serialize;
use tokio::time::Instant;
use utoipa::ToSchema;

use super::auth::Caller;
use super::body;
use super::error::{FieldError, Problem, Result};
use super::state::{Api, Shared};
use super::view::{self, Id, Time};
use crate::feed::Deed;
use crate::ingest::event::{self, CallError, EventRules, RawEvent, Refused};
use crate::log::{Positions, Topic};
use crate::metrics;
use crate::social::Write;

/// What became of the events of a call.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Reported {
    /// Durable in the log, duplicates among them.
    accepted: usize,
    /// Of those, how many were probably reported before; each counts once in any case.
    duplicates: usize,
    #[schema(value_type = Vec<RejectedEvent>)]
    rejected: Vec<Refused>,
}

/// An event that was not taken.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes crate::ingest::event::Refused in the OpenAPI document")]
struct RejectedEvent {
    /// Its place in the call, from 0.
    index: usize,
    #[schema(required)]
    event_id: Option<String>,
    /// A stable word.
    code: String,
    /// The member at fault; empty when it is the event as a whole.
    field: String,
    detail: String,
}

/// Events of one caller; unknown members are ignored.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes the body in the OpenAPI document; crate::ingest::event reads it")]
pub(crate) struct EventCall {
    #[schema(max_items = 100)]
    events: Vec<NewEvent>,
}

#[derive(ToSchema)]
#[expect(dead_code, reason = "describes the body in the OpenAPI document; crate::ingest::event reads it")]
struct NewEvent {
    /// A UUID; an event without one gets one, and is then not idempotent.
    #[schema(format = "uuid")]
    event_id: Option<String>,
    /// Now, unless it is there; at most 5 minutes ahead and 24 hours back.
    #[schema(value_type = Option<Time>)]
    event_time: Option<Time>,
    /// The caller, unless it is there; another user's only with the scope `nova:events`.
    #[schema(value_type = Option<Id>)]
    user_id: Option<Id>,
    #[schema(value_type = Id)]
    post_id: Id,
    #[schema(value_type = Option<Id>)]
    author_id: Option<Id>,
    /// What was done.
    #[schema(pattern = "^(impression|view|click|like|unlike|comment|share|dwell|hide)$")]
    action: String,
    /// Only, and always, with `dwell`.
    #[schema(minimum = 0, maximum = 3_600_000)]
    dwell_ms: Option<u32>,
    #[schema(max_length = 64)]
    device: Option<String>,
    #[schema(max_length = 64)]
    app_ver: Option<String>,
}

/// Reports what people did.
///
/// Good events are taken even when others are refused; when all are, it is 422 with the same members. 202 means that
/// they are durable in the log.
#[utoipa::path(post, path = "/api/v1/events", tag = "events", request_body = EventCall,
    responses((status = 202, description = "Durable", body = Reported)))]
pub(crate) async fn report(
    State(api): State<Shared>,
    caller: Option<Caller>,
    request: Request,
) -> Result<Response> {
    if caller.is_none() && !api.auth.is_open() {
        return Err(api.auth.missing());
    }
    let keys = &api.services.config.events;
    let body = body::json_bytes(request, keys.body_bytes_max).await?;
    let raw = event::parse_call(&body, keys.per_call_max).map_err(|error| refused(&error))?;
    let nameless =
        |event: &Result<RawEvent<'_>, Refused>| event.as_ref().is_ok_and(|event| event.user_id.is_none());
    if caller.is_none() && raw.iter().any(nameless) {
        return Err(api.auth.missing());
    }
    let (events, rejected) = judge(&api, caller, raw);
    if events.is_empty() && !rejected.is_empty() {
        metrics::events_received(0, rejected.len());
        let refused = Reported { accepted: 0, duplicates: 0, rejected };
        let problem =
            Problem::new(StatusCode::UNPROCESSABLE_ENTITY, "all_rejected", "no event of this call was taken");
        return Ok(problem.with_members(&refused).into_response());
    }
    let duplicates = keep(&api, &events).await?;
    metrics::events_received(events.len(), rejected.len());
    let reported = Reported { accepted: events.len(), duplicates, rejected };
    Ok(view::json(StatusCode::ACCEPTED, &reported, 64 + reported.rejected.len() * 256))
}

fn refused(error: &CallError) -> Problem {
    match error {
        CallError::Malformed(_) => Problem::malformed("json_malformed", error.to_string()),
        CallError::UnknownField(name) => {
            Problem::invalid(vec![FieldError::new(name.clone(), "unknown_field", "is no field here")])
        }
        CallError::TooMany { max, .. } => {
            let reason = format!("must be at most {max} a call");
            Problem::invalid(vec![FieldError::new("events", "too_many_events", &reason)])
        }
    }
}

type Judged = (Vec<Event>, Vec<Refused>);

/// The valid events, and why the others are none.
fn judge(api: &Api, caller: Option<Caller>, raw: Vec<Result<RawEvent<'_>, Refused>>) -> Judged {
    let keys = &api.services.config.events;
    let rules = EventRules {
        ahead_max: Duration::from_secs(keys.ahead_s),
        back_max: Duration::from_secs(keys.back_s),
    };
    // without authentication everybody has every scope, somebody nameless too
    let (user, service) = caller.map_or((None, true), |caller| (Some(caller.user), caller.service));
    let now = api.now();
    let mut new_id = || EventId::from_bits(api.new_id());
    let (mut events, mut rejected, mut unknown) = (Vec::with_capacity(raw.len()), Vec::new(), 0);
    for event in raw {
        unknown += event.as_ref().map_or(0, |event| u64::from(event.unknown_fields));
        match event.and_then(|event| event::validate(event, &rules, user, service, now, &mut new_id)) {
            Ok(event) => events.push(event),
            Err(refused) => rejected.push(refused),
        }
    }
    metrics::event_fields_ignored(unknown);
    (events, rejected)
}

/// Makes events durable, and makes their users' next requests wait for them. Gives the number of duplicates.
async fn keep(api: &Api, events: &[Event]) -> Result<usize> {
    if events.is_empty() {
        return Ok(0);
    }
    let started = Instant::now();
    let append = api.ports.log.append(Topic::Events, events.iter().map(event::encode).collect());
    let (appended, elsewhere) = tokio::join!(append, api.advice.elsewhere(events));
    let mut positions = appended?;
    metrics::appended(started.elapsed());
    let mut deeds = likes(events);
    if let Some(hidden) = hide(api, events, &mut deeds).await {
        positions.advance_all(&hidden);
    }
    let (feed, advice) = (&api.services.feed, &api.advice);
    let ((), (), duplicates) = tokio::join!(feed.did(deeds), feed.saw(events), advice.met(events, elsewhere));
    let mut users: Vec<UserId> = events.iter().map(|event| event.user).collect();
    users.sort_unstable();
    users.dedup();
    api.services.fence.raise(users.iter().copied(), positions);
    for user in users {
        api.outdate(user).await;
    }
    Ok(duplicates)
}

type Deeds = Vec<(UserId, PostId, Deed)>;

fn likes(events: &[Event]) -> Deeds {
    let deed = |event: &Event| match event.action {
        Action::Like => Some(Deed::Like),
        Action::Unlike => Some(Deed::Unlike),
        _ => None,
    };
    events.iter().filter_map(|event| Some((event.user, event.post, deed(event)?))).collect()
}

/// What was hidden by an event is hidden in the tables too, so that chronological pages and the fallback, which are
/// made from them, know it. Gives where the changes end in the log, and among `deeds` what the tables did not take.
async fn hide(api: &Api, events: &[Event], deeds: &mut Deeds) -> Option<Positions> {
    let hides: Vec<&Event> = events.iter().filter(|event| event.action == Action::Hide).collect();
    if hides.is_empty() {
        return None;
    }
    let mut positions = Positions::default();
    let writes = hides.iter().map(|event| Write::Hide(event.user, event.post, event.time)).collect();
    let written = api.ports.social.write(writes).await.unwrap_or_else(|error| {
        tracing::warn!(error = ?error, "posts hidden by events are not hidden in the tables; the index hides them");
        Vec::new()
    });
    let mut written = written.into_iter();
    for event in hides {
        match written.next() {
            Some(Ok(written)) => written.position().into_iter().for_each(|at| positions.advance_all(at)),
            // somebody or a post without a row: then the index alone knows it
            Some(Err(_)) | None => deeds.push((event.user, event.post, Deed::Hide)),
        }
    }
    Some(positions)
}
