//! Comments.

use std::io::Read;

use nova_core::model::CommentId;

use super::draft::Draft;
use super::frame::{Fault, Input};
use super::record::Kind;
use crate::store::memory::comments::{Comment, Comments};
use crate::store::memory::packed::Split;
use crate::store::memory::register::Mark;

pub(super) fn save(id: CommentId, comment: &Comment, out: &mut Draft) {
    Kind::Comment.begin(0, out);
    out.u128(id.bits());
    out.u64(comment.version.get());
    out.u32(comment.post);
    out.u32(comment.author);
    out.i32(comment.mark.bits());
}

pub(super) fn load<R: Read>(comments: &mut Comments, input: &mut Input<R>) -> Result<(), Fault> {
    let id = CommentId::from_bits(input.u128()?);
    let comment = Comment {
        version: Split::new(input.u64()?),
        post: input.u32()?,
        author: input.u32()?,
        mark: Mark::from_bits(input.i32()?),
    };
    comments.set(id, comment, None).map(drop).ok_or(Fault::Damaged("it has too many comments"))
}
