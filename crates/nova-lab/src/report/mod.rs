//! What a ranking does for the people it ranks for: the same viewers' feeds, ranked and chronological, side by side.
//!
//! Reads over HTTP only and reports nothing as seen, so a report changes nothing it looks at.

/// Figures of many feeds.
pub mod sample;
mod rules;
mod table;

use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use bytes::Bytes;
use hyper::Method;
use nova_core::model::Timestamp;

use crate::chance::Chance;
use crate::client::Client;
use crate::live::page::{Item, Page};
use crate::live::target::Target;
use crate::world::World;
pub use sample::Sample;

/// How long one page may take.
const DEADLINE: Duration = Duration::from_secs(10);

/// What to look at.
#[derive(Debug, Clone, Copy)]
pub struct ReportConfig {
    /// How many viewers: drawn from all who follow somebody. 1 or more; everybody if there are fewer.
    pub viewers: usize,
    /// Pages of each feed: 1 or more.
    pub pages: usize,
    /// Posts of each page: 1..=100.
    pub limit: usize,
    /// Which viewers are drawn.
    pub seed: u64,
    /// The moment ages are counted from.
    pub now: Timestamp,
}

impl ReportConfig {
    /// 50 viewers, three pages of 20.
    #[must_use]
    pub const fn new(now: Timestamp) -> Self {
        Self { viewers: 50, pages: 3, limit: 20, seed: 1, now }
    }
}

/// The same viewers' feeds under both orders. Its `Display` is a table.
#[derive(Debug, Clone, serde::Serialize)]
pub struct RankingReport {
    /// How many viewers were asked for.
    pub viewers: usize,
    /// `algo=ch`.
    pub ranked: Sample,
    /// `algo=time`: what the followed wrote, newest first. The baseline.
    pub chronological: Sample,
}

/// One viewer's feed, all pages.
#[derive(Debug, Clone, Default)]
pub(crate) struct Feed {
    pub(crate) items: Vec<Item>,
    pub(crate) degraded_pages: usize,
}

/// Fetches the feeds of a sample of viewers and computes both sides.
///
/// # Errors
/// A server that cannot be reached, refuses a viewer, or answers what is no page: the first such answer ends the report.
pub async fn ranking(target: &Target, world: &World, config: &ReportConfig) -> Result<RankingReport> {
    let viewers = viewers(world, config);
    if viewers.is_empty() {
        bail!("nobody in this community follows anybody: there are no feeds to report on");
    }
    let mut client = Client::new(target.address, DEADLINE);
    let (mut ranked, mut chronological) = (Vec::new(), Vec::new());
    for viewer in &viewers {
        ranked.push((*viewer, feed(&mut client, target, world, *viewer, "ch", config).await?));
        chronological.push((*viewer, feed(&mut client, target, world, *viewer, "time", config).await?));
    }
    Ok(RankingReport {
        viewers: viewers.len(),
        ranked: Sample::of(world, &ranked, config.now),
        chronological: Sample::of(world, &chronological, config.now),
    })
}

/// Different people who follow somebody, by Fisher and Yates' shuffle as far as needed.
fn viewers(world: &World, config: &ReportConfig) -> Vec<u32> {
    let chance = &mut Chance::new(config.seed, "viewers", 0);
    let mut people: Vec<u32> = (0..world.people().len() as u32)
        .filter(|person| !world.graph().following(*person).is_empty())
        .collect();
    let count = config.viewers.clamp(1, people.len().max(1)).min(people.len());
    for place in 0..count {
        let other = place + chance.below(people.len() - place);
        people.swap(place, other);
    }
    people.truncate(count);
    people
}

async fn feed(
    client: &mut Client,
    target: &Target,
    world: &World,
    viewer: u32,
    algo: &str,
    config: &ReportConfig,
) -> Result<Feed> {
    let (name, value) = target.auth.header(world.people()[viewer as usize].id);
    let (mut feed, mut cursor) = (Feed::default(), String::new());
    for _ in 0..config.pages.max(1) {
        let limit = config.limit.clamp(1, 100);
        let path = format!("/api/v1/feed?limit={limit}&algo={algo}{cursor}");
        let answer = client.request(Method::GET, &path, &[(name, value.as_str())], Bytes::new()).await;
        let answer = answer.with_context(|| format!("GET {path}"))?;
        if answer.status != 200 {
            bail!("GET {path} of {value}: {} {}", answer.status, String::from_utf8_lossy(&answer.body));
        }
        let page: Page = serde_json::from_slice(&answer.body).with_context(|| format!("GET {path}"))?;
        feed.degraded_pages += usize::from(!page.degraded.is_empty());
        feed.items.extend(page.items);
        match page.next_cursor {
            Some(next) => cursor = format!("&cursor={next}"),
            None => break,
        }
    }
    Ok(feed)
}

#[cfg(test)]
mod tests;
