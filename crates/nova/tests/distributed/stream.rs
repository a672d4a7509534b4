//! The real connector on the real database: after everything that can happen to rows, what the records say equals what
//! the tables say, row by row.

use std::sync::Arc;

use nova_core::model::Table;
use tokio_postgres::Client;

use crate::derived::{Derived, source};
use crate::http::Http;
use crate::place::Place;
use crate::services;
use crate::testbed;
use nova::ingest::change::Mapping;

/// Ids by number: `u(7)` is the seventh account.
const WORLD: &str = "
create function u(n int) returns uuid language sql immutable as
    $$ select ('01900000-0000-7000-8000-' || lpad(n::text, 12, '0'))::uuid $$;
create function p(n int) returns uuid language sql immutable as
    $$ select ('01900000-0000-7000-8001-' || lpad(n::text, 12, '0'))::uuid $$;
create function c(n int) returns uuid language sql immutable as
    $$ select ('01900000-0000-7000-8002-' || lpad(n::text, 12, '0'))::uuid $$;
create function at(n int) returns timestamptz language sql immutable as
    $$ select '2026-01-01T00:00:00.123456Z'::timestamptz + n * interval '1 second 1 microsecond' $$;
insert into users select u(n), 'user_' || n, 'User ' || n || ' \u{1f600}', at(n), at(n) from generate_series(1, 100) n;
insert into posts select p(n), u(1 + n % 100), 'Post ' || n, '[]', null, '{news,art}', at(n), at(n)
    from generate_series(1, 300) n;
insert into likes select p(n), u(m), at(n + m) from generate_series(1, 50) n, generate_series(1, 10) m;
insert into follows select u(n), u(1 + n % 100), at(n) from generate_series(1, 99) n;";

/// While the snapshot is read, and behind it.
const MEANWHILE: &str = "
insert into posts select p(n), u(1 + n % 100), 'Later ' || n, '[{\"k\": 1}]', 'en', '{}', at(n), at(n)
    from generate_series(1000 * $round + 1, 1000 * $round + 40) n;
update posts set text = text || '.', updated_at = at($round) where id in (select p(n) from generate_series(1, 300, 7) n);
update users set display_name = 'Renamed $round', updated_at = at($round) where id = u(1 + $round % 100);
delete from likes where post_id = p(1 + $round % 50) and user_id = u(1 + $round % 10);
insert into comments select c(100 * $round + n), p(n), u(n), 'Comment', at(n) from generate_series(1, 5) n;";

const AFTERWARDS: &str = "
-- soft and hard
update posts set deleted_at = at(9), updated_at = at(9) where id = p(3);
delete from comments where id = c(101);
delete from follows where follower_id = u(5);
insert into blocks values (u(5), u(6), at(1)), (u(6), u(7), at(2));
insert into mutes values (u(5), u(8), at(1));
insert into hidden_posts values (u(5), p(8), at(1));
delete from blocks where user_id = u(6);
-- a text too long for its row, then another column alone
update posts set text = (select string_agg(md5(n::text), '') from generate_series(1, 3000) n) where id = p(10);
update posts set lang = 'de' where id = p(10);
-- other keys: a pair that moves, an account that is another now
update likes set user_id = u(99) where post_id = p(2) and user_id = u(2);
insert into users values (u(500), 'mover', 'Mover', at(1), at(1));
update users set id = u(501) where id = u(500);
-- the same row again and again, gone, and there again
insert into likes values (p(299), u(1), at(1));
delete from likes where post_id = p(299);
insert into likes values (p(299), u(1), at(2));
-- a transaction that is given up leaves nothing
begin; delete from likes; update posts set text = 'never'; rollback;
begin; insert into likes values (p(298), u(1), at(1)); savepoint s; delete from likes; rollback to s; commit;
-- times at the edges
insert into users values (u(600), 'old_one', '', '0001-01-01T00:00:00Z', '1999-12-31T23:59:59.999999Z');";

/// Reads until every table says the same; shows what does not when it never does.
async fn same(derived: &mut Derived, client: &Client) {
    for table in Table::ALL {
        let expected = source(client, table).await;
        let came = crate::wait::until_or_none(async || {
            derived.read().await;
            (derived.lines(table) == expected).then_some(())
        });
        if came.await.is_none() {
            let found = derived.lines(table);
            let missing: Vec<_> = expected.difference(&found).take(3).collect();
            let wrong: Vec<_> = found.difference(&expected).take(3).collect();
            panic!("{table}: {} records; not there: {missing:?}; not right: {wrong:?}", derived.records);
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_the_records_say_equals_the_tables_row_by_row() {
    let _used = services::used().await;
    let place = Place::new(Mapping::default()).await;
    place.migrated().await;
    let client = Arc::new(place.client().await);
    client.batch_execute(WORLD).await.expect("rows");
    // rows are written while the snapshot is read
    place.register().await;
    for round in 1..=20 {
        client.batch_execute(&MEANWHILE.replace("$round", &round.to_string())).await.expect("rows");
    }
    place.is_running().await;
    for round in 21..=25 {
        client.batch_execute(&MEANWHILE.replace("$round", &round.to_string())).await.expect("rows");
    }
    client.batch_execute(AFTERWARDS).await.expect("rows");
    // as a product writes that knows nothing of Nova
    client
        .batch_execute("insert into users (handle, display_name) values ('plain', 'Plain')")
        .await
        .expect("a row");
    client
        .batch_execute("update users set display_name = 'Plainer' where handle = 'plain'")
        .await
        .expect("edited");
    let edited = "select updated_at > created_at from users where handle = 'plain'";
    assert!(client.query_one(edited, &[]).await.expect("the row").get::<_, bool>(0), "an edit has its time");
    let mut derived = Derived::from(&*place.log, &Mapping::default()).await;
    same(&mut derived, &client).await;
    assert!(derived.tombstones > 0, "a deletion has a tombstone behind it");
    // what nobody may apply by itself is sent, and known for what it is
    client.batch_execute("truncate hidden_posts").await.expect("truncated");
    testbed::until("the truncation", async || {
        derived.read().await;
        (derived.truncated > 0).then_some(())
    })
    .await;
}

/// Killed in the midst, the worker goes on where it stood; what it sends twice changes nothing. A restart of PostgreSQL
/// is sat out.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_is_lost_when_the_worker_or_postgresql_dies() {
    let Some(breaking) = services::broken().await else { return };
    let place = Place::new(Mapping::default()).await;
    place.migrated().await;
    place.client().await.batch_execute(WORLD).await.expect("rows");
    place.register().await;
    // behind the snapshot: one that is interrupted is begun again, and has its own test
    let mut derived = Derived::from(&*place.log, &Mapping::default()).await;
    same(&mut derived, &place.client().await).await;
    place.client().await.batch_execute(&MEANWHILE.replace("$round", "400")).await.expect("rows");
    // and the worker has written down that it is: it does now and then, and a kill before that begins it again too
    let connect = testbed::connect();
    let address = connect.trim_start_matches("http://").trim_end_matches('/').parse().expect("an address");
    let path = format!("/connectors/{}/offsets", place.connector.name);
    testbed::until("a place behind the snapshot", async || {
        let said = Http::new(address).get(0, &path).await.json();
        let offset = &said["offsets"].as_array()?.first()?["offset"];
        (offset["lsn"].is_number() && offset.get("snapshot").is_none()).then_some(())
    })
    .await;
    for (round, (what, service)) in
        [("kill", "connect"), ("kill", "postgres"), ("freeze", "connect"), ("kill", "kafka")]
            .into_iter()
            .enumerate()
    {
        let client = place.client().await;
        for step in 0..30 {
            if step == 15 && service != "postgres" {
                breaking.does(what, service);
            }
            let at = 40 * round + step + 1;
            client.batch_execute(&MEANWHILE.replace("$round", &at.to_string())).await.expect("rows");
        }
        if service == "postgres" {
            breaking.does(what, service);
        }
        breaking.does(if what == "freeze" { "thaw" } else { "start" }, service);
        let client = place.client().await;
        client
            .batch_execute(&MEANWHILE.replace("$round", &(40 * round + 31).to_string()))
            .await
            .expect("rows");
        let mut derived = Derived::from(&*place.log, &Mapping::default()).await;
        same(&mut derived, &client).await;
    }
}
