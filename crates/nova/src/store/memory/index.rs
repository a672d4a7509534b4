//! What readers see, and what only the writer needs.

use std::sync::atomic::AtomicU64;

use hashbrown::HashMap;
use nova_core::model::{CommentId, Timestamp};

use super::active::Active;
use super::affinity::Keep;
use super::authors::Dated;
use super::config::MemoryStoreConfig;
use super::days::Days;
use super::identity::Identities;
use super::packed::{Split, seconds};
use super::peaks::{Peaks, hour, within};
use super::posts::{NOBODY, Post, Posts};
use super::register::Mark;
use super::timeline::Timeline;
use super::users::{User, Users};
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
            let posts = cell.posts.read().between(first, last).to_vec();
            let rates = posts.iter().filter_map(|dated| self.posts.get(dated.row)).map(Post::rate);
            self.peaks.settle(author, hour, posts.len() as u32, rates.fold(0.0, f64::max));
        }
    }

    /// Keeps track of an author's peaks from the moment on at which the posts are very many. Only the writer.
    pub(super) fn note_many(&self, author: u32, cell: &User) {
        if cell.posts.read().all().len() < self.config.posts_many || self.peaks.tracks(author) {
            return;
        }
        let posts = cell.posts.read().all().to_vec();
        let of = |dated: &Dated| Some((dated.seconds, self.posts.get(dated.row)?.rate()));
        self.peaks.track(author, posts.iter().filter_map(of));
    }

    /// The same for every author: after a start.
    pub(super) fn note_all_many(&self) {
        (0..).zip(self.users.iter()).for_each(|(author, cell)| self.note_many(author, cell));
    }
}

/// A comment: enough to take it back. 20 bytes and the id.
#[derive(Debug, Clone, Copy)]
pub(super) struct Comment {
    pub(super) version: Split,
    /// [`NOBODY`](super::posts::NOBODY) where only the deletion is known, [`AWAITED`] until the post is.
    pub(super) post: u32,
    pub(super) author: u32,
    pub(super) mark: Mark,
}

/// No post has this number: the comment's row waits for the post, and its version holds already.
pub(super) const AWAITED: u32 = u32::MAX - 1;

impl Comment {
    /// What holds a version and counts nowhere.
    pub(super) const fn nowhere(version: u64, post: u32) -> Self {
        Self { version: Split::new(version), post, author: NOBODY, mark: Mark::new(false, 0) }
    }

    /// Does it stand against a row of this version? The first of a version does, unless it still waits to be applied.
    pub(super) const fn overtakes(&self, version: u64) -> bool {
        self.version.get() > version || self.version.get() == version && self.post != AWAITED
    }
}

/// What only the writer needs.
#[derive(Debug)]
pub(super) struct Ledger {
    /// What was applied, fact by fact.
    pub(super) positions: Positions,
    /// The latest time at which the log received a record: the only clock of the writer.
    pub(super) log_time: Timestamp,
    pub(super) comments: HashMap<[u32; 4], Comment>,
    pub(super) waiting: Waiting,
    pub(super) identities: Box<dyn Identities>,
}

impl Ledger {
    pub(super) fn new(identities: Box<dyn Identities>) -> Self {
        Self {
            positions: Positions::default(),
            log_time: Timestamp::MIN,
            comments: HashMap::new(),
            waiting: Waiting::default(),
            identities,
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

/// A comment's id with the alignment of its entry.
pub(super) const fn comment_key(id: CommentId) -> [u32; 4] {
    let bits = id.bits();
    [(bits >> 96) as u32, (bits >> 64) as u32, (bits >> 32) as u32, bits as u32]
}
