//! Posts. Authors' lists name them, the timeline is made anew from them.

use std::io::Read;

use nova_core::model::{PostId, Timestamp};

use super::draft::Draft;
use super::frame::{Fault, Input};
use super::record::Kind;
use crate::store::memory::index::Index;
use crate::store::memory::post::{Counts, NOBODY, Post};

/// Of a record.
pub(super) const BYTES: u64 = 60;

pub(super) fn save(number: u32, post: &Post, out: &mut Draft) {
    Kind::Post.begin(number, out);
    out.u128(post.id().bits());
    out.u64(post.version());
    out.i64(post.created_at().micros());
    out.u32(post.author());
    out.u32(post.flags());
    let counts = post.counts();
    for count in [counts.likes, counts.comments, counts.shares, counts.impressions] {
        out.u32(count);
    }
}

pub(super) fn load<R: Read>(number: u32, index: &Index, input: &mut Input<R>) -> Result<(), Fault> {
    let unknown = Fault::Damaged("it names a post that it does not have");
    let post = index.posts.get_mut(number, None).ok_or(unknown)?;
    post.set_id(PostId::from_bits(input.u128()?));
    post.set_version(input.u64()?);
    post.set_created_at(Timestamp::from_micros(input.i64()?));
    post.set_author(input.u32()?);
    post.set_flags(input.u32()?);
    post.set_counts(Counts {
        likes: input.u32()?,
        comments: input.u32()?,
        shares: input.u32()?,
        impressions: input.u32()?,
    });
    Ok(())
}

/// All are loaded.
pub(super) fn finish(count: u32, index: &Index) -> Result<(), Fault> {
    index.posts.number(count).ok_or(Fault::Damaged("it has too many posts"))?;
    let dated = (0..).zip(index.posts.iter()).filter(|(_, post)| post.author() != NOBODY);
    index.timeline.extend(dated.map(|(row, post)| (post.created_at(), row)));
    Ok(())
}
