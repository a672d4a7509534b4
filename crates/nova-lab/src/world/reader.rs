//! How the people of a history read: what a visit shows them, and what they do with it.

use nova_core::model::{Action, Timestamp};

use super::World;
use super::appeal::{self, Reaction};
use crate::chance::Chance;

const HOUR_MICROS: i64 = 3_600_000_000;
/// Older posts are not looked at any more.
const AGE_MAX_MICROS: i64 = 48 * HOUR_MICROS;
/// How many of the followed a visit asks for posts, and how many posts of each it considers.
const ASKED_MAX: usize = 24;
const PER_AUTHOR_MAX: usize = 3;
/// How many finds of a visit come by topic instead of by follow.
const DISCOVERED: usize = 5;
/// Among how many of the newest posts of a topic those are found.
const DISCOVERY_DEPTH: usize = 160;
/// Posts that a person remembers having seen. Whoever is shown as many within 48 h stops reading until some have
/// aged: nobody sees, and so nobody likes, a post twice.
const MEMORY: usize = 256;
/// After each post, the chance to look at the next; 0.87 makes about six a visit.
const GOES_ON: f64 = 0.87;
const ITEMS_MAX: usize = 24;

/// Something a visit left behind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Deed {
    Event { action: Action, dwell_ms: Option<u32> },
    Like,
    Comment,
}

/// What has been written so far, as readers find it, and who has seen what.
#[derive(Debug)]
pub(super) struct Reading {
    by_author: Vec<Vec<u32>>,
    by_topic: Vec<Vec<u32>>,
    /// Likes of each post: the liked are found more.
    likes: Vec<u32>,
    seen: Vec<Vec<u32>>,
}

impl Reading {
    pub(super) fn new(world: &World) -> Self {
        let people = world.people().len();
        Self {
            by_author: vec![Vec::new(); people],
            by_topic: vec![Vec::new(); super::taste::TOPICS],
            likes: vec![0; world.posts().len()],
            seen: vec![Vec::new(); people],
        }
    }

    /// A post appears; they must come oldest first.
    pub(super) fn publish(&mut self, world: &World, post: u32) {
        let planned = &world.posts()[post as usize];
        self.by_author[planned.author as usize].push(post);
        self.by_topic[planned.topic.index()].push(post);
    }

    /// One visit of `person` at `start`. Calls `left` with the post, the moment and the deed, in the order of time.
    pub(super) fn visit(
        &mut self,
        world: &World,
        person: u32,
        start: Timestamp,
        chance: &mut Chance,
        mut left: impl FnMut(u32, Timestamp, Deed),
    ) {
        let seen = &mut self.seen[person as usize];
        seen.retain(|post| start.micros_since(world.posts()[*post as usize].at) <= AGE_MAX_MICROS);
        let mut found = self.finds(world, person, start, chance);
        found.sort_unstable_by(|(a, post_a), (b, post_b)| b.total_cmp(a).then(post_a.cmp(post_b)));
        let mut at = start;
        for (_, post) in found.into_iter().take(ITEMS_MAX) {
            if self.seen[person as usize].len() >= MEMORY {
                break;
            }
            self.seen[person as usize].push(post);
            at = self.look(world, person, post, at, chance, &mut left);
            if !chance.happens(GOES_ON) {
                break;
            }
        }
    }

    /// Unseen posts with how much they draw: new, of an author who is followed or a topic that is liked.
    fn finds(&self, world: &World, person: u32, start: Timestamp, chance: &mut Chance) -> Vec<(f64, u32)> {
        let following = world.graph().following(person);
        let mut found = Vec::with_capacity(ASKED_MAX * PER_AUTHOR_MAX + DISCOVERED);
        let first = chance.below(following.len());
        for author in following.iter().cycle().skip(first).take(following.len().min(ASKED_MAX)) {
            let newest = self.by_author[*author as usize].iter().rev();
            let fresh = newest.filter(|post| self.readable(world, person, **post, start));
            found.extend(
                fresh
                    .take(PER_AUTHOR_MAX)
                    .map(|post| (self.draw(world, person, *post, start, chance), *post)),
            );
        }
        for _ in 0..DISCOVERED {
            let topic = world.people()[person as usize].tastes.topic(chance);
            let posts = &self.by_topic[topic.index()];
            let newest = &posts[posts.len().saturating_sub(DISCOVERY_DEPTH)..];
            // the better liked of two: popularity feeds on itself, mildly
            let two = [chance.pick(newest), chance.pick(newest)];
            let best = two.into_iter().flatten().max_by_key(|post| (self.likes[**post as usize], **post));
            let Some(post) = best else { continue };
            let known = found.iter().any(|(_, other)| other == post);
            if !known && self.readable(world, person, *post, start) {
                found.push((self.draw(world, person, *post, start, chance), *post));
            }
        }
        found
    }

    fn readable(&self, world: &World, person: u32, post: u32, start: Timestamp) -> bool {
        let planned = &world.posts()[post as usize];
        let age = start.micros_since(planned.at);
        (0..=AGE_MAX_MICROS).contains(&age)
            && planned.author != person
            && !self.seen[person as usize].contains(&post)
            && !world.graph().apart(person, planned.author)
    }

    /// How early a find is shown: freshness as the ranking has it, interest, quality, and some noise.
    fn draw(&self, world: &World, person: u32, post: u32, start: Timestamp, chance: &mut Chance) -> f64 {
        let planned = &world.posts()[post as usize];
        let freshness = (-0.10 * start.hours_since(planned.at)).exp();
        let interest = world.people()[person as usize].tastes.interest(planned.topic);
        freshness * (0.3 + interest) * (0.5 + f64::from(planned.quality)) * chance.between(0.5, 1.0)
    }

    /// A post comes on the screen at `at`. Returns when the next one does.
    fn look(
        &mut self,
        world: &World,
        person: u32,
        post: u32,
        at: Timestamp,
        chance: &mut Chance,
        left: &mut impl FnMut(u32, Timestamp, Deed),
    ) -> Timestamp {
        let planned = &world.posts()[post as usize];
        let interest = world.people()[person as usize].tastes.interest(planned.topic);
        let reaction = appeal::react(interest, f64::from(planned.quality), chance);
        self.likes[post as usize] += u32::from(reaction.like);
        let mut at = at;
        for deed in deeds(reaction) {
            let pause = match deed {
                Deed::Event { action: Action::Impression, .. } => 0,
                Deed::Event { action: Action::Dwell, dwell_ms } => i64::from(dwell_ms.unwrap_or(0)) * 1_000,
                Deed::Comment => 20_000_000,
                Deed::Event { .. } | Deed::Like => 700_000,
            };
            at = Timestamp::from_micros(at.micros() + pause);
            left(post, at, deed);
        }
        Timestamp::from_micros(at.micros() + chance.between(4e5, 2e6) as i64)
    }
}

/// What a reaction leaves behind, in the order it happens.
fn deeds(reaction: Reaction) -> impl Iterator<Item = Deed> {
    let event = |action| Deed::Event { action, dwell_ms: None };
    [
        Some(event(Action::Impression)),
        reaction.view.then(|| event(Action::View)),
        reaction.dwell_ms.map(|ms| Deed::Event { action: Action::Dwell, dwell_ms: Some(ms) }),
        reaction.click.then(|| event(Action::Click)),
        reaction.like.then_some(Deed::Like),
        reaction.comment.then_some(Deed::Comment),
        reaction.share.then(|| event(Action::Share)),
        reaction.hide.then(|| event(Action::Hide)),
    ]
    .into_iter()
    .flatten()
}
