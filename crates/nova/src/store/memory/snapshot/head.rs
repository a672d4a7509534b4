//! What stands before the records: where the log was, how many records of each kind there are, the days.

use std::io::Read;
use std::sync::atomic::Ordering::Relaxed;

use nova_core::model::Timestamp;

use super::draft::Draft;
use super::frame::{Fault, Input};
use super::{posts, users};
use crate::log::Topic;
use crate::store::memory::chunks::ENTRIES_MAX;
use crate::store::memory::days::{BUCKETS, Day};
use crate::store::memory::index::{Index, Ledger};

const POSITION_BYTES: u64 = 16;
const DAY_BYTES: u64 = 36 + 4 * BUCKETS as u64;

/// How many users and posts follow.
#[derive(Debug, Clone, Copy)]
pub(super) struct Counts {
    pub(super) users: u32,
    pub(super) posts: u32,
}

pub(super) fn save(index: &Index, ledger: &Ledger, out: &mut Draft) {
    out.i64(ledger.log_time.micros());
    out.count(ledger.positions.iter().count());
    for ((topic, partition), next) in ledger.positions.iter() {
        save_partition(topic, partition, out);
        out.u64(next);
    }
    out.u32(index.users.len());
    out.u32(index.posts.len());
    out.u64(index.events.load(Relaxed));
    let days = index.days.0.lock();
    out.count(days.len());
    for (&number, day) in days.iter() {
        out.i32(number);
        for sum in [day.impressions, day.clicks, day.recommended_impressions, day.recommended_conversions] {
            out.u64(sum);
        }
        day.dwells.iter().for_each(|&count| out.u32(count));
    }
}

pub(super) fn load<R: Read>(
    index: &Index,
    ledger: &mut Ledger,
    input: &mut Input<R>,
) -> Result<Counts, Fault> {
    ledger.log_time = Timestamp::from_micros(input.i64()?);
    for _ in 0..input.count(POSITION_BYTES)? {
        let (topic, partition) = load_partition(input)?;
        ledger.positions.advance(topic, partition, input.u64()?);
    }
    let counts = Counts { users: number(input, users::BYTES)?, posts: number(input, posts::BYTES)? };
    index.events.store(input.u64()?, Relaxed);
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
    Ok(counts)
}

fn number<R: Read>(input: &mut Input<R>, bytes: u64) -> Result<u32, Fault> {
    let count = u32::try_from(input.count(bytes)?).unwrap_or(u32::MAX);
    if count > ENTRIES_MAX { Err(Fault::Damaged("it has too many users or posts")) } else { Ok(count) }
}

pub(super) fn save_partition(topic: Topic, partition: u16, out: &mut Draft) {
    let number = Topic::ALL.iter().position(|&held| held == topic).unwrap_or(0);
    out.u32(number as u32);
    out.u32(u32::from(partition));
}

pub(super) fn load_partition<R: Read>(input: &mut Input<R>) -> Result<(Topic, u16), Fault> {
    let topic = Topic::ALL.get(input.u32()? as usize).ok_or(Fault::Damaged("it names an unknown topic"))?;
    let partition = u16::try_from(input.u32()?).map_err(|_| Fault::Damaged("a partition is too great"))?;
    Ok((*topic, partition))
}
