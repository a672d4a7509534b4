//! Whatever is written, this twin answers and shows what the embedded one does.

use std::fmt::Debug;
use std::sync::Arc;

use nova_core::error::Error;
use nova_core::model::{CommentId, PostId, UserId};
use nova_core::pipeline::{Candidate, Features, Origin, Origins, RowHint, Verdict};
use nova_core::ranking::RankingConfig;
use nova_core::testkit::ManualClock;
use proptest::prelude::*;
use tempfile::TempDir;

use super::*;
use crate::log::sqlite::Wake;
use crate::social::contract::history::writes;
use crate::social::{Keyset, ListOf, Social, SqliteSocial, Write, Written};

/// An answer without what the twins say differently: sentences and log positions.
fn told<T: Debug>(outcome: Result<T, Error>) -> String {
    match outcome {
        Ok(found) => format!("{found:?}"),
        Err(error) => format!("{:?} {} {}", error.kind(), error.field(), error.code()),
    }
}

fn placeless(written: Written) -> Written {
    match written {
        Written::User(user, _) => Written::User(user, None),
        Written::Post(post, _) => Written::Post(post, None),
        Written::Comment(comment, _) => Written::Comment(comment, None),
        Written::Edge(_) => Written::Edge(None),
    }
}

async fn answers(social: &dyn Social, call: Vec<Write>) -> Vec<String> {
    let answers = social.write(call).await.expect("call");
    answers.into_iter().map(|answer| told(answer.map(placeless))).collect()
}

/// Everything that can be asked, by everybody.
async fn picture(social: &dyn Social) -> Vec<String> {
    let page = Keyset { limit: 4, before: None };
    let now = "2024-01-01T00:00:00Z".parse().expect("time");
    let mut seen = Vec::new();
    for viewer in (0..6).map(|n| (n < 5).then(|| UserId(id(n)))) {
        for n in 0..5 {
            let user = UserId(id(n));
            seen.push(told(social.user(user, viewer).await));
            seen.push(told(social.posts_of(user, viewer, now, page).await));
            seen.push(told(social.comment(CommentId(id(n)), viewer).await));
            for list in
                [ListOf::Followers(user), ListOf::Following(user), ListOf::Blocks(user), ListOf::Mutes(user)]
            {
                seen.push(told(social.users(list, viewer, page).await));
            }
        }
        let posts: Vec<_> = (0..6).map(|n| PostId(id(n))).collect();
        for &post in &posts {
            seen.push(told(social.post(post, viewer).await));
            seen.push(told(social.comments(post, viewer, page).await));
            seen.push(told(social.users(ListOf::Likers(post), viewer, page).await));
        }
        for handle in ["a", "AB", "bb"] {
            seen.push(told(social.user_by_handle(handle, viewer).await));
        }
        let mut found: Vec<_> = posts.iter().map(|post| candidate(*post)).collect();
        social.judge(viewer, now, &mut found).await.expect("judge");
        seen.push(format!("{:?}", found.iter().map(|candidate| candidate.verdict).collect::<Vec<_>>()));
        seen.push(told(social.bodies(&posts).await));
        if let Some(viewer) = viewer {
            seen.push(told(social.hidden_posts(viewer, page).await));
            for everyone in [false, true] {
                seen.push(told(social.timeline(viewer, now, page, everyone).await));
            }
        }
    }
    seen
}

fn candidate(post: PostId) -> Candidate {
    Candidate {
        post,
        author: UserId(id(0)),
        created_at: at(0),
        row: RowHint::NONE,
        origins: Origins::only(Origin::Follow),
        verdict: Verdict::CLEAR,
        features: Features::default(),
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 8, max_shrink_iters: 60, ..ProptestConfig::default() })]

    #[test]
    fn of_any_kind_looks_as_in_the_embedded_twin(
        calls in proptest::collection::vec(proptest::collection::vec(writes(id), 1..40), 1..6),
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("runtime");
        runtime.block_on(async {
            let dir = TempDir::new().expect("a directory");
            let early_tolerance = RankingConfig::default().early_tolerance();
            let clock = Arc::new(ManualClock::new(at(0)));
            let embedded = SqliteSocial::open(dir.path(), clock, Wake::new(), early_tolerance).expect("open");
            let here = Here::migrated().await;
            let social = here.social().await;
            for call in calls {
                // by one call, and one by one: the ways differ inside
                if call.len() % 2 == 0 {
                    assert_eq!(answers(&*social, call.clone()).await, answers(&embedded, call).await);
                } else {
                    for write in call {
                        assert_eq!(
                            answers(&*social, vec![write.clone()]).await,
                            answers(&embedded, vec![write.clone()]).await,
                            "{write:?}"
                        );
                    }
                }
            }
            for (ours, theirs) in picture(&*social).await.into_iter().zip(picture(&embedded).await) {
                assert_eq!(ours, theirs);
            }
            assert_eq!(wrong_totals(&here).await, 0);
        });
    }
}
