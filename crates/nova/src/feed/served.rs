//! What was served counts as seen: noted beside the answer, never in its way.
//!
//! ```text
//!   page -> note -> [queue] -> append, several pages at once -> topic events -> projection: a mark, counted nowhere
//!             \-> dropped when the queue is full
//! ```
//!
//! A viewer's next first page waits a moment for the marks of the pages before it. A note is lost when the queue is
//! full, when the log does not take it, and when the process is killed before the log has it.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use hashbrown::HashMap;
use nova_core::error::Result;
use nova_core::model::{Action, Event, EventId, PostId, Timestamp, UserId};
use parking_lot::Mutex;
use tokio::sync::{mpsc, watch};
use tokio_util::sync::CancellationToken;

use crate::ingest::event;
use crate::log::{EventLog, Topic};
use crate::metrics;
use crate::project::Fence;

/// Pages that wait for the log, at most: about 8 MB at 20 posts each. One more is not noted.
const QUEUED_MAX: usize = 8_192;
/// Pages of one append, at most.
const BATCH_MAX: usize = 256;
/// After an append that failed; meanwhile the queue fills.
const PAUSE: Duration = Duration::from_secs(1);

/// Takes notes of served pages.
pub struct Served {
    notes: mpsc::Sender<Note>,
    shared: Arc<Shared>,
    deadline: Duration,
}

/// The other end of the queue: writes the notes to the log.
pub struct Notes {
    notes: mpsc::Receiver<Note>,
    shared: Arc<Shared>,
}

struct Shared {
    queued: Mutex<Queued>,
    /// The ticket up to which notes are in the log, or lost.
    done: watch::Sender<u64>,
    /// The ticket that somebody waited for in vain: before it is done nobody waits.
    missed: AtomicU64,
    /// From the log to the index.
    fence: Fence,
}

#[derive(Default)]
struct Queued {
    /// The last note's.
    ticket: u64,
    /// The last ticket of each viewer with a note in the queue: bounded by it.
    viewers: HashMap<UserId, u64>,
}

/// A page.
struct Note {
    ticket: u64,
    viewer: UserId,
    at: Timestamp,
    posts: Vec<PostId>,
}

impl Served {
    /// Both ends of an empty queue. `fence` is for marks alone: a page can be made without them. A first page waits
    /// for earlier notes to reach the log at most `deadline`, and as long as the fence says for the index.
    #[must_use]
    pub fn new(fence: Fence, deadline: Duration) -> (Self, Notes) {
        let (sender, receiver) = mpsc::channel(QUEUED_MAX);
        let done = watch::Sender::new(0);
        let shared = Shared { queued: Mutex::default(), done, missed: AtomicU64::new(0), fence };
        let shared = Arc::new(shared);
        (Self { notes: sender, shared: Arc::clone(&shared), deadline }, Notes { notes: receiver, shared })
    }

    /// Notes what a page shows its viewer; a note that finds no room is dropped.
    pub(super) fn note(&self, viewer: UserId, at: Timestamp, posts: Vec<PostId>) {
        if posts.is_empty() {
            return;
        }
        // one lock for both: tickets stand in the queue in their order
        let mut queued = self.shared.queued.lock();
        let ticket = queued.ticket + 1;
        let count = posts.len();
        if self.notes.try_send(Note { ticket, viewer, at, posts }).is_err() {
            metrics::served(count, false);
            return;
        }
        queued.ticket = ticket;
        queued.viewers.insert(viewer, ticket);
    }

    /// Returns when the viewer's earlier pages are marks in the index, or that takes too long.
    pub(super) async fn settled(&self, viewer: UserId) {
        let ticket = self.shared.queued.lock().viewers.get(&viewer).copied();
        if let Some(ticket) = ticket {
            self.written(ticket).await;
        }
        // seeing a post again is better than no page
        drop(self.shared.fence.pass(viewer).await);
    }

    /// Returns when the log has a note, or does not take it in time.
    async fn written(&self, ticket: u64) {
        let Shared { done, missed, .. } = &*self.shared;
        if *done.borrow() < missed.load(Ordering::Relaxed) {
            return;
        }
        let mut done = done.subscribe();
        let written = done.wait_for(|&done| done >= ticket);
        if tokio::time::timeout(self.deadline, written).await.is_err() {
            missed.fetch_max(ticket, Ordering::Relaxed);
        }
    }
}

impl Notes {
    /// Writes notes to the log until `stop`, and then what is still in the queue.
    pub async fn run(mut self, log: Arc<dyn EventLog>, stop: CancellationToken) {
        let mut pages = Vec::with_capacity(BATCH_MAX);
        loop {
            tokio::select! {
                taken = self.notes.recv_many(&mut pages, BATCH_MAX) => if taken == 0 { return },
                () = stop.cancelled() => break,
            }
            if let Err(error) = self.write(&*log, &mut pages).await {
                tracing::warn!(error = ?error, "what was served could not be noted and may be served again");
                tokio::select! {
                    () = tokio::time::sleep(PAUSE) => {}
                    () = stop.cancelled() => break,
                }
            }
        }
        while !self.notes.is_empty() && self.notes.recv_many(&mut pages, BATCH_MAX).await > 0 {
            if let Err(error) = self.write(&*log, &mut pages).await {
                tracing::warn!(error = ?error, "what was served last could not be noted");
                return;
            }
        }
    }

    async fn write(&self, log: &dyn EventLog, pages: &mut Vec<Note>) -> Result<()> {
        let records: Vec<_> = pages.iter().flat_map(marks).map(|mark| event::encode(&mark)).collect();
        let (count, last) = (records.len(), pages.last().map_or(0, |page| page.ticket));
        let appended = log.append(Topic::Events, records).await;
        metrics::served(count, appended.is_ok());
        let appended = appended.map(|position| {
            self.shared.fence.raise(pages.iter().map(|page| page.viewer), position);
        });
        let mut queued = self.shared.queued.lock();
        for page in pages.drain(..) {
            if queued.viewers.get(&page.viewer).is_some_and(|&ticket| ticket <= last) {
                queued.viewers.remove(&page.viewer);
            }
        }
        drop(queued);
        self.shared.done.send_replace(last);
        appended
    }
}

/// An event for each post of a page.
fn marks(page: &Note) -> impl Iterator<Item = Event> + '_ {
    page.posts.iter().map(|&post| {
        let mut mark = Event {
            id: EventId::from_bits(0),
            time: page.at,
            user: page.viewer,
            post,
            author: None,
            action: Action::Served,
            dwell_ms: None,
            device: None,
            app_ver: None,
        };
        mark.id = event::content_id(&mark);
        mark
    })
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt as _;

    use super::*;
    use crate::log::Positions;
    use crate::project::{FenceConfig, Index, Progress, Start};

    fn queue() -> (Served, Notes) {
        let wait = Duration::from_millis(1);
        let waits = FenceConfig { page_wait: wait, write_wait: wait };
        let start = Start::new(Arc::new(Progress::default()), Positions::default());
        Served::new(Fence::new(Index::Alone, Arc::new(start), waits), wait)
    }

    fn note(served: &Served, viewer: u64) {
        served.note(UserId::from_integer(viewer), Timestamp::from_micros(1), vec![PostId::from_integer(1)]);
    }

    #[tokio::test]
    async fn only_the_first_waits_for_a_log_that_takes_nothing() {
        let (served, _notes) = queue();
        note(&served, 1);
        note(&served, 2);
        let settled = |viewer| served.settled(UserId::from_integer(viewer)).now_or_never().is_some();
        assert!(settled(3), "with nothing to wait for");
        served.settled(UserId::from_integer(2)).await;
        assert!(settled(2) && settled(1));
        // the log goes on
        served.shared.done.send_replace(2);
        note(&served, 1);
        assert!(!settled(1));
    }

    #[test]
    fn a_full_queue_drops_notes_and_keeps_nothing_of_them() {
        let (served, notes) = queue();
        for viewer in 0..QUEUED_MAX as u64 + 10 {
            note(&served, viewer);
        }
        assert_eq!((notes.notes.len(), served.shared.queued.lock().viewers.len()), (QUEUED_MAX, QUEUED_MAX));
    }
}
