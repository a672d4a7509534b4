//! The rules that an event keeps before it is taken.

use std::time::Duration;

use nova_core::model::{Action, Event, EventId, Id, PostId, Timestamp, UserId};

use super::{
    ACTION, APP_VER, DEVICE, DWELL_MS, EVENT_ID, EVENT_TIME, Fault, LABEL_BYTES_MAX, POST_ID, RawEvent,
    Refused, USER_ID,
};

/// The one action that nobody may report.
const NOT_REPORTED: &str = "served is noted by the service itself when it answers a page; report an impression when the post was on the screen";

/// How far a client's clock may be off.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EventRules {
    /// How far ahead of now an event may be dated; at most [`super::AHEAD_MAX`].
    pub ahead_max: Duration,
    /// How far back.
    pub back_max: Duration,
}

impl Default for EventRules {
    /// 5 minutes ahead, 24 hours back.
    fn default() -> Self {
        Self { ahead_max: Duration::from_secs(5 * 60), back_max: Duration::from_secs(24 * 60 * 60) }
    }
}

/// Applies the rules; what comes out is valid.
///
/// `caller` is who sends it and, unless the event says otherwise, whose it is; `may_speak_for_others` is the service
/// scope. `new_id` is asked where the client gave no `event_id`: such an event is not idempotent.
///
/// # Errors
/// The first rule that is broken.
pub fn validate(
    raw: RawEvent<'_>,
    rules: &EventRules,
    caller: Option<UserId>,
    may_speak_for_others: bool,
    now: Timestamp,
    new_id: &mut dyn FnMut() -> EventId,
) -> Result<Event, Refused> {
    let index = raw.index;
    let given = raw.event_id.clone();
    let event = || {
        let id = raw.event_id.as_deref().map(event_id).transpose()?;
        let time = raw.event_time.map_or(Ok(now), |time| in_window(time, now, rules))?;
        let user = user(raw.user_id.map(UserId), caller, may_speak_for_others)?;
        let post = raw.post_id.ok_or_else(|| Fault::new("post_id_missing", POST_ID, "is missing"))?;
        let action = raw.action.ok_or_else(|| Fault::new("action_missing", ACTION, "is missing"))?;
        if !action.is_reported() {
            return Err(Fault::new("action_not_reported", ACTION, NOT_REPORTED));
        }
        Ok(Event {
            time,
            user,
            post: PostId(post),
            author: raw.author_id.map(UserId),
            action,
            dwell_ms: dwell(action, raw.dwell_ms)?,
            device: label(raw.device.as_deref(), DEVICE, "device_too_long")?,
            app_ver: label(raw.app_ver.as_deref(), APP_VER, "app_ver_too_long")?,
            id: id.unwrap_or_else(new_id),
        })
    };
    event().map_err(|fault: Fault| fault.refuse(index, given.as_deref()))
}

pub(super) fn event_id(text: &str) -> Result<EventId, Fault> {
    let id: Id = text.parse().map_err(|_| Fault::invalid(EVENT_ID, "must be a UUID"))?;
    if id.as_integer().is_some() {
        return Err(Fault::invalid(EVENT_ID, "must be a UUID"));
    }
    if id.bits() == 0 {
        // a client that never sets it would have all its events taken for one
        return Err(Fault::invalid(EVENT_ID, "must not be the nil UUID"));
    }
    Ok(EventId(id))
}

fn in_window(time: Timestamp, now: Timestamp, rules: &EventRules) -> Result<Timestamp, Fault> {
    if time > now.plus(rules.ahead_max) {
        let detail = format!("lies more than {} s ahead of now", rules.ahead_max.as_secs());
        return Err(Fault::new("event_time_ahead", EVENT_TIME, detail));
    }
    if time < now.minus(rules.back_max) {
        let detail = format!("lies more than {} s back", rules.back_max.as_secs());
        return Err(Fault::new("event_time_old", EVENT_TIME, detail));
    }
    Ok(time)
}

fn user(named: Option<UserId>, caller: Option<UserId>, may_speak_for_others: bool) -> Result<UserId, Fault> {
    match (named, caller) {
        (Some(named), _) if may_speak_for_others || caller == Some(named) => Ok(named),
        (Some(_), _) => {
            Err(Fault::new("user_forbidden", USER_ID, "only a service may report what somebody else did"))
        }
        (None, Some(caller)) => Ok(caller),
        (None, None) => Err(Fault::new("user_id_missing", USER_ID, "is missing")),
    }
}

/// `dwell_ms` only, and always, with `dwell`.
pub(super) fn dwell(action: Action, millis: Option<u64>) -> Result<Option<u32>, Fault> {
    match (action, millis) {
        (Action::Dwell, None) => {
            Err(Fault::new("dwell_ms_missing", DWELL_MS, "is missing, a dwell needs it"))
        }
        (Action::Dwell, Some(millis)) => u32::try_from(millis)
            .ok()
            .filter(|millis| *millis <= Event::DWELL_MS_MAX)
            .map(Some)
            .ok_or_else(|| Fault::invalid(DWELL_MS, "must be an integer from 0 to 3600000")),
        (_, Some(_)) => Err(Fault::new("dwell_ms_unexpected", DWELL_MS, "comes with a dwell only")),
        (_, None) => Ok(None),
    }
}

pub(super) fn label(text: Option<&str>, field: usize, code: &'static str) -> Result<Option<Box<str>>, Fault> {
    match text {
        Some(text) if text.len() > LABEL_BYTES_MAX => {
            Err(Fault::new(code, field, format!("must be at most {LABEL_BYTES_MAX} bytes")))
        }
        text => Ok(text.map(Box::from)),
    }
}
