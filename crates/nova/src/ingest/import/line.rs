//! One line of history: a row or an event, as JSON.

use std::borrow::Cow;

use nova_core::model::{Action, CommentId, Event, EventId, PostId, Timestamp, UserId};
use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::value::RawValue;

use crate::ingest::event::LABEL_BYTES_MAX;
use crate::social::limits;
use crate::social::{Actor, NewComment, NewPost, NewUser, Write};

/// The longest reason that a reader of JSON gives, in characters.
const REASON_CHARS_MAX: usize = 200;

/// The kinds of lines, in the order in which they are taken: what others refer to comes first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// `user`
    User,
    /// `post`
    Post,
    /// `comment`, `like`, `follow`, `block`, `mute`, `hide`
    Row,
    /// `event`
    Event,
}

/// A line, read and checked.
#[derive(Debug)]
pub enum Line {
    /// Writes to the social tables, in order; the later ones only if the first is taken.
    Rows(Vec<Write>),
    /// Something somebody did.
    Event(Box<Event>),
}

#[derive(Deserialize)]
struct Head<'a> {
    #[serde(rename = "type", borrow)]
    kind: Cow<'a, str>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct UserLine {
    #[serde(rename = "type")]
    _kind: IgnoredAny,
    id: UserId,
    handle: String,
    display_name: String,
    created_at: Timestamp,
    #[serde(default, rename = "updated_at")]
    _updated_at: IgnoredAny,
    #[serde(default)]
    deleted_at: Option<Timestamp>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PostLine<'a> {
    #[serde(rename = "type")]
    _kind: IgnoredAny,
    id: PostId,
    author_id: UserId,
    text: String,
    #[serde(default, borrow)]
    media: Option<&'a RawValue>,
    #[serde(default)]
    lang: Option<String>,
    #[serde(default)]
    topics: Vec<String>,
    created_at: Timestamp,
    #[serde(default, rename = "updated_at")]
    _updated_at: IgnoredAny,
    #[serde(default)]
    deleted_at: Option<Timestamp>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CommentLine {
    #[serde(rename = "type")]
    _kind: IgnoredAny,
    id: CommentId,
    post_id: PostId,
    author_id: UserId,
    text: String,
    created_at: Timestamp,
    #[serde(default)]
    deleted_at: Option<Timestamp>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct OnPostLine {
    #[serde(rename = "type")]
    _kind: IgnoredAny,
    post_id: PostId,
    user_id: UserId,
    created_at: Timestamp,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FollowLine {
    #[serde(rename = "type")]
    _kind: IgnoredAny,
    follower_id: UserId,
    followee_id: UserId,
    created_at: Timestamp,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct TargetLine {
    #[serde(rename = "type")]
    _kind: IgnoredAny,
    user_id: UserId,
    target_id: UserId,
    created_at: Timestamp,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct EventLine<'a> {
    #[serde(rename = "type")]
    _kind: IgnoredAny,
    #[serde(default)]
    event_id: Option<EventId>,
    event_time: Timestamp,
    user_id: UserId,
    post_id: PostId,
    #[serde(default)]
    author_id: Option<UserId>,
    #[serde(borrow)]
    action: Cow<'a, str>,
    #[serde(default)]
    dwell_ms: Option<u32>,
    #[serde(default)]
    device: Option<Box<str>>,
    #[serde(default)]
    app_ver: Option<Box<str>>,
}

/// What a line is, without reading the rest of it.
///
/// # Errors
/// Why it is none.
pub fn kind(line: &str) -> Result<Kind, String> {
    let head: Head<'_> = serde_json::from_str(line).map_err(|error| shown(&error))?;
    match &*head.kind {
        "user" => Ok(Kind::User),
        "post" => Ok(Kind::Post),
        "comment" | "like" | "follow" | "block" | "mute" | "hide" => Ok(Kind::Row),
        "event" => Ok(Kind::Event),
        other => Err(format!(
            "type: must be user, post, comment, like, follow, block, mute, hide or event, not \"{}\"",
            other.chars().take(40).collect::<String>()
        )),
    }
}

/// The latest time that a line names, for `--shift-to-now`.
#[must_use]
pub fn time(line: &str) -> Option<Timestamp> {
    #[derive(Deserialize)]
    struct Times {
        created_at: Option<Timestamp>,
        event_time: Option<Timestamp>,
        deleted_at: Option<Timestamp>,
    }
    let times: Times = serde_json::from_str(line).ok()?;
    times.created_at.max(times.event_time).max(times.deleted_at)
}

/// Reads and checks a whole line; every time in it is moved by `shift` microseconds.
///
/// # Errors
/// The field and the reason.
pub fn parse(line: &str, shift: i64) -> Result<Line, String> {
    let head: Head<'_> = serde_json::from_str(line).map_err(|error| shown(&error))?;
    let at = |time: Timestamp| Timestamp::from_micros(time.micros().saturating_add(shift));
    let rows = match &*head.kind {
        "user" => user(read(line)?, at)?,
        "post" => post(read(line)?, at)?,
        "comment" => comment(read(line)?, at)?,
        "like" => {
            let OnPostLine { post_id, user_id, created_at, .. } = read(line)?;
            vec![Write::Like(user_id, post_id, at(created_at))]
        }
        "hide" => {
            let OnPostLine { post_id, user_id, created_at, .. } = read(line)?;
            vec![Write::Hide(user_id, post_id, at(created_at))]
        }
        "follow" => {
            let FollowLine { follower_id, followee_id, created_at, .. } = read(line)?;
            vec![Write::Follow(follower_id, followee_id, at(created_at))]
        }
        "block" => {
            let TargetLine { user_id, target_id, created_at, .. } = read(line)?;
            vec![Write::Block(user_id, target_id, at(created_at))]
        }
        "mute" => {
            let TargetLine { user_id, target_id, created_at, .. } = read(line)?;
            vec![Write::Mute(user_id, target_id, at(created_at))]
        }
        "event" => return event(read(line)?, at).map(|event| Line::Event(Box::new(event))),
        _ => return kind(line).map(|_| Line::Rows(Vec::new())),
    };
    Ok(Line::Rows(rows))
}

fn read<'a, T: Deserialize<'a>>(line: &'a str) -> Result<T, String> {
    serde_json::from_str(line).map_err(|error| shown(&error))
}

/// serde's text without its position (the line number says where), and not longer than a reason: it repeats names.
fn shown(error: &serde_json::Error) -> String {
    let text = error.to_string();
    let reason = text.rsplit_once(" at line ").map_or(text.as_str(), |(reason, _)| reason);
    match reason.char_indices().nth(REASON_CHARS_MAX) {
        Some((end, _)) => format!("{}…", &reason[..end]),
        None => reason.to_owned(),
    }
}

fn user(line: UserLine, at: impl Fn(Timestamp) -> Timestamp) -> Result<Vec<Write>, String> {
    limits::handle(&line.handle).map_err(|allowed| format!("handle: {allowed}"))?;
    let display_name = limits::trimmed(&line.display_name, &limits::DISPLAY_NAME_CHARS)
        .ok_or("display_name: must have 1 to 80 characters")?;
    let new = NewUser { id: line.id, handle: line.handle, display_name };
    let mut writes = vec![Write::User(new, at(line.created_at))];
    writes.extend(line.deleted_at.map(|deleted| Write::DeleteUser(line.id, at(deleted))));
    Ok(writes)
}

fn post(line: PostLine<'_>, at: impl Fn(Timestamp) -> Timestamp) -> Result<Vec<Write>, String> {
    let text =
        limits::trimmed(&line.text, &limits::POST_CHARS).ok_or("text: must have 1 to 5000 characters")?;
    let media = line.media.map_or("[]", RawValue::get);
    limits::media(media).map_err(|allowed| format!("media: {allowed}"))?;
    if line.topics.len() > limits::TOPICS_MAX {
        return Err(format!("topics: at most {}", limits::TOPICS_MAX));
    }
    let new = NewPost {
        id: line.id,
        author: line.author_id,
        text,
        media: media.to_owned(),
        lang: line.lang,
        topics: line.topics,
    };
    let mut writes = vec![Write::Post(new, at(line.created_at))];
    let actor = Actor { user: line.author_id, admin: true };
    writes.extend(line.deleted_at.map(|deleted| Write::DeletePost(line.id, actor, at(deleted))));
    Ok(writes)
}

fn comment(line: CommentLine, at: impl Fn(Timestamp) -> Timestamp) -> Result<Vec<Write>, String> {
    let text =
        limits::trimmed(&line.text, &limits::COMMENT_CHARS).ok_or("text: must have 1 to 2000 characters")?;
    let new = NewComment { id: line.id, post: line.post_id, author: line.author_id, text };
    let mut writes = vec![Write::Comment(new, at(line.created_at))];
    let actor = Actor { user: line.author_id, admin: true };
    writes.extend(line.deleted_at.map(|deleted| Write::DeleteComment(line.id, actor, at(deleted))));
    Ok(writes)
}

fn event(line: EventLine<'_>, at: impl Fn(Timestamp) -> Timestamp) -> Result<Event, String> {
    let action: Action = line.action.parse().map_err(
        |()| "action: must be impression, view, click, like, unlike, comment, share, dwell or hide",
    )?;
    match line.dwell_ms {
        Some(dwell) if action == Action::Dwell && dwell <= Event::DWELL_MS_MAX => {}
        None if action != Action::Dwell => {}
        _ => return Err("dwell_ms: 0 to 3600000, with the action dwell and only with it".to_owned()),
    }
    // what the door refuses is a dead letter behind it, so it is refused here too
    if line.event_id.is_some_and(|id| id.0.as_integer().is_some() || id.bits() == 0) {
        return Err("event_id: must be a UUID, and not the nil one".to_owned());
    }
    for (field, label) in [("device", &line.device), ("app_ver", &line.app_ver)] {
        if label.as_ref().is_some_and(|label| label.len() > LABEL_BYTES_MAX) {
            return Err(format!("{field}: must be at most {LABEL_BYTES_MAX} bytes"));
        }
    }
    let mut event = Event {
        id: line.event_id.unwrap_or(EventId::from_bits(0)),
        time: line.event_time,
        user: line.user_id,
        post: line.post_id,
        author: line.author_id,
        action,
        dwell_ms: line.dwell_ms,
        device: line.device,
        app_ver: line.app_ver,
    };
    if line.event_id.is_none() {
        // from the content as it stands in the file: the same line gives the same id, whatever the shift
        event.id = crate::ingest::event::content_id(&event);
    }
    event.time = at(event.time);
    Ok(event)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_kind_is_read() {
        for (line, count) in [
            (
                r#"{"type":"user","id":"1","handle":"ann","display_name":"Ann","created_at":"2020-01-01T00:00:00Z"}"#,
                1,
            ),
            (
                r#"{"type":"user","id":1,"handle":"ann","display_name":"Ann","created_at":"2020-01-01T00:00:00Z","updated_at":"2020-01-01T00:00:00Z","deleted_at":"2021-01-01T00:00:00Z"}"#,
                2,
            ),
            (
                r#"{"type":"post","id":"5","author_id":"1","text":" hi ","media":[{"a":1}],"topics":["x"],"created_at":"2020-01-01T00:00:00Z"}"#,
                1,
            ),
            (
                r#"{"type":"comment","id":"7","post_id":"5","author_id":"1","text":"yes","created_at":"2020-01-01T00:00:00Z"}"#,
                1,
            ),
            (r#"{"type":"like","post_id":"5","user_id":"1","created_at":"2020-01-01T00:00:00Z"}"#, 1),
            (
                r#"{"type":"follow","follower_id":"1","followee_id":"2","created_at":"2020-01-01T00:00:00Z"}"#,
                1,
            ),
            (r#"{"type":"block","user_id":"1","target_id":"2","created_at":"2020-01-01T00:00:00Z"}"#, 1),
        ] {
            match parse(line, 0) {
                Ok(Line::Rows(writes)) => assert_eq!(writes.len(), count, "{line}"),
                other => panic!("{line}: {other:?}"),
            }
        }
    }

    #[test]
    fn an_event_without_id_gets_the_same_one_whatever_the_shift() {
        let line = r#"{"type":"event","user_id":"1","post_id":"5","action":"share","event_time":"2020-01-01T00:00:00Z"}"#;
        let (Ok(Line::Event(one)), Ok(Line::Event(other))) = (parse(line, 0), parse(line, 5_000_000)) else {
            panic!("events")
        };
        assert_eq!(one.id, other.id);
        assert_eq!(other.time.micros_since(one.time), 5_000_000);
    }

    #[test]
    fn a_refused_line_says_why() {
        for (line, why) in [
            ("", "EOF while parsing a value"),
            ("{", "EOF while parsing an object"),
            (r#"{"type":"users"}"#, "type: must be user, post"),
            (
                r#"{"type":"like","post_id":"5","created_at":"2020-01-01T00:00:00Z"}"#,
                "missing field `user_id`",
            ),
            (
                r#"{"type":"like","post_id":"5","user_id":"x","created_at":"2020-01-01T00:00:00Z"}"#,
                "must be a UUID or decimal digits",
            ),
            (
                r#"{"type":"like","post_id":"5","user_id":"1","when":"2020","created_at":"2020-01-01T00:00:00Z"}"#,
                "unknown field `when`",
            ),
            (
                r#"{"type":"event","user_id":"1","post_id":"5","action":"dwell","event_time":"2020-01-01T00:00:00Z"}"#,
                "dwell_ms: 0 to",
            ),
            (
                r#"{"type":"event","user_id":"1","post_id":"5","action":"look","event_time":"2020-01-01T00:00:00Z"}"#,
                "action: must be",
            ),
            (
                r#"{"type":"event","event_id":"5","user_id":"1","post_id":"5","action":"share","event_time":"2020-01-01T00:00:00Z"}"#,
                "event_id: must be a UUID",
            ),
            (
                r#"{"type":"event","event_id":"00000000-0000-0000-0000-000000000000","user_id":"1","post_id":"5","action":"share","event_time":"2020-01-01T00:00:00Z"}"#,
                "event_id: must be a UUID, and not the nil one",
            ),
            (
                r#"{"type":"user","id":"1","handle":"a","display_name":"A","created_at":"2020-01-01T00:00:00Z"}"#,
                "handle: must be 3 to 30",
            ),
        ] {
            let error = parse(line, 0).expect_err(line);
            assert!(error.contains(why), "{line}: {error}");
        }
        let long = "x".repeat(LABEL_BYTES_MAX + 1);
        let line = format!(
            r#"{{"type":"event","user_id":"1","post_id":"5","action":"share","event_time":"2020-01-01T00:00:00Z","app_ver":"{long}"}}"#
        );
        assert_eq!(parse(&line, 0).expect_err("too long"), "app_ver: must be at most 64 bytes");
        let line = format!(r#"{{"type":"like","{}":1}}"#, "x".repeat(5_000));
        assert!(parse(&line, 0).expect_err("unknown").chars().count() <= REASON_CHARS_MAX + 1);
    }
}
