//! What left early, as bytes: where the runs are, and the filters as they are.

use std::io::{self, Read, Write};
use std::sync::Arc;

use nova_core::error::Result;

use super::bytes::{Bytes, corrupt};
use crate::store::memory::dedup::archive::{Pages, Run};
use crate::store::memory::dedup::early::{COHORT_RUNS, Cohort, Early, Filed};
use crate::store::memory::dedup::filter::Filter;

/// Words written at once.
const WORDS_AT_ONCE: usize = 1_024;

pub(super) fn save(early: &Early, to: &mut impl Write) -> io::Result<()> {
    to.write_all(&(early.cohorts.len() as u32).to_le_bytes())?;
    for cohort in &early.cohorts {
        filter(cohort.filter.as_deref(), to)?;
        to.write_all(&cohort.room.to_le_bytes())?;
        to.write_all(&(cohort.runs.len() as u32).to_le_bytes())?;
        for Filed { run, filter: held } in &cohort.runs {
            for number in [run.number, run.pages.first, run.entries, run.first_offset] {
                to.write_all(&number.to_le_bytes())?;
            }
            for number in [run.pages.count, run.newest, run.received] {
                to.write_all(&number.to_le_bytes())?;
            }
            filter(held.as_deref(), to)?;
        }
    }
    Ok(())
}

fn filter(filter: Option<&Filter>, to: &mut impl Write) -> io::Result<()> {
    let words = filter.map(Filter::words).unwrap_or_default();
    to.write_all(&(words.len() as u64).to_le_bytes())?;
    let mut bytes = [0; WORDS_AT_ONCE * 8];
    for words in words.chunks(WORDS_AT_ONCE) {
        for (place, word) in bytes.as_chunks_mut().0.iter_mut().zip(words) {
            *place = word.to_le_bytes();
        }
        to.write_all(&bytes[..words.len() * 8])?;
    }
    Ok(())
}

pub(super) fn load<R: Read>(from: &mut Bytes<'_, R>) -> Result<Early> {
    let mut early = Early::default();
    for _ in 0..from.u32()? {
        let (filter, room) = (load_filter(from)?, from.u64()?);
        let count = from.u32()?;
        if count == 0 || count as usize > COHORT_RUNS {
            return Err(corrupt("a cohort has no runs, or too many"));
        }
        let runs: Result<Vec<Filed>> = (0..count).map(|_| filed(from)).collect();
        early.cohorts.push(Cohort { filter, room, runs: runs? });
    }
    Ok(early)
}

fn filed<R: Read>(from: &mut Bytes<'_, R>) -> Result<Filed> {
    let (number, first, entries, first_offset) = (from.u64()?, from.u64()?, from.u64()?, from.u64()?);
    let (count, newest, received) = (from.u32()?, from.u32()?, from.u32()?);
    let run = Run { number, pages: Pages { first, count }, entries, first_offset, newest, received };
    Ok(Filed { run, filter: load_filter(from)? })
}

fn load_filter<R: Read>(from: &mut Bytes<'_, R>) -> Result<Option<Arc<Filter>>> {
    let words = from.u64()?;
    Ok(if words == 0 { None } else { Some(Arc::new(Filter::from_words(from.words(words)?))) })
}
