//! Positions, comments, days, what waits, and the deduplication's state.

use std::io::{self, Read, Write};
use std::sync::atomic::Ordering::Relaxed;

use nova_core::model::Timestamp;

use super::blocks::{Blocks, Unblocks};
use super::frame::{Fault, Input, Output};
use super::waiting::{load_placed, save_placed};
use crate::log::Topic;
use crate::store::memory::days::{BUCKETS, Day};
use crate::store::memory::index::{self, Index, Ledger};
use crate::store::memory::packed::Split;
use crate::store::memory::register::Mark;

const POSITION_BYTES: u64 = 16;
const COMMENT_BYTES: u64 = 36;
const DAY_BYTES: u64 = 36 + 4 * BUCKETS as u64;
/// At least; a fact's own part comes on top.
const WAITING_BYTES: u64 = 28;

pub(super) fn save_positions<W: Write>(ledger: &Ledger, out: &mut Output<W>) -> io::Result<()> {
    out.i64(ledger.log_time.micros())?;
    out.count(ledger.positions.iter().count())?;
    for ((topic, partition), next) in ledger.positions.iter() {
        save_partition(topic, partition, out)?;
        out.u64(next)?;
    }
    Ok(())
}

pub(super) fn load_positions<R: Read>(ledger: &mut Ledger, input: &mut Input<R>) -> Result<(), Fault> {
    ledger.log_time = Timestamp::from_micros(input.i64()?);
    for _ in 0..input.count(POSITION_BYTES)? {
        let (topic, partition) = load_partition(input)?;
        ledger.positions.advance(topic, partition, input.u64()?);
    }
    Ok(())
}

pub(super) fn save_partition<W: Write>(topic: Topic, partition: u16, out: &mut Output<W>) -> io::Result<()> {
    let number = Topic::ALL.iter().position(|&held| held == topic).unwrap_or(0);
    out.u32(number as u32)?;
    out.u32(u32::from(partition))
}

pub(super) fn load_partition<R: Read>(input: &mut Input<R>) -> Result<(Topic, u16), Fault> {
    let topic = Topic::ALL.get(input.u32()? as usize).ok_or(Fault::Damaged("it names an unknown topic"))?;
    let partition = u16::try_from(input.u32()?).map_err(|_| Fault::Damaged("a partition is too great"))?;
    Ok((*topic, partition))
}

pub(super) fn save<W: Write>(index: &Index, ledger: &mut Ledger, out: &mut Output<W>) -> io::Result<()> {
    out.u64(index.events.load(Relaxed))?;
    out.count(ledger.comments.len())?;
    for (key, comment) in &ledger.comments {
        for part in key {
            out.u32(*part)?;
        }
        out.u64(comment.version.get())?;
        out.u32(comment.post)?;
        out.u32(comment.author)?;
        out.i32(comment.mark.bits())?;
    }
    let days = index.days.0.lock();
    out.count(days.len())?;
    for (&number, day) in days.iter() {
        out.i32(number)?;
        for sum in [day.impressions, day.clicks, day.recommended_impressions, day.recommended_conversions] {
            out.u64(sum)?;
        }
        day.dwells.iter().try_for_each(|&count| out.u32(count))?;
    }
    out.count(ledger.waiting.len())?;
    ledger.waiting.all().try_for_each(|placed| save_placed(placed, out))?;
    let mut blocks = Blocks::new(out);
    ledger.identities.save(&mut blocks)?;
    blocks.finish()
}

pub(super) fn load<R: Read>(index: &Index, ledger: &mut Ledger, input: &mut Input<R>) -> Result<(), Fault> {
    index.events.store(input.u64()?, Relaxed);
    let count = input.count(COMMENT_BYTES)?;
    ledger.comments.reserve(count);
    for _ in 0..count {
        let key = [input.u32()?, input.u32()?, input.u32()?, input.u32()?];
        let comment = index::Comment {
            version: Split::new(input.u64()?),
            post: input.u32()?,
            author: input.u32()?,
            mark: Mark::from_bits(input.i32()?),
        };
        ledger.comments.insert(key, comment);
    }
    for _ in 0..input.count(DAY_BYTES)? {
        let number = input.i32()?;
        let mut day = Day {
            impressions: input.u64()?,
            clicks: input.u64()?,
            recommended_impressions: input.u64()?,
            recommended_conversions: input.u64()?,
            ..Day::default()
        };
        for count in &mut day.dwells {
            *count = input.u32()?;
        }
        index.days.0.lock().insert(number, Box::new(day));
    }
    for _ in 0..input.count(WAITING_BYTES)? {
        let (post, placed) = load_placed(input)?;
        ledger.waiting.hold(post, placed);
    }
    let mut unblocks = Unblocks::new(input);
    ledger.identities.restore(&mut unblocks)?;
    unblocks.finish()
}
