//! Everything that happened, in the order it happened.
//!
//! First who joined and who followed whom before the history starts, then hour by hour: posts appear, people visit
//! by their rhythm. What a visit leaves behind may reach into the next hour and waits in a heap until then; the heap
//! holds an hour's deeds, never the history.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::io::{self, BufRead, Read};
use std::sync::Arc;
use std::time::Duration;

use nova_core::model::{CommentId, EventId, Timestamp};

use super::World;
use super::identity::{self, Kind};
use super::line::Line;
use super::post;
use super::reader::{Deed, Reading};
use crate::chance::Chance;

const HOUR: Duration = Duration::from_hours(1);
/// Of the follows, how many are made while the history runs.
const LATE_FOLLOWS: f64 = 0.03;
/// Nobody comes more often within an hour.
const VISITS_PER_HOUR_MAX: u32 = 3;
/// Lines a visit leaves on average, as measured; for the estimate only.
const LINES_PER_VISIT: f64 = 9.0;

/// Import lines, oldest first; see [`World::history`]. An iterator of JSON texts, or, by [`History::into_read`], bytes
/// to read lines from.
#[derive(Debug)]
pub struct History {
    world: Arc<World>,
    salt: u64,
    /// Joins, follows and blocks, newest first: they are taken from the end.
    ties: Vec<Happening>,
    /// How many posts have appeared.
    published: usize,
    reading: Reading,
    hour: Timestamp,
    waiting: BinaryHeap<Reverse<Happening>>,
    /// Numbers everything, so that what happens at once keeps its order.
    count: u64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Happening {
    at: Timestamp,
    number: u64,
    what: What,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum What {
    Join { person: u32 },
    Follow { from: u32, to: u32 },
    Block { from: u32, to: u32 },
    Post { post: u32 },
    Deed { person: u32, post: u32, deed: Deed },
}

impl PartialOrd for Happening {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Happening {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        (self.at, self.number).cmp(&(other.at, other.number))
    }
}

impl History {
    pub(super) fn new(world: Arc<World>) -> Self {
        let salt = post::salt(world.config());
        let ties = ties(&world, salt);
        Self {
            salt,
            published: 0,
            reading: Reading::new(&world),
            hour: world.config().start(),
            waiting: BinaryHeap::new(),
            count: ties.len() as u64,
            ties,
            world,
        }
    }

    /// About how many lines there will be in all, within a fifth: for a progress bar.
    #[must_use]
    pub fn lines_about(&self) -> u64 {
        let visits: f64 = self.world.people().iter().map(|person| person.visits_per_day).sum();
        let reading = visits * f64::from(self.world.config().days) * LINES_PER_VISIT;
        let ties = self.world.people().len() + self.world.graph().len() + self.world.graph().blocks().len();
        (ties + self.world.posts().len()) as u64 + reading as u64
    }

    /// Appends the next line as JSON, without a line end; `false` when there is none left.
    pub fn write_next(&mut self, out: &mut Vec<u8>) -> bool {
        let Some(happening) = self.happening() else { return false };
        self.line(happening).write(out);
        true
    }

    /// The lines as bytes, each with its line end.
    #[must_use]
    pub fn into_read(self) -> HistoryRead {
        HistoryRead { history: self, buffer: Vec::with_capacity(64 << 10), start: 0 }
    }

    fn happening(&mut self) -> Option<Happening> {
        let end = self.world.config().now;
        // at most 90 days of hours
        loop {
            let next_tie = self.ties.last().map(|tie| tie.at);
            let next_deed = self.waiting.peek().map(|Reverse(deed)| deed.at);
            // nothing of a later hour goes out before that hour's visits are known
            if next_tie.is_some_and(|tie| tie < self.hour && next_deed.is_none_or(|deed| tie <= deed)) {
                return self.ties.pop();
            }
            if next_deed.is_some_and(|deed| deed < self.hour && deed <= end) {
                return self.waiting.pop().map(|Reverse(deed)| deed);
            }
            if self.hour > end {
                return None;
            }
            self.pass_hour();
        }
    }

    /// Draws everything that starts in the hour, and lets it pass.
    fn pass_hour(&mut self) {
        let (start, world) = (self.hour, Arc::clone(&self.world));
        self.hour = start.plus(HOUR);
        let posts = world.posts();
        while posts.get(self.published).is_some_and(|post| post.at < self.hour) {
            let post = self.published as u32;
            self.reading.publish(&world, post);
            self.wait(posts[self.published].at, What::Post { post });
            self.published += 1;
        }
        let hours = start.micros_since(world.config().start()) / 3_600_000_000;
        let chance = &mut Chance::new(self.salt, "visits", hours as u64);
        for (number, person) in (0..).zip(world.people()) {
            let expected = person.visits_per_day / 24.0 * person.rhythm.activity(start);
            let count = chance.times(expected).min(VISITS_PER_HOUR_MAX) as usize;
            let mut starts = [Timestamp::MIN; VISITS_PER_HOUR_MAX as usize];
            starts[..count].fill_with(|| start.plus(HOUR.mul_f64(chance.unit())));
            // in order, or a later visit would forget what an earlier one is still to see
            starts[..count].sort_unstable();
            for at in &starts[..count] {
                self.visit(&world, number, *at, chance);
            }
        }
    }

    fn visit(&mut self, world: &World, person: u32, start: Timestamp, chance: &mut Chance) {
        let (waiting, count) = (&mut self.waiting, &mut self.count);
        self.reading.visit(world, person, start, chance, |post, at, deed| {
            waiting.push(Reverse(Happening { at, number: *count, what: What::Deed { person, post, deed } }));
            *count += 1;
        });
    }

    fn wait(&mut self, at: Timestamp, what: What) {
        self.waiting.push(Reverse(Happening { at, number: self.count, what }));
        self.count += 1;
    }

    fn line(&self, happening: Happening) -> Line<'_> {
        let people = self.world.people();
        let id = |person: u32| people[person as usize].id;
        let Happening { at, number, what } = happening;
        match what {
            What::Join { person } => {
                let person = &people[person as usize];
                Line::User {
                    id: person.id,
                    handle: &person.handle,
                    display_name: &person.display_name,
                    created_at: at,
                }
            }
            What::Follow { from, to } => {
                Line::Follow { follower_id: id(from), followee_id: id(to), created_at: at }
            }
            What::Block { from, to } => Line::Block { user_id: id(from), target_id: id(to), created_at: at },
            What::Post { post } => {
                let planned = &self.world.posts()[post as usize];
                let chance = &mut Chance::new(self.salt, "text", u64::from(post));
                Line::Post {
                    id: planned.id,
                    author_id: id(planned.author),
                    text: self.world.post_text(planned.topic, chance),
                    lang: "en",
                    topics: [self.world.topic_name(planned.topic)],
                    created_at: at,
                }
            }
            What::Deed { person, post, deed } => self.deed(at, number, person, post, deed),
        }
    }

    fn deed(&self, at: Timestamp, number: u64, person: u32, post: u32, deed: Deed) -> Line<'_> {
        let planned = &self.world.posts()[post as usize];
        let (people, post_id) = (self.world.people(), planned.id);
        let user_id = people[person as usize].id;
        match deed {
            Deed::Like => Line::Like { post_id, user_id, created_at: at },
            Deed::Comment => Line::Comment {
                id: CommentId(identity::dated(self.salt, Kind::Comment, number, at)),
                post_id,
                author_id: user_id,
                text: self.world.comment_text(planned.topic, &mut Chance::new(self.salt, "comment", number)),
                created_at: at,
            },
            Deed::Event { action, dwell_ms } => Line::Event {
                event_id: EventId(identity::dated(self.salt, Kind::Event, number, at)),
                event_time: at,
                user_id,
                post_id,
                author_id: people[planned.author as usize].id,
                action: action.name(),
                dwell_ms,
                device: ["phone", "phone", "phone", "desktop", "tablet"][person as usize % 5],
                app_ver: ["3.2.0", "3.1.4"][person as usize % 2],
            },
        }
    }
}

/// Everything that ties people to the community and to each other, newest first.
fn ties(world: &World, salt: u64) -> Vec<Happening> {
    let (people, config) = (world.people(), world.config());
    let (start, now) = (config.start(), config.now);
    let between = |from: Timestamp, to: Timestamp, chance: &mut Chance| {
        from.plus(Duration::from_micros((to.micros_since(from).max(0) as f64 * chance.unit()) as u64))
    };
    let mut ties = Vec::with_capacity(people.len() + world.graph().len());
    for (person, joined) in (0..).zip(people.iter().map(|person| person.joined)) {
        ties.push((joined, What::Join { person }));
    }
    for (from, person) in (0..).zip(people) {
        let chance = &mut Chance::new(salt, "followed", u64::from(from));
        for to in world.graph().following(from) {
            let both = person.joined.max(people[*to as usize].joined);
            let late = chance.happens(LATE_FOLLOWS);
            let at = if late { between(start, now, chance) } else { between(both, start, chance) };
            ties.push((at, What::Follow { from, to: *to }));
        }
    }
    let chance = &mut Chance::new(salt, "blocked", 0);
    for (from, to) in world.graph().blocks() {
        ties.push((between(start, now, chance), What::Block { from: *from, to: *to }));
    }
    let numbered = (0..).zip(ties).map(|(number, (at, what))| Happening { at, number, what });
    let mut ties: Vec<Happening> = numbered.collect();
    ties.sort_unstable_by(|a, b| b.cmp(a));
    ties
}

impl Iterator for History {
    type Item = String;

    fn next(&mut self) -> Option<String> {
        let happening = self.happening()?;
        let mut line = Vec::with_capacity(320);
        self.line(happening).write(&mut line);
        Some(String::from_utf8(line).expect("serde_json writes UTF-8"))
    }
}

/// A history as bytes; see [`History::into_read`].
#[derive(Debug)]
pub struct HistoryRead {
    history: History,
    buffer: Vec<u8>,
    start: usize,
}

impl BufRead for HistoryRead {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        if self.start == self.buffer.len() {
            self.buffer.clear();
            self.start = 0;
            // a line has less than 1 KiB: the buffer does not grow
            while self.buffer.len() < 63 << 10 && self.history.write_next(&mut self.buffer) {
                self.buffer.push(b'\n');
            }
        }
        Ok(&self.buffer[self.start..])
    }

    fn consume(&mut self, amount: usize) {
        self.start = (self.start + amount).min(self.buffer.len());
    }
}

impl Read for HistoryRead {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let ready = self.fill_buf()?;
        let amount = ready.len().min(out.len());
        out[..amount].copy_from_slice(&ready[..amount]);
        self.consume(amount);
        Ok(amount)
    }
}
