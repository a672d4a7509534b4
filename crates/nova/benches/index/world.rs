//! A community of any size, made from numbers alone: nothing of it is kept, everything can be made again.

use nova::log::{Place, Topic};
use nova::store::{Fact, Placed};
use nova_core::model::{
    Action, Change, Edge, Event, EventId, Id, Post, PostBody, PostId, Row, Stamp, Table, Timestamp, UserId,
};

/// The moment of every question: 2026-01-31T12:00:00Z.
pub(crate) const NOW: Timestamp = Timestamp::from_millis(1_769_860_800_000);
pub(crate) const DAY_AGO: Timestamp = Timestamp::from_millis(1_769_774_400_000);
const MONTH_MICROS: u64 = 30 * 86_400_000_000;
const BATCH: u64 = 8_192;
/// Viewers whose feeds are measured: they follow and do more than most.
pub(crate) const VIEWERS: u64 = 1_000;
const VIEWER_EVENTS: u64 = 150;

#[derive(Debug, Clone, Copy)]
pub(crate) struct World {
    pub(crate) users: u64,
    pub(crate) follows: u64,
    pub(crate) posts: u64,
    pub(crate) events: u64,
    /// Follows of each measured viewer.
    pub(crate) viewer_follows: u64,
}

/// SplitMix64 (Steele, Lea, Flood 2014): a number of a number.
pub(crate) fn mix(number: u64) -> u64 {
    let mut z = number.wrapping_mul(0x9e37_79b9_7f4a_7c15).wrapping_add(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

/// Within 0..1.
fn part(seed: u64) -> f64 {
    (mix(seed) >> 11) as f64 / (1_u64 << 53) as f64
}

type Batches<'a> = Box<dyn Iterator<Item = Vec<Placed>> + 'a>;

impl World {
    pub(crate) fn from_args(args: impl Iterator<Item = String>) -> anyhow::Result<Self> {
        let mut world =
            Self { users: 20_000, follows: 1_000_000, posts: 200_000, events: 200_000, viewer_follows: 40 };
        let mut args = args.filter(|arg| arg != "--bench");
        while let Some(name) = args.next() {
            let value = args.next().ok_or_else(|| anyhow::anyhow!("{name} needs a number"))?.parse()?;
            match name.as_str() {
                "--users" => world.users = value,
                "--follows" => world.follows = value,
                "--posts" => world.posts = value,
                "--events" => world.events = value,
                "--viewer-follows" => world.viewer_follows = value,
                _ => anyhow::bail!("unknown option {name}"),
            }
        }
        Ok(world)
    }

    /// A user by rank: few are followed by many and write much. `power` 2 for follows, 3 for posts.
    fn ranked(&self, seed: u64, power: i32) -> u64 {
        (part(seed).powi(power) * self.users as f64) as u64
    }

    pub(crate) fn author(&self, post: u64) -> u64 {
        self.ranked(mix(post) ^ 0xa0, 3)
    }

    /// Posts come in the order of time.
    pub(crate) fn created_at(&self, post: u64) -> Timestamp {
        let age = (self.posts - post) as f64 / self.posts as f64 * MONTH_MICROS as f64;
        Timestamp::from_micros(NOW.micros() - age as i64)
    }

    /// Whom a user follows. The last users are the measured viewers.
    pub(crate) fn followed(&self, user: u64) -> impl Iterator<Item = u64> + '_ {
        let mean = self.follows as f64 / self.users as f64;
        let count = match self.is_viewer(user) {
            true => self.viewer_follows,
            // half of all follows by a sixth of all users
            false => (mean * 0.25 / (part(user ^ 0xf0) + 0.02).sqrt().powi(2) * 0.93) as u64,
        };
        (0..count.min(self.users / 4)).map(move |turn| self.ranked(user << 20 ^ turn ^ 0xf1, 2))
    }

    fn is_viewer(&self, user: u64) -> bool {
        user + VIEWERS >= self.users
    }

    pub(crate) fn viewers(&self) -> Vec<UserId> {
        (self.users - VIEWERS..self.users).map(user_id).collect()
    }

    pub(crate) fn anybody(&self, seed: u64) -> UserId {
        user_id(mix(seed) % self.users)
    }

    /// What the world is built of, in batches.
    pub(crate) fn parts(&self) -> [(&'static str, u64, Batches<'_>); 4] {
        [
            ("posts", self.posts, self.batches(self.posts, |world, post| world.post(post))),
            ("follows", self.follows, Box::new(self.follow_batches())),
            ("viewers' events", VIEWERS * VIEWER_EVENTS, {
                self.batches(VIEWERS * VIEWER_EVENTS, |world, number| world.viewer_event(number))
            }),
            ("events", self.events, {
                let first = VIEWERS * VIEWER_EVENTS;
                self.batches(self.events, move |world, number| world.event(first + number))
            }),
        ]
    }

    fn batches<'a>(&'a self, count: u64, fact: impl Fn(&Self, u64) -> Placed + 'a) -> Batches<'a> {
        let starts = (0..count).step_by(BATCH as usize);
        Box::new(
            starts.map(move |start| {
                (start..(start + BATCH).min(count)).map(|number| fact(self, number)).collect()
            }),
        )
    }

    fn follow_batches(&self) -> impl Iterator<Item = Vec<Placed>> {
        let mut edges = (0..self.users)
            .flat_map(|user| self.followed(user).map(move |followed| (user, followed)))
            .enumerate();
        std::iter::from_fn(move || {
            let batch: Vec<_> = edges
                .by_ref()
                .take(BATCH as usize)
                .map(|(offset, (from, to))| {
                    let row = Row::Follow(Edge { from: user_id(from), to: user_id(to), created_at: DAY_AGO });
                    change(Table::Follows, offset as u64, row)
                })
                .collect();
            (!batch.is_empty()).then_some(batch)
        })
    }

    fn post(&self, number: u64) -> Placed {
        let created_at = self.created_at(number);
        let row = Post {
            id: post_id(number),
            author: user_id(self.author(number)),
            body: PostBody::default(),
            created_at,
            updated_at: created_at,
            deleted_at: None,
        };
        change(Table::Posts, number, Row::Post(row))
    }

    /// What measured viewers did: with posts of a few authors again and again.
    fn viewer_event(&self, number: u64) -> Placed {
        let viewer = self.users - VIEWERS + number % VIEWERS;
        let post = self.recent_post(mix(number ^ 0xe1), 20);
        self.placed_event(number, viewer, post)
    }

    /// What anybody did.
    pub(crate) fn event(&self, number: u64) -> Placed {
        self.placed_event(number, mix(number ^ 0xe2) % self.users, self.recent_post(number ^ 0xe3, 10))
    }

    /// A post of the last tenth of the month, or of the last `1/within`.
    fn recent_post(&self, seed: u64, within: u64) -> u64 {
        self.posts - 1 - mix(seed) % (self.posts / within).max(1)
    }

    fn placed_event(&self, number: u64, user: u64, post: u64) -> Placed {
        // per 20: 12 impressions, 3 dwells, 2 views, 1 click, 1 like, 1 share
        let action = match mix(number ^ 0xe4) % 20 {
            0..12 => Action::Impression,
            12..15 => Action::Dwell,
            15 | 16 => Action::View,
            17 => Action::Click,
            18 => Action::Like,
            _ => Action::Share,
        };
        let event = Event {
            id: EventId(Id::from_integer(number)),
            // over the last two hours
            time: Timestamp::from_micros(NOW.micros() - (mix(number ^ 0xe5) % 7_200_000_000) as i64),
            user: user_id(user),
            post: post_id(post),
            author: None,
            action,
            dwell_ms: (action == Action::Dwell).then_some((mix(number) % 60_000) as u32),
            device: None,
            app_ver: None,
        };
        let place = Place { topic: Topic::Events, partition: 0, offset: number };
        Placed { place, received_at: NOW, fact: Fact::Event(event) }
    }
}

pub(crate) fn user_id(number: u64) -> UserId {
    UserId(Id::from_integer(number))
}

fn post_id(number: u64) -> PostId {
    // spread like random ids
    PostId(Id::from_bits(u128::from(mix(number)) << 64 | u128::from(number)))
}

fn change(table: Table, offset: u64, row: Row) -> Placed {
    let place = Place { topic: Topic::Change(table), partition: 0, offset };
    let stamp = Stamp { version: offset + 1, committed_at: DAY_AGO };
    Placed { place, received_at: NOW, fact: Fact::Change(Change::Put { row, stamp }) }
}
