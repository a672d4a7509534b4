//! A log in the making.

use std::time::Duration;

use nova_core::model::{
    Action, Change, Comment, CommentId, Edge, Event, EventId, Id, Like, Post, PostBody, PostId, Row, RowKey,
    Stamp, Table, Timestamp, User, UserId,
};

use crate::log::{Place, Positions, Topic};
use crate::store::{Fact, Placed};

/// 2026-01-31T12:00:00Z, the moment of every question unless it says otherwise.
pub(crate) const NOW: Timestamp = Timestamp::from_millis(1_769_860_800_000);

pub(crate) fn user(number: u64) -> UserId {
    UserId(Id::from_integer(number))
}

pub(crate) fn post(number: u64) -> PostId {
    PostId(Id::from_integer(number))
}

pub(crate) fn ago(minutes: u64) -> Timestamp {
    NOW.minus(Duration::from_secs(minutes * 60))
}

pub(crate) const HOUR: u64 = 60;
pub(crate) const DAY: u64 = 24 * HOUR;

/// Facts with their places. Versions rise with every change unless one is given; the log receives everything a
/// microsecond apart, just before [`NOW`].
#[derive(Debug, Default)]
pub(crate) struct History {
    pub(crate) facts: Vec<Placed>,
    pub(crate) ends: Positions,
    version: u64,
    events: u64,
    /// Later than the default by so much.
    pub(crate) delay: Duration,
}

impl History {
    fn push(&mut self, topic: Topic, fact: Fact) {
        let offset = self.ends.get(topic, 0).unwrap_or(0);
        self.ends.advance(topic, 0, offset + 1);
        let received_at = ago(1).plus(self.delay).plus(Duration::from_micros(self.facts.len() as u64));
        self.facts.push(Placed { place: Place { topic, partition: 0, offset }, received_at, fact });
    }

    fn stamp(&mut self, committed_at: Timestamp) -> Stamp {
        self.version += 1;
        Stamp { version: self.version, committed_at }
    }

    pub(crate) fn put(&mut self, row: Row, committed_at: Timestamp) {
        let stamp = self.stamp(committed_at);
        self.put_stamped(row, stamp);
    }

    pub(crate) fn put_stamped(&mut self, row: Row, stamp: Stamp) {
        let topic = Topic::Change(table(&row.key()));
        self.push(topic, Fact::Change(Change::Put { row, stamp }));
    }

    pub(crate) fn delete(&mut self, key: RowKey, committed_at: Timestamp) {
        let stamp = self.stamp(committed_at);
        self.delete_stamped(key, stamp);
    }

    pub(crate) fn delete_stamped(&mut self, key: RowKey, stamp: Stamp) {
        let topic = Topic::Change(table(&key));
        self.push(topic, Fact::Change(Change::Delete { key, stamp }));
    }

    pub(crate) fn user(&mut self, number: u64) {
        self.put(Row::User(user_row(number, false)), ago(30 * DAY));
    }

    pub(crate) fn user_deleted(&mut self, number: u64) {
        self.put(Row::User(user_row(number, true)), ago(1));
    }

    pub(crate) fn post(&mut self, number: u64, author: u64, created_at: Timestamp) {
        self.put(Row::Post(post_row(number, author, created_at, false)), created_at);
    }

    pub(crate) fn post_deleted(&mut self, number: u64, author: u64, created_at: Timestamp) {
        self.put(Row::Post(post_row(number, author, created_at, true)), ago(1));
    }

    pub(crate) fn follow(&mut self, from: u64, to: u64) {
        self.put(Row::Follow(edge(from, to)), ago(20 * DAY));
    }

    pub(crate) fn block(&mut self, from: u64, to: u64) {
        self.put(Row::Block(edge(from, to)), ago(HOUR));
    }

    pub(crate) fn mute(&mut self, from: u64, to: u64) {
        self.put(Row::Mute(edge(from, to)), ago(HOUR));
    }

    pub(crate) fn like(&mut self, viewer: u64, number: u64, at: Timestamp) {
        self.put(Row::Like(like(viewer, number, at)), at);
    }

    pub(crate) fn hide(&mut self, viewer: u64, number: u64, at: Timestamp) {
        self.put(Row::Hidden(like(viewer, number, at)), at);
    }

    pub(crate) fn comment(&mut self, id: u64, author: u64, number: u64, at: Timestamp, deleted: bool) {
        self.put(Row::Comment(comment(id, author, number, at, deleted)), at);
    }

    pub(crate) fn event(&mut self, viewer: u64, number: u64, action: Action, at: Timestamp) {
        self.events += 1;
        self.event_with_id(1_000_000 + self.events, viewer, number, action, at);
    }

    pub(crate) fn dwell(&mut self, viewer: u64, number: u64, dwell_ms: u32, at: Timestamp) {
        self.event(viewer, number, Action::Dwell, at);
        if let Some(Placed { fact: Fact::Event(event), .. }) = self.facts.last_mut() {
            event.dwell_ms = Some(dwell_ms);
        }
    }

    pub(crate) fn event_with_id(&mut self, id: u64, viewer: u64, number: u64, action: Action, at: Timestamp) {
        let event = Event {
            id: EventId(Id::from_integer(id)),
            time: at,
            user: user(viewer),
            post: post(number),
            // what the client says of the author is never believed
            author: Some(user(999)),
            action,
            dwell_ms: (action == Action::Dwell).then_some(1_000),
            device: Some("ios".into()),
            app_ver: None,
        };
        self.push(Topic::Events, Fact::Event(event));
    }
}

pub(crate) fn user_row(number: u64, deleted: bool) -> User {
    User {
        id: user(number),
        handle: Some(format!("user{number}")),
        display_name: None,
        created_at: ago(30 * DAY),
        updated_at: ago(30 * DAY),
        deleted_at: deleted.then_some(ago(1)),
    }
}

pub(crate) fn post_row(number: u64, author: u64, created_at: Timestamp, deleted: bool) -> Post {
    Post {
        id: post(number),
        author: user(author),
        body: PostBody::default(),
        created_at,
        updated_at: created_at,
        deleted_at: deleted.then_some(ago(1)),
    }
}

pub(crate) fn edge(from: u64, to: u64) -> Edge {
    Edge { from: user(from), to: user(to), created_at: ago(20 * DAY) }
}

pub(crate) fn like(viewer: u64, number: u64, created_at: Timestamp) -> Like {
    Like { post: post(number), user: user(viewer), created_at }
}

pub(crate) fn comment(id: u64, author: u64, number: u64, created_at: Timestamp, deleted: bool) -> Comment {
    Comment {
        id: CommentId(Id::from_integer(id)),
        post: post(number),
        author: user(author),
        text: None,
        created_at,
        deleted_at: deleted.then_some(ago(1)),
    }
}

pub(crate) fn table(key: &RowKey) -> Table {
    match key {
        RowKey::User(_) => Table::Users,
        RowKey::Post(_) => Table::Posts,
        RowKey::Comment(_) => Table::Comments,
        RowKey::Like(..) => Table::Likes,
        RowKey::Follow(..) => Table::Follows,
        RowKey::Block(..) => Table::Blocks,
        RowKey::Mute(..) => Table::Mutes,
        RowKey::Hidden(..) => Table::HiddenPosts,
    }
}
