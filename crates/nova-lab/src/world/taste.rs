//! What people like.

use crate::chance::Chance;

/// How many topics there are.
pub const TOPICS: usize = 24;

/// One of the things people talk about; its name stands in `text/topics.txt` and in the `topics` column of posts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Topic(u8);

impl Topic {
    /// Every topic, in the order of the vocabulary.
    pub const ALL: [Self; TOPICS] = {
        let mut all = [Self(0); TOPICS];
        let mut at = 0;
        while at < TOPICS {
            all[at] = Self(at as u8);
            at += 1;
        }
        all
    };

    /// Its place in [`Topic::ALL`].
    #[must_use]
    pub const fn index(self) -> usize {
        self.0 as usize
    }
}

/// How much of a person's interest each topic has. The shares are 0.0..=1.0 and add up to 1.
#[derive(Debug, Clone, PartialEq)]
pub struct Tastes([f32; TOPICS]);

impl Tastes {
    /// How concentrated tastes are: the sum of the parameters of the Dirichlet law they are drawn from. At 1.5 over
    /// 24 topics a person has about three that matter.
    const CONCENTRATION: f64 = 1.5;

    /// Dirichlet: a gamma draw a topic, with the topic's share of the whole community as its shape, then scaled to a
    /// sum of 1.
    pub(crate) fn draw(shares: &[f64; TOPICS], chance: &mut Chance) -> Self {
        let total: f64 = shares.iter().sum();
        let draws = shares.map(|share| chance.gamma(Self::CONCENTRATION * share / total).max(1e-12));
        let sum: f64 = draws.iter().sum();
        Self(draws.map(|draw| (draw / sum) as f32))
    }

    /// The topic's share of this person's interest.
    #[must_use]
    pub fn share(&self, topic: Topic) -> f64 {
        f64::from(self.0[topic.index()])
    }

    /// The strongest topic.
    #[must_use]
    pub fn main(&self) -> Topic {
        Topic::ALL
            .into_iter()
            .max_by(|a, b| self.0[a.index()].total_cmp(&self.0[b.index()]))
            .unwrap_or(Topic(0))
    }

    /// The `count` best liked topics, best first.
    #[must_use]
    pub fn strongest(&self, count: usize) -> Vec<Topic> {
        let mut topics: Vec<Topic> = Topic::ALL.to_vec();
        topics.sort_by(|&a, &b| self.share(b).total_cmp(&self.share(a)));
        topics.truncate(count);
        topics
    }

    /// The topic's share against that of the strongest: 1.0 for the main topic, near 0 for what leaves one cold.
    #[must_use]
    pub fn interest(&self, topic: Topic) -> f64 {
        self.share(topic) / self.share(self.main()).max(f64::MIN_POSITIVE)
    }

    /// How alike two tastes are: the cosine of their shares, 0.0..=1.0.
    #[must_use]
    pub fn likeness(&self, other: &Self) -> f64 {
        let dot = |a: &[f32; TOPICS], b: &[f32; TOPICS]| {
            a.iter().zip(b).map(|(a, b)| f64::from(*a) * f64::from(*b)).sum::<f64>()
        };
        dot(&self.0, &other.0)
            / (dot(&self.0, &self.0) * dot(&other.0, &other.0)).sqrt().max(f64::MIN_POSITIVE)
    }

    /// A topic, as likely as this person cares for it.
    pub(crate) fn topic(&self, chance: &mut Chance) -> Topic {
        let mut mark = chance.unit();
        for topic in Topic::ALL {
            mark -= self.share(topic);
            if mark < 0.0 {
                return topic;
            }
        }
        self.main()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_few_topics_are_strong_and_the_shares_add_up() {
        let shares = [1.0; TOPICS];
        let (mut top, people) = (0.0, 2_000);
        for person in 0..people {
            let tastes = Tastes::draw(&shares, &mut Chance::new(1, "taste", person));
            let mut sorted = Topic::ALL.map(|topic| tastes.share(topic));
            sorted.sort_by(|a, b| b.total_cmp(a));
            assert!((sorted.iter().sum::<f64>() - 1.0).abs() < 1e-4);
            assert_eq!(sorted[0], tastes.share(tastes.main()));
            assert_eq!(tastes.interest(tastes.main()), 1.0);
            top += sorted[..3].iter().sum::<f64>() / people as f64;
        }
        assert!((0.75..0.98).contains(&top), "three topics hold {top}");
    }

    #[test]
    fn likeness_is_one_with_oneself_and_small_across_tastes() {
        let shares = [1.0; TOPICS];
        let people: Vec<Tastes> =
            (0..60).map(|person| Tastes::draw(&shares, &mut Chance::new(1, "taste", person))).collect();
        assert!((people[0].likeness(&people[0]) - 1.0).abs() < 1e-9);
        let others = people[1..].iter().map(|other| people[0].likeness(other)).sum::<f64>() / 59.0;
        assert!(others < 0.3, "{others}");
    }
}
