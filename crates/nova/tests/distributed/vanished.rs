//! A server that remembers the token of an insert and has lost its rows, as ClickHouse was seen to do after it was
//! killed: what stands is the judge, not the token.

use std::time::Duration;

use nova::app::SystemClock;
use nova::audit::Check;
use nova::ingest::event;
use nova::log::{EventLog as _, Record, Topic};
use nova_core::clock::Clock as _;
use nova_core::model::{Action, Event, EventId, PostId, UserId};

use crate::chain::Chain;
use crate::services;
use crate::testbed::{self, Proxy, Way, until};

/// After which an answer to the consumer counts as lost.
const LOST_AFTER: Duration = Duration::from_secs(3);
/// Of the range whose rows are lost, and of one before it.
const LOST: u64 = 150;
const BEFORE: u64 = 50;

/// The one post, so that its author is known.
const WORLD: &str = "
insert into users values ('01900000-0000-7000-8000-000000000001', 'one', 'One', now(), now());
insert into posts values ('01900000-0000-7000-8001-000000000001', '01900000-0000-7000-8000-000000000001', 'Post', '[]', 'en',
    '{news}', now(), now());";
const POST: u128 = 0x0190_0000_0000_7000_8001_0000_0000_0001;

/// Shares of it, which every sum counts.
fn events(count: u64) -> Vec<Record> {
    let event = |number| Event {
        id: EventId::from_bits(rand::random::<u128>() | 1 << 63),
        time: SystemClock.now(),
        user: UserId::from_integer(number + 1),
        post: PostId::from_bits(POST),
        author: None,
        action: Action::Share,
        dwell_ms: None,
        device: None,
        app_ver: None,
    };
    (0..count).map(event).map(|event| event::encode(&event)).collect()
}

async fn number(chain: &Chain, sql: &str) -> u64 {
    chain.db.row("test", chain.db.query(sql)).await.unwrap_or_else(|error| panic!("{sql}: {error:?}"))
}

async fn rows(chain: &Chain) -> u64 {
    number(chain, "select count() from events").await
}

/// How many shares each of the sums behind `events` counts.
async fn sums(chain: &Chain) -> [u64; 3] {
    [
        number(chain, "select toUInt64(sum(shares)) from post_metrics_1h").await,
        number(chain, "select toUInt64(sum(shares)) from post_totals").await,
        number(chain, "select toUInt64(sum(n)) from metrics_1d").await,
    ]
}

/// The tokens of inserts into `events` from this offset on, in their order.
async fn tokens(chain: &Chain, first: u64) -> Vec<String> {
    chain.run("system flush logs query_log").await;
    let sql = format!(
        "select Settings['insert_deduplication_token'] as token from system.query_log
         where current_database = '{}' and type = 'QueryFinish' and token like 'events:e1:p0:{first}-%'
         order by event_time_microseconds limit 100",
        chain.db.database()
    );
    chain.db.rows("test", chain.db.query(&sql)).await.expect("a log of queries")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_range_whose_token_is_remembered_without_its_rows_is_written_under_a_fresh_one() {
    let _used = services::used().await;
    let mut chain = Chain::new().await;
    let proxy = Proxy::before(testbed::host(&testbed::clickhouse())).await;
    chain.place.client().await.batch_execute(WORLD).await.expect("rows");
    chain.consume_through(&proxy, LOST_AFTER).await;
    chain.place.register().await;
    let (_, report) = chain.audit(90).await;
    assert!(report.is_equal(), "{report}");
    // authors that were found are remembered: from here on nothing but inserts goes through the proxy
    chain.place.log.append(Topic::Events, events(BEFORE)).await.expect("appended");
    let (_, report) = chain.audit(60).await;
    assert!(report.is_equal(), "{report}");
    assert_eq!(sums(&chain).await, [BEFORE; 3]);

    proxy.set(Way::Mute);
    chain.place.log.append(Topic::Events, events(LOST)).await.expect("appended");
    until("the rows, whose confirmation is lost", async || (rows(&chain).await > BEFORE).then_some(())).await;
    let (landed, asked) = (rows(&chain).await - BEFORE, proxy.asked());
    until("the consumer gives the answer up", async || (proxy.asked() > asked).then_some(())).await;
    // takes the rows, and leaves their token in the table's log and what views made of them; dropping them would not
    chain
        .run(&format!("alter table events delete where k_offset >= {BEFORE} settings mutations_sync = 2"))
        .await;
    assert_eq!(rows(&chain).await, BEFORE);
    proxy.set(Way::Open);

    let recorded = "select toUInt64(sum(kept)) from ingest_batches final";
    let all = BEFORE + LOST;
    until("the ledger", async || (number(&chain, recorded).await == all).then_some(())).await;
    let identities = "select uniqExact((user_id, event_id)) from events";
    assert_eq!((rows(&chain).await, number(&chain, identities).await), (all, all));
    // it was tried again under its name, which the server remembers and confirms, and then under another
    let mut tokens = tokens(&chain, BEFORE).await;
    let range = format!("events:e1:p0:{BEFORE}-{}", BEFORE + landed - 1);
    assert!(tokens.iter().filter(|token| **token == range).count() > 1, "{tokens:?}");
    tokens.dedup();
    assert_eq!(tokens, [range.clone(), format!("{range}:retry-1")]);

    // views took it under both names: sums count it twice, until they are made anew from the events
    assert_eq!(sums(&chain).await, [all + landed; 3]);
    let (audit, report) = chain.audit(0).await;
    let found: Vec<_> = report.differences().collect();
    assert!(!found.is_empty() && found.iter().all(|it| it.check == Check::Sums), "{report}");
    assert!(found.iter().all(|it| it.to_string().contains("too many")), "{report}");
    let repaired = audit.repair(&report).await.expect("mended");
    assert_eq!((repaired.made, repaired.held_back), (found.len() as u64, 0));
    let (_, report) = chain.audit(60).await;
    assert!(report.is_equal(), "{report}");
    assert_eq!(sums(&chain).await, [all; 3]);
    chain.rest().await;
}
