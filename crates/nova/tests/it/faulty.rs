//! Twins that can be made to fail or to hang, call by call, and that count how often they are asked.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use nova::app::{Ports, Twins};
use nova::cache::{Asked, Cache, Space};
use nova::log::{
    BatchLimit, DeadLetter, DeadLetters, EventLog, Expired, LogReader, Place, Positions, Record, Topic,
};
use nova::social::{
    Body, CommentView, Keyset, ListOf, PostView, Sight, Social, TimelineItem, UserView, Write, Written,
};
use nova::store::{
    Applied, DayMetrics, FeedStore, FollowQuery, Hot, Placed, Projection, StoreSize, Suggestion, Window,
};
use nova_core::error::{Error, Kind, Result};
use nova_core::model::{CommentId, PostId, Timestamp, UserId};
use nova_core::pipeline::{Candidate, Retrieved};
use parking_lot::Mutex;
use tokio::sync::watch;

/// What a call does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mode {
    Fails,
    /// Waits until it works again.
    Hangs,
    /// Breaks in a way that must not happen.
    Panics,
}

/// Which calls are broken. A call is named by port and function (`"store.follow"`), or by the port alone.
///
/// Everything works again when this is dropped, so that a test that fails ends.
pub(crate) struct Faults(Arc<Broken>);

struct Broken {
    calls: watch::Sender<BTreeMap<&'static str, Mode>>,
    asked: Mutex<BTreeMap<&'static str, u64>>,
}

impl Faults {
    pub(crate) fn new() -> Self {
        Self(Arc::new(Broken { calls: watch::Sender::new(BTreeMap::new()), asked: Mutex::default() }))
    }

    /// From now on these calls do so.
    pub(crate) fn set(&self, calls: &[&'static str], mode: Mode) {
        self.0.calls.send_modify(|broken| broken.extend(calls.iter().map(|&call| (call, mode))));
    }

    /// Everything works again, also what hangs now.
    pub(crate) fn heal(&self) {
        self.0.calls.send_modify(BTreeMap::clear);
    }

    /// How often a call was made, or all calls of a port.
    pub(crate) fn asked(&self, call: &str) -> u64 {
        self.0.asked.lock().iter().filter(|(name, _)| concerns(call, name)).map(|(_, count)| count).sum()
    }

    /// Twins with this around them.
    pub(crate) fn around(&self, twins: Twins) -> Twins {
        let ports = Ports {
            social: Faulty::around(twins.ports.social, &self.0),
            log: Faulty::around(twins.ports.log, &self.0),
            dead: Faulty::around(twins.ports.dead, &self.0),
            store: Faulty::around(twins.ports.store, &self.0),
            cache: Faulty::around(twins.ports.cache, &self.0),
        };
        let projection =
            twins.projection.map(|projection| -> Arc<dyn Projection> { Faulty::around(projection, &self.0) });
        Twins { ports, projection, ..twins }
    }
}

impl Drop for Faults {
    fn drop(&mut self) {
        self.heal();
    }
}

impl Broken {
    async fn pass(&self, call: &'static str) -> Result<()> {
        *self.asked.lock().entry(call).or_default() += 1;
        let mode = |broken: &BTreeMap<&str, Mode>| {
            broken.iter().find(|(name, _)| concerns(name, call)).map(|(_, mode)| *mode)
        };
        let mut calls = self.calls.subscribe();
        let now =
            calls.wait_for(|broken| mode(broken) != Some(Mode::Hangs)).await.expect("the sender is here");
        match mode(&now) {
            None => Ok(()),
            Some(Mode::Panics) => panic!("SECRET: a part broke"),
            // no client may ever read the cause
            Some(_) => Err(Error::new(Kind::Unavailable, call, "a part does not answer")
                .with_source("SECRET: select * from users")),
        }
    }
}

/// Is `call` the named one, or one of the named port?
fn concerns(name: &str, call: &str) -> bool {
    call == name || call.split('.').next() == Some(name)
}

struct Faulty<T: ?Sized> {
    inner: Arc<T>,
    faults: Arc<Broken>,
}

impl<T: ?Sized> Faulty<T> {
    fn around(inner: Arc<T>, faults: &Arc<Broken>) -> Arc<Self> {
        Arc::new(Self { inner, faults: Arc::clone(faults) })
    }
}

/// A port whose every call passes the faults first.
macro_rules! faulty {
    ($port:ident as $name:literal { $($call:ident($($argument:ident: $kind:ty),*) -> $out:ty;)* } $($rest:item)*) => {
        #[async_trait]
        impl $port for Faulty<dyn $port> {
            $(async fn $call(&self, $($argument: $kind),*) -> Result<$out> {
                self.faults.pass(concat!($name, ".", stringify!($call))).await?;
                self.inner.$call($($argument),*).await
            })*
            $($rest)*
        }
    };
}

faulty! { Projection as "projection" {
    apply(facts: &[Placed], upto: &Positions) -> Applied;
}
    fn persist(&self) -> BoxFuture<'static, Result<Positions>> {
        let (inner, faults) = (Arc::clone(&self.inner), Arc::clone(&self.faults));
        async move {
            faults.pass("projection.persist").await?;
            inner.persist().await
        }
        .boxed()
    }
    fn positions(&self) -> Positions {
        self.inner.positions()
    }
    fn durable(&self) -> Positions {
        self.inner.durable()
    }
}

faulty! { FeedStore as "store" {
    follow(query: &FollowQuery) -> Vec<Retrieved>;
    affinity(viewer: UserId, now: Timestamp, since: Timestamp, limit: usize) -> Vec<Retrieved>;
    recent(now: Timestamp, limit: usize) -> Vec<Retrieved>;
    trending(window: Window, now: Timestamp, limit: usize) -> Vec<Hot>;
    judge(viewer: Option<UserId>, now: Timestamp, found: &mut [Candidate]) -> ();
    measure(viewer: Option<UserId>, now: Timestamp, found: &mut [Candidate]) -> ();
    suggest(viewer: UserId, now: Timestamp, limit: usize) -> Vec<Suggestion>;
    hidden_users(viewer: UserId, users: &[UserId]) -> Vec<bool>;
    days(from: i32, to: i32) -> Vec<DayMetrics>;
    active(since: Timestamp, limit: usize) -> Vec<UserId>;
    size() -> StoreSize;
    check() -> ();
} }

faulty! { EventLog as "log" {
    append(topic: Topic, records: Vec<Record>) -> Positions;
    ends() -> Positions;
    starts() -> Positions;
    commit(group: &str, positions: &Positions) -> ();
    committed(group: &str) -> Option<Positions>;
    trim(now: Timestamp) -> u64;
    check() -> ();
}
    async fn read(&self, topics: &[Topic], from: &Positions) -> Result<Box<dyn LogReader>> {
        let inner = self.inner.read(topics, from).await?;
        Ok(Box::new(FaultyReader { inner, faults: Arc::clone(&self.faults) }))
    }
}

struct FaultyReader {
    inner: Box<dyn LogReader>,
    faults: Arc<Broken>,
}

#[async_trait]
impl LogReader for FaultyReader {
    async fn next(&mut self, limit: BatchLimit) -> Result<nova::log::Batch> {
        self.faults.pass("reader.next").await?;
        self.inner.next(limit).await
    }
}

faulty! { DeadLetters as "dead" {
    bury(letters: Vec<DeadLetter>) -> ();
    list(limit: usize, before: Option<Place>) -> Vec<DeadLetter>;
    show(place: Place) -> DeadLetter;
    requeue(place: Place, now: Timestamp) -> ();
    discard(place: Place) -> ();
    expire(before: Timestamp, keep: u64) -> Expired;
    waiting() -> u64;
} }

faulty! { Social as "social" {
    write(writes: Vec<Write>) -> Vec<Result<Written>>;
    user(id: UserId, viewer: Option<UserId>) -> UserView;
    user_by_handle(handle: &str, viewer: Option<UserId>) -> UserView;
    post(id: PostId, viewer: Option<UserId>) -> PostView;
    users(list: ListOf, viewer: Option<UserId>, page: Keyset) -> Vec<(UserView, Timestamp)>;
    posts_of(author: UserId, viewer: Option<UserId>, now: Timestamp, page: Keyset) -> Vec<PostView>;
    hidden_posts(viewer: UserId, page: Keyset) -> Vec<(PostView, Timestamp)>;
    comments(post: PostId, viewer: Option<UserId>, page: Keyset) -> Vec<CommentView>;
    timeline(viewer: UserId, now: Timestamp, page: Keyset, everyone: bool) -> Vec<TimelineItem>;
    bodies(posts: &[PostId]) -> Vec<Option<Body>>;
    judge(viewer: Option<UserId>, now: Timestamp, found: &mut [Candidate]) -> ();
    sights(viewer: UserId, now: Timestamp, found: &mut [Candidate], texts: &[bool]) -> Vec<Sight>;
    comment(id: CommentId, viewer: Option<UserId>) -> CommentView;
    resnapshot() -> u64;
    check() -> ();
} }

faulty! { Cache as "cache" {
    get(space: Space, key: &str, extend: Option<Duration>) -> Option<Bytes>;
    get_all(asked: &[Asked<'_>]) -> Vec<Option<Bytes>>;
    append(space: Space, key: &str, piece: Bytes, bytes_max: usize, ttl: Duration) -> ();
    put(space: Space, key: &str, value: Bytes, ttl: Duration) -> ();
    put_if_absent(space: Space, key: &str, value: Bytes, ttl: Duration) -> bool;
    remove(space: Space, key: &str) -> ();
    remove_if(space: Space, key: &str, value: &[u8]) -> bool;
    check() -> ();
} }
