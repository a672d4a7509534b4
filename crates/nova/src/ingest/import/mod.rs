//! Somebody's real history, as JSON lines: through the same tables, the same log and the same checks as live traffic.

mod columns;
mod kind;
mod line;
mod source;
#[cfg(test)]
mod tests;

pub use source::Source;

use std::path::Path;
use std::time::Duration;

use nova_core::error::{Error, Kind as ErrorKind};
use nova_core::model::{Event, Timestamp};
use tokio::sync::mpsc;

use crate::config::EventKeys;
use crate::ingest::event::{self, EventRules};
use crate::log::{EventLog, Record, Topic};
use crate::social::{Social, Write, Written};
use kind::Pass;
use line::{Line, Times};

/// Lines of one batch: large enough that one sync is nothing beside it.
const BATCH_LINES: usize = 10_000;
/// Lines after which the progress is told, although most of them wait for another pass.
const TOLD_LINES: u64 = 50_000;
/// Batches that may wait for the writer.
const AHEAD_MAX: usize = 2;
/// Refused lines that are kept with their reason; beyond it they are only counted.
const REFUSED_MAX: usize = 1_000;
/// A write that finds the queue full or the disk busy is tried again so often, this far apart.
const TRIES_MAX: u32 = 50;
const RETRY: Duration = Duration::from_millis(100);

/// What to do.
#[derive(Debug, Clone, Copy)]
pub struct Options {
    /// Read and check only.
    pub dry_run: bool,
    /// Microseconds added to every time.
    pub shift: i64,
    /// The moment that counts as now.
    pub now: Timestamp,
    /// How far ahead of it an event may be dated, after the shift. As far back as one likes.
    pub ahead_max: Duration,
}

impl Options {
    /// To take everything as it is dated, by the rules of live events.
    #[must_use]
    pub const fn new(events: &EventKeys, now: Timestamp) -> Self {
        Self { dry_run: false, shift: 0, now, ahead_max: Duration::from_secs(events.ahead_s) }
    }

    const fn times(&self) -> Times {
        let rules = EventRules { ahead_max: self.ahead_max, back_max: Duration::MAX };
        Times { shift: self.shift, now: self.now, rules }
    }
}

/// What was done.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Report {
    /// Lines read.
    pub lines: u64,
    /// Lines taken; what was there already counts too.
    pub taken: u64,
    /// Lines refused.
    pub refused: u64,
    /// The first of them: line number and reason.
    pub reasons: Vec<(u64, String)>,
}

impl Report {
    fn refuse(&mut self, number: u64, reason: String) {
        self.refused += 1;
        if self.reasons.len() < REFUSED_MAX {
            self.reasons.push((number, reason));
        }
    }
}

type Numbered = Vec<(u64, Result<Line, String>)>;

/// Imports a source in passes: what others refer to first, so that the order of lines does not matter.
///
/// # Errors
/// When the source cannot be read, or the tables or the log take nothing any more. What was taken stays; the import
/// can be repeated.
pub async fn run(
    source: &Source,
    options: Options,
    social: &dyn Social,
    log: &dyn EventLog,
    progress: &(dyn Fn(u64) + Sync),
) -> anyhow::Result<Report> {
    let mut report = Report::default();
    for pass in Pass::ALL {
        let (batches, mut filled) = mpsc::channel::<(u64, Numbered)>(AHEAD_MAX);
        let reading = {
            let source = source.clone();
            tokio::task::spawn_blocking(move || read(&source, pass, &options.times(), &batches))
        };
        while let Some((seen, batch)) = filled.recv().await {
            report.lines += batch.len() as u64;
            take(batch, options.dry_run, social, log, &mut report).await?;
            progress(seen);
        }
        reading.await??;
    }
    report.reasons.sort_by_key(|(number, _)| *number);
    Ok(report)
}

/// Reads one line as [`run`] does, and takes nothing; the event, if it is one.
///
/// # Errors
/// The column at fault and the reason.
pub fn check(text: &str, options: &Options) -> Result<Option<Event>, String> {
    let times = options.times();
    match Pass::ALL.into_iter().find_map(|pass| line::read(text, pass, &times)).transpose()? {
        Some(Line::Event(event)) => Ok(Some(*event)),
        Some(Line::Rows(_)) | None => Ok(None),
    }
}

/// One pass over the source: sends the lines that are taken in it, each with its number.
fn read(
    source: &Source,
    pass: Pass,
    times: &Times,
    batches: &mpsc::Sender<(u64, Numbered)>,
) -> anyhow::Result<()> {
    let mut batch = Numbered::with_capacity(BATCH_LINES);
    let mut seen = 0;
    source.each_line(&mut |number, text| {
        seen += 1;
        match text {
            Ok(text) => batch.extend(line::read(text, pass, times).map(|line| (number, line))),
            Err(reason) if pass == Pass::Users => batch.push((number, Err(reason))),
            Err(_) => {}
        }
        if batch.len() == BATCH_LINES || seen == TOLD_LINES {
            let full = std::mem::replace(&mut batch, Numbered::with_capacity(BATCH_LINES));
            return batches.blocking_send((std::mem::take(&mut seen), full)).is_ok();
        }
        true
    })?;
    // the last batch goes out even when it is empty: the progress is complete with it
    drop(batches.blocking_send((seen, batch)));
    Ok(())
}

async fn take(
    batch: Numbered,
    dry_run: bool,
    social: &dyn Social,
    log: &dyn EventLog,
    report: &mut Report,
) -> anyhow::Result<()> {
    let (mut lines, mut writes, mut records) = (Vec::new(), Vec::<Write>::new(), Vec::<Record>::new());
    for (number, line) in batch {
        match line {
            Err(reason) => report.refuse(number, reason),
            Ok(_) if dry_run => report.taken += 1,
            Ok(Line::Rows(rows)) => {
                lines.push((number, rows.len()));
                writes.extend(rows);
            }
            Ok(Line::Event(event)) => {
                report.taken += 1;
                records.push(event::encode(&event));
            }
        }
    }
    if !writes.is_empty() {
        let outcomes = patiently(|| social.write(writes.clone())).await?;
        let mut outcomes = writes.iter().zip(outcomes);
        for (number, count) in lines {
            let of_line: Vec<_> = outcomes.by_ref().take(count).collect();
            match judge(of_line) {
                Ok(()) => report.taken += 1,
                Err(reason) => report.refuse(number, reason),
            }
        }
    }
    if !records.is_empty() {
        patiently(|| log.append(Topic::Events, records.clone())).await?;
    }
    Ok(())
}

/// What became of a line: of its row, and of the row's deletion where it has one.
fn judge(outcomes: Vec<(&Write, Result<Written, Error>)>) -> Result<(), String> {
    let mut outcomes = outcomes.into_iter();
    let Some((write, made)) = outcomes.next() else { return Ok(()) };
    let deletion = outcomes.next().map(|(_, deleted)| deleted);
    match made {
        Ok(written) if !is_dated(write, &written) => {
            Err("created_at: the same row is there already, with another one".to_owned())
        }
        Ok(_) => Ok(()),
        Err(error) if error.code() == "id_taken" => match deletion {
            // it was there and is deleted, as the line says; what it held nobody reads any more
            Some(Err(gone)) if gone.kind() == ErrorKind::NotFound => Ok(()),
            _ => Err(reason(&error)),
        },
        Err(error) => Err(reason(&error)),
    }
}

/// Was it made when the line says?
fn is_dated(write: &Write, written: &Written) -> bool {
    match (write, written) {
        (Write::User(_, at), Written::User(user, _)) => user.created_at == *at,
        (Write::Post(_, at), Written::Post(post, _)) => post.created_at == *at,
        (Write::Comment(_, at), Written::Comment(comment, _)) => comment.created_at == *at,
        // what joins two things is there or not, since whenever
        _ => true,
    }
}

fn reason(error: &Error) -> String {
    if error.field().is_empty() {
        error.detail().to_owned()
    } else {
        format!("{}: {}", error.field(), error.detail())
    }
}

/// Repeats what may succeed when it is repeated.
async fn patiently<T, F: Future<Output = Result<T, Error>>>(call: impl Fn() -> F) -> Result<T, Error> {
    let mut outcome = call().await;
    for _ in 1..TRIES_MAX {
        match &outcome {
            Err(error) if error.kind() == ErrorKind::Unavailable || error.kind() == ErrorKind::Timeout => {
                tokio::time::sleep(RETRY).await;
                outcome = call().await;
            }
            _ => break,
        }
    }
    outcome
}

/// How far to shift so that the newest time of the source is `now`; the same for the same source ever after, so that
/// repeating the import doubles nothing.
///
/// # Errors
/// When the source cannot be read, or the note of the shift cannot be kept in `dir`.
pub fn shift_to_now(source: &Source, now: Timestamp, dir: &Path) -> anyhow::Result<i64> {
    source::shift(source, now, dir)
}
