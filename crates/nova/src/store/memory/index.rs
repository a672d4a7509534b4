//! What readers see, and what only the writer needs.

use std::sync::atomic::AtomicU64;

use nova_core::model::Timestamp;
use parking_lot::{Condvar, Mutex, MutexGuard};

use super::active::Active;
use super::affinity::Keep;
use super::authors::Dated;
use super::comments::Comments;
use super::config::MemoryStoreConfig;
use super::days::Days;
use super::identity::Identities;
use super::packed::seconds;
use super::peaks::{Peaks, hour, within};
use super::post::Post;
use super::posts::Posts;
use super::snapshot::Moment;
use super::timeline::Timeline;
use super::user::User;
use super::users::Users;
use super::waiting::Waiting;
use crate::log::Positions;

/// What readers see. One writer changes it in place, piece by piece: a reader sees every fact whole or not at all
/// within one list, register or counter, and facts that touch several of these a little apart.
#[derive(Debug)]
pub(super) struct Index {
    pub(super) config: MemoryStoreConfig,
    pub(super) users: Users,
    pub(super) posts: Posts,
    pub(super) timeline: Timeline,
    pub(super) peaks: Peaks,
    pub(super) active: Active,
    pub(super) days: Days,
    pub(super) users_known: AtomicU64,
    pub(super) follows: AtomicU64,
    pub(super) events: AtomicU64,
}

impl Index {
    pub(super) fn new(config: MemoryStoreConfig) -> Self {
        Self {
            config,
            users: Users::new(),
            posts: Posts::new(),
            timeline: Timeline::default(),
            peaks: Peaks::default(),
            active: Active::default(),
            days: Days::default(),
            users_known: AtomicU64::new(0),
            follows: AtomicU64::new(0),
            events: AtomicU64::new(0),
        }
    }

    /// A post was answered, or came to stand in another hour. Only the writer.
    pub(super) fn answered(&self, post: &Post) {
        self.peaks.lift(post.author(), hour(seconds(post.created_at())), post.rate());
    }

    /// A post was shown. Only the writer.
    pub(super) fn shown(&self, post: &Post) {
        let (author, hour) = (post.author(), hour(seconds(post.created_at())));
        if self.peaks.shown(author, hour)
            && let Some(cell) = self.users.get(author)
        {
            let (first, last) = within(hour);
            let posts = cell.posts().between(first, last).to_vec();
            let rates = posts.iter().filter_map(|dated| self.posts.get(dated.row)).map(Post::rate);
            self.peaks.settle(author, hour, posts.len() as u32, rates.fold(0.0, f64::max));
        }
    }

    /// Keeps track of an author's peaks from the moment on at which the posts are very many. Only the writer.
    pub(super) fn note_many(&self, author: u32, cell: &User) {
        if cell.posts().all().len() < self.config.posts_many || self.peaks.tracks(author) {
            return;
        }
        let posts = cell.posts().all().to_vec();
        let of = |dated: &Dated| Some((dated.seconds, self.posts.get(dated.row)?.rate()));
        self.peaks.track(author, posts.iter().filter_map(of));
    }

    /// The same for every author: after a start.
    pub(super) fn note_all_many(&self) {
        let known = (0..self.users.len()).filter_map(|author| Some((author, self.users.get(author)?)));
        known.for_each(|(author, cell)| self.note_many(author, cell));
    }
}

/// What only the writer needs.
#[derive(Debug)]
pub(super) struct Ledger {
    /// What was applied, fact by fact.
    pub(super) positions: Positions,
    /// The latest time at which the log received a record: the only clock of the writer.
    pub(super) log_time: Timestamp,
    pub(super) comments: Comments,
    pub(super) waiting: Waiting,
    pub(super) identities: Box<dyn Identities>,
    /// The snapshot that is being written, if one is.
    pub(super) moment: Option<Moment>,
}

impl Ledger {
    pub(super) fn new(identities: Box<dyn Identities>) -> Self {
        Self {
            positions: Positions::default(),
            log_time: Timestamp::MIN,
            comments: Comments::new(),
            waiting: Waiting::default(),
            identities,
            moment: None,
        }
    }

    /// What affinity can still count; a day more than is asked for, since a reader's clock may be behind the log's.
    pub(super) fn affinity_keep(&self, config: &MemoryStoreConfig) -> Keep {
        Keep {
            first_day: self.log_time.day().saturating_sub(i32::from(config.affinity_days)),
            len_max: config.affinity_max,
        }
    }

    /// Since when a post can still count as seen; a day more than is asked for, as above.
    pub(super) fn seen_since(&self, config: &MemoryStoreConfig) -> Timestamp {
        self.log_time.minus(config.seen_window).minus(std::time::Duration::from_secs(86_400))
    }
}

/// Where the ledger lies: whoever has it may change the index, or write of it what must be of one moment. The writer
/// takes it for a batch, a snapshot for a slice.
#[derive(Debug)]
pub(super) struct Desk {
    ledger: Mutex<Ledger>,
    /// A snapshot took what the writer had saved for it, or ended.
    taken: Condvar,
}

impl Desk {
    pub(super) fn new(ledger: Ledger) -> Self {
        Self { ledger: Mutex::new(ledger), taken: Condvar::new() }
    }

    pub(super) fn lock(&self) -> MutexGuard<'_, Ledger> {
        self.ledger.lock()
    }

    /// For a batch: there is room for what must be saved before it is changed. A snapshot that is written more slowly
    /// than the writer changes what it needs slows the writer down to its own pace, and memory stays bounded.
    pub(super) fn lock_with_room(&self) -> MutexGuard<'_, Ledger> {
        let mut ledger = self.ledger.lock();
        while ledger.moment.as_ref().is_some_and(Moment::is_full) {
            self.taken.wait(&mut ledger);
        }
        ledger
    }

    /// The snapshot's turn ends: the writer comes next if it waits.
    pub(super) fn pass_on(&self, ledger: MutexGuard<'_, Ledger>) {
        self.taken.notify_all();
        MutexGuard::unlock_fair(ledger);
    }
}
