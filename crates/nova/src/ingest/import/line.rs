//! One line of history: a row or an event, held to the rules of live traffic.

use nova_core::model::{CommentId, Event, EventId, PostId, Timestamp, UserId};

use super::columns::{Column, Columns, fault, short};
use super::kind::{Kind, Pass};
use crate::ingest::event::{self, EventRules, RawEvent};
use crate::social::limits::{self, Refusal};
use crate::social::{Actor, NewComment, NewPost, NewUser, Write};

/// A line, read and checked.
#[derive(Debug)]
pub(super) enum Line {
    /// Writes to the social tables, in order; the later ones only if the first is taken.
    Rows(Vec<Write>),
    /// Something somebody did.
    Event(Box<Event>),
}

/// How times are read.
#[derive(Debug, Clone, Copy)]
pub(super) struct Times {
    /// Microseconds added to every time.
    pub(super) shift: i64,
    /// The moment that counts as now.
    pub(super) now: Timestamp,
    /// How far events may lie from it, after the shift.
    pub(super) rules: EventRules,
}

impl Times {
    fn at(&self, time: Timestamp) -> Timestamp {
        Timestamp::from_micros(time.micros().saturating_add(self.shift))
    }
}

/// Reads and checks a line in its pass; `None` in the others.
pub(super) fn read(text: &str, pass: Pass, times: &Times) -> Option<Result<Line, String>> {
    let ahead = Kind::ahead(text);
    if ahead.is_some_and(|kind| kind.pass() != pass) {
        return None;
    }
    let known = Columns::read(text).and_then(|mut columns| kind(&mut columns).map(|kind| (kind, columns)));
    match known {
        Ok((kind, columns)) => (kind.pass() == pass).then(|| line(kind, columns, times)),
        // each pass comes by here: the line is refused in the one that its beginning names, else in the first
        Err(reason) => (ahead.map_or(Pass::Users, Kind::pass) == pass).then_some(Err(reason)),
    }
}

/// The latest time that a line names, for `--shift-to-now`.
pub(super) fn latest(text: &str) -> Option<Timestamp> {
    let mut columns = Columns::read(text).ok()?;
    let [created, happened, deleted] = [Column::CreatedAt, Column::EventTime, Column::DeletedAt]
        .map(|column| columns.time_or_none(column).ok().flatten());
    created.max(happened).max(deleted)
}

fn kind(columns: &mut Columns<'_>) -> Result<Kind, String> {
    let word = columns.text(Column::Type)?;
    Kind::named(&word).ok_or_else(|| {
        let known = "must be user, post, comment, like, follow, block, mute, hide or event";
        fault(Column::Type, format!("{known}, not \"{}\"", short(&word)))
    })
}

fn line(kind: Kind, mut columns: Columns<'_>, times: &Times) -> Result<Line, String> {
    let line = match kind {
        Kind::User => Line::Rows(user(&mut columns, times)?),
        Kind::Post => Line::Rows(post(&mut columns, times)?),
        Kind::Comment => Line::Rows(comment(&mut columns, times)?),
        Kind::Like => Line::Rows(vec![on_post(Write::Like, &mut columns, times)?]),
        Kind::Hide => Line::Rows(vec![on_post(Write::Hide, &mut columns, times)?]),
        Kind::Follow => Line::Rows(vec![joined(
            Write::Follow,
            Column::FollowerId,
            Column::FolloweeId,
            &mut columns,
            times,
        )?]),
        Kind::Block => {
            Line::Rows(vec![joined(Write::Block, Column::UserId, Column::TargetId, &mut columns, times)?])
        }
        Kind::Mute => {
            Line::Rows(vec![joined(Write::Mute, Column::UserId, Column::TargetId, &mut columns, times)?])
        }
        Kind::Event => Line::Event(Box::new(event(&mut columns, times)?)),
    };
    columns.end().map(|()| line)
}

fn judged<T>(column: Column, value: Result<T, Refusal>) -> Result<T, String> {
    value.map_err(|(_, reason)| fault(column, reason))
}

fn user(columns: &mut Columns<'_>, times: &Times) -> Result<Vec<Write>, String> {
    let id = UserId(columns.id(Column::Id)?);
    let handle = columns.text(Column::Handle)?;
    judged(Column::Handle, limits::handle(&handle))?;
    let name = columns.text(Column::DisplayName)?;
    let display_name = judged(Column::DisplayName, limits::display_name(&name))?;
    let (made, deleted) = lifetime(columns, times)?;
    columns.ignore(Column::UpdatedAt);
    let mut writes = vec![Write::User(NewUser { id, handle: handle.into_owned(), display_name }, made)];
    writes.extend(deleted.map(|at| Write::DeleteUser(id, at)));
    Ok(writes)
}

fn post(columns: &mut Columns<'_>, times: &Times) -> Result<Vec<Write>, String> {
    let id = PostId(columns.id(Column::Id)?);
    let author = UserId(columns.id(Column::AuthorId)?);
    let text = judged(Column::Text, limits::post_text(&columns.text(Column::Text)?))?;
    let media: Vec<serde_json::Value> = columns.list(Column::Media, "must be an array")?;
    let media = judged(Column::Media, limits::media(&media))?;
    let lang = columns.text_or_none(Column::Lang)?;
    judged(Column::Lang, lang.as_deref().map_or(Ok(()), limits::lang))?;
    let topics: Vec<String> = columns.list(Column::Topics, "must be an array of strings")?;
    let topics = judged(Column::Topics, limits::topics(&topics))?;
    let (made, deleted) = lifetime(columns, times)?;
    columns.ignore(Column::UpdatedAt);
    let lang = lang.map(std::borrow::Cow::into_owned);
    let mut writes = vec![Write::Post(NewPost { id, author, text, media, lang, topics }, made)];
    writes.extend(deleted.map(|at| Write::DeletePost(id, Actor { user: author, admin: true }, at)));
    Ok(writes)
}

fn comment(columns: &mut Columns<'_>, times: &Times) -> Result<Vec<Write>, String> {
    let id = CommentId(columns.id(Column::Id)?);
    let post = PostId(columns.id(Column::PostId)?);
    let author = UserId(columns.id(Column::AuthorId)?);
    let text = judged(Column::Text, limits::comment_text(&columns.text(Column::Text)?))?;
    let (made, deleted) = lifetime(columns, times)?;
    let mut writes = vec![Write::Comment(NewComment { id, post, author, text }, made)];
    writes.extend(deleted.map(|at| Write::DeleteComment(id, Actor { user: author, admin: true }, at)));
    Ok(writes)
}

fn lifetime(columns: &mut Columns<'_>, times: &Times) -> Result<(Timestamp, Option<Timestamp>), String> {
    let made = times.at(columns.time(Column::CreatedAt)?);
    Ok((made, columns.time_or_none(Column::DeletedAt)?.map(|time| times.at(time))))
}

fn on_post(
    write: fn(UserId, PostId, Timestamp) -> Write,
    columns: &mut Columns<'_>,
    times: &Times,
) -> Result<Write, String> {
    let (user, post) = (columns.id(Column::UserId)?, columns.id(Column::PostId)?);
    Ok(write(UserId(user), PostId(post), times.at(columns.time(Column::CreatedAt)?)))
}

fn joined(
    write: fn(UserId, UserId, Timestamp) -> Write,
    from: Column,
    to: Column,
    columns: &mut Columns<'_>,
    times: &Times,
) -> Result<Write, String> {
    let (from, to) = (columns.id(from)?, columns.id(to)?);
    Ok(write(UserId(from), UserId(to), times.at(columns.time(Column::CreatedAt)?)))
}

fn event(columns: &mut Columns<'_>, times: &Times) -> Result<Event, String> {
    let given = columns.time(Column::EventTime)?;
    let action = columns.text(Column::Action)?;
    let action = action.parse().map_err(|()| {
        fault(Column::Action, "must be impression, view, click, like, unlike, comment, share, dwell or hide")
    })?;
    let raw = RawEvent {
        event_id: columns.text_or_none(Column::EventId)?,
        event_time: Some(times.at(given)),
        user_id: Some(columns.id(Column::UserId)?),
        post_id: Some(columns.id(Column::PostId)?),
        author_id: columns.id_or_none(Column::AuthorId)?,
        action: Some(action),
        dwell_ms: columns.number_or_none(Column::DwellMs)?,
        device: columns.text_or_none(Column::Device)?,
        app_ver: columns.text_or_none(Column::AppVer)?,
        ..RawEvent::default()
    };
    let mut nameless = false;
    let mut new_id = || {
        nameless = true;
        EventId::from_bits(0)
    };
    let mut event = event::validate(raw, &times.rules, None, true, times.now, &mut new_id)
        .map_err(|refused| format!("{}: {}", refused.field, refused.detail))?;
    if nameless {
        // from the content as it stands in the file: the same line gives the same id, whatever the shift
        let shifted = std::mem::replace(&mut event.time, given);
        event.id = event::content_id(&event);
        event.time = shifted;
    }
    Ok(event)
}
