//! Who wrote what, and when.

use std::time::Duration;

use nova_core::model::{PostId, Timestamp};

use super::WorldConfig;
use super::identity::{self, Kind};
use super::person::Person;
use super::taste::Topic;
use crate::chance::{Chance, mix};

/// Nobody writes more a day, however long the tail.
const POSTS_PER_DAY_MAX: u32 = 24;
/// How much a single post departs from its author's skill.
const LUCK_SIGMA: f64 = 0.18;

/// A post of the history, without its text: that is made when it is read.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Planned {
    /// A UUID of version 7.
    pub id: PostId,
    /// The author's place in [`super::World::people`].
    pub author: u32,
    /// What it is about.
    pub topic: Topic,
    /// How good it is: 0.0..=1.0.
    pub quality: f32,
    /// When it appeared.
    pub at: Timestamp,
}

/// What names the history of a community at a moment: part of every draw that is not about the people themselves.
pub(super) fn salt(config: &WorldConfig) -> u64 {
    mix(config.seed) ^ mix(config.now.micros() as u64).rotate_left(17)
}

/// Plans every post of the history, oldest first.
pub(super) fn posts(config: &WorldConfig, people: &[Person]) -> Vec<Planned> {
    let mut posts = Vec::new();
    for (number, person) in (0..).zip(people) {
        plan(config, number, person, &mut posts);
    }
    posts.sort_unstable_by_key(|post| (post.at, post.id));
    posts
}

fn plan(config: &WorldConfig, number: u32, person: &Person, posts: &mut Vec<Planned>) {
    let salt = salt(config);
    let chance = &mut Chance::new(salt, "post", u64::from(number));
    let first = posts.len();
    for day in 0..u64::from(config.days) {
        let start = config.start().plus(Duration::from_secs(day * 86_400));
        for _ in 0..chance.times(person.posts_per_day).min(POSTS_PER_DAY_MAX) {
            let at = person.rhythm.moment(start, chance).min(config.now);
            // 16 bits hold 90 days of 24 posts
            let within = (u64::from(number) << 16) | (posts.len() - first) as u64;
            posts.push(Planned {
                id: PostId(identity::dated(salt, Kind::Post, within, at)),
                author: number,
                topic: topic(person, chance),
                quality: quality(person, chance) as f32,
                at,
            });
        }
    }
}

/// People write about what they like, and about what they like most more than that.
pub(crate) fn topic(person: &Person, chance: &mut Chance) -> Topic {
    if chance.happens(0.5) { person.tastes.main() } else { person.tastes.topic(chance) }
}

/// The author's skill, and the luck of the day.
pub(crate) fn quality(person: &Person, chance: &mut Chance) -> f64 {
    (person.skill + LUCK_SIGMA * chance.normal()).clamp(0.0, 1.0)
}
