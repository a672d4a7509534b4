//! A synthetic community: people with tastes, follows along those tastes, and a history of what they did.
//!
//! ```text
//! seed --> people --> graph --> posts --> history: hour by hour, people come, read, react  --> import lines
//!          tastes     homophily  rhythm             (appeal: the same model drives the live traffic)
//!          fame       fame
//! ```
//!
//! People and follows depend on the seed and the size only; posts and what was done with them on the present moment
//! too. Memory is bounded by people, follows and posts; the lines of a history are made as they are read.

/// What people like.
pub mod taste;
/// When they are active.
pub mod rhythm;
/// What they write.
pub mod text;
/// What they do with a post.
pub mod appeal;
mod identity;
/// Who they are.
pub mod person;
/// Whom they follow.
pub mod graph;
/// What they have written.
pub mod post;
mod reader;
/// The shape of an import line.
pub mod line;
/// Everything that happened, in the order it happened.
pub mod history;

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use nova_core::model::{PostId, Timestamp, UserId};

use crate::chance::Chance;
use graph::Graph;
use history::History;
use person::Person;
use post::Planned;
use taste::Topic;
use text::Vocabulary;

/// What makes a community. The same values give the same bytes.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct WorldConfig {
    /// How many people: 1..=2,000,000; a value outside is the nearest end.
    pub users: u32,
    /// Which community.
    pub seed: u64,
    /// Where the history ends. The live traffic goes on from here.
    pub now: Timestamp,
    /// How many days of posts and behaviour the history holds: 1..=90; a value outside is the nearest end.
    pub days: u32,
    /// Follows a person, on average.
    pub follows_mean: f64,
    /// Posts a person and day, on average.
    pub posts_per_day: f64,
    /// Visits of the feed a person and day, on average.
    pub visits_per_day: f64,
}

impl WorldConfig {
    /// A community that a laptop loads in a moment: a week, 30 follows and 5 posts a person. 2,000 people
    /// give about 200,000 lines.
    #[must_use]
    pub const fn new(users: u32, seed: u64, now: Timestamp) -> Self {
        Self { users, seed, now, days: 7, follows_mean: 30.0, posts_per_day: 0.6, visits_per_day: 0.9 }
    }

    /// Where the history starts. Accounts and most follows are older.
    #[must_use]
    pub fn start(&self) -> Timestamp {
        self.now.minus(Duration::from_secs(u64::from(self.days) * 86_400))
    }
}

/// A community at one moment. Immutable: share it.
#[derive(Debug)]
pub struct World {
    config: WorldConfig,
    words: Vocabulary,
    people: Vec<Person>,
    graph: Graph,
    posts: Vec<Planned>,
    numbers: HashMap<UserId, u32>,
    written: HashMap<PostId, u32>,
}

impl World {
    /// Draws the community: 50 ms for 2,000 people, 3 s for 100,000.
    #[must_use]
    pub fn new(config: WorldConfig) -> Arc<Self> {
        let config =
            WorldConfig { users: config.users.clamp(1, 2_000_000), days: config.days.clamp(1, 90), ..config };
        let words = Vocabulary::compiled_in();
        let people = person::people(&config, &words);
        let graph = graph::graph(&config, &people);
        let posts = post::posts(&config, &people);
        let numbers = (0..).zip(&people).map(|(number, person)| (person.id, number)).collect();
        let written = (0..).zip(&posts).map(|(number, post)| (post.id, number)).collect();
        Arc::new(Self { config, words, people, graph, posts, numbers, written })
    }

    /// What it was made from, within the limits.
    #[must_use]
    pub fn config(&self) -> &WorldConfig {
        &self.config
    }

    /// Everybody.
    #[must_use]
    pub fn people(&self) -> &[Person] {
        &self.people
    }

    /// The place of somebody in [`World::people`].
    #[must_use]
    pub fn person(&self, id: UserId) -> Option<u32> {
        self.numbers.get(&id).copied()
    }

    /// Follows and blocks.
    #[must_use]
    pub fn graph(&self) -> &Graph {
        &self.graph
    }

    /// The posts of the history, oldest first.
    #[must_use]
    pub fn posts(&self) -> &[Planned] {
        &self.posts
    }

    /// A post of the history.
    #[must_use]
    pub fn post(&self, id: PostId) -> Option<&Planned> {
        self.written.get(&id).map(|number| &self.posts[*number as usize])
    }

    /// What a topic is called in the `topics` column.
    #[must_use]
    pub fn topic_name(&self, topic: Topic) -> &'static str {
        self.words.subject(topic).name
    }

    /// A new text about `topic`, of [`text::CHARS_MIN`]..=[`text::CHARS_MAX`] characters.
    #[must_use]
    pub fn post_text(&self, topic: Topic, chance: &mut Chance) -> String {
        self.words.post(topic, chance)
    }

    /// A new answer to a post about `topic`.
    #[must_use]
    pub fn comment_text(&self, topic: Topic, chance: &mut Chance) -> String {
        self.words.comment(topic, chance)
    }

    /// The history as import lines, oldest first.
    #[must_use]
    pub fn history(self: &Arc<Self>) -> History {
        History::new(Arc::clone(self))
    }

    /// Somebody worth showing first: follows about as many as most, reads often, has a strong taste. `None` only
    /// in a community of one.
    #[must_use]
    pub fn showcase(&self) -> Option<&Person> {
        let good = |number: &usize| {
            let follows = self.graph.following(*number as u32).len();
            let person = &self.people[*number];
            let near = (follows as f64 / self.config.follows_mean - 1.0).abs();
            person.tastes.share(person.tastes.main()) - near
        };
        (0..self.people.len())
            .filter(|number| !self.graph.following(*number as u32).is_empty())
            .max_by(|a, b| good(a).total_cmp(&good(b)))
            .map(|number| &self.people[number])
    }
}

#[cfg(test)]
mod tests;
