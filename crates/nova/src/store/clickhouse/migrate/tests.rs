//! Migrations and what guards them, on the real server.

use nova_core::error::Kind;

use super::*;
use crate::store::clickhouse::testing::Scratch;

#[tokio::test]
async fn a_database_is_made_once_and_is_as_it_should_be() {
    let scratch = Scratch::empty();
    let store = scratch.store();
    assert_eq!(migrate(&store).await.expect("made").len(), STEPS.len());
    assert_eq!(migrate(&store).await.expect("made"), [""; 0], "nothing is left to do");
    assert_eq!(verify(&store).await.expect("verified"), [""; 0]);
    // a step that was interrupted after its first statements is run again
    store.run(OP, "DROP VIEW blocked_by_from_blocks").await.expect("dropped");
    store.run(OP, "TRUNCATE TABLE schema_migrations").await.expect("forgotten");
    assert_eq!(migrate(&store).await.expect("made").len(), STEPS.len());
    assert_eq!(verify(&store).await.expect("verified"), [""; 0]);
}

#[tokio::test]
async fn a_server_that_is_too_old_is_refused_before_anything_is_made() {
    let scratch = Scratch::empty();
    let store = scratch.store();
    version::check(&store, &version::OLDEST).await.expect("today's server");
    let later = crate::version::Oldest { version: (99, 1), ..version::OLDEST };
    let error = version::check(&store, &later).await.expect_err("too old");
    assert_eq!(error.kind(), Kind::Conflict);
    assert!(error.detail().contains("is too old") && error.detail().contains("to 99.1 or later"), "{error}");
    // as this one writes it
    assert!(
        version::OLDEST.wrong("26.7.2.1").is_none()
            && version::OLDEST.wrong("25.8.2.1").is_none()
            && version::OLDEST.wrong("25.7.9.1").is_some()
    );
}

#[tokio::test]
async fn each_deviation_is_named_with_its_cure() {
    let scratch = Scratch::migrated().await;
    let store = scratch.store();
    for sql in [
        "ALTER TABLE post_totals MODIFY SETTING non_replicated_deduplication_window = 0",
        "ALTER TABLE users_cdc DROP COLUMN committed_at",
        "ALTER TABLE topics MODIFY COLUMN partitions UInt32",
        "DROP VIEW followers_from_follows",
        "DROP TABLE user_active",
        "CREATE TABLE user_active (user_id UInt128, at DateTime64(6, 'UTC')) ENGINE = MergeTree ORDER BY at
         SETTINGS non_replicated_deduplication_window = 100000",
        "CREATE TABLE theirs (n UInt64) ENGINE = MergeTree ORDER BY n",
        "CREATE MATERIALIZED VIEW their_view TO theirs AS SELECT count() AS n FROM events",
    ] {
        store.run(OP, sql).await.expect(sql);
    }
    let found = verify(&store).await.expect("verified");
    for (what, cure) in [
        ("post_totals remembers 0 inserts", "MODIFY SETTING"),
        ("users_cdc has no column committed_at", "ADD COLUMN"),
        ("topics.partitions is UInt32 instead of UInt16", "anew"),
        ("the view followers_from_follows is missing", "nova migrate"),
        ("user_active has the engine MergeTree instead of AggregatingMergeTree", "anew"),
        ("user_active is sorted by (at) instead of (user_id)", "anew"),
        ("user_active.at is DateTime64(6, 'UTC') instead of SimpleAggregateFunction", "anew"),
        ("the view their_view is not Nova's", "drop the view"),
    ] {
        assert!(found.iter().any(|line| line.contains(what) && line.contains(cure)), "{what}: {found:#?}");
    }
    assert_eq!(found.len(), 8, "{found:#?}");
}

#[tokio::test]
async fn a_database_of_another_text_is_refused() {
    let scratch = Scratch::migrated().await;
    let store = scratch.store();
    store.run(OP, "ALTER TABLE schema_migrations UPDATE checksum = 'x' WHERE version = 3 SETTINGS mutations_sync = 1")
        .await
        .expect("altered");
    let error = migrate(&store).await.expect_err("altered");
    assert_eq!(error.kind(), Kind::Conflict);
    assert!(error.detail().contains("step 3 (rows_by_question)"), "{error}");
    store.run(OP, "INSERT INTO schema_migrations (version) SELECT 99").await.expect("noted");
    let error = migrate(&store).await.expect_err("later");
    assert!(error.detail().contains("step 99"), "{error}");
}

#[tokio::test]
async fn a_server_that_counts_twice_is_refused() {
    let scratch = Scratch::migrated().await;
    let store = scratch.store();
    try_deduplication(&store).await.expect("this one counts once");
    let error = Canary::new(&store, 0).fly().await.expect_err("remembers nothing");
    assert_eq!(error.kind(), Kind::Conflict);
    assert!(error.detail().contains("counted twice"), "{error}");
    assert_eq!(verify(&store).await.expect("verified"), [""; 0], "nothing is left behind");
    let left: u64 = store
        .row(OP, store.query("SELECT count() FROM system.tables WHERE database = currentDatabase() AND name LIKE 'canary%'"))
        .await
        .expect("counted");
    assert_eq!(left, 0);
}
