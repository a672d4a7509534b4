//! Whatever the world is like.

use proptest::prelude::*;

use super::*;

fn posts() -> impl Strategy<Value = Vec<Post>> {
    let features = (0..50_u32, 0..9_u32, 0..9_u32, 0..500_u32, 0..20_u32, any::<bool>()).prop_map(
        |(likes, comments, shares, impressions, interactions, liked)| Features {
            likes,
            comments,
            shares,
            impressions,
            interactions,
            liked,
        },
    );
    let verdict = prop_oneof![
        8 => Just(Verdict::CLEAR),
        1 => Just(Verdict::MUTED),
        1 => Just(Verdict::SEEN),
    ];
    let post = (2..9_u64, 0..5_000_u64, features, verdict);
    prop::collection::vec(post, 0..50).prop_map(|all| {
        (100..)
            .zip(all)
            .map(|(id, (author, age_minutes, features, verdict))| Post {
                id,
                author,
                age_minutes,
                features,
                verdict,
            })
            .collect()
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Whoever answers first, and in whichever order each lists its posts: the same slate, to the byte.
    #[test]
    fn the_order_of_the_sources_is_not_in_the_slate(posts in posts(), cut in 0..50_usize, page in 0..30_usize) {
        let run = |turned: bool| {
            let cut = cut.min(posts.len());
            let (mut follow, mut trending) = (posts[..cut].to_vec(), posts[cut / 2..].to_vec());
            if turned {
                follow.reverse();
                trending.reverse();
            }
            let mut sources = vec![
                source(Origin::Follow, &follow),
                broken(Origin::Affinity, Kind::Timeout),
                source(Origin::Trending, &trending),
                broken(Origin::Recent, Kind::Timeout),
            ];
            if turned {
                sources.reverse();
            }
            let pipeline = pipeline(sources, source(Origin::Recent, &posts), World::of(&posts));
            futures_util::FutureExt::now_or_never(pipeline.run(&context(page)))
                .expect("nothing waits")
                .expect("two sources answer")
        };
        let (slate, turned) = (run(false), run(true));
        prop_assert_eq!(format!("{:?}", slate), format!("{:?}", turned));
    }

    #[test]
    fn the_parts_add_up_and_nothing_refused_is_shown(posts in posts()) {
        let pipeline =
            pipeline(vec![source(Origin::Recent, &posts)], source(Origin::Recent, &[]), World::of(&posts));
        let slate = futures_util::FutureExt::now_or_never(pipeline.run(&context(1)))
            .expect("nothing waits")
            .expect("the source answers");
        let mut ranks = Vec::new();
        for item in &slate.items {
            let parts: f64 = pipeline.terms.iter().zip(item.values).map(|(term, value)| term.weight * value).sum();
            prop_assert_eq!(parts, item.score);
            prop_assert_eq!(item.candidate.verdict, Verdict::CLEAR);
            ranks.push((item.rank, item));
        }
        ranks.sort_by_key(|(rank, _)| *rank);
        prop_assert!(ranks.is_sorted_by(|(_, a), (_, b)| a.order(b).is_lt()), "ranks are those of the score");
        let shown = posts.iter().filter(|post| post.verdict == Verdict::CLEAR).count();
        prop_assert_eq!(slate.items.len(), shown);
        let refused: u32 = Rejection::ALL.into_iter().map(|rejection| slate.report.refused(rejection)).sum();
        prop_assert_eq!(refused as usize, posts.len() - shown);
    }
}
