//! The windows as bytes. Little-endian; the caller adds a checksum and an atomic rename.
//!
//! ```text
//!   "NOVADDUP" version:u16 key_check:u64 partitions:u16
//!   partition: number:u16 next:u64 last:u32 gone:u8,u32 entries:u64 live:u64 receipts:u32
//!              receipts x (second:u32, offset of its first entry:u64)
//!              entries x (print:16 bytes, offset:u64 with echo and kept in its upper bits, second:u32)
//!              cohorts:u32, each: filter room:u64 runs:u32
//!              runs x (number:u64 page:u64 entries:u64 first_offset:u64 pages:u32 newest:u32 received:u32, filter)
//!   filter:    words:u64, none if there is none
//! ```

mod bytes;
mod early;

use std::collections::BTreeMap;
use std::io::{self, Read, Write};

use nova_core::error::Result;

use self::bytes::Bytes;
pub(super) use self::bytes::corrupt;
use super::fingerprint::{Fingerprint, Key};
use super::ring::{ENTRIES_MAX, Entry, Ring};
use super::window::{self, Window};

const MAGIC: &[u8; 8] = b"NOVADDUP";
const VERSION: u16 = 3;
const ENTRY_BYTES: usize = 28;
const ECHO: u64 = 1 << 63;
const KEPT: u64 = 1 << 62;
/// Entries whose room is made in advance on the word of a header alone.
const RESERVE_MAX: usize = 1 << 24;

pub(super) fn save(windows: &BTreeMap<u16, window::Frozen>, key: Key, to: &mut impl Write) -> io::Result<()> {
    to.write_all(MAGIC)?;
    to.write_all(&VERSION.to_le_bytes())?;
    to.write_all(&key.check().to_le_bytes())?;
    to.write_all(&(windows.len() as u16).to_le_bytes())?;
    for (partition, window) in windows {
        to.write_all(&partition.to_le_bytes())?;
        to.write_all(&window.next.to_le_bytes())?;
        to.write_all(&window.last.to_le_bytes())?;
        to.write_all(&[u8::from(window.gone.is_some())])?;
        to.write_all(&window.gone.unwrap_or(0).to_le_bytes())?;
        let live = window.ring.live_count as u64;
        to.write_all(&(live + window.ring.leaving_count as u64).to_le_bytes())?;
        to.write_all(&live.to_le_bytes())?;
        let receipts = window.receipts.all();
        to.write_all(&(receipts.len() as u32).to_le_bytes())?;
        for (second, first) in receipts {
            to.write_all(&second.to_le_bytes())?;
            to.write_all(&first.to_le_bytes())?;
        }
        for entry in window.ring.walk() {
            let mut bytes = [0; ENTRY_BYTES];
            bytes[..16].copy_from_slice(&entry.print.bytes());
            let marks = if entry.echo { ECHO } else { 0 } | if entry.kept { KEPT } else { 0 };
            bytes[16..24].copy_from_slice(&(entry.offset | marks).to_le_bytes());
            bytes[24..].copy_from_slice(&entry.second.to_le_bytes());
            to.write_all(&bytes)?;
        }
        early::save(&window.early, to)?;
    }
    Ok(())
}

/// Reads what [`save`] wrote. Nothing is believed: whatever the bytes, it ends in windows that hold together or in
/// an error, and takes no more memory than they have entries.
pub(super) fn load(key: Key, from: &mut impl Read) -> Result<BTreeMap<u16, Window>> {
    let mut from = Bytes(from);
    if &from.array::<8>()? != MAGIC {
        return Err(corrupt("these are not the windows of nova"));
    }
    if u16::from_le_bytes(from.array()?) != VERSION {
        return Err(corrupt("the windows were written by another version of nova"));
    }
    if u64::from_le_bytes(from.array()?) != key.check() {
        return Err(corrupt("the windows belong to another log"));
    }
    let partitions = u16::from_le_bytes(from.array()?);
    let mut windows = BTreeMap::new();
    for _ in 0..partitions {
        let partition = u16::from_le_bytes(from.array()?);
        if windows.insert(partition, window(&mut from)?).is_some() {
            return Err(corrupt("a partition stands twice in the windows"));
        }
    }
    Ok(windows)
}

fn window<R: Read>(from: &mut Bytes<'_, R>) -> Result<Window> {
    let (next, last, gone) = (from.u64()?, from.u32()?, from.second()?);
    let (entries, live, receipts) = (from.u64()?, from.u64()?, from.u32()?);
    if live > entries || entries > ENTRIES_MAX as u64 || u64::from(receipts) > entries {
        return Err(corrupt("the numbers of a window do not fit"));
    }
    let mut window = Window { next, last, ..Window::new(gone) };
    for _ in 0..receipts {
        let (second, first) = (from.u32()?, from.u64()?);
        if !window.receipts.follow((second, first)) || second > last || first >= next {
            return Err(corrupt("the receipts of a window do not rise"));
        }
    }
    window.ring = ring(from, entries as usize, (entries - live) as usize, next)?;
    let oldest = window.ring.walk().next().map(|entry| entry.offset);
    if oldest.is_some_and(|oldest| window.receipts.first().is_none_or(|first| first > oldest)) {
        return Err(corrupt("an entry of a window has no receipt"));
    }
    window.early = early::load(from)?;
    Ok(window)
}

fn ring<R: Read>(from: &mut Bytes<'_, R>, entries: usize, leaving: usize, next: u64) -> Result<Ring> {
    let mut ring = Ring::new();
    ring.reserve(entries.min(RESERVE_MAX));
    let mut before = None;
    for count in 0..entries {
        let bytes: [u8; ENTRY_BYTES] = from.array()?;
        let (print, rest) = bytes.split_first_chunk::<16>().ok_or_else(|| corrupt("an entry is cut off"))?;
        let (offset, second) = rest.split_first_chunk::<8>().ok_or_else(|| corrupt("an entry is cut off"))?;
        let second = second.try_into().map_err(|_| corrupt("an entry is cut off"))?;
        let marked = u64::from_le_bytes(*offset);
        let entry = Entry {
            print: Fingerprint::from_bytes(*print),
            offset: marked & !(ECHO | KEPT),
            second: u32::from_le_bytes(second),
            echo: marked & ECHO != 0,
            kept: marked & KEPT != 0,
        };
        if before.is_some_and(|before| entry.offset <= before) || entry.offset >= next {
            return Err(corrupt("the offsets of a window do not rise"));
        }
        before = Some(entry.offset);
        ring.push(entry);
        if count < leaving {
            ring.retire();
        }
    }
    Ok(ring)
}
