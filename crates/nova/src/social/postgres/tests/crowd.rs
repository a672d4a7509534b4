//! Many at once, as replicas are.

use std::sync::Arc;

use nova_core::error::{Error, Kind};
use nova_core::model::{PostId, UserId};
use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};
use tokio::task::JoinSet;

use super::*;
use crate::social::postgres::PostgresSocial;
use crate::social::{ListOf, NewPost, NewUser, Social, UserPatch, Write, Written};

fn user(n: u64) -> UserId {
    UserId(id(n))
}

fn new_user(n: u64, handle: &str) -> NewUser {
    NewUser { id: user(n), handle: handle.to_owned(), display_name: "Ann".to_owned() }
}

const POST: u64 = 900;

async fn people(social: &PostgresSocial, count: u64) {
    let mut writes: Vec<_> =
        (0..count).map(|n| Write::User(new_user(n, &format!("user_{n}")), at(0))).collect();
    writes.push(Write::Post(
        NewPost {
            id: PostId(id(POST)),
            author: user(0),
            text: "said".to_owned(),
            media: "[]".to_owned(),
            lang: None,
            topics: Vec::new(),
        },
        at(0),
    ));
    for answer in social.write(writes).await.expect("call") {
        answer.expect("write");
    }
}

/// All of them at the same time, each by a caller of its own.
async fn at_once(
    social: &Arc<PostgresSocial>,
    writes: impl IntoIterator<Item = Write>,
) -> Vec<Result<Written, Error>> {
    let mut callers = JoinSet::new();
    for write in writes {
        let social = Arc::clone(social);
        callers.spawn(async move { one(&*social, write).await });
    }
    callers.join_all().await
}

#[tokio::test(flavor = "multi_thread")]
async fn fifty_likes_count_fifty_and_one_like_fifty_times_one() {
    let here = Here::migrated().await;
    let social = here.social().await;
    people(&social, 50).await;
    let post = PostId(id(POST));
    let likes = (0..50).map(|n| Write::Like(user(n), post, at(n)));
    assert!(at_once(&social, likes).await.iter().all(Result::is_ok));
    assert_eq!(social.post(post, None).await.expect("post").likes, 50);
    let unlikes = (0..50).map(|_| Write::Unlike(user(7), post, at(60)));
    assert!(at_once(&social, unlikes).await.iter().all(Result::is_ok));
    assert_eq!(social.post(post, None).await.expect("post").likes, 49);
}

#[tokio::test(flavor = "multi_thread")]
async fn of_those_who_take_one_handle_one_wins() {
    let here = Here::migrated().await;
    let social = here.social().await;
    people(&social, 20).await;
    let taking = (0..40).map(|n| match n {
        0..20 => Write::User(new_user(100 + n, if n % 2 == 0 { "wanted" } else { "WANTED" }), at(1)),
        _ => {
            let patch = UserPatch { handle: Some("Wanted".to_owned()), display_name: None };
            Write::EditUser(user(n - 20), patch, at(1))
        }
    });
    let answers = at_once(&social, taking).await;
    let lost = answers.iter().filter_map(|answer| answer.as_ref().err());
    let lost: Vec<_> = lost.map(|error| (error.kind(), error.field(), error.code())).collect();
    assert_eq!(lost, [(Kind::Conflict, "handle", "handle_taken"); 39]);
}

#[tokio::test(flavor = "multi_thread")]
async fn one_row_made_by_many_is_made_once_and_answered_to_all() {
    let here = Here::migrated().await;
    let social = here.social().await;
    let answers = at_once(&social, (0..30).map(|n| Write::User(new_user(1, "ann"), at(n)))).await;
    let rows: Vec<_> = answers.into_iter().map(|answer| answer.expect("made or there")).collect();
    assert!(rows.iter().all(|row| *row == rows[0]), "one row, with the time it was made at");
    let direct = here.client().await;
    assert_eq!(direct.count("select count(*) from users").await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn storm_of_follows_and_blocks_leaves_counts_right_and_no_follow_across_a_block() {
    const PEOPLE: u64 = 5;
    let here = Here::migrated().await;
    let social = here.social().await;
    people(&social, PEOPLE).await;
    let mut callers = JoinSet::new();
    for seed in 0..12 {
        let social = Arc::clone(&social);
        callers.spawn(async move {
            let mut random = StdRng::seed_from_u64(seed);
            for n in 0..25 {
                let one_of = random.random_range(0..PEOPLE);
                let other = (one_of + random.random_range(1..PEOPLE)) % PEOPLE;
                let (one_of, other) = (user(one_of), user(other));
                let write = match random.random_range(0..8) {
                    0..4 => Write::Follow(one_of, other, at(n)),
                    4..6 => Write::Unfollow(one_of, other, at(n)),
                    6 => Write::Block(one_of, other, at(n)),
                    _ => Write::Unblock(one_of, other, at(n)),
                };
                if let Err(error) = one(&*social, write).await {
                    assert_eq!((error.kind(), error.field()), (Kind::NotFound, "followee_id"), "{error:?}");
                }
            }
        });
    }
    callers.join_all().await;
    assert_eq!(wrong_totals(&here).await, 0);
    let across = "select count(*) from follows f join blocks b
        on (b.user_id, b.target_id) in ((f.follower_id, f.followee_id), (f.followee_id, f.follower_id))";
    assert_eq!(here.client().await.count(across).await, 0);
}

/// Calls of many writes in opposite orders, so that each holds what the other wants next.
#[tokio::test(flavor = "multi_thread")]
async fn calls_in_opposite_orders_do_not_stop_each_other() {
    let here = Here::migrated().await;
    let social = here.social().await;
    people(&social, 60).await;
    let post = PostId(id(POST));
    let mut callers = JoinSet::new();
    for turn in 0..6 {
        let social = Arc::clone(&social);
        let mut writes: Vec<_> = (0..60)
            .flat_map(|n| {
                [Write::Like(user(n), post, at(n)), Write::Follow(user(n), user((n + 1) % 60), at(n))]
            })
            .collect();
        if turn % 2 == 1 {
            writes.reverse();
        }
        callers.spawn(async move { social.write(writes).await.expect("call") });
    }
    for answers in callers.join_all().await {
        assert!(answers.iter().all(Result::is_ok), "{answers:?}");
    }
    assert_eq!(wrong_totals(&here).await, 0);
    assert_eq!(social.post(post, None).await.expect("post").likes, 60);
}

/// PostgreSQL stops one of those that wait in a ring; here always ours, since the other is patient.
#[tokio::test(flavor = "multi_thread")]
async fn write_that_was_stopped_for_a_deadlock_is_tried_again() {
    let here = Here::migrated().await;
    let social = here.social().await;
    people(&social, 2).await;
    let post = PostId(id(POST));
    one(&*social, Write::Like(user(0), post, at(1))).await.expect("like");
    let (other, watch) = (here.client().await, here.client().await);
    other.run("begin; set local deadlock_timeout = '1min'; select from post_totals for update").await;
    let mut caller = JoinSet::new();
    let asked = Arc::clone(&social);
    caller.spawn(async move { one(&*asked, Write::Like(user(1), post, at(2))).await });
    while watch.count("select count(*) from pg_locks where not granted").await == 0 {
        tokio::task::yield_now().await;
    }
    // the row that ours has just made
    other.run(&format!("insert into likes select '{}', '{}', now()", id(POST), id(1))).await;
    other.run("commit").await;
    let answer = caller.join_next().await.expect("one").expect("ran");
    answer.expect("liked in the second attempt");
    assert_eq!(social.post(post, None).await.expect("post").likes, 2);
    let likers = social.users(ListOf::Likers(post), None, crate::social::Keyset { limit: 9, before: None });
    assert_eq!(likers.await.expect("list").len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn more_callers_than_connections_wait_their_turn() {
    let here = Here::migrated().await;
    people(&*here.social().await, 1).await;
    let config = crate::social::PostgresSocialConfig { pool_max: 2, ..here.config() };
    let social = Arc::new(opened(config).await.expect("open"));
    let mut callers = JoinSet::new();
    for _ in 0..100 {
        let social = Arc::clone(&social);
        callers.spawn(async move { social.user(user(0), None).await.map(drop) });
    }
    assert!(callers.join_all().await.into_iter().all(|answer| answer.is_ok()));
    let connected = format!("select count(*) from pg_stat_activity where datname = '{}'", here.name());
    assert!(
        here.client().await.count(&connected).await <= 2 + 1 + 16,
        "two, the test's own, those of the first"
    );
}
