//! Users and posts, authors' lists and follows. Numbers of followers and the timeline are made anew from them.

use std::io::{self, Read, Write};
use std::sync::atomic::Ordering::Relaxed;

use nova_core::model::{PostId, Timestamp, UserId};

use super::frame::{Fault, Input, Output};
use crate::store::memory::authors::{Dated, PostList};
use crate::store::memory::follows::{Follow, Follows};
use crate::store::memory::index::Index;
use crate::store::memory::posts::NOBODY;
use crate::store::memory::users::KNOWN;

const USER_BYTES: u64 = 36;
const POST_BYTES: u64 = 56;
const DATED_BYTES: u64 = 8;
const FOLLOW_BYTES: u64 = 12;
/// Stands where a user's number would, after the last.
pub(super) const END: u32 = u32::MAX;

pub(super) fn save<W: Write>(index: &Index, out: &mut Output<W>) -> io::Result<()> {
    out.u32(index.users.len())?;
    for user in index.users.iter() {
        out.u128(user.id.get())?;
        out.u32(user.flags.load(Relaxed))?;
        out.u64(user.version.load(Relaxed))?;
        out.i64(user.last_event.load(Relaxed))?;
    }
    out.u32(index.posts.len())?;
    for post in index.posts.iter() {
        out.u128(post.id.get())?;
        out.u64(post.version.load(Relaxed))?;
        out.i64(post.created_at.load(Relaxed))?;
        out.u32(post.author())?;
        for counter in [&post.flags, &post.likes, &post.comments, &post.shares, &post.impressions] {
            out.u32(counter.load(Relaxed))?;
        }
    }
    for (number, user) in (0..).zip(index.users.iter()) {
        let (posts, follows) = (user.posts.read(), user.follows.read());
        if posts.all().is_empty() && follows.all().is_empty() {
            continue;
        }
        out.u32(number)?;
        out.count(posts.all().len())?;
        for dated in posts.all() {
            out.u32(dated.seconds)?;
            out.u32(dated.row)?;
        }
        out.count(follows.all().len())?;
        for edge in follows.all() {
            out.put(edge.to_bytes())?;
        }
    }
    out.u32(END)
}

pub(super) fn load<R: Read>(index: &Index, input: &mut Input<R>) -> Result<(), Fault> {
    load_users(index, input)?;
    load_posts(index, input)?;
    load_lists(index, input)
}

fn load_users<R: Read>(index: &Index, input: &mut Input<R>) -> Result<(), Fault> {
    let count = input.count(USER_BYTES)?;
    index.users.reserve(count);
    let mut known = 0;
    for _ in 0..count {
        let id = UserId::from_bits(input.u128()?);
        let (number, user) = index.users.push(id).ok_or(Fault::Damaged("it has too many users"))?;
        let flags = input.u32()?;
        user.flags.store(flags, Relaxed);
        user.version.store(input.u64()?, Relaxed);
        user.last_event.store(input.i64()?, Relaxed);
        known += u64::from(flags & KNOWN != 0);
        if let Some(at) = user.last_event() {
            index.active.acted(number, None, at);
        }
    }
    index.users_known.store(known, Relaxed);
    Ok(())
}

fn load_posts<R: Read>(index: &Index, input: &mut Input<R>) -> Result<(), Fault> {
    let count = input.count(POST_BYTES)?;
    index.posts.reserve(count);
    for _ in 0..count {
        let id = PostId::from_bits(input.u128()?);
        let (_, post) = index.posts.push(id).ok_or(Fault::Damaged("it has too many posts"))?;
        post.version.store(input.u64()?, Relaxed);
        let created_at = Timestamp::from_micros(input.i64()?);
        post.created_at.store(created_at.micros(), Relaxed);
        post.author.store(input.u32()?, Relaxed);
        for counter in [&post.flags, &post.likes, &post.comments, &post.shares, &post.impressions] {
            counter.store(input.u32()?, Relaxed);
        }
    }
    let dated = (0..).zip(index.posts.iter()).filter(|(_, post)| post.author() != NOBODY);
    index.timeline.extend(dated.map(|(row, post)| (post.created_at(), row)));
    Ok(())
}

fn load_lists<R: Read>(index: &Index, input: &mut Input<R>) -> Result<(), Fault> {
    let mut standing = 0;
    loop {
        let number = input.u32()?;
        if number == END {
            break;
        }
        let user = known(index, number)?;
        let posts = PostList::restore(list(input, DATED_BYTES, |input| {
            Ok(Dated { seconds: input.u32()?, row: input.u32()? })
        })?);
        user.newest.store(posts.newest(), Relaxed);
        *user.posts.write() = posts;
        let follows = Follows::restore(list(input, FOLLOW_BYTES, |input| {
            let edge = Follow::from_bytes(input.take()?);
            match edge.to() < index.users.len() {
                true => Ok(edge),
                false => Err(Fault::Damaged("it names a user that it does not have")),
            }
        })?);
        for followed in follows.standing() {
            index.users.add_followers(followed, 1);
            standing += 1;
        }
        *user.follows.write() = follows;
    }
    index.follows.store(standing, Relaxed);
    Ok(())
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

/// A user that the snapshot names by number.
pub(super) fn known(index: &Index, number: u32) -> Result<&crate::store::memory::users::User, Fault> {
    index
        .users
        .get(number)
        .filter(|_| number < index.users.len())
        .ok_or(Fault::Damaged("it names a user that it does not have"))
}
