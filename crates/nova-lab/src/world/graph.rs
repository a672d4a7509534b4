//! Who follows whom.

use std::collections::HashSet;

use super::WorldConfig;
use super::person::Person;
use super::taste::Topic;
use crate::chance::{Chance, Weighted};

/// How a person finds whom to follow; what is left over goes by fame alone.
const BY_TASTE: f64 = 0.66;
const BY_FRIENDS: f64 = 0.18;
/// How likely a follow is returned by somebody of the same main topic.
const RETURNED: f64 = 0.15;
/// Spread of how many people follow: the deviation of the logarithm.
const FOLLOWS_SIGMA: f64 = 0.8;
/// Nobody follows more, however large the community.
const FOLLOWS_MAX: usize = 1_500;
/// Draws a follow may take before the person is content with fewer.
const TRIES_PER_FOLLOW: usize = 6;
/// How many people keep somebody away, at most one block each.
const BLOCKING: f64 = 0.03;

/// Follows and blocks, by place in the list of people.
#[derive(Debug)]
pub struct Graph {
    following: Vec<Box<[u32]>>,
    blocks: Vec<(u32, u32)>,
    blocked: HashSet<(u32, u32)>,
}

impl Graph {
    /// Whom `person` follows, in no order that means anything.
    #[must_use]
    pub fn following(&self, person: u32) -> &[u32] {
        &self.following[person as usize]
    }

    /// How many follows there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.following.iter().map(|list| list.len()).sum()
    }

    /// Whether nobody follows anybody.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Who blocked whom.
    #[must_use]
    pub fn blocks(&self) -> &[(u32, u32)] {
        &self.blocks
    }

    /// Whether either has blocked the other.
    pub(super) fn apart(&self, one: u32, other: u32) -> bool {
        self.blocked.contains(&(one, other)) || self.blocked.contains(&(other, one))
    }
}

/// Draws the graph: by taste first, then friends of friends, then fame; some follows are returned.
pub(super) fn graph(config: &WorldConfig, people: &[Person]) -> Graph {
    let finder = Finder::new(people);
    let mut following: Vec<Vec<u32>> = Vec::with_capacity(people.len());
    for person in 0..people.len() as u32 {
        let list = finder.list(config, person, &following);
        following.push(list);
    }
    return_some(config, people, &mut following);
    let blocks = blocks(config, people, &following);
    Graph {
        following: following.into_iter().map(Vec::into_boxed_slice).collect(),
        blocked: blocks.iter().copied().collect(),
        blocks,
    }
}

/// Everybody by topic and by fame.
struct Finder<'a> {
    people: &'a [Person],
    fame: Weighted,
    /// Per topic those who care for it, and their fame times their interest.
    circles: Vec<(Vec<u32>, Weighted)>,
}

impl<'a> Finder<'a> {
    /// Who is part of a topic's circle: at least this share of their interest goes there.
    const CIRCLE_SHARE: f64 = 0.15;

    fn new(people: &'a [Person]) -> Self {
        let circle = |topic: Topic| {
            let belongs = |number: &u32| people[*number as usize].tastes.share(topic) >= Self::CIRCLE_SHARE;
            let members: Vec<u32> = (0..people.len() as u32).filter(belongs).collect();
            let weight = |number: &u32| {
                let person = &people[*number as usize];
                person.fame * person.tastes.share(topic)
            };
            let weights = Weighted::new(members.iter().map(weight));
            (members, weights)
        };
        Self {
            people,
            fame: Weighted::new(people.iter().map(|person| person.fame)),
            circles: Topic::ALL.into_iter().map(circle).collect(),
        }
    }

    /// Whom `person` follows, given the lists of those before.
    fn list(&self, config: &WorldConfig, person: u32, before: &[Vec<u32>]) -> Vec<u32> {
        let chance = &mut Chance::new(config.seed, "follow", u64::from(person));
        // half of a small community at most, or there would be nobody left to discover
        let most = (self.people.len() / 2).min(FOLLOWS_MAX);
        // a third more than the mean come by returned follows and fall to repeats; measured, see the tests
        let wanted = chance.log_normal(config.follows_mean, FOLLOWS_SIGMA).round() as usize;
        let wanted = wanted.clamp(2.min(most), most);
        let (mut list, mut known) = (Vec::with_capacity(wanted), HashSet::from([person]));
        for _ in 0..wanted * TRIES_PER_FOLLOW {
            if list.len() == wanted {
                break;
            }
            let found = self.found(person, &list, before, chance);
            if let Some(found) = found.filter(|found| known.insert(*found)) {
                list.push(found);
            }
        }
        list
    }

    fn found(&self, person: u32, list: &[u32], before: &[Vec<u32>], chance: &mut Chance) -> Option<u32> {
        let way = chance.unit();
        if way < BY_TASTE {
            let topic = self.people[person as usize].tastes.topic(chance);
            let (members, weights) = &self.circles[topic.index()];
            return weights.draw(chance).map(|place| members[place]);
        }
        if way < BY_TASTE + BY_FRIENDS {
            let friend = *chance.pick(list)?;
            return before.get(friend as usize).and_then(|theirs| chance.pick(theirs)).copied();
        }
        self.fame.draw(chance).map(|place| place as u32)
    }
}

/// Lets some of the followed follow back, where they share a main topic.
fn return_some(config: &WorldConfig, people: &[Person], following: &mut [Vec<u32>]) {
    let mut known: HashSet<(u32, u32)> = HashSet::new();
    let mut returned = Vec::new();
    let chance = &mut Chance::new(config.seed, "return", 0);
    for (from, list) in following.iter().enumerate() {
        for to in list {
            let alike = people[from].tastes.main() == people[*to as usize].tastes.main();
            // the famous do not follow a crowd back
            if alike && chance.happens(RETURNED / people[*to as usize].fame.sqrt()) {
                returned.push((*to, from as u32));
            }
        }
    }
    for (from, to) in returned {
        let list = &mut following[from as usize];
        if list.len() < FOLLOWS_MAX && known.insert((from, to)) && !list.contains(&to) {
            list.push(to);
        }
    }
}

/// A few people keep away somebody they do not follow, and who does not follow them.
fn blocks(config: &WorldConfig, people: &[Person], following: &[Vec<u32>]) -> Vec<(u32, u32)> {
    let chance = &mut Chance::new(config.seed, "block", 0);
    let mut blocks = Vec::new();
    for from in 0..people.len() as u32 {
        if !chance.happens(BLOCKING) {
            continue;
        }
        let to = chance.below(people.len()) as u32;
        let tied = following[from as usize].contains(&to) || following[to as usize].contains(&from);
        if from != to && !tied {
            blocks.push((from, to));
        }
    }
    blocks
}
