//! What people read, in front of the social tables.

use std::ops::Deref;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use nova_core::error::Error;
use nova_core::model::PostId;
use quick_cache::Weighter;
use quick_cache::sync::Cache;
use tokio::time::Instant;

use crate::guard::Watch;
use crate::social::{Body, Social};

/// A text that was edited by plain SQL shows at the latest after this; an edit through the API shows at once.
const REMEMBERED: Duration = Duration::from_secs(3);
/// What an entry takes beside its texts.
const ENTRY_BYTES: usize = 256;
/// Texts of an entry, about: only sizes the cache's tables.
const TEXT_BYTES: u64 = 512;

/// What people read of a post, and beside it the form in which answers show it.
///
/// A post stands in many pages while it is remembered, and escaping its texts is a good part of the work of each, so
/// that it is done once.
#[derive(Debug)]
pub struct Shown {
    body: Body,
    rendered: OnceLock<Box<[u8]>>,
}

impl Shown {
    pub(crate) fn new(body: Body) -> Self {
        Self { body, rendered: OnceLock::new() }
    }

    /// What the first call's `render` made of the body. It may add what is the same in every page that shows the post
    /// (ids, the time), and nothing else: later calls get the first one's bytes.
    pub fn rendered(&self, render: impl FnOnce(&Body) -> Vec<u8>) -> &[u8] {
        self.rendered.get_or_init(|| render(&self.body).into_boxed_slice())
    }
}

impl Deref for Shown {
    type Target = Body;

    fn deref(&self) -> &Body {
        &self.body
    }
}

#[derive(Clone)]
struct Entry {
    shown: Arc<Shown>,
    until: Instant,
}

#[derive(Clone)]
struct Bytes;

impl Weighter<PostId, Entry> for Bytes {
    fn weight(&self, _: &PostId, entry: &Entry) -> u64 {
        // the texts are there twice: as they are, and rendered
        (ENTRY_BYTES + 2 * (entry.shown.text.len() + entry.shown.media.len())) as u64
    }
}

/// The bodies of posts, remembered briefly within a byte budget.
///
/// Twenty are asked for with each page: the cache is one whose reads are a hash and a shared lock, without a clock
/// and without a record of each; an entry's end is compared with one reading of the time for all of them.
pub(crate) struct Bodies {
    social: Arc<dyn Social>,
    known: Cache<PostId, Entry, Bytes>,
}

impl Bodies {
    pub(crate) fn new(social: Arc<dyn Social>, bytes_max: u64) -> Self {
        let items = usize::try_from(bytes_max / (ENTRY_BYTES as u64 + TEXT_BYTES)).unwrap_or(usize::MAX);
        Self { social, known: Cache::with_weighter(items, bytes_max, Bytes) }
    }

    /// The bodies of these posts, in their order; `None` for one that is not there.
    ///
    /// # Errors
    /// When the tables do not answer: with those that are remembered.
    pub(crate) async fn of(
        &self,
        posts: &[PostId],
        tables: &Watch,
    ) -> Result<Vec<Option<Arc<Shown>>>, (Vec<Option<Arc<Shown>>>, Error)> {
        let now = Instant::now();
        let mut bodies = self.remembered(posts, now);
        let unknown: Vec<PostId> =
            posts.iter().zip(&bodies).filter(|(_, body)| body.is_none()).map(|(&post, _)| post).collect();
        if unknown.is_empty() {
            return Ok(bodies);
        }
        let read = match tables.call("feed.bodies", self.social.bodies(&unknown)).await {
            Ok(read) => read,
            Err(error) => return Err((bodies, error)),
        };
        // from before the question, so that the time it took counts
        let until = now + REMEMBERED;
        let mut read = unknown.into_iter().zip(read);
        for body in bodies.iter_mut().filter(|body| body.is_none()) {
            let Some((post, found)) = read.next() else { break };
            *body = found.map(|found| self.keep(post, found, until));
        }
        Ok(bodies)
    }

    /// Those that are remembered at this moment, in the order of the posts.
    pub(crate) fn remembered(&self, posts: &[PostId], now: Instant) -> Vec<Option<Arc<Shown>>> {
        let live = |post| self.known.get(post).filter(|entry| now < entry.until).map(|entry| entry.shown);
        posts.iter().map(live).collect()
    }

    /// Remembers bodies that were read together with something else, by a question that was asked at `asked`.
    pub(crate) fn remember(&self, read: impl IntoIterator<Item = (PostId, Body)>, asked: Instant) {
        for (post, body) in read {
            self.keep(post, body, asked + REMEMBERED);
        }
    }

    fn keep(&self, post: PostId, body: Body, until: Instant) -> Arc<Shown> {
        let shown = Arc::new(Shown::new(body));
        self.known.insert(post, Entry { shown: Arc::clone(&shown), until });
        shown
    }

    /// The post was edited through this process.
    pub(crate) fn forget(&self, post: PostId) {
        self.known.remove(&post);
    }
}
