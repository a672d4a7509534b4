//! Pages of a feed, written straight from what the feed gave: no copy, no intermediate value.
//!
//! Each shape stands here twice, as the schema of the OpenAPI document and as the order to write it: a derived
//! serializer spends more time on names that never change, byte for byte, than on what they name. A test holds the
//! two together.

#[cfg(test)]
mod tests;

use nova_core::model::{PostId, Timestamp, UserId};
use nova_core::pipeline::Candidate;
use serde::ser::SerializeSeq as _;
use serde::{Serialize, Serializer};
use serde_json::value::RawValue;
use utoipa::ToSchema;

use super::{Id, Time};
use crate::feed::{Explain, FeedItem, FeedPage, TrendingPage};
use crate::social::Body;

/// Bytes of one item without its texts, about; with its explanation twice that.
const ITEM_BYTES: usize = 640;
/// Bytes of a page without its items, about.
const PAGE_BYTES: usize = 512;

/// One page of a feed.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes what `feed` writes")]
pub(crate) struct FeedView {
    items: Vec<ItemView>,
    #[schema(required)]
    next_cursor: Option<String>,
    /// The slate that is being scrolled through; null for a chronological page.
    #[schema(required)]
    slate_id: Option<String>,
    /// `ch` or `time`.
    algo: String,
    config_version: String,
    /// It came from a slate that was there already.
    cached: bool,
    /// What was missing: `follow`, `trending`, `affinity`, `recent`, `features`, `cache`, `social`, `store`. Empty in health.
    degraded: Vec<String>,
    as_of: AsOf,
}

/// Up to where the log is in this answer.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes what `feed` writes")]
struct AsOf {
    log: String,
    store: String,
    /// Of when the counts are, where they are not of now: those of the slate, with the viewer's own likes since.
    #[schema(value_type = Option<Time>)]
    counts: Option<Timestamp>,
}

/// One page of a trending list.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes what `trending` writes")]
pub(crate) struct TrendingView {
    /// `score` is `hot` of the window.
    items: Vec<ItemView>,
    #[schema(required)]
    next_cursor: Option<String>,
}

/// One post of a feed. Texts and counts come when they could be read.
#[derive(ToSchema)]
#[schema(as = FeedItem)]
#[expect(dead_code, reason = "describes what `Json::item` writes")]
pub(crate) struct ItemView {
    #[schema(value_type = Id)]
    post_id: PostId,
    #[schema(value_type = Id)]
    author_id: UserId,
    #[schema(value_type = Time)]
    created_at: Timestamp,
    author: Option<AuthorView>,
    text: Option<String>,
    media: Option<Vec<serde_json::Value>>,
    score: f64,
    /// Every source that found it: `follow`, `trending`, `affinity`, `recent`.
    sources: Vec<String>,
    /// The first of `sources`.
    reason: String,
    /// Placed against a rule of the slate because nothing else was left.
    relaxed: bool,
    counts: Option<CountsView>,
    viewer: Option<ViewerView>,
    explain: Option<ExplainView<'static>>,
}

#[derive(ToSchema)]
#[schema(as = Author)]
#[expect(dead_code, reason = "describes what `post` writes")]
struct AuthorView {
    #[schema(required)]
    handle: Option<String>,
    #[schema(required)]
    display_name: Option<String>,
}

#[derive(ToSchema)]
#[schema(as = FeedCounts)]
#[expect(dead_code, reason = "describes what `Json::item` writes")]
struct CountsView {
    likes: u32,
    comments: u32,
    shares: u32,
    impressions: u32,
}

#[derive(ToSchema)]
#[schema(as = FeedViewer)]
#[expect(dead_code, reason = "describes what `Json::item` writes")]
struct ViewerView {
    liked: bool,
}

/// A page of a feed as JSON.
pub(crate) fn feed(page: &FeedPage) -> Vec<u8> {
    let mut json = Json::with_capacity(&page.items);
    json.items(&page.items);
    json.value(r#","next_cursor":"#, &page.next_cursor);
    json.value(r#","slate_id":"#, &page.slate_id);
    json.word(r#","algo":"#, page.algo.name());
    json.value(r#","config_version":"#, &page.config_version);
    json.value(r#","cached":"#, &page.cached);
    json.words(r#","degraded":"#, page.missing.iter().map(|missing| missing.name()));
    json.value(r#","as_of":{"log":"#, &*page.as_of);
    json.value(r#","store":"#, &*page.as_of);
    if let Some(counted_at) = &page.counted_at {
        json.value(r#","counts":"#, counted_at);
    }
    json.raw("}}");
    json.0
}

/// A page of a trending list as JSON.
pub(crate) fn trending(page: &TrendingPage) -> Vec<u8> {
    let mut json = Json::with_capacity(&page.items);
    json.items(&page.items);
    json.value(r#","next_cursor":"#, &page.next_cursor);
    json.raw("}");
    json.0
}

/// The members of an item that are the same for every viewer: rendered once for all the pages that show a post while
/// its texts are remembered.
fn post(candidate: &Candidate, body: Option<&Body>) -> Vec<u8> {
    let texts = body.map_or(0, |body| body.text.len() + body.media.len());
    let mut json = Json(Vec::with_capacity(ITEM_BYTES / 2 + texts));
    json.value(r#"{"post_id":"#, &candidate.post);
    json.value(r#","author_id":"#, &candidate.author);
    json.value(r#","created_at":"#, &candidate.created_at);
    let Some(body) = body else { return json.0 };
    json.value(r#","author":{"handle":"#, &body.handle);
    json.value(r#","display_name":"#, &body.display_name);
    json.value(r#"},"text":"#, &body.text);
    // as it is stored; plain SQL may have stored what is no JSON, then there is none
    if let Ok(media) = serde_json::from_str::<&RawValue>(&body.media) {
        json.value(r#","media":"#, media);
    }
    json.0
}

/// JSON being written: constant parts as they stand, values by their own serializers.
struct Json(Vec<u8>);

impl Json {
    /// A guess that spares the buffer its growth.
    fn with_capacity(items: &[FeedItem]) -> Self {
        let item = |item: &FeedItem| {
            let texts = item.body.as_ref().map_or(0, |body| body.text.len() + body.media.len());
            // quotes and line breaks take two bytes in JSON
            ITEM_BYTES * (1 + usize::from(item.explain.is_some())) + texts + texts / 8
        };
        Self(Vec::with_capacity(PAGE_BYTES + items.iter().map(item).sum::<usize>()))
    }

    fn raw(&mut self, json: &str) {
        self.0.extend_from_slice(json.as_bytes());
    }

    fn value<T: Serialize + ?Sized>(&mut self, before: &str, value: &T) {
        self.raw(before);
        serde_json::to_writer(&mut self.0, value)
            .expect("memory takes every byte, and all of these values have a form");
    }

    /// A word of the API: letters, of which none needs an escape.
    fn word(&mut self, before: &str, word: &'static str) {
        self.raw(before);
        self.raw("\"");
        self.raw(word);
        self.raw("\"");
    }

    fn words(&mut self, before: &str, words: impl Iterator<Item = &'static str>) {
        self.raw(before);
        let mut gap = "[";
        for word in words {
            self.word(gap, word);
            gap = ",";
        }
        self.raw(if gap == "[" { "[]" } else { "]" });
    }

    /// The first member of a page.
    fn items(&mut self, items: &[FeedItem]) {
        self.raw(r#"{"items":["#);
        for (index, item) in items.iter().enumerate() {
            if index > 0 {
                self.raw(",");
            }
            self.item(item);
        }
        self.raw("]");
    }

    fn item(&mut self, item: &FeedItem) {
        let candidate = &item.scored.candidate;
        match &item.body {
            Some(body) => self.0.extend_from_slice(body.rendered(|body| post(candidate, Some(body)))),
            None => self.0.extend_from_slice(&post(candidate, None)),
        }
        self.value(r#","score":"#, &item.scored.score);
        self.words(r#","sources":"#, candidate.origins.iter().map(|origin| origin.name()));
        self.word(r#","reason":"#, candidate.origins.reason().name());
        self.value(r#","relaxed":"#, &item.scored.relaxed);
        if item.counted {
            let features = &candidate.features;
            self.value(r#","counts":{"likes":"#, &features.likes);
            self.value(r#","comments":"#, &features.comments);
            self.value(r#","shares":"#, &features.shares);
            self.value(r#","impressions":"#, &features.impressions);
            self.value(r#"},"viewer":{"liked":"#, &features.liked);
            self.raw("}");
        }
        if let Some(explain) = &item.explain {
            self.value(r#","explain":"#, &ExplainView::new(explain));
        }
        self.raw("}");
    }
}

/// Why an item stands where it does; the parts add up to its score.
#[derive(Serialize, ToSchema)]
#[schema(as = Explain)]
struct ExplainView<'a> {
    #[schema(value_type = Vec<TermView>)]
    terms: Terms<'a>,
    features: FeaturesView,
    /// Place before the rules of the slate, from 1.
    rank_before_rules: u32,
}

/// One term of the score: `part = value * weight`.
#[derive(Serialize, ToSchema)]
#[schema(as = Term)]
struct TermView {
    name: &'static str,
    value: f64,
    weight: f64,
    part: f64,
}

#[derive(Serialize, ToSchema)]
#[schema(as = Features)]
struct FeaturesView {
    age_hours: f64,
    likes: u32,
    comments: u32,
    shares: u32,
    impressions: u32,
    interactions_90d: u32,
}

impl<'a> ExplainView<'a> {
    fn new(explain: &'a Explain) -> Self {
        let features = &explain.features;
        Self {
            terms: Terms(&explain.terms),
            features: FeaturesView {
                age_hours: explain.age_hours,
                likes: features.likes,
                comments: features.comments,
                shares: features.shares,
                impressions: features.impressions,
                interactions_90d: features.interactions,
            },
            rank_before_rules: explain.rank_before_rules,
        }
    }
}

struct Terms<'a>(&'a [(&'static str, f64, f64)]);

impl Serialize for Terms<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut terms = serializer.serialize_seq(Some(self.0.len()))?;
        for &(name, value, weight) in self.0 {
            terms.serialize_element(&TermView { name, value, weight, part: value * weight })?;
        }
        terms.end()
    }
}
