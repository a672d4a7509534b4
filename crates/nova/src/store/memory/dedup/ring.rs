//! Entries in the order they came, found by their fingerprint.
//!
//! ```text
//!      leaving (not asked by the window)      live
//!   [ . . . . . . . . . . . . . . . . . ][ o o o o o o o o o o o ]
//!   ^ head: flushed entries end here      ^ live                  ^ tail
//! ```
//!
//! 24 bytes an entry in chunks, and a table of 4-byte positions over all of them: 10 million entries take 240 MB and
//! 84 MB. Chunks come and go whole, so memory follows the number of entries in both directions.

use std::collections::VecDeque;
use std::sync::Arc;

use hashbrown::HashTable;

use super::fingerprint::Fingerprint;

/// Entries of a chunk; positions are `chunk << CHUNK_BITS | slot`.
const CHUNK_BITS: u32 = 16;
const CHUNK: usize = 1 << CHUNK_BITS;
/// The two upper bits of a stored offset are marks; the others count from the chunk's base.
const ECHO: u32 = 1 << 31;
const KEPT: u32 = 1 << 30;
const OFFSET: u32 = KEPT - 1;

/// The most entries of a ring: positions are 32 bits, half of them keep "before" and "after" apart.
pub(super) const ENTRIES_MAX: usize = 1 << 30;

/// What is remembered of one event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Entry {
    pub(crate) print: Fingerprint,
    pub(crate) offset: u64,
    /// Of the event's own time, since 1970.
    pub(crate) second: u32,
    /// A copy of what left memory, by its event time: remembered so that the next one need not ask again.
    pub(crate) echo: bool,
    /// The archive has this very entry, from a life that was lost.
    pub(crate) kept: bool,
}

#[derive(Debug, Clone, Copy)]
struct Stored {
    print: Fingerprint,
    offset: u32,
    second: u32,
}

#[derive(Debug, Clone)]
struct Chunk {
    base: u64,
    stored: Vec<Stored>,
}

/// A place in the ring; holds while the entry is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Position(u32);

impl Position {
    const fn slot(self) -> usize {
        (self.0 as usize) & (CHUNK - 1)
    }

    const fn after(self, steps: u32) -> Self {
        Self(self.0.wrapping_add(steps))
    }
}

#[derive(Debug)]
pub(crate) struct Ring {
    /// Shared with what was frozen; only the last one ever changes, and is copied before it does.
    chunks: VecDeque<Arc<Chunk>>,
    head: Position,
    live: Position,
    table: HashTable<u32>,
    live_count: usize,
}

impl Ring {
    pub(crate) fn new() -> Self {
        Self {
            chunks: VecDeque::new(),
            head: Position(0),
            live: Position(0),
            table: HashTable::new(),
            live_count: 0,
        }
    }

    /// Makes room at once where the number is known.
    pub(super) fn reserve(&mut self, entries: usize) {
        let Self { chunks, head, table, .. } = self;
        table.reserve(entries, |position| at(chunks, *head, Position(*position)).print.hash());
    }

    pub(crate) const fn live_count(&self) -> usize {
        self.live_count
    }

    pub(super) fn leaving_count(&self) -> usize {
        self.table.len() - self.live_count
    }

    /// Remembers an entry whose offset is greater than all before.
    pub(crate) fn push(&mut self, entry: Entry) {
        if self.table.is_empty() {
            self.chunks.clear();
            self.head = Position(0);
        }
        let fits = self.chunks.back().is_some_and(|chunk| {
            chunk.stored.len() < CHUNK && entry.offset - chunk.base <= u64::from(OFFSET)
        });
        if !fits {
            let stored = Vec::with_capacity(CHUNK);
            self.chunks.push_back(Arc::new(Chunk { base: entry.offset, stored }));
        }
        let number = self.chunks.len() as u32 - 1;
        let first = Position(self.head.0 & !(CHUNK as u32 - 1));
        let Some(chunk) = self.chunks.back_mut().map(Arc::make_mut) else { return };
        let position = first.after((number << CHUNK_BITS) + chunk.stored.len() as u32);
        let marks = if entry.echo { ECHO } else { 0 } | if entry.kept { KEPT } else { 0 };
        let offset = (entry.offset - chunk.base) as u32 | marks;
        chunk.stored.push(Stored { print: entry.print, offset, second: entry.second });
        if self.live_count == 0 {
            self.live = position;
        }
        self.live_count += 1;
        let Self { chunks, head, table, .. } = self;
        table.insert_unique(entry.print.hash(), position.0, |position| {
            at(chunks, *head, Position(*position)).print.hash()
        });
    }

    /// The entries of this fingerprint, and which of them is live.
    pub(crate) fn all(&self, print: Fingerprint) -> impl Iterator<Item = (Entry, bool)> {
        self.table
            .iter_hash(print.hash())
            .map(|position| Position(*position))
            .filter(move |position| at(&self.chunks, self.head, *position).print == print)
            .map(|position| (self.entry(position), self.is_live(position)))
    }

    /// The next to leave the window.
    pub(crate) fn oldest_live(&self) -> Option<Entry> {
        (self.live_count > 0).then(|| self.entry(self.live))
    }

    /// The oldest live entry leaves the window; it stays until it is flushed.
    pub(crate) fn retire(&mut self) -> Option<Entry> {
        let entry = self.oldest_live()?;
        self.live = self.next(self.live);
        self.live_count -= 1;
        Some(entry)
    }

    /// The oldest of what has left the window, at most so many.
    pub(super) fn oldest_leaving(&self, count_max: usize) -> impl Iterator<Item = Entry> {
        self.walk().take(self.leaving_count().min(count_max))
    }

    /// Everything, oldest first.
    pub(super) fn walk(&self) -> impl Iterator<Item = Entry> {
        walk(&self.chunks, self.head)
    }

    /// The same as it is now, whatever becomes of the ring.
    pub(super) fn freeze(&self) -> Frozen {
        Frozen {
            chunks: self.chunks.clone(),
            head: self.head,
            live_count: self.live_count,
            leaving_count: self.leaving_count(),
        }
    }

    /// Forgets what [`Ring::oldest_leaving`] gave.
    pub(crate) fn forget_leaving(&mut self, count_max: usize) {
        for _ in 0..self.leaving_count().min(count_max) {
            let (head, hash) = (self.head, at(&self.chunks, self.head, self.head).print.hash());
            if let Ok(found) = self.table.find_entry(hash, |position| *position == head.0) {
                found.remove();
            }
            let next = self.next(head);
            // a chunk that ends before its bound is full as well when another one follows it
            if index(head, next) > 0 {
                self.chunks.pop_front();
            }
            self.head = next;
        }
    }

    fn is_live(&self, position: Position) -> bool {
        // positions rise, wrapping; all of them lie within half of their range
        self.live_count > 0 && position.0.wrapping_sub(self.live.0) < 1 << 31
    }

    fn entry(&self, position: Position) -> Entry {
        let base = self.chunks[index(self.head, position)].base;
        at(&self.chunks, self.head, position).entry(base)
    }

    /// Where the entry after this one stands, or will stand.
    fn next(&self, position: Position) -> Position {
        let chunk = index(self.head, position);
        let ended = position.slot() + 1 >= self.chunks[chunk].stored.len();
        if ended && chunk + 1 < self.chunks.len() {
            return Position((position.0 | (CHUNK as u32 - 1)).wrapping_add(1));
        }
        position.after(1)
    }
}

/// The entries of a ring at one moment: the chunks are its own.
#[derive(Debug)]
pub(super) struct Frozen {
    chunks: VecDeque<Arc<Chunk>>,
    head: Position,
    pub(super) live_count: usize,
    pub(super) leaving_count: usize,
}

impl Frozen {
    /// Everything, oldest first.
    pub(super) fn walk(&self) -> impl Iterator<Item = Entry> {
        walk(&self.chunks, self.head)
    }
}

fn walk(chunks: &VecDeque<Arc<Chunk>>, head: Position) -> impl Iterator<Item = Entry> {
    let entries = chunks.iter().flat_map(|chunk| chunk.stored.iter().map(move |it| it.entry(chunk.base)));
    entries.skip(head.slot())
}

impl Stored {
    fn entry(&self, base: u64) -> Entry {
        Entry {
            print: self.print,
            offset: base + u64::from(self.offset & OFFSET),
            second: self.second,
            echo: self.offset & ECHO != 0,
            kept: self.offset & KEPT != 0,
        }
    }
}

/// Which of the chunks holds a position: they are numbered from that of `head`, wrapping.
fn index(head: Position, position: Position) -> usize {
    let chunk = |position: Position| (position.0 >> CHUNK_BITS) as u16;
    usize::from(chunk(position).wrapping_sub(chunk(head)))
}

fn at(chunks: &VecDeque<Arc<Chunk>>, head: Position, position: Position) -> &Stored {
    &chunks[index(head, position)].stored[position.slot()]
}
