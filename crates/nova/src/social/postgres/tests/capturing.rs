//! What stands in the way of change capture, and rows that are sent through it again.

use figment::Figment;
use figment::providers::{Format as _, Toml};

use super::*;
use crate::social::Social;
use crate::social::postgres::PostgresSocial;
use crate::social::postgres::capture::Capture;
use crate::testbed;

async fn findings(social: &PostgresSocial, capture: &Capture) -> Vec<String> {
    social.verify(capture).await.expect("asked").iter().map(ToString::to_string).collect()
}

#[tokio::test]
async fn migrated_tables_are_ready() {
    let here = Here::migrated().await;
    let social = here.social().await;
    assert_eq!(findings(&social, &Capture::default()).await, Vec::<String>::new());
    let direct = here.client().await;
    let published = "select tablename::text from pg_publication_tables where pubname = 'nova_cdc' order by 1";
    assert_eq!(
        direct.texts(published).await,
        ["blocks", "comments", "follows", "hidden_posts", "likes", "mutes", "posts", "users"]
    );
}

#[tokio::test]
async fn everything_in_the_way_is_named_with_a_cure_that_works() {
    let here = Here::migrated().await;
    let social = here.social().await;
    let direct = here.client().await;
    let user = testbed::unique("nova_connector_");
    direct.run(&format!("create role {user} login")).await;
    direct
        .run("create table diary (id integer primary key); alter publication nova_cdc add table diary")
        .await;
    direct.run("alter publication nova_cdc drop table likes").await;
    direct.run("alter publication nova_cdc set (publish = 'insert')").await;
    direct
        .run("alter table follows replica identity default; alter table mutes replica identity nothing")
        .await;
    let capture = Capture { user: Some(user.clone()), ..Capture::default() };
    let found = findings(&social, &capture).await;
    let has = |words: &str| assert!(found.iter().any(|line| line.contains(words)), "{words}: {found:#?}");
    has("may not replicate");
    has("leaves out some kinds");
    has("lacks public.likes");
    has("holds public.diary");
    has("public.follows is default");
    has("public.mutes is nothing");
    has("may not read public.users");
    assert_eq!(found.len(), 6 + 8, "{found:#?}");
    assert!(found.iter().all(|line| !line.contains('\n')), "one line each");
    for line in &found {
        let (_, cure) = line.split_once(": ").expect("cause: cure");
        let cure = cure.strip_prefix("deletions would not be found downstream: ").unwrap_or(cure);
        direct.run(cure).await;
    }
    assert_eq!(findings(&social, &capture).await, Vec::<String>::new());
    direct.run(&format!("drop owned by {user}; drop role {user}")).await;
    let found = findings(&social, &capture).await;
    assert!(found.len() == 1 && found[0].contains("there is no user"), "{found:#?}");
    direct.run("drop publication nova_cdc").await;
    let found = findings(&social, &Capture::default()).await;
    assert_eq!(found, ["there is no publication nova_cdc: nova migrate"]);
    here.social().await;
    assert_eq!(findings(&social, &Capture::default()).await, Vec::<String>::new(), "made again at the start");
}

/// Tables that it does not have are empty ones; without posts there is no feed.
#[tokio::test]
async fn of_a_product_the_tables_that_are_there_are_looked_at() {
    let here = Here::migrated().await;
    let social = here.social().await;
    let direct = here.client().await;
    let toml = "[tables.users]\ntable = \"people\"\n[tables.posts]\ntable = \"Articles\"";
    let mapping = Figment::from(Toml::string(toml)).extract().expect("a mapping");
    let capture = Capture { product: Some(mapping), ..Capture::default() };
    let found = findings(&social, &capture).await;
    let missing = "there is no table public.Articles: name the product's in change.tables.posts.table";
    assert!(found.iter().any(|line| line == missing), "{found:#?}");
    assert!(found.iter().all(|line| !line.contains("people")), "{found:#?}");
    direct.run("alter publication nova_cdc drop table users, posts").await;
    direct.run("create table \"Articles\" (id bigint primary key)").await;
    for _ in 0..2 {
        for line in findings(&social, &capture).await {
            direct.run(line.rsplit_once(": ").expect("cause: cure").1).await;
        }
        assert_eq!(findings(&social, &capture).await, Vec::<String>::new());
        direct.run("drop publication nova_cdc").await;
    }
}

/// On several threads: the session that holds the slot must end while the database is dropped.
#[tokio::test(flavor = "multi_thread")]
async fn slot_is_looked_at_where_one_is_named() {
    let here = Here::migrated().await;
    let social = here.social().await;
    let direct = here.client().await;
    let slot = testbed::unique("nova_slot_");
    let capture = Capture { slot: Some(slot.clone()), ..Capture::default() };
    let found = findings(&social, &capture).await;
    assert!(found.len() == 1 && found[0].contains("there is no replication slot"), "{found:#?}");
    // a temporary one is its session's, which reads it, and goes with it
    let make =
        |plugin: &str| format!("select pg_create_logical_replication_slot('{slot}', '{plugin}', true)");
    direct.run(&make("test_decoding")).await;
    let found = findings(&social, &capture).await;
    assert!(found.len() == 1 && found[0].contains("another database or plugin"), "{found:#?}");
    direct.run(&format!("select pg_drop_replication_slot('{slot}')")).await;
    direct.run(&make("pgoutput")).await;
    assert_eq!(findings(&social, &capture).await, Vec::<String>::new());
}

/// On several threads: the session that holds the slot must end while the database is dropped.
#[tokio::test(flavor = "multi_thread")]
async fn rows_written_again_are_changes_of_the_log() {
    let here = Here::migrated().await;
    let social = here.social().await;
    let direct = here.client().await;
    direct
        .run(
            "insert into users select gen_random_uuid(), 'u' || n, 'U', now(), now() from generate_series(1, 1500) n;
            insert into posts select gen_random_uuid(), id, 'said', '[]', null, '{}', now(), now() from users limit 40;
            insert into likes select p.id, u.id, now() from posts p, (select id from users limit 60) u;
            insert into follows select a.id, b.id, now() from (select id from users limit 30) a,
                (select id from users limit 30) b where a.id <> b.id",
        )
        .await;
    let slot = testbed::unique("nova_slot_");
    direct.run(&format!("select pg_create_logical_replication_slot('{slot}', 'test_decoding', true)")).await;
    let rows = social.resnapshot().await.expect("written again");
    assert_eq!(rows, 1_500 + 40 + 40 * 60 + 30 * 29);
    let changes = format!(
        "select count(*) from pg_logical_slot_get_changes('{slot}', null, null)
        where data ~ '^table public.(users|posts|likes|follows): UPDATE'"
    );
    assert_eq!(direct.count(&changes).await, i64::try_from(rows).expect("few"));
    assert_eq!(wrong_totals(&here).await, 0);
}
