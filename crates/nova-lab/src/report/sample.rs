//! Figures of many feeds.

use std::collections::{BTreeMap, HashMap, HashSet};

use nova_core::model::Timestamp;
use serde::Serialize;

use super::{Feed, rules};
use crate::live::page::Item;
use crate::world::World;
use crate::world::taste::Topic;

/// What a sample of feeds looks like. Shares and means are over all posts shown, unless said otherwise.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Sample {
    /// Posts shown, over all viewers and pages.
    pub items: usize,
    /// Share of each `reason`, 0.0..=1.0.
    pub sources: BTreeMap<String, f64>,
    /// Different authors of a feed over its posts, mean over the feeds: 1.0 where nobody comes twice.
    pub unique_authors: f64,
    /// How unevenly the community's authors are shown: the Gini coefficient of exposure over everybody who wrote
    /// within the history. 0.0 is perfectly even, near 1.0 a few get everything.
    pub exposure_gini: f64,
    /// How well topics meet tastes: the viewer's mean interest in what is shown, 0.0..=1.0 (1.0 if all is on
    /// the viewer's main topic).
    pub taste_match: f64,
    /// The same for the first ten places only.
    pub taste_match_top10: f64,
    /// Half of the posts are younger, in hours.
    pub median_age_hours: f64,
    /// Posts that a viewer got more than once across pages. Must be 0.
    pub repeats: usize,
    /// Places that break a slate rule without saying so. Must be 0 for ranked feeds; chronological ones have no rules.
    pub rule_breaks: usize,
    /// Places marked `relaxed`.
    pub relaxed: usize,
    /// Pages on which something was missing.
    pub degraded_pages: usize,
    /// Feeds without a post.
    pub empty_feeds: usize,
}

impl Sample {
    /// `feeds` are viewers, by their place in the community, with what they got.
    pub(super) fn of(world: &World, feeds: &[(u32, Feed)], now: Timestamp) -> Self {
        let shown =
            || feeds.iter().flat_map(|(viewer, feed)| feed.items.iter().map(move |item| (*viewer, item)));
        let items = shown().count();
        let mut sources = BTreeMap::new();
        for (_, item) in shown() {
            *sources.entry(item.reason.clone()).or_insert(0.0) += 1.0 / items as f64;
        }
        let top = feeds
            .iter()
            .flat_map(|(viewer, feed)| feed.items.iter().take(10).map(move |item| (*viewer, item)));
        let filled = || feeds.iter().filter(|(_, feed)| !feed.items.is_empty()).map(|(_, feed)| feed);
        Self {
            items,
            sources,
            unique_authors: mean(filled().map(unique_authors)),
            exposure_gini: gini(exposure(world, shown().map(|(_, item)| item))),
            taste_match: mean(shown().map(|(viewer, item)| interest(world, viewer, item))),
            taste_match_top10: mean(top.map(|(viewer, item)| interest(world, viewer, item))),
            median_age_hours: median(shown().map(|(_, item)| now.hours_since(item.created_at)).collect()),
            repeats: filled().map(repeats).sum(),
            rule_breaks: filled().map(|feed| rules::broken(&feed.items)).sum(),
            relaxed: shown().filter(|(_, item)| item.relaxed).count(),
            degraded_pages: feeds.iter().map(|(_, feed)| feed.degraded_pages).sum(),
            empty_feeds: feeds.len() - filled().count(),
        }
    }
}

fn unique_authors(feed: &Feed) -> f64 {
    let authors: HashSet<_> = feed.items.iter().map(|item| item.author_id).collect();
    authors.len() as f64 / feed.items.len() as f64
}

fn repeats(feed: &Feed) -> usize {
    let posts: HashSet<_> = feed.items.iter().map(|item| item.post_id).collect();
    feed.items.len() - posts.len()
}

/// The viewer's interest in the post's topic. A post the community did not write in its history (live, or a stranger's) counts
/// by its author's main topic; a stranger's as what nobody cares for.
fn interest(world: &World, viewer: u32, item: &Item) -> f64 {
    let author = || world.person(item.author_id).map(|author| world.people()[author as usize].tastes.main());
    let topic: Option<Topic> = world.post(item.post_id).map(|post| post.topic).or_else(author);
    topic.map_or(0.0, |topic| world.people()[viewer as usize].tastes.interest(topic))
}

/// How often everybody who wrote was shown, the never shown included.
fn exposure<'a>(world: &World, items: impl Iterator<Item = &'a Item>) -> Vec<f64> {
    let writers = world.posts().iter().map(|post| world.people()[post.author as usize].id);
    let mut counts: HashMap<_, f64> = writers.map(|author| (author, 0.0)).collect();
    for item in items {
        *counts.entry(item.author_id).or_default() += 1.0;
    }
    counts.into_values().collect()
}

/// Gini coefficient of amounts that are not negative: `sum((2i - n - 1) x_i) / (n sum(x))` over the sorted. 0 when there is
/// nothing to share.
fn gini(mut amounts: Vec<f64>) -> f64 {
    amounts.sort_by(f64::total_cmp);
    let (count, total) = (amounts.len() as f64, amounts.iter().sum::<f64>());
    if total <= 0.0 {
        return 0.0;
    }
    let places = (1..).zip(&amounts).map(|(place, amount)| (2.0 * f64::from(place) - count - 1.0) * amount);
    places.sum::<f64>() / (count * total)
}

/// 0 of nothing.
fn mean(values: impl Iterator<Item = f64>) -> f64 {
    let (sum, count) = values.fold((0.0, 0.0), |(sum, count), value| (sum + value, count + 1.0));
    if count > 0.0 { sum / count } else { 0.0 }
}

/// The upper one of two middles; 0 of nothing.
fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(0.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gini_knows_the_even_and_the_uneven() {
        assert_eq!(gini(vec![2.0; 10]), 0.0);
        assert!((gini(vec![0.0, 0.0, 0.0, 8.0]) - 0.75).abs() < 1e-9);
        assert_eq!((gini(vec![]), gini(vec![0.0, 0.0])), (0.0, 0.0));
    }

    #[test]
    fn middles_and_means_of_nothing_are_zero() {
        assert_eq!((median(vec![]), mean([].into_iter())), (0.0, 0.0));
        assert_eq!((median(vec![3.0, 1.0, 2.0]), mean([1.0, 3.0].into_iter())), (2.0, 2.0));
    }
}
