//! Facts that wait for their post.

use std::io::Read;

use nova_core::model::{
    Action, Change, Comment, CommentId, Event, EventId, Like, PostId, Row, RowKey, Stamp, Timestamp, UserId,
};

use super::draft::Draft;
use super::frame::{Fault, Input};
use super::head::{load_partition, save_partition};
use super::record::Kind;
use crate::log::Place;
use crate::store::memory::apply::awaited;
use crate::store::{Fact, Placed};

const EVENT: u32 = 0;
const LIKE: u32 = 1;
const UNLIKE: u32 = 2;
const HIDDEN: u32 = 3;
const SHOWN: u32 = 4;
const COMMENT: u32 = 5;

/// `number` says in which order the facts came.
pub(super) fn save(number: u64, placed: &Placed, out: &mut Draft) {
    if awaited(&placed.fact).is_none() {
        return;
    }
    Kind::Waiting.begin(0, out);
    out.u64(number);
    save_partition(placed.place.topic, placed.place.partition, out);
    out.u64(placed.place.offset);
    out.i64(placed.received_at.micros());
    match &placed.fact {
        Fact::Event(event) => save_event(event, out),
        Fact::Change(Change::Put { row: Row::Like(like), stamp }) => save_like(LIKE, like, stamp, out),
        Fact::Change(Change::Put { row: Row::Hidden(like), stamp }) => save_like(HIDDEN, like, stamp, out),
        Fact::Change(Change::Delete { key: RowKey::Like(post, user), stamp }) => {
            save_like(UNLIKE, &removed(*post, *user), stamp, out);
        }
        Fact::Change(Change::Delete { key: RowKey::Hidden(post, user), stamp }) => {
            save_like(SHOWN, &removed(*post, *user), stamp, out);
        }
        Fact::Change(Change::Put { row: Row::Comment(comment), stamp }) => {
            out.u32(COMMENT);
            save_stamp(stamp, out);
            out.u128(comment.id.bits());
            out.u128(comment.post.bits());
            out.u128(comment.author.bits());
            out.i64(comment.created_at.micros());
            out.i64(comment.deleted_at.map_or(i64::MIN, Timestamp::micros));
            save_text(comment.text.as_deref(), out);
        }
        Fact::Change(_) => {}
    }
}

/// With its number.
pub(super) fn load<R: Read>(input: &mut Input<R>) -> Result<(u64, PostId, Placed), Fault> {
    let number = input.u64()?;
    let (topic, partition) = load_partition(input)?;
    let place = Place { topic, partition, offset: input.u64()? };
    let received_at = Timestamp::from_micros(input.i64()?);
    let (post, fact) = match input.u32()? {
        EVENT => load_event(input)?,
        kind @ (LIKE | UNLIKE | HIDDEN | SHOWN) => load_like(kind, input)?,
        COMMENT => load_comment(input)?,
        _ => return Err(Fault::Damaged("it holds a fact of an unknown kind")),
    };
    Ok((number, post, Placed { place, received_at, fact }))
}

const fn removed(post: PostId, user: UserId) -> Like {
    Like { post, user, created_at: Timestamp::from_micros(0) }
}

fn save_like(kind: u32, like: &Like, stamp: &Stamp, out: &mut Draft) {
    out.u32(kind);
    save_stamp(stamp, out);
    out.u128(like.post.bits());
    out.u128(like.user.bits());
    out.i64(like.created_at.micros());
}

fn load_like<R: Read>(kind: u32, input: &mut Input<R>) -> Result<(PostId, Fact), Fault> {
    let stamp = load_stamp(input)?;
    let like = Like {
        post: PostId::from_bits(input.u128()?),
        user: UserId::from_bits(input.u128()?),
        created_at: Timestamp::from_micros(input.i64()?),
    };
    let change = match kind {
        LIKE => Change::Put { row: Row::Like(like), stamp },
        UNLIKE => Change::Delete { key: RowKey::Like(like.post, like.user), stamp },
        HIDDEN => Change::Put { row: Row::Hidden(like), stamp },
        _ => Change::Delete { key: RowKey::Hidden(like.post, like.user), stamp },
    };
    Ok((like.post, Fact::Change(change)))
}

fn load_comment<R: Read>(input: &mut Input<R>) -> Result<(PostId, Fact), Fault> {
    let stamp = load_stamp(input)?;
    let comment = Comment {
        id: CommentId::from_bits(input.u128()?),
        post: PostId::from_bits(input.u128()?),
        author: UserId::from_bits(input.u128()?),
        created_at: Timestamp::from_micros(input.i64()?),
        deleted_at: Some(input.i64()?).filter(|&at| at != i64::MIN).map(Timestamp::from_micros),
        text: load_text(input)?,
    };
    Ok((comment.post, Fact::Change(Change::Put { row: Row::Comment(comment), stamp })))
}

fn save_event(event: &Event, out: &mut Draft) {
    out.u32(EVENT);
    out.u128(event.id.bits());
    out.i64(event.time.micros());
    out.u128(event.user.bits());
    out.u128(event.post.bits());
    out.u32(u32::from(event.author.is_some()));
    out.u128(event.author.map_or(0, UserId::bits));
    out.u32(event.action as u32);
    out.u32(event.dwell_ms.unwrap_or(u32::MAX));
    save_text(event.device.as_deref(), out);
    save_text(event.app_ver.as_deref(), out);
}

fn load_event<R: Read>(input: &mut Input<R>) -> Result<(PostId, Fact), Fault> {
    let event = Event {
        id: EventId::from_bits(input.u128()?),
        time: Timestamp::from_micros(input.i64()?),
        user: UserId::from_bits(input.u128()?),
        post: PostId::from_bits(input.u128()?),
        author: load_author(input)?,
        action: *Action::ALL
            .get(input.u32()? as usize)
            .ok_or(Fault::Damaged("it names an unknown action"))?,
        dwell_ms: Some(input.u32()?).filter(|&dwell_ms| dwell_ms != u32::MAX),
        device: load_text(input)?.map(String::into_boxed_str),
        app_ver: load_text(input)?.map(String::into_boxed_str),
    };
    Ok((event.post, Fact::Event(event)))
}

fn load_author<R: Read>(input: &mut Input<R>) -> Result<Option<UserId>, Fault> {
    let given = input.u32()? != 0;
    let author = UserId::from_bits(input.u128()?);
    Ok(given.then_some(author))
}

fn save_stamp(stamp: &Stamp, out: &mut Draft) {
    out.u64(stamp.version);
    out.i64(stamp.committed_at.micros());
}

fn load_stamp<R: Read>(input: &mut Input<R>) -> Result<Stamp, Fault> {
    Ok(Stamp { version: input.u64()?, committed_at: Timestamp::from_micros(input.i64()?) })
}

fn save_text(text: Option<&str>, out: &mut Draft) {
    out.u32(u32::from(text.is_some()));
    let text = text.unwrap_or_default();
    out.text(text);
}

fn load_text<R: Read>(input: &mut Input<R>) -> Result<Option<String>, Fault> {
    let given = input.u32()? != 0;
    let text = String::from_utf8(input.bytes()?).map_err(|_| Fault::Damaged("a text is not UTF-8"))?;
    Ok(given.then_some(text))
}
