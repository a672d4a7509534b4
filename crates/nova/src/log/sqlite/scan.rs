//! Reading the frames of one file in the order they were written.

use std::path::Path;

use bytes::Bytes;
use nova_core::error::{Error, Kind, Result};
use nova_core::model::Timestamp;
use rusqlite::{Connection, Row, params};

use super::{body, frame};
use crate::log::{Entry, Positions, Topic};
use crate::sqlite::{self, failure};

/// Bytes of frames in one scan; a frame that begins below it is read whole.
const SCAN_BYTES_MAX: usize = 8 << 20;
/// Frames looked at in one scan, those of other topics included.
const SCAN_FRAMES_MAX: usize = 8_192;

const OP: &str = "log.read";

/// A place between two frames of one file.
#[derive(Debug)]
pub(super) struct Scan {
    connection: Connection,
    /// The last frame that is behind.
    seq: i64,
    topics: Vec<Progress>,
}

/// The next offset that is wanted of a topic.
#[derive(Debug, Clone, Copy)]
struct Progress {
    topic: Topic,
    next: u64,
}

/// What a scan found.
#[derive(Debug, Default)]
pub(super) struct Found {
    pub(super) entries: Vec<Entry>,
    /// There may be more at once.
    pub(super) more: bool,
}

/// A row of `log_frames`, without its records.
struct Frame {
    first: u64,
    records: u32,
    received_at: Timestamp,
}

impl Scan {
    /// Stands before the first record that `from` leaves to be read of `topics`, all of which live in this file.
    pub(super) fn start(path: &Path, topics: &[Topic], from: &Positions) -> Result<(Self, Positions)> {
        let connection = sqlite::open_reader(path)?;
        let mut scan = Self { connection, seq: 0, topics: Vec::with_capacity(topics.len()) };
        // one view of the file for all of the questions
        let view = scan.connection.unchecked_transaction().map_err(|error| failure(OP, error))?;
        let (starts, ends) = (frame::starts(&view)?, frame::ends(&view)?);
        let last = last_seq(&view).map_err(|error| failure(OP, error))?;
        scan.seq = last;
        let mut positions = Positions::default();
        for &topic in topics {
            if let Some(((_, partition), _)) =
                from.iter().find(|&((of, partition), _)| of == topic && partition != frame::PARTITION)
            {
                return Err(foreign(topic, format!("has no partition {partition}")));
            }
            let known = ends.get(topic, frame::PARTITION);
            let (start, end) = (starts.get(topic, frame::PARTITION).unwrap_or(0), known.unwrap_or(0));
            let wanted = from.get(topic, frame::PARTITION);
            let next = wanted.unwrap_or(start);
            if next < start {
                return Err(foreign(topic, format!("starts at {start}, {next} was dropped")));
            }
            if next > end {
                return Err(foreign(topic, format!("ends at {end}, {next} is not of this log")));
            }
            if known.or(wanted).is_some() {
                positions.advance(topic, frame::PARTITION, next);
            }
            if next < end {
                let seq = seq_of(&view, topic, next).map_err(|error| failure(OP, error))?;
                scan.seq = scan.seq.min(seq - 1);
            }
            scan.topics.push(Progress { topic, next });
        }
        drop(view);
        Ok((scan, positions))
    }

    /// The next entries: up to `records_max` and the rest of a frame. What cannot be read ends it; if nothing came
    /// before that, it is the error.
    pub(super) fn next(&mut self, records_max: usize) -> Result<Found> {
        let mut found = Found::default();
        let mut statement = self
            .connection
            .prepare_cached(
                "select seq, topic, first_offset, records, received_at, body from log_frames where seq > ? order by seq",
            )
            .map_err(|error| failure(OP, error))?;
        let mut rows = statement.query(params![self.seq]).map_err(|error| failure(OP, error))?;
        let (mut frames, mut bytes) = (0, 0);
        while found.entries.len() < records_max && frames < SCAN_FRAMES_MAX && bytes < SCAN_BYTES_MAX {
            let step = rows.next().map_err(|error| failure(OP, error)).and_then(|row| match row {
                Some(row) => read(row, &mut self.topics, &mut found.entries).map(Some),
                None => Ok(None),
            });
            match step {
                Ok(Some((seq, size))) => {
                    self.seq = seq;
                    frames += 1;
                    bytes += size;
                }
                Ok(None) => return Ok(found),
                Err(error) if found.entries.is_empty() => return Err(error),
                // first what is whole; the next scan begins with the failure
                Err(_) => break,
            }
        }
        found.more = true;
        Ok(found)
    }
}

/// Reads a frame if its topic is wanted; gives its `seq` and its size in bytes.
fn read(row: &Row<'_>, topics: &mut [Progress], entries: &mut Vec<Entry>) -> Result<(i64, usize)> {
    let seq = row.get(0).map_err(|error| failure(OP, error))?;
    let damaged = |why: &dyn std::fmt::Display| {
        Error::new(Kind::Corrupt, OP, format!("frame {seq} of the log is damaged: {why}"))
    };
    let name = row.get_ref(1).ok().and_then(|name| name.as_str().ok()).ok_or_else(|| damaged(&"no topic"))?;
    let Some(progress) = topics.iter_mut().find(|progress| progress.topic.name() == name) else {
        return Ok((seq, 0));
    };
    let frame = header(row).map_err(|error| damaged(&error))?;
    let after = frame.first + u64::from(frame.records);
    if after <= progress.next {
        return Ok((seq, 0));
    }
    if frame.first > progress.next {
        let gap = format!("{} goes on at {}, {} was dropped", name, frame.first, progress.next);
        return Err(Error::new(Kind::Corrupt, OP, gap));
    }
    // SQLite's buffer lives until the next row: this is the one copy
    let blob = row.get_ref(5).ok().and_then(|body| body.as_blob().ok()).ok_or_else(|| damaged(&"no body"))?;
    let bytes = Bytes::copy_from_slice(blob);
    let records = body::decode(&bytes, frame.records).map_err(|damage| damaged(&damage))?;
    let Frame { first, received_at, .. } = frame;
    let topic = progress.topic;
    let places = (first..after).map(|offset| frame::place(topic, offset));
    entries.extend(
        places.zip(records).filter(|(place, _)| place.offset >= progress.next).map(|(place, record)| Entry {
            place,
            received_at,
            record,
        }),
    );
    progress.next = after;
    Ok((seq, bytes.len()))
}

fn header(row: &Row<'_>) -> rusqlite::Result<Frame> {
    let first: i64 = row.get(2)?;
    let first = u64::try_from(first).map_err(|_| rusqlite::Error::IntegralValueOutOfRange(2, first))?;
    let records = row.get(3)?;
    Ok(Frame { first, records, received_at: Timestamp::from_micros(row.get(4)?) })
}

fn last_seq(connection: &Connection) -> rusqlite::Result<i64> {
    connection.query_row("select coalesce(max(seq), 0) from log_frames", [], |row| row.get(0))
}

/// The frame that holds an offset below the end.
fn seq_of(connection: &Connection, topic: Topic, offset: u64) -> rusqlite::Result<i64> {
    connection.query_row(
        "select seq from log_frames where topic = ? and first_offset <= ? order by first_offset desc limit 1",
        params![topic.name(), frame::column(offset)],
        |row| row.get(0),
    )
}

fn foreign(topic: Topic, why: String) -> Error {
    Error::new(Kind::Corrupt, OP, format!("{} {why}", topic.name()))
}
