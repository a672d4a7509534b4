//! What all sessions share: who is awake, and what has been written since the community lives.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, PoisonError};

use nova_core::model::{PostId, Timestamp, UserId};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::pace::{Pace, Pacer};
use super::stats::Stats;
use super::target::Target;
use crate::chance::{Chance, Weighted, mix};
use crate::world::World;
use crate::world::rhythm::Rhythm;
use crate::world::taste::Topic;

/// Posts written live whose topic is remembered; older ones are judged by their author.
const REMEMBERED_MAX: usize = 50_000;
/// Draws for somebody who is awake. Even at the quietest hour a draw succeeds once in twenty.
const AWAKE_TRIES: usize = 64;

#[derive(Debug)]
pub(super) struct Crowd {
    pub(super) target: Target,
    pub(super) world: Arc<World>,
    pub(super) pacer: Pacer,
    pub(super) stop: CancellationToken,
    pub(super) stats: Arc<Stats>,
    visitors: Weighted,
    began: Instant,
    written: Mutex<Written>,
}

#[derive(Debug, Default)]
struct Written {
    posts: HashMap<PostId, Nature>,
    order: VecDeque<PostId>,
}

/// What decides how a post is received.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Nature {
    pub(super) topic: Topic,
    /// 0.0..=1.0.
    pub(super) quality: f64,
}

impl Crowd {
    pub(super) fn new(
        target: Target,
        world: Arc<World>,
        pace: Pace,
        stop: CancellationToken,
        stats: Arc<Stats>,
    ) -> Self {
        let visitors = Weighted::new(world.people().iter().map(|person| person.visits_per_day));
        Self {
            target,
            world,
            pacer: Pacer::new(pace),
            stop,
            stats,
            visitors,
            began: Instant::now(),
            written: Mutex::default(),
        }
    }

    /// The community's time.
    fn now(&self) -> Timestamp {
        self.world.config().now.plus(self.began.elapsed())
    }

    /// Who comes next: the more often somebody reads and the more awake they are, the likelier.
    pub(super) fn visitor(&self, chance: &mut Chance) -> u32 {
        let (now, mut found) = (self.now(), 0);
        for _ in 0..AWAKE_TRIES {
            found = self.visitors.draw(chance).unwrap_or(0);
            let awake = self.world.people()[found].rhythm.activity(now) / Rhythm::ACTIVITY_MAX;
            if chance.happens(awake) {
                break;
            }
        }
        found as u32
    }

    /// A post was written live.
    pub(super) fn remember(&self, post: PostId, nature: Nature) {
        let mut written = self.written.lock().unwrap_or_else(PoisonError::into_inner);
        if written.order.len() >= REMEMBERED_MAX
            && let Some(oldest) = written.order.pop_front()
        {
            written.posts.remove(&oldest);
        }
        written.posts.insert(post, nature);
        written.order.push_back(post);
    }

    /// What a post is like: known if the community wrote it; else what its author mostly writes about and as well as
    /// the author can, or, from a stranger, anything.
    pub(super) fn nature(&self, post: PostId, author: UserId) -> Nature {
        if let Some(planned) = self.world.post(post) {
            return Nature { topic: planned.topic, quality: f64::from(planned.quality) };
        }
        let written = self.written.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(nature) = written.posts.get(&post) {
            return *nature;
        }
        match self.world.person(author).map(|number| &self.world.people()[number as usize]) {
            Some(author) => Nature { topic: author.tastes.main(), quality: author.skill },
            None => {
                let drawn = mix(post.bits() as u64 ^ (post.bits() >> 64) as u64);
                let topic = Topic::ALL[(drawn % Topic::ALL.len() as u64) as usize];
                Nature { topic, quality: 0.5 }
            }
        }
    }
}
