//! A product with tables of its own names and 64-bit ids.

use std::collections::BTreeSet;

use figment::Figment;
use figment::providers::{Format as _, Toml};
use nova::ingest::change::Mapping;
use nova_core::model::Table;

use crate::derived::Derived;
use crate::place::Place;
use crate::services;

pub(crate) const TABLES: &str = "
[tables.users]
table = \"people\"
topic = \"cdc.users\"
columns = { handle = \"nick\", display_name = \"\", updated_at = \"changed_at\", deleted_at = \"left_at\" }
[tables.posts]
table = \"articles\"
topic = \"cdc.posts\"
columns = { author_id = \"writer\", text = \"body\", media = \"\", lang = \"language\", topics = \"tags\", updated_at = \"changed_at\", deleted_at = \"\" }
[tables.likes]
table = \"hearts\"
topic = \"cdc.likes\"
columns = { post_id = \"article\", user_id = \"person\", created_at = \"given_at\" }";

pub(crate) const PRODUCT: &str = "
create table people (id bigint primary key, nick varchar(40), created_at timestamptz not null, changed_at timestamptz default '2026-01-01T00:00:09Z', left_at timestamptz, shoe_size int);
create table articles (id bigserial primary key, writer bigint not null, body text, language text, tags text[], created_at timestamp not null, changed_at timestamptz default '2026-01-01T00:00:09Z');
create table hearts (article bigint, person bigint, given_at timestamptz not null, primary key (article, person));
alter table articles replica identity full;
alter table hearts replica identity full;
create publication nova_cdc for table people, articles, hearts;
insert into people (id, nick, created_at, left_at, shoe_size) values (9007199254740993, 'ann', '2026-01-01T00:00:01Z', null, 38), (2, 'bob', '2026-01-01T00:00:02Z', null, null);
insert into articles values (7, 2, 'Hello', 'en', '{a,b}', '2026-01-01T00:00:03');";

pub(crate) const CHANGES: &str = "
insert into hearts values (7, 9007199254740993, '2026-01-01T00:00:04Z'), (7, 2, '2026-01-01T00:00:05Z');
delete from hearts where person = 2;
update people set left_at = '2026-01-01T00:00:06Z' where id = 2;
alter table articles add column mood text default 'calm';
insert into articles values (8, 2, null, null, null, '2026-01-01T00:00:07', default, 'wild');";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tables_of_other_names_and_ids_arrive_as_they_are() {
    let mapping: Mapping = Figment::from(Toml::string(TABLES)).extract().expect("a mapping");
    mapping.validate().expect("a mapping");
    let _used = services::used().await;
    let place = Place::new(mapping).await;
    let client = place.client().await;
    client.batch_execute(PRODUCT).await.expect("tables");
    place.register().await;
    place.is_running().await;
    client.batch_execute(CHANGES).await.expect("changes");
    let second = |n: i64| 1_767_225_600_000_000 + n * 1_000_000;
    let expected = [
        (
            Table::Users,
            vec![
                format!("9007199254740993|ann||{}|{}|", second(1), second(9)),
                format!("2|bob||{}|{}|{}", second(2), second(9), second(6)),
            ],
        ),
        (
            Table::Posts,
            vec![
                format!("7|2|Hello||en|a,b|{}|{}|", second(3), second(9)),
                format!("8|2|||||{}|{}|", second(7), second(9)),
            ],
        ),
        (Table::Likes, vec![format!("7|9007199254740993|{}", second(4))]),
    ];
    let mut derived = Derived::from(&*place.log, &place.connector.mapping).await;
    for (table, lines) in expected {
        let lines = BTreeSet::from_iter(lines);
        let came = crate::wait::until_or_none(async || {
            derived.read().await;
            (derived.lines(table) == lines).then_some(())
        });
        if came.await.is_none() {
            panic!("{table}: {:?}, not {lines:?}", derived.lines(table));
        }
    }
}
