//! What ranking costs without I/O: merge, score and order, place. Prints the best and the median of many rounds.
//!
//! `cargo run --release -p nova-core --example rank_cost`
//!
//! The rounds allocate some 64 KB blocks. glibc may give such memory back after each and fault it in again, which
//! adds 10 us and more, and differently for each build: to compare builds, set `MALLOC_TRIM_THRESHOLD_` and
//! `MALLOC_MMAP_THRESHOLD_` to 1000000000.

use std::time::{Duration, Instant};

use async_trait::async_trait;
use nova_core::error::Result;
use nova_core::model::{PostId, Timestamp, UserId};
use nova_core::pipeline::{
    Candidate, Enricher, Features, FeedContext, Merge, Origin, Pipeline, Report, Retrieved, RowHint,
    Selector, Source, Term,
};
use nova_core::ranking::{Affinity, Engagement, Freshness, RankingConfig, Seen, Spacing, TooOld, Visible};

const ROUNDS: usize = 3_000;

struct Nothing;

#[async_trait]
impl Source for Nothing {
    fn origin(&self) -> Origin {
        Origin::Recent
    }
    async fn fetch(&self, _: &FeedContext) -> Result<Vec<Retrieved>> {
        Ok(Vec::new())
    }
}

#[async_trait]
impl Enricher for Nothing {
    async fn judge(&self, _: &FeedContext, _: &mut [Candidate]) -> Result<()> {
        Ok(())
    }
    async fn measure(&self, _: &FeedContext, _: &mut [Candidate]) -> Result<()> {
        Ok(())
    }
}

fn pipeline(config: &RankingConfig) -> Pipeline {
    let weights = config.weights;
    Pipeline {
        sources: Vec::new(),
        reserve: Box::new(Nothing),
        enricher: Box::new(Nothing),
        filters: vec![Box::new(Visible), Box::new(TooOld::new(config)), Box::new(Seen)],
        terms: vec![
            Term { weight: weights.freshness, scorer: Box::new(Freshness::new(config.lambda_per_hour)) },
            Term { weight: weights.engagement, scorer: Box::new(Engagement::new(config.impressions_floor)) },
            Term { weight: weights.affinity, scorer: Box::new(Affinity) },
        ],
        selector: Box::new(Spacing::new(config.rules, config.slate_max)),
    }
}

/// xorshift64*: the same numbers every run.
struct Random(u64);

impl Random {
    fn below(&mut self, end: u64) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 33) % end
    }
}

/// 500 + 200 + 200 posts with some overlap, by `authors` authors with a heavy tail.
fn found(now: Timestamp, authors: u64) -> [(Origin, Vec<Retrieved>); 3] {
    let mut random = Random(7);
    let mut post = |number: u64| {
        let author = random.below(authors) * random.below(authors) / authors;
        let id = |number: u64| u128::from(number + 1) * 0x9e37_79b9_7f4a_7c15_f39c_c060_5ced_c835;
        Retrieved {
            post: PostId::from_bits(id(number)),
            author: UserId::from_bits(id(author) ^ 1),
            created_at: now.minus(Duration::from_secs(random.below(72 * 3_600))),
            row: RowHint(number as u32),
        }
    };
    [(Origin::Follow, 0..500), (Origin::Trending, 450..650), (Origin::Affinity, 600..800)]
        .map(|(origin, numbers)| (origin, numbers.map(&mut post).collect()))
}

fn merged(found: &[(Origin, Vec<Retrieved>); 3]) -> Vec<Candidate> {
    let mut merge = Merge::default();
    for (origin, posts) in found {
        merge.add(*origin, posts.clone());
    }
    merge.take()
}

#[expect(clippy::disallowed_methods, reason = "measures real time")]
#[expect(clippy::print_stdout, reason = "its purpose")]
fn measure<T>(what: &str, mut round: impl FnMut() -> T) {
    let mut micros: Vec<f64> = (0..ROUNDS)
        .map(|_| {
            let start = Instant::now();
            std::hint::black_box(round());
            start.elapsed().as_secs_f64() * 1e6
        })
        .collect();
    micros.sort_by(f64::total_cmp);
    println!("{what:42} best {:7.1} us   median {:7.1} us", micros[0], micros[ROUNDS / 2]);
}

fn main() {
    let config = RankingConfig::default();
    let pipeline = pipeline(&config);
    let now = Timestamp::from_millis(1_767_225_600_000);
    let cx = FeedContext { viewer: UserId::from_integer(0), now, page: 20 };
    for (label, authors) in [("400 authors", 400), ("40 authors", 40), ("one author", 1)] {
        let found = found(now, authors);
        let mut candidates = merged(&found);
        let mut random = Random(9);
        for candidate in &mut candidates {
            let mut below = |end| random.below(end) as u32;
            candidate.features = Features {
                likes: below(200),
                comments: below(40),
                shares: below(20),
                impressions: below(5_000),
                interactions: below(30),
                liked: false,
            };
        }
        let ranked: Vec<UserId> = candidates.iter().map(|candidate| candidate.author).collect();
        measure(&format!("{label}: merge {} of 900", candidates.len()), || merged(&found));
        let spacing = Spacing::new(config.rules, config.slate_max);
        measure(&format!("{label}: place 500 of {}", ranked.len()), || spacing.select(&cx, &ranked));
        measure(&format!("{label}: rank, place included"), || {
            pipeline.rank(&cx, candidates.clone(), Report::default())
        });
    }
}
