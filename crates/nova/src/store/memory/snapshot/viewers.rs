//! What is kept of a viewer.

use std::io::Read;

use super::draft::Draft;
use super::frame::{Fault, Input};
use super::users::list;
use crate::store::memory::affinity::{Affinity, AuthorDay};
use crate::store::memory::packed::{RowMap, Split};
use crate::store::memory::register::{ByEvent, ByRow, Mark, Registers};
use crate::store::memory::viewer::{Bar, Viewer};

const BAR_BYTES: u64 = 24;
const BY_ROW_BYTES: u64 = 24;
const BY_EVENT_BYTES: u64 = 16;
const SEEN_BYTES: u64 = 8;
const AUTHOR_DAY_BYTES: u64 = 12;
const FAN_BYTES: u64 = 4;

pub(super) fn save(viewer: &Viewer, out: &mut Draft) {
    out.count(viewer.bars.len());
    for (&other, bar) in &viewer.bars {
        out.u32(other);
        out.u32(bar.flags);
        out.u64(bar.block_version.get());
        out.u64(bar.mute_version.get());
    }
    save_registers(&viewer.likes, out);
    save_registers(viewer.hidden.as_deref().unwrap_or(&Registers::default()), out);
    out.count(viewer.seen.0.len());
    for (&post, &at) in &viewer.seen.0 {
        out.u32(post);
        out.u32(at);
    }
    out.count(viewer.affinity.all().len());
    for cell in viewer.affinity.all() {
        out.u32(cell.author);
        out.i32(cell.day);
        out.u32(cell.count);
    }
    out.count(viewer.fans.len());
    viewer.fans.iter().for_each(|&fan| out.u32(fan));
}

fn save_registers(registers: &Registers, out: &mut Draft) {
    out.count(registers.rows.len());
    for (&post, side) in &registers.rows {
        out.u32(post);
        out.u64(side.version.get());
        out.u64(side.committed_at.get());
        out.i32(side.mark.bits());
    }
    out.count(registers.events.len());
    for (&post, side) in &registers.events {
        out.u32(post);
        out.u64(side.at.get());
        out.i32(side.mark.bits());
    }
}

pub(super) fn load<R: Read>(input: &mut Input<R>) -> Result<Viewer, Fault> {
    let bars = map(input, BAR_BYTES, |input| {
        Ok(Bar {
            flags: input.u32()?,
            block_version: Split::new(input.u64()?),
            mute_version: Split::new(input.u64()?),
        })
    })?;
    let likes = load_registers(input)?;
    let hidden = load_registers(input)?;
    let mut viewer = Viewer { bars, likes, ..Viewer::default() };
    viewer.hidden = (hidden.len() > 0).then(|| Box::new(hidden));
    viewer.seen.0 = map(input, SEEN_BYTES, Input::u32)?;
    viewer.affinity = Affinity::restore(list(input, AUTHOR_DAY_BYTES, |input| {
        Ok(AuthorDay { author: input.u32()?, day: input.i32()?, count: input.u32()? })
    })?);
    viewer.fans = list(input, FAN_BYTES, Input::u32)?;
    Ok(viewer)
}

fn load_registers<R: Read>(input: &mut Input<R>) -> Result<Registers, Fault> {
    let rows = map(input, BY_ROW_BYTES, |input| {
        Ok(ByRow {
            version: Split::new(input.u64()?),
            committed_at: Split::new(input.u64()?),
            mark: Mark::from_bits(input.i32()?),
        })
    })?;
    let events = map(input, BY_EVENT_BYTES, |input| {
        Ok(ByEvent { at: Split::new(input.u64()?), mark: Mark::from_bits(input.i32()?) })
    })?;
    Ok(Registers { rows, events })
}

/// A map with `bytes` an entry.
fn map<R: Read, V>(
    input: &mut Input<R>,
    bytes: u64,
    mut value: impl FnMut(&mut Input<R>) -> Result<V, Fault>,
) -> Result<RowMap<V>, Fault> {
    let count = input.count(bytes)?;
    let mut map = RowMap::with_capacity_and_hasher(count, Default::default());
    for _ in 0..count {
        map.insert(input.u32()?, value(input)?);
    }
    Ok(map)
}
