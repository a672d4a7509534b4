//! A way to the server that is cut, blocked or mute, and open again.

use std::sync::Arc;
use std::time::Duration;

use nova_core::error::Kind;
use nova_core::model::UserId;
use tokio::time::Instant;

use super::*;
use crate::social::postgres::PostgresSocial;
use crate::social::{Keyset, ListOf, NewUser, PostgresSocialConfig, Social, Write};
use crate::testbed::{Proxy, Way};

const DEADLINE: Duration = Duration::from_millis(400);
/// Deadline of a connection and of an answer, and what a machine under load adds.
const ANSWERED_WITHIN: Duration = Duration::from_secs(4);

fn user() -> UserId {
    UserId(id(1))
}

fn new_user() -> Write {
    Write::User(NewUser { id: user(), handle: "ann".to_owned(), display_name: "Ann".to_owned() }, at(0))
}

/// The twin behind a proxy, with few connections and short deadlines.
async fn behind_proxy(here: &Here, deadline: Duration) -> (Proxy, Arc<PostgresSocial>) {
    let config = here.config();
    let (login, rest) = config.url.split_once('@').expect("a login");
    let (server, database) = rest.split_once('/').expect("a database");
    let proxy = Proxy::before(server).await;
    let config = PostgresSocialConfig {
        url: format!("{login}@{}/{database}", proxy.address()),
        pool_max: 2,
        connect_deadline: deadline,
        answer_deadline: deadline,
    };
    (proxy, Arc::new(patiently(async || opened(config.clone()).await).await))
}

/// Until it succeeds; a failure meanwhile must be one that may pass.
async fn patiently<T>(attempt: impl AsyncFn() -> nova_core::error::Result<T>) -> T {
    let end = Instant::now() + Duration::from_secs(30);
    loop {
        match attempt().await {
            Ok(done) => return done,
            Err(error) => {
                assert!(error.kind().retry() && Instant::now() < end, "{error:?}");
                tokio::task::yield_now().await;
            }
        }
    }
}

#[tokio::test]
async fn way_that_is_cut_or_blocked_is_answered_in_time_and_back_by_itself() {
    let here = Here::migrated().await;
    let (proxy, social) = behind_proxy(&here, DEADLINE).await;
    patiently(async || one(&*social, new_user()).await).await;
    for (way, kinds) in
        [(Way::Cut, [Kind::Unavailable, Kind::Timeout]), (Way::Blocked, [Kind::Timeout, Kind::Timeout])]
    {
        proxy.set(way);
        for _ in 0..3 {
            let begun = Instant::now();
            let read = social.user(user(), None).await.expect_err("no way");
            let written = one(&*social, Write::DeleteUser(UserId(id(2)), at(1))).await.expect_err("no way");
            let checked = social.check().await.expect_err("no way");
            assert!(begun.elapsed() < ANSWERED_WITHIN, "{way:?}: {:?}", begun.elapsed());
            for error in [read, written, checked] {
                assert!(kinds.contains(&error.kind()), "{way:?}: {error:?}");
            }
        }
        proxy.set(Way::Open);
        patiently(async || social.user(user(), None).await).await;
        patiently(async || social.check().await).await;
    }
}

#[tokio::test]
async fn write_whose_answer_was_lost_can_be_repeated() {
    let here = Here::migrated().await;
    let (proxy, social) = behind_proxy(&here, DEADLINE).await;
    patiently(async || social.check().await).await;
    // so that the statement is known to the connection before answers stop
    patiently(async || one(&*social, new_user()).await).await;
    let other = |n| {
        Write::User(
            NewUser { id: UserId(id(n)), handle: format!("ann_{n}"), display_name: "Ann".to_owned() },
            at(0),
        )
    };
    proxy.set(Way::Mute);
    let error = one(&*social, other(3)).await.expect_err("nobody heard");
    assert_eq!(error.kind(), Kind::Timeout);
    let error = social.write((3..9).map(other).collect()).await.expect_err("nobody heard");
    assert!(error.kind().retry(), "{error:?}");
    proxy.set(Way::Open);
    let again = patiently(async || social.write((3..9).map(other).collect()).await).await;
    assert!(again.iter().all(Result::is_ok), "{again:?}");
    assert_eq!(here.client().await.count("select count(*) from users").await, 7);
}

#[tokio::test]
async fn server_that_ends_every_connection_is_asked_again() {
    let here = Here::migrated().await;
    let social = here.social().await;
    one(&*social, new_user()).await.expect("write");
    let end = format!(
        "select pg_terminate_backend(pid) from pg_stat_activity where datname = '{}' and pid <> pg_backend_pid()",
        here.name()
    );
    here.client().await.run(&end).await;
    patiently(async || social.user(user(), None).await).await;
    patiently(async || one(&*social, new_user()).await).await;
}

/// Each piece takes [`TRIP`] each way, so that what is asked one after the other would take twice as long.
#[tokio::test]
async fn several_questions_and_many_writes_are_one_way_there_and_back() {
    const TRIP: Duration = Duration::from_millis(600);
    let here = Here::migrated().await;
    let (proxy, social) = behind_proxy(&here, Duration::from_secs(20)).await;
    one(&*social, new_user()).await.expect("write");
    let page = Keyset { limit: 10, before: None };
    let list = ListOf::Followers(user());
    // from here on the connection knows the statements
    social.users(list, None, page).await.expect("list");
    let follows = || (2..40).map(|n| Write::Follow(UserId(id(n)), user(), at(n))).collect::<Vec<_>>();
    social.write(follows()).await.expect("call");
    proxy.set(Way::Slow(TRIP));
    let begun = Instant::now();
    social.users(list, None, page).await.expect("list");
    assert!(begun.elapsed() < TRIP * 4, "one way there and back is two, {:?}", begun.elapsed());
    let begun = Instant::now();
    social.write(follows()).await.expect("call");
    assert!(begun.elapsed() < TRIP * 16, "set, write, reset, wait for the disk: {:?}", begun.elapsed());
}

/// As a step of a newer program may do.
#[tokio::test]
async fn tables_that_change_their_shape_meanwhile_are_asked_anew() {
    let here = Here::migrated().await;
    let social = opened(PostgresSocialConfig { pool_max: 1, ..here.config() }).await.expect("open");
    one(&social, new_user()).await.expect("write");
    let seen = social.user(user(), None).await.expect("read");
    here.client().await.run("alter table users alter column display_name type varchar(200)").await;
    assert_eq!(patiently(async || social.user(user(), None).await).await, seen);
    patiently(async || one(&social, new_user()).await).await;
}

/// The one connection waits for a lock; its caller leaves; the next must not wait for the lock too.
#[tokio::test]
async fn caller_that_left_does_not_hold_up_the_next() {
    let here = Here::migrated().await;
    let social = opened(PostgresSocialConfig { pool_max: 1, ..here.config() }).await.expect("open");
    one(&social, new_user()).await.expect("write");
    let lock = here.client().await;
    lock.run("begin; select from users for update").await;
    let watch = here.client().await;
    tokio::select! {
        answer = one(&social, Write::DeleteUser(user(), at(1))) => panic!("answered past a lock: {answer:?}"),
        () = async {
            while watch.count("select count(*) from pg_locks where not granted").await == 0 {
                tokio::task::yield_now().await;
            }
        } => {}
    }
    social.user(user(), None).await.expect("read at once");
    lock.run("rollback").await;
}
