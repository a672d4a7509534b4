//! The formula against numbers worked out by hand, and its shape over all of its inputs.

use std::time::Duration;

use proptest::prelude::*;

use super::*;
use crate::model::{PostId, Timestamp, UserId};
use crate::pipeline::{Candidate, Features, FeedContext, Origin, Origins, RowHint, Scorer, Verdict};

fn now() -> Timestamp {
    Timestamp::from_millis(1_767_225_600_000)
}

fn candidate(age_micros: i64, features: Features) -> Candidate {
    Candidate {
        post: PostId::from_integer(1),
        author: UserId::from_integer(2),
        created_at: Timestamp::from_micros(now().micros() - age_micros),
        row: RowHint::NONE,
        origins: Origins::only(Origin::Follow),
        verdict: Verdict::CLEAR,
        features,
    }
}

fn values(candidate: &Candidate) -> [f64; 3] {
    let cx = FeedContext { viewer: UserId::from_integer(1), now: now(), page: 20 };
    let config = RankingConfig::default();
    [
        Freshness::new(config.lambda_per_hour).score(&cx, candidate),
        Engagement::new(config.impressions_floor).score(&cx, candidate),
        Affinity.score(&cx, candidate),
    ]
}

#[test]
fn the_terms_are_those_of_the_specification() {
    const HOUR: i64 = 3_600_000_000;
    const E_INVERSE: f64 = 0.367_879_441_171_442_33;
    const LN_2: f64 = std::f64::consts::LN_2;
    let nobody = Features::default();
    let liked = Features { likes: 1, impressions: 10, ..nobody };
    let unseen = Features { likes: 1, ..nobody };
    let all = Features { likes: 4, comments: 3, shares: 2, impressions: 8, interactions: 1, liked: true };
    for (age, features, [freshness, engagement, affinity]) in [
        (0, nobody, [1.0, 0.0, 0.0]),
        (10 * HOUR, nobody, [E_INVERSE, 0.0, 0.0]),
        (-HOUR, nobody, [1.0, 0.0, 0.0]),
        (HOUR, liked, [0.904_837_418_035_959_6, 0.095_310_179_804_324_87, 0.0]),
        (0, unseen, [1.0, LN_2, 0.0]),
        (0, all, [1.0, 3_f64.ln(), LN_2]),
    ] {
        let [f, e, a] = values(&candidate(age, features));
        let near = |given: f64, wanted: f64| (given - wanted).abs() < 1e-15;
        assert!(near(f, freshness) && near(e, engagement) && near(a, affinity), "{features:?}: {f} {e} {a}");
    }
}

proptest! {
    #[test]
    fn every_term_is_finite_and_moves_the_right_way(
        age in -Timestamp::MAX.micros() / 2..Timestamp::MAX.micros() / 2,
        (likes, comments, shares) in any::<(u32, u32, u32)>(),
        (impressions, interactions) in any::<(u32, u32)>(),
    ) {
        let features = Features { likes, comments, shares, impressions, interactions, liked: false };
        let [freshness, engagement, affinity] = values(&candidate(age, features));
        prop_assert!((0.0..=1.0).contains(&freshness));
        prop_assert!(engagement.is_finite() && engagement >= 0.0);
        prop_assert!(affinity.is_finite() && affinity >= 0.0);

        let more = Features {
            shares: shares.saturating_add(1),
            interactions: interactions.saturating_add(1),
            ..features
        };
        let older = age.saturating_add(Duration::from_secs(60).as_micros() as i64);
        let [decayed, engaged, closer] = values(&candidate(older, more));
        prop_assert!(decayed <= freshness && engaged >= engagement && closer >= affinity);
        let shown = Features { impressions: impressions.saturating_add(1), ..features };
        prop_assert!(values(&candidate(age, shown))[1] <= engagement);
    }
}
