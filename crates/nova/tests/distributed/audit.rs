//! Exactly once, shown on the whole chain: what is whole is found equal, each damage is found and named, and what can be
//! mended is.

use std::time::Duration;

use bytes::Bytes;
use figment::Figment;
use figment::providers::{Format as _, Toml};
use nova::app::SystemClock;
use nova::audit::{Check, Report};
use nova::ingest::change::Mapping;
use nova::ingest::event;
use nova::log::{EventLog as _, Record, Topic};
use nova_core::clock::Clock as _;
use nova_core::model::{Action, Event, EventId, PostId, UserId};

use crate::chain::Chain;
use crate::mapped;
use crate::services;
use crate::testbed::{self, Way};

/// Ids by number.
const WORLD: &str = "
create function u(n int) returns uuid language sql immutable as
    $$ select ('01900000-0000-7000-8000-' || lpad(n::text, 12, '0'))::uuid $$;
create function p(n int) returns uuid language sql immutable as
    $$ select ('01900000-0000-7000-8001-' || lpad(n::text, 12, '0'))::uuid $$;
create function c(n int) returns uuid language sql immutable as
    $$ select ('01900000-0000-7000-8002-' || lpad(n::text, 12, '0'))::uuid $$;
create function at(n int) returns timestamptz language sql immutable as
    $$ select '2026-01-01T00:00:00.123456Z'::timestamptz + n * interval '1 second 1 microsecond' $$;
insert into users select u(n), 'user_' || n, 'User ' || n, at(n), at(n) from generate_series(1, 60) n;
insert into posts select p(n), u(1 + n % 60), 'Post ' || n, '[]', case when n % 3 = 0 then 'en' end, '{news,\u{e4}rt}', now(), now()
    from generate_series(1, 100) n;
insert into comments select c(n), p(n), u(n), 'Comment', at(n) from generate_series(1, 20) n;
insert into likes select p(n), u(m), at(n + m) from generate_series(1, 20) n, generate_series(1, 10) m;
insert into follows select u(n), u(1 + n % 60), at(n) from generate_series(1, 50) n;
insert into blocks values (u(5), u(9), at(1)), (u(6), u(10), at(2));
insert into mutes values (u(5), u(8), at(1));
insert into hidden_posts values (u(5), p(8), at(1)), (u(5), p(9), at(1));
-- softly, for good, and times at the edges
update posts set deleted_at = now(), updated_at = now() where id = p(3);
update users set deleted_at = now() where id = u(60);
delete from comments where id = c(1);
delete from likes where post_id = p(2);
insert into users values (u(600), 'old_one', '', '0001-01-01T00:00:00Z', '1999-12-31T23:59:59.999999Z');";

const USER: u128 = 0x0190_0000_0000_7000_8000_0000_0000_0000;
const POST: u128 = 0x0190_0000_0000_7000_8001_0000_0000_0000;

/// Digits that were written in decimal are read as hexadecimal in a UUID.
fn number(n: u64) -> u128 {
    u128::from_str_radix(&n.to_string(), 16).expect("digits")
}

fn events(count: u64) -> Vec<Record> {
    let actions = [
        Action::Impression,
        Action::View,
        Action::Click,
        Action::Share,
        Action::Like,
        Action::Unlike,
        Action::Dwell,
        Action::Hide,
        Action::Comment,
    ];
    let event = |n: u64| {
        let action = actions[(n % 9) as usize];
        Event {
            id: EventId::from_bits(rand::random::<u128>() | 1 << 63),
            time: SystemClock.now(),
            user: UserId::from_bits(USER + number(1 + n % 50)),
            // one in ten of a post that nobody knows
            post: PostId::from_bits(POST + number(1 + n % 110)),
            author: None,
            action,
            dwell_ms: (action == Action::Dwell).then_some(1_000 + n as u32),
            device: Some("phone".into()),
            app_ver: None,
        }
    };
    (0..count).map(event).map(|event| event::encode(&event)).collect()
}

fn poison() -> Record {
    Record { key: Bytes::from_static(b"1"), value: Some(Bytes::from_static(b"{\"event_id\":")) }
}

/// What was found, by check and words.
fn finds(report: &Report, check: Check, says: &str) {
    let found: Vec<String> =
        report.differences().filter(|it| it.check == check).map(ToString::to_string).collect();
    assert!(found.iter().any(|line| line.contains(says)), "{says:?} is not in {found:#?}, but:\n{report}");
}

async fn healthy() -> Chain {
    let mut chain = Chain::new().await;
    let client = chain.place.client().await;
    client.batch_execute(WORLD).await.expect("rows");
    chain.consume().await;
    chain.place.register().await;
    let log = &chain.place.log;
    let first = events(600);
    log.append(Topic::Events, first.clone()).await.expect("appended");
    log.append(Topic::Events, vec![poison(), poison()]).await.expect("appended");
    log.append(Topic::Events, first[..50].to_vec()).await.expect("copies");
    log.append(Topic::Events, events(200)).await.expect("appended");
    let (_, report) = chain.audit(90).await;
    assert!(report.is_equal(), "{report}");
    let compared =
        |check| report.findings().find(|(it, _)| *it == check).map_or(0, |(_, found)| found.compared);
    assert_eq!(compared(Check::Events), 800);
    assert_eq!(compared(Check::Letters), 2);
    assert_eq!(compared(Check::Offsets), 1 + 8 * 3);
    assert_eq!(compared(Check::Rows), 61 + 100 + 19 + 190 + 50 + 2 + 1 + 2);
    for check in Check::ALL {
        assert!(compared(check) > 0, "{}", check.name());
    }
    chain
}

/// Damages that a repair mends: what is done, the check, and what the report says.
const MENDED: &[(&str, Check, &str)] = &[
    // a batch that counted twice behind one view
    ("INSERT INTO post_metrics_1h SELECT * FROM post_metrics_1h LIMIT 3", Check::Sums, "too many"),
    ("INSERT INTO post_totals SELECT * FROM post_totals LIMIT 3", Check::Sums, "post_totals post"),
    ("INSERT INTO metrics_1d SELECT * FROM metrics_1d", Check::Sums, "metrics_1d"),
    ("DELETE FROM post_totals WHERE cityHash64(post_id) % 3 = 0", Check::Sums, "too few"),
    ("DELETE FROM user_seen_7d WHERE cityHash64(user_id) % 4 = 0", Check::Derived, "user_seen_7d: "),
    ("DELETE FROM user_active WHERE cityHash64(user_id) % 4 = 0", Check::Derived, "user_active: "),
    ("DELETE FROM like_events WHERE cityHash64(user_id) % 4 = 0", Check::Derived, "like_events: "),
    ("DELETE FROM user_likes WHERE cityHash64(user_id) % 4 = 0", Check::Derived, "user_likes: "),
    ("DELETE FROM hide_events WHERE cityHash64(user_id) % 4 = 0", Check::Derived, "hide_events: "),
    (
        "DELETE FROM user_author_90d WHERE cityHash64(id) % 4 = 0",
        Check::Derived,
        "user_author_90d and authors_awaited: ",
    ),
    (
        "DELETE FROM authors_awaited WHERE cityHash64(id) % 2 = 0",
        Check::Derived,
        "user_author_90d and authors_awaited: ",
    ),
    ("DELETE FROM posts_recent WHERE cityHash64(id) % 4 = 0", Check::Derived, "posts_recent: "),
    ("DELETE FROM posts_newest WHERE cityHash64(id) % 4 = 0", Check::Derived, "posts_newest: "),
    ("DELETE FROM post_comments WHERE cityHash64(id) % 2 = 0", Check::Derived, "post_comments: "),
    ("DELETE FROM followers WHERE cityHash64(follower_id) % 4 = 0", Check::Derived, "followers: "),
    ("DELETE FROM blocked_by WHERE 1", Check::Derived, "blocked_by: "),
    // rows that are others than those of the source
    (
        "INSERT INTO users_cdc SELECT * REPLACE (1 AS gone, _rank + 1 AS _rank) FROM (SELECT * FROM users_cdc FINAL WHERE gone = 0 LIMIT 2)",
        Check::Rows,
        "otherwise than the store",
    ),
    (
        "INSERT INTO posts_cdc SELECT * REPLACE ('xx' AS lang, _rank + 1 AS _rank) FROM (SELECT * FROM posts_cdc FINAL WHERE lang = 'en' LIMIT 2)",
        Check::Rows,
        "posts 01900000-0000-7000-8001",
    ),
    ("DELETE FROM likes_cdc WHERE cityHash64(user_id) % 3 = 0", Check::Rows, "the store does not"),
    (
        "INSERT INTO follows_cdc SELECT * REPLACE (toUInt128(7) AS followee_id) FROM (SELECT * FROM follows_cdc FINAL LIMIT 1)",
        Check::Rows,
        "PostgreSQL does not",
    ),
    (
        "INSERT INTO comments_cdc SELECT * REPLACE (toUInt128(7) AS id) FROM (SELECT * FROM comments_cdc FINAL WHERE NOT gone LIMIT 1)",
        Check::Rows,
        "comments 00000000-0000-0000-0000-000000000007",
    ),
];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_whole_is_equal_and_what_can_be_mended_is() {
    let _used = services::used().await;
    let chain = healthy().await;
    for (damage, ..) in MENDED {
        chain.run(&format!("{damage} SETTINGS insert_deduplicate = 0, lightweight_deletes_sync = 2")).await;
    }
    let (audit, report) = chain.audit(0).await;
    for (_, check, says) in MENDED {
        finds(&report, *check, says);
    }
    let repaired = audit.repair(&report).await.expect("mended");
    assert_eq!((repaired.made, repaired.held_back), (report.differences().count() as u64, 0));
    let (audit, report) = chain.audit(60).await;
    assert!(report.is_equal(), "{report}");
    assert_eq!(audit.repair(&report).await.expect("nothing to do").made, 0);
    // and what was mended goes on
    chain.place.log.append(Topic::Events, events(100)).await.expect("appended");
    let (_, report) = chain.audit(60).await;
    assert!(report.is_equal(), "{report}");
}

/// Damages that are named and left to people.
const NAMED: &[(&str, Check, &str)] = &[
    ("ALTER TABLE events DELETE WHERE k_offset = 0", Check::Events, "1 events that were kept are missing"),
    (
        "INSERT INTO events SELECT * FROM events WHERE k_offset = (SELECT max(k_offset) FROM events)",
        Check::Events,
        "stands 1 times too often",
    ),
    (
        "INSERT INTO events SELECT * REPLACE (k_offset + 1000000 AS k_offset) FROM (SELECT * FROM events LIMIT 1)",
        Check::Events,
        "no range of the ledger has them",
    ),
    (
        "INSERT INTO ingest_batches SELECT * REPLACE (kept + 1 AS kept)
         FROM (SELECT * FROM ingest_batches FINAL WHERE buried = 0 ORDER BY first_offset LIMIT 1 OFFSET 2)",
        Check::Ledger,
        "are not what was kept",
    ),
    (
        "DELETE FROM ingest_batches
         WHERE first_offset = (SELECT first_offset FROM ingest_batches WHERE buried = 0 ORDER BY first_offset LIMIT 1 OFFSET 1)",
        Check::Ledger,
        "no range has the offsets",
    ),
    (
        "DELETE FROM dead_letters WHERE offset = (SELECT max(offset) FROM dead_letters)",
        Check::Letters,
        "1 letters that were buried are missing",
    ),
    (
        "INSERT INTO mutes_cdc SELECT * REPLACE (bitShiftLeft(toUInt64(1), 60) AS _version, bitShiftLeft(toUInt128(1), 124) AS _rank)
         FROM (SELECT * FROM mutes_cdc FINAL LIMIT 1)",
        Check::Rows,
        "raise change.epoch",
    ),
    ("INSERT INTO post_totals SELECT * FROM post_totals LIMIT 1", Check::Sums, "too many"),
];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_nobody_can_know_is_named_and_left_alone() {
    let _used = services::used().await;
    let mut chain = healthy().await;
    chain.rest().await;
    chain.place.log.append(Topic::Events, events(7)).await.expect("appended");
    for (damage, ..) in NAMED {
        let settings = "insert_deduplicate = 0, lightweight_deletes_sync = 2, mutations_sync = 2";
        chain.run(&format!("{damage} SETTINGS {settings}")).await;
    }
    let (audit, report) = chain.audit(0).await;
    finds(&report, Check::Offsets, "the records from 852 on are not read");
    for (_, check, says) in NAMED {
        finds(&report, *check, says);
    }
    // a sum made to fit events that are not whole would hide the loss
    let repaired = audit.repair(&report).await.expect("asked");
    assert_eq!(repaired.made, 0, "{report}");
    assert!(repaired.held_back > 0, "{report}");
    let (_, again) = chain.audit(0).await;
    assert_eq!(again, report, "nothing was touched");
    let json = report.json(Some(0));
    assert_eq!((json["equal"].as_bool(), json["repaired"].as_u64()), (Some(false), Some(0)));
    let checks: Vec<_> =
        json["checks"].as_array().expect("checks").iter().map(|it| it["check"].clone()).collect();
    assert_eq!(checks, Check::ALL.map(Check::name));
    for difference in json["differences"].as_array().expect("differences") {
        for member in ["check", "place", "what", "cure"] {
            assert!(difference[member].as_str().is_some_and(|text| !text.is_empty()), "{difference}");
        }
        assert!(difference["repairable"].is_boolean(), "{difference}");
    }
}

/// Who dies in the midst of a batch leaves an intent, and the audit says so until somebody has ended it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_begun_and_not_ended_is_told_until_it_is() {
    use nova::project::exactly_once::{Intent, Pending};
    use rdkafka::consumer::{BaseConsumer, CommitMode, Consumer as _};
    use rdkafka::{Offset, TopicPartitionList};
    let _used = services::used().await;
    let mut chain = Chain::new().await;
    let client = chain.place.client().await;
    client.batch_execute(WORLD).await.expect("rows");
    chain.place.register().await;
    chain.place.log.append(Topic::Events, events(20)).await.expect("appended");
    let config = chain.place.log.config().clone();
    let pending =
        Pending { first: 0, last: 9, records: 10, kept: 10, hash: 0, codec: 1, sealed_at: SystemClock.now() };
    let intent = Intent { topic: Topic::Events, epoch: 1, pending: Some(pending) };
    let (group, topic) = (config.committer("store"), config.topic(Topic::Events));
    let committed = tokio::task::spawn_blocking(move || {
        let consumer: BaseConsumer = group.create().expect("a client");
        let mut list = TopicPartitionList::new();
        list.add_partition_offset(&topic, 0, Offset::Beginning).expect("a place");
        let mut element = list.find_partition(&topic, 0).expect("it was added");
        element.set_offset(Offset::Offset(0)).expect("an offset");
        element.set_metadata(intent.to_string());
        consumer.commit(&list, CommitMode::Sync)
    });
    committed.await.expect("no panic").expect("committed");
    let (_, report) = chain.audit(0).await;
    finds(&report, Check::Offsets, "the range 0-9 may be written in part");
    finds(&report, Check::Offsets, "the records from 0 on are not read");
    chain.consume().await;
    let (_, report) = chain.audit(60).await;
    assert!(report.is_equal(), "{report}");
}

/// Debezium begins a snapshot that was interrupted once more, and streams from there: a row that the first one had sent
/// and that was removed in between is removed in no record.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_removed_between_a_snapshot_and_its_repeat_is_told_and_mended() {
    // the worker is reached by a way of this machine only where it is ours
    let Some(_alone) = services::broken().await else { return };
    let mut chain = Chain::new().await;
    let client = chain.place.client().await;
    client.batch_execute(WORLD).await.expect("rows");
    chain.consume().await;
    // so slow that it cannot be done before it is interrupted
    let (way, _) = services::on_the_way(&chain.place.url()).await;
    way.set(Way::Slow(Duration::from_millis(50)));
    let (host, port) = (way.address().ip().to_string(), way.address().port().to_string());
    let slowly =
        [("database.hostname", host), ("database.port", port), ("snapshot.fetch.size", "2".to_owned())];
    chain.place.register_as(&slowly).await;
    testbed::until("the first likes of the snapshot", async || {
        let count = chain.db.query("SELECT count() FROM likes_cdc");
        (chain.db.row::<u64>("test", count).await.expect("a count") > 0).then_some(())
    })
    .await;
    way.set(Way::Cut);
    chain.place.connect.remove(&chain.place.connector.name).await.expect("removed");
    client.batch_execute("delete from likes").await.expect("removed");
    chain.place.register().await;
    let (audit, report) = testbed::until("what only the store has, and nothing else", async || {
        let (audit, report) = chain.audit(1).await;
        let ghost = |line: String| line.contains("the store has it, PostgreSQL does not");
        let ghosts = report.differences().filter(|it| ghost(it.to_string())).count();
        (ghosts > 0 && ghosts == report.differences().count()).then_some((audit, report))
    })
    .await;
    audit.repair(&report).await.expect("mended");
    let (_, report) = chain.audit(60).await;
    assert!(report.is_equal(), "{report}");
}

/// A product's own tables: other names, integers as ids, columns that it lacks or leaves open, tables that it does not
/// have.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tables_of_other_names_and_ids_are_compared_and_mended() {
    let mapping: Mapping = Figment::from(Toml::string(mapped::TABLES)).extract().expect("a mapping");
    let _used = services::used().await;
    let mut chain = Chain::of(mapping).await;
    let client = chain.place.client().await;
    client.batch_execute(mapped::PRODUCT).await.expect("tables");
    chain.place.register().await;
    chain.consume().await;
    client.batch_execute(mapped::CHANGES).await.expect("changes");
    let (_, report) = chain.audit(60).await;
    assert!(report.is_equal(), "{report}");
    let rows = report.findings().find(|(check, _)| *check == Check::Rows).expect("rows");
    assert_eq!(rows.1.compared, 2 + 2 + 1);

    for damage in [
        "delete from users_cdc where 1",
        "insert into likes_cdc select * replace (toUInt128(7) as user_id) from (select * from likes_cdc final limit 1)",
        "insert into posts_cdc select * replace ('xx' as lang, _rank + 1 as _rank) from (select * from posts_cdc final)",
        "insert into mutes_cdc select 1, 2, now(), 1, 0, now(), 0, 0, 1",
    ] {
        chain.run(&format!("{damage} settings insert_deduplicate = 0, lightweight_deletes_sync = 2")).await;
    }
    let (audit, report) = chain.audit(0).await;
    for says in [
        "users 9007199254740993: PostgreSQL has it, the store does not",
        "likes 7 00000000-0000-0000-0000-000000000007: the store has it",
        "posts 8: PostgreSQL has it otherwise",
        "mutes: cannot be compared with the table mutes of PostgreSQL: it is not there, and the store has rows of it",
    ] {
        finds(&report, Check::Rows, says);
    }
    audit.repair(&report).await.expect("mended");
    chain.run("truncate table mutes_cdc").await;
    let (_, report) = chain.audit(60).await;
    assert!(report.is_equal(), "{report}");
}
