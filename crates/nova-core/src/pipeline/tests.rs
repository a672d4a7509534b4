//! The pipeline with parts in memory: Nova's own rules on top, sources and an enricher that fail when told to.

mod promises;

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;

use super::*;
use crate::error::{Error, Kind};
use crate::model::{PostId, Timestamp, UserId};
use crate::ranking::{Affinity, Engagement, Freshness, RankingConfig, Seen, Spacing, TooOld, Visible};

const VIEWER: u64 = 1;

/// A post of the little world: what any source would say of it, and what the enricher knows.
#[derive(Debug, Clone, Copy)]
struct Post {
    id: u64,
    author: u64,
    age_minutes: u64,
    features: Features,
    verdict: Verdict,
}

impl Post {
    fn new(id: u64, author: u64, age_minutes: u64) -> Self {
        Self { id, author, age_minutes, features: Features::default(), verdict: Verdict::CLEAR }
    }

    fn liked(self, likes: u32) -> Self {
        Self { features: Features { likes, ..self.features }, ..self }
    }

    fn judged(self, verdict: Verdict) -> Self {
        Self { verdict, ..self }
    }

    fn retrieved(&self) -> Retrieved {
        Retrieved {
            post: PostId::from_integer(self.id),
            author: UserId::from_integer(self.author),
            created_at: now().minus(Duration::from_secs(self.age_minutes * 60)),
            row: RowHint(self.id as u32),
        }
    }
}

fn now() -> Timestamp {
    Timestamp::from_millis(1_767_225_600_000)
}

fn context(page: usize) -> FeedContext {
    FeedContext { viewer: UserId::from_integer(VIEWER), now: now(), page }
}

fn fails<T>(kind: Kind) -> Result<T> {
    Err(Error::new(kind, "test.part", "told to fail"))
}

struct Fixed {
    origin: Origin,
    posts: Result<Vec<Post>, Kind>,
}

fn source(origin: Origin, posts: &[Post]) -> Box<dyn Source> {
    Box::new(Fixed { origin, posts: Ok(posts.to_vec()) })
}

fn broken(origin: Origin, kind: Kind) -> Box<dyn Source> {
    Box::new(Fixed { origin, posts: Err(kind) })
}

#[async_trait]
impl Source for Fixed {
    fn origin(&self) -> Origin {
        self.origin
    }

    async fn fetch(&self, _: &FeedContext) -> Result<Vec<Retrieved>> {
        match &self.posts {
            Ok(posts) => Ok(posts.iter().map(Post::retrieved).collect()),
            Err(kind) => fails(*kind),
        }
    }
}

/// Knows every post of the world.
#[derive(Default)]
struct World {
    posts: Vec<Post>,
    judge_fails: Option<Kind>,
    measure_fails: Option<Kind>,
}

impl World {
    fn of(posts: &[Post]) -> Self {
        Self { posts: posts.to_vec(), ..Self::default() }
    }

    fn each(&self, found: &mut [Candidate], mut set: impl FnMut(&mut Candidate, &Post)) {
        for candidate in found {
            let post = self.posts.iter().find(|post| PostId::from_integer(post.id) == candidate.post);
            set(candidate, post.expect("the world knows every post"));
        }
    }
}

#[async_trait]
impl Enricher for World {
    async fn judge(&self, _: &FeedContext, found: &mut [Candidate]) -> Result<()> {
        self.each(found, |candidate, post| candidate.verdict = post.verdict);
        self.judge_fails.map_or(Ok(()), fails)
    }

    async fn measure(&self, _: &FeedContext, found: &mut [Candidate]) -> Result<()> {
        // Half of the work is done before it fails: nothing of it may count.
        let half = found.len().div_ceil(if self.measure_fails.is_some() { 2 } else { 1 });
        self.each(&mut found[..half], |candidate, post| candidate.features = post.features);
        self.measure_fails.map_or(Ok(()), fails)
    }
}

fn pipeline(sources: Vec<Box<dyn Source>>, reserve: Box<dyn Source>, world: World) -> Pipeline {
    let config = RankingConfig::default();
    let weights = config.weights;
    Pipeline {
        sources,
        reserve,
        enricher: Box::new(world),
        filters: vec![Box::new(Visible), Box::new(TooOld::new(&config)), Box::new(Seen)],
        terms: vec![
            Term { weight: weights.freshness, scorer: Box::new(Freshness::new(config.lambda_per_hour)) },
            Term { weight: weights.engagement, scorer: Box::new(Engagement::new(config.impressions_floor)) },
            Term { weight: weights.affinity, scorer: Box::new(Affinity) },
        ],
        selector: Box::new(Spacing::new(config.rules, config.slate_max)),
    }
}

fn ids(slate: &Slate) -> Vec<u64> {
    slate.items.iter().map(|item| item.candidate.post.0.as_integer().expect("integers here")).collect()
}

fn words(missing: &[Missing]) -> Vec<&'static str> {
    missing.iter().map(|missing| missing.name()).collect()
}

/// Three posts by three authors, the first the best.
fn three() -> [Post; 3] {
    [Post::new(10, 2, 0).liked(9), Post::new(11, 3, 60).liked(3), Post::new(12, 4, 120)]
}

#[tokio::test(flavor = "current_thread")]
async fn a_post_that_several_sources_found_is_one_item_that_remembers_them() {
    let posts = three();
    let sources = vec![source(Origin::Trending, &posts[..2]), source(Origin::Follow, &posts[1..])];
    let slate = pipeline(sources, source(Origin::Recent, &[]), World::of(&posts)).run(&context(1)).await;
    let slate = slate.expect("all is well");
    assert_eq!(ids(&slate), [10, 11, 12]);
    let origins: Vec<Vec<Origin>> =
        slate.items.iter().map(|item| item.candidate.origins.iter().collect()).collect();
    assert_eq!(
        origins,
        [vec![Origin::Trending], vec![Origin::Follow, Origin::Trending], vec![Origin::Follow]]
    );
    assert_eq!(slate.items[1].candidate.origins.reason(), Origin::Follow);
    assert_eq!((slate.report.count(Origin::Follow), slate.report.count(Origin::Recent)), (Some(2), None));
    assert!(slate.report.missing().is_empty());
}

#[tokio::test(flavor = "current_thread")]
async fn a_source_that_fails_is_reported_and_the_rest_answers() {
    let posts = three();
    let sources = vec![
        broken(Origin::Affinity, Kind::Timeout),
        source(Origin::Trending, &posts),
        broken(Origin::Follow, Kind::Unavailable),
    ];
    let slate = pipeline(sources, source(Origin::Recent, &[]), World::of(&posts)).run(&context(1)).await;
    let slate = slate.expect("one source is enough");
    assert_eq!(ids(&slate), [10, 11, 12]);
    assert_eq!(words(&slate.report.missing()), ["follow", "affinity"]);
    assert_eq!(
        slate.report.failures(),
        [(Origin::Follow, Kind::Unavailable), (Origin::Affinity, Kind::Timeout)]
    );
}

#[tokio::test(flavor = "current_thread")]
async fn without_any_source_there_is_no_slate() {
    let sources = vec![broken(Origin::Follow, Kind::Timeout), broken(Origin::Trending, Kind::Unavailable)];
    let posts = three();
    let failed = pipeline(sources, source(Origin::Recent, &posts), World::of(&posts)).run(&context(20)).await;
    assert_eq!(failed.expect_err("the caller falls back").kind(), Kind::Unavailable);
}

#[tokio::test(flavor = "current_thread")]
async fn what_cannot_be_judged_is_not_shown() {
    let posts = three();
    for (asked, reserve) in [(&posts[..], &[][..]), (&[], &posts[..])] {
        let world = World { judge_fails: Some(Kind::Unavailable), ..World::of(&posts) };
        let sources = vec![source(Origin::Follow, asked)];
        let failed = pipeline(sources, source(Origin::Recent, reserve), world).run(&context(20)).await;
        assert_eq!(failed.expect_err("fails closed").kind(), Kind::Unavailable);
    }
}

#[tokio::test(flavor = "current_thread")]
async fn features_that_cannot_be_read_are_neutral_and_reported() {
    let posts = [Post::new(10, 2, 60).liked(9), Post::new(11, 3, 0), Post::new(12, 4, 120).liked(1)];
    let world = World { measure_fails: Some(Kind::Timeout), ..World::of(&posts) };
    let sources = vec![source(Origin::Follow, &posts)];
    let slate = pipeline(sources, source(Origin::Recent, &[]), world).run(&context(1)).await;
    let slate = slate.expect("fails open");
    assert_eq!(ids(&slate), [11, 10, 12], "by freshness alone");
    assert!(slate.items.iter().all(|item| item.candidate.features == Features::default()));
    assert_eq!(words(&slate.report.missing()), ["features"]);
    assert_eq!(slate.report.unmeasured_because(), Some(Kind::Timeout));
}

#[tokio::test(flavor = "current_thread")]
async fn the_reserve_is_asked_only_when_less_than_a_page_may_be_shown() {
    let mut posts = three().to_vec();
    posts[2] = posts[2].judged(Verdict::BLOCKED);
    posts.push(Post::new(13, 5, 60 * 24 * 400));
    let run = async |page| {
        let sources = vec![source(Origin::Follow, &posts[..3])];
        // The reserve also finds what was found before: refused it stays, kept it is there once.
        let reserve = source(Origin::Recent, &posts);
        pipeline(sources, reserve, World::of(&posts)).run(&context(page)).await.expect("all is well")
    };
    let full = run(2).await;
    assert_eq!((ids(&full), full.report.count(Origin::Recent)), (vec![10, 11], None));
    let short = run(3).await;
    assert_eq!((ids(&short), short.report.count(Origin::Recent)), (vec![10, 11, 13], Some(4)));
    assert_eq!(short.report.refused(Rejection::Blocked), 1, "counted once");
    assert_eq!(short.items[2].candidate.origins.reason(), Origin::Recent, "however old");
}

#[tokio::test(flavor = "current_thread")]
async fn a_reserve_that_fails_is_reported() {
    let posts = three();
    let sources = vec![source(Origin::Follow, &posts)];
    let reserve = broken(Origin::Recent, Kind::Timeout);
    let slate =
        pipeline(sources, reserve, World::of(&posts)).run(&context(20)).await.expect("three are there");
    assert_eq!((ids(&slate), words(&slate.report.missing())), (vec![10, 11, 12], vec!["recent"]));
}

#[tokio::test(flavor = "current_thread")]
async fn the_report_reads_as_json() {
    let mut posts = three();
    posts[1] = posts[1].judged(Verdict::SEEN);
    let sources = vec![source(Origin::Follow, &posts), broken(Origin::Trending, Kind::Timeout)];
    let slate = pipeline(sources, source(Origin::Recent, &[]), World::of(&posts)).run(&context(1)).await;
    assert_eq!(
        serde_json::to_string(&slate.expect("all is well").report).expect("json"),
        r#"{"fetched":{"follow":3},"rejected":{"seen":1},"failed":{"trending":"timeout"},"degraded":["trending"]}"#
    );
}

#[tokio::test(flavor = "current_thread")]
async fn ties_go_to_the_newer_then_to_the_smaller_id() {
    // A year old, freshness is 0 to the last bit that counts beside the rest: only likes speak.
    let posts = [
        Post::new(9, 2, 0),
        Post::new(3, 3, 0),
        Post::new(5, 4, 60 * 24 * 365).liked(1),
        Post::new(4, 5, 60 * 24 * 366).liked(1),
        Post::new(6, 6, 60 * 24 * 365).liked(1),
    ];
    let mut pipeline =
        pipeline(vec![source(Origin::Recent, &posts)], source(Origin::Recent, &[]), World::of(&posts));
    pipeline.terms.retain(|term| term.scorer.name() == "engagement");
    let slate = pipeline.run(&context(1)).await.expect("all is well");
    assert_eq!(ids(&slate), [5, 6, 4, 3, 9]);
}

/// Answers only once both have been asked.
struct Meets(Origin, Arc<tokio::sync::Barrier>);

#[async_trait]
impl Source for Meets {
    fn origin(&self) -> Origin {
        self.0
    }

    async fn fetch(&self, _: &FeedContext) -> Result<Vec<Retrieved>> {
        self.1.wait().await;
        Ok(Vec::new())
    }
}

#[tokio::test(flavor = "current_thread")]
async fn all_sources_are_asked_at_once() {
    let both = Arc::new(tokio::sync::Barrier::new(2));
    let meets = |origin| Box::new(Meets(origin, both.clone())) as Box<dyn Source>;
    let sources = vec![meets(Origin::Follow), meets(Origin::Trending)];
    let slate = pipeline(sources, source(Origin::Recent, &[]), World::default()).run(&context(1)).await;
    assert!(slate.expect("both answer").items.is_empty());
}

/// A signal that is no number for one author.
struct Ill;

impl Scorer for Ill {
    fn name(&self) -> &'static str {
        "ill"
    }

    fn score(&self, _: &FeedContext, candidate: &Candidate) -> f64 {
        if candidate.author == UserId::from_integer(4) { f64::NAN } else { 1.0 }
    }
}

#[tokio::test(flavor = "current_thread")]
async fn a_signal_that_is_no_number_counts_as_nothing() {
    let posts = three();
    let mut pipeline =
        pipeline(vec![source(Origin::Follow, &posts)], source(Origin::Recent, &[]), World::of(&posts));
    pipeline.terms.push(Term { weight: 2.0, scorer: Box::new(Ill) });
    let slate = pipeline.run(&context(1)).await.expect("all is well");
    assert_eq!(ids(&slate), [10, 11, 12]);
    assert_eq!(slate.items[2].values[3], 0.0);
    assert!(slate.items.iter().all(|item| item.score.is_finite()));
}
