//! Users, with their lists and what is kept of them as viewers. Numbers of followers are made anew.

use std::io::Read;
use std::sync::atomic::Ordering::Relaxed;

use nova_core::model::{Timestamp, UserId};

use super::draft::Draft;
use super::frame::{Fault, Input};
use super::record::Kind;
use super::viewers;
use crate::store::memory::authors::{Dated, PostList};
use crate::store::memory::follows::{Follow, Follows};
use crate::store::memory::index::Index;
use crate::store::memory::user::{KNOWN, User, UserMut};

/// Of a record, at least.
pub(super) const BYTES: u64 = 44;
const DATED_BYTES: u64 = 8;
const FOLLOW_BYTES: u64 = 12;

/// No event yet.
const NEVER: i64 = i64::MIN;

/// What else the record holds.
const LISTS: u32 = 1;
const VIEWER: u32 = 1 << 1;

pub(super) fn save(number: u32, user: &User, out: &mut Draft) {
    Kind::User.begin(number, out);
    out.u128(user.id().bits());
    out.u32(user.flags());
    out.u64(user.version());
    out.i64(user.last_event().map_or(NEVER, Timestamp::micros));
    let (posts, follows, viewer) = (user.posts(), user.follows(), user.viewer());
    let lists = !posts.all().is_empty() || !follows.all().is_empty();
    out.u32(if lists { LISTS } else { 0 } | if viewer.is_some() { VIEWER } else { 0 });
    if lists {
        out.count(posts.all().len());
        for dated in posts.all() {
            out.u32(dated.seconds);
            out.u32(dated.row);
        }
        out.count(follows.all().len());
        for edge in follows.all() {
            out.put(edge.to_bytes());
        }
    }
    if let Some(viewer) = viewer.as_deref() {
        viewers::save(viewer, out);
    }
}

/// `count`: how many users the snapshot has.
pub(super) fn load<R: Read>(
    number: u32,
    count: u32,
    index: &Index,
    input: &mut Input<R>,
) -> Result<(), Fault> {
    let unknown = Fault::Damaged("it names a user that it does not have");
    let user = index.users.get_mut(number, None).ok_or(unknown)?;
    user.set_id(UserId::from_bits(input.u128()?));
    let flags = input.u32()?;
    user.set_row(input.u64()?, flags);
    index.users_known.fetch_add(u64::from(flags & KNOWN != 0), Relaxed);
    let at = Some(input.i64()?).filter(|&at| at != NEVER).map(Timestamp::from_micros);
    user.set_last_event(at);
    if let Some(at) = at {
        index.active.acted(number, None, at);
    }
    let parts = input.u32()?;
    if parts & LISTS != 0 {
        load_lists(user, count, index, input)?;
    }
    if parts & VIEWER != 0 {
        let viewer = viewers::load(input)?;
        user.change(|kept| *kept = viewer);
    }
    Ok(())
}

fn load_lists<R: Read>(
    user: UserMut<'_>,
    count: u32,
    index: &Index,
    input: &mut Input<R>,
) -> Result<(), Fault> {
    let posts = PostList::restore(list(input, DATED_BYTES, |input| {
        Ok(Dated { seconds: input.u32()?, row: input.u32()? })
    })?);
    user.change_posts(|held| *held = posts);
    let follows = Follows::restore(list(input, FOLLOW_BYTES, |input| {
        let edge = Follow::from_bytes(input.take()?);
        match edge.to() < count {
            true => Ok(edge),
            false => Err(Fault::Damaged("it names a user that it does not have")),
        }
    })?);
    for followed in follows.standing() {
        index.users.add_followers(followed, 1);
        index.follows.fetch_add(1, Relaxed);
    }
    user.change_follows(|held| *held = follows);
    Ok(())
}

/// All are loaded.
pub(super) fn finish(count: u32, index: &Index) -> Result<(), Fault> {
    index.users.number(count).ok_or(Fault::Damaged("it has too many users"))
}

/// A list with `bytes` an entry.
pub(super) fn list<R: Read, T>(
    input: &mut Input<R>,
    bytes: u64,
    mut entry: impl FnMut(&mut Input<R>) -> Result<T, Fault>,
) -> Result<Vec<T>, Fault> {
    let count = input.count(bytes)?;
    let mut list = Vec::with_capacity(count);
    for _ in 0..count {
        list.push(entry(input)?);
    }
    Ok(list)
}
