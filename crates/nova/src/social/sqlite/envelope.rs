//! A change of a row as a Debezium envelope, so that one decoder reads the embedded twin and a connector alike.
//!
//! Ids are text, times RFC 3339 text, `media` is a JSON string (as the connector gives `jsonb`), `topics` an array.

use std::io::Write as _;

use bytes::Bytes;
use nova_core::model::{Comment, Id, Post, Table, Timestamp, User};

use super::row::Pair;
use crate::log::Record;

/// What happened to a row.
#[derive(Debug, Clone, Copy)]
pub(super) enum Op<'a, R> {
    /// It was made: `c`.
    Created(&'a R),
    /// It was `before`, now it is `after`: `u`.
    Updated { before: &'a R, after: &'a R },
    /// It is gone: `d`, and a tombstone behind it.
    Deleted(&'a R),
    /// It stands so, as a whole read of the tables found: `r`.
    Read(&'a R),
}

/// When and in which order: the `source` block of an envelope.
#[derive(Debug, Clone, Copy)]
pub(super) struct Source {
    pub(super) lsn: u64,
    pub(super) committed_at: Timestamp,
}

/// A row that can stand in an envelope.
pub(super) trait Recorded {
    /// Where it stands.
    fn table(&self) -> Table;
    /// The members of its primary key.
    fn key(&self, object: &mut Object<'_>);
    /// All members, those of the key first.
    fn columns(&self, object: &mut Object<'_>);
}

/// The records of one topic, all in one buffer: a record costs no allocation of its own.
#[derive(Debug, Default)]
pub(super) struct Envelopes {
    buffer: Vec<u8>,
    /// Where each key ends, and its value if it has one.
    ends: Vec<(usize, Option<usize>)>,
}

impl Envelopes {
    /// Adds the record of one change, for a deletion also the tombstone.
    pub(super) fn push<R: Recorded>(&mut self, op: Op<'_, R>, source: Source) {
        let (code, before, after) = match op {
            Op::Created(row) => ('c', None, Some(row)),
            Op::Updated { before, after } => ('u', Some(before), Some(after)),
            Op::Deleted(row) => ('d', Some(row), None),
            Op::Read(row) => ('r', None, Some(row)),
        };
        let Some(row) = after.or(before) else { return };
        let start = self.buffer.len();
        object(&mut self.buffer, |it| row.key(it));
        let key = self.buffer.len();
        let out = &mut self.buffer;
        for (name, side) in [("{\"before\":", before), (",\"after\":", after)] {
            out.extend_from_slice(name.as_bytes());
            match side {
                Some(row) => object(out, |it| row.columns(it)),
                None => out.extend_from_slice(b"null"),
            }
        }
        let micros = source.committed_at.micros();
        let millis = micros.div_euclid(1_000);
        let snapshot = code == 'r';
        write!(
            out,
            ",\"source\":{{\"version\":\"nova-0.1\",\"connector\":\"nova\",\"name\":\"cdc\",\"ts_ms\":{millis},\
             \"ts_us\":{micros},\"snapshot\":\"{snapshot}\",\"db\":\"social\",\"schema\":\"public\",\
             \"table\":\"{}\",\"lsn\":{}}},\"op\":\"{code}\",\"ts_ms\":{millis},\"ts_us\":{micros}}}",
            row.table().name(),
            source.lsn,
        )
        .expect("a Vec takes every byte");
        self.ends.push((key, Some(self.buffer.len())));
        if code == 'd' {
            self.buffer.extend_from_within(start..key);
            self.ends.push((self.buffer.len(), None));
        }
    }

    /// The records, in the order they were added; they share one buffer.
    pub(super) fn into_records(self) -> Vec<Record> {
        let bytes = Bytes::from(self.buffer);
        let mut start = 0;
        let cut = |(key, value): (usize, Option<usize>)| {
            let record =
                Record { key: bytes.slice(start..key), value: value.map(|end| bytes.slice(key..end)) };
            start = value.unwrap_or(key);
            record
        };
        self.ends.into_iter().map(cut).collect()
    }
}

/// A JSON object that is being written.
pub(super) struct Object<'a> {
    out: &'a mut Vec<u8>,
    empty: bool,
}

fn object(out: &mut Vec<u8>, members: impl FnOnce(&mut Object<'_>)) {
    out.push(b'{');
    members(&mut Object { out, empty: true });
    out.push(b'}');
}

impl Object<'_> {
    fn name(&mut self, name: &str) -> &mut Vec<u8> {
        if !std::mem::take(&mut self.empty) {
            self.out.push(b',');
        }
        self.out.push(b'"');
        self.out.extend_from_slice(name.as_bytes());
        self.out.extend_from_slice(b"\":");
        self.out
    }

    fn json(&mut self, name: &str, value: &impl serde::Serialize) {
        serde_json::to_writer(self.name(name), value).expect("text and lists of text are JSON");
    }

    fn id(&mut self, name: &str, id: Id) {
        self.json(name, &id);
    }

    fn time(&mut self, name: &str, time: Option<Timestamp>) {
        self.json(name, &time);
    }
}

impl Recorded for User {
    fn table(&self) -> Table {
        Table::Users
    }

    fn key(&self, object: &mut Object<'_>) {
        object.id("id", self.id.0);
    }

    fn columns(&self, object: &mut Object<'_>) {
        self.key(object);
        object.json("handle", &self.handle);
        object.json("display_name", &self.display_name);
        object.time("created_at", Some(self.created_at));
        object.time("updated_at", Some(self.updated_at));
        object.time("deleted_at", self.deleted_at);
    }
}

impl Recorded for Post {
    fn table(&self) -> Table {
        Table::Posts
    }

    fn key(&self, object: &mut Object<'_>) {
        object.id("id", self.id.0);
    }

    fn columns(&self, object: &mut Object<'_>) {
        self.key(object);
        object.id("author_id", self.author.0);
        object.json("text", &self.body.text);
        object.json("media", &self.body.media);
        object.json("lang", &self.body.lang);
        object.json("topics", &self.body.topics);
        object.time("created_at", Some(self.created_at));
        object.time("updated_at", Some(self.updated_at));
        object.time("deleted_at", self.deleted_at);
    }
}

impl Recorded for Comment {
    fn table(&self) -> Table {
        Table::Comments
    }

    fn key(&self, object: &mut Object<'_>) {
        object.id("id", self.id.0);
    }

    fn columns(&self, object: &mut Object<'_>) {
        self.key(object);
        object.id("post_id", self.post.0);
        object.id("author_id", self.author.0);
        object.json("text", &self.text);
        object.time("created_at", Some(self.created_at));
        object.time("deleted_at", self.deleted_at);
    }
}

impl Recorded for Pair {
    fn table(&self) -> Table {
        self.join.table()
    }

    fn key(&self, object: &mut Object<'_>) {
        let [first, second] = self.join.key();
        object.id(first, self.first);
        object.id(second, self.second);
    }

    fn columns(&self, object: &mut Object<'_>) {
        self.key(object);
        object.time("created_at", Some(self.created_at));
    }
}
