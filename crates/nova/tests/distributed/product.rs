//! The whole way with a product's own tables: what the product writes is in the feed, what it takes back is not.

use hyper::Method;
use serde_json::json;
use tempfile::TempDir;

use crate::community::{By, Feed, event, ready, turned_away, until_page};
use crate::process::run;
use crate::services;
use crate::system::{System, quick};
use crate::testbed::Way;

const CHANGE: &str = "
[change.tables.users]
table = \"people\"
columns = { handle = \"nick\", display_name = \"\", updated_at = \"\", deleted_at = \"left_at\" }
[change.tables.posts]
table = \"Articles\"
topic = \"cdc.articles\"
columns = { author_id = \"writer\", text = \"body\", media = \"\", lang = \"\", topics = \"\", updated_at = \"\", deleted_at = \"withdrawn_at\" }
[change.tables.follows]
table = \"subscriptions\"
columns = { follower_id = \"reader\", followee_id = \"writer\", created_at = \"since\" }
[change.tables.likes]
table = \"hearts\"
columns = { post_id = \"article\", user_id = \"person\", created_at = \"given_at\" }
[change.tables.blocks]
table = \"bans\"
columns = { user_id = \"person\", target_id = \"banned\", created_at = \"\" }
";

/// A product has one of Nova's names for something else.
const PRODUCT: &str = r#"
create table people (id bigint primary key, nick varchar(40), created_at timestamptz not null, left_at timestamptz);
create table "Articles" (id bigint primary key, writer bigint not null references people, body text, created_at timestamptz not null, withdrawn_at timestamptz);
create table subscriptions (reader bigint, writer bigint, since timestamptz not null, primary key (reader, writer));
create table hearts (article bigint, person bigint, given_at timestamptz not null, primary key (article, person));
create table bans (person bigint, banned bigint, primary key (person, banned));
create table posts (id integer primary key, wood text);
insert into posts values (1, 'oak');
insert into people values (9007199254740993, 'ann', now()), (2, 'bob', now()), (3, 'eve', now());
insert into subscriptions values (9007199254740993, 2, now()), (9007199254740993, 3, now());
insert into "Articles" values (7, 2, 'Before the snapshot', now() - interval '2 minutes');
"#;

const ANN: &str = "9007199254740993";

fn shows<'a>(posts: &'a [&'a str]) -> impl Fn(&Feed) -> bool {
    move |page| page.sorted() == posts && page.is_whole()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_product_writes_to_tables_of_its_own_is_in_the_feed() {
    let mut system = System::of_product(CHANGE).await;
    let client = system.place.client().await;
    client.batch_execute(PRODUCT).await.expect("tables");
    let dir = TempDir::new().expect("a directory");
    let file = dir.path().join("nova.toml");
    std::fs::write(&file, format!("{}[server]\ndata_dir = {:?}\n", system.toml(), dir.path()))
        .expect("a file");
    let migrate = ["migrate", "--config", file.to_str().expect("a path")];
    let once = [("NOVA__LOG__REPLICATION", "1")];

    // what is in the way is named, with a cure that works
    let said = run(&migrate, &once).expect(1).stdout;
    let cures: Vec<&str> = said
        .lines()
        .filter(|line| line.starts_with("PostgreSQL: WRONG"))
        .filter_map(|line| line.rsplit_once(": ").map(|(_, cure)| cure))
        .collect();
    assert_eq!(cures.len(), 4, "a publication, three replica identities: {said}");
    client.batch_execute(&cures.join(";")).await.unwrap_or_else(|error| panic!("{error:?}: {said}"));
    let said = run(&migrate, &once).expect(0).stdout;
    assert!(said.contains("the tables are the product's own"), "{said}");

    system.place.register().await;
    system.place.is_running().await;
    let (tables, url) = services::on_the_way(&system.place.url()).await;
    system.reached_by("social", url);
    let (store, url) = services::on_the_way(system.clickhouse()).await;
    system.reached_by("store", url);
    let hot = system
        .replica(|config| {
            quick(config);
            config.store.hot_index = true;
        })
        .await;
    let far = system.replica(quick).await;
    let pages = [By(&far.http, ANN), By(&hot.http, ANN)];
    let all = async |what: &str, posts: &[&str]| {
        for by in &pages {
            until_page(what, by, "", shows(posts)).await;
        }
    };
    all("what was there before", &["7"]).await;
    let write = r#"insert into "Articles" values (8, 3, 'Streamed', now() - interval '1 minute'), (9, 2, 'Too', now())"#;
    client.batch_execute(write).await.expect("rows");
    client.batch_execute("insert into hearts values (9, 3, now())").await.expect("a row");
    all("what was written", &["7", "8", "9"]).await;
    // whom Ann follows stands in another topic than the posts
    let followed = |page: &Feed| page.items().iter().all(|item| item["reason"] == "follow");
    for by in &pages {
        let page = until_page("a like", by, "", |page| page.likes("9") == Some(1) && followed(page)).await;
        assert!(page.items().iter().all(|item| item.get("text").is_none()), "{page:?}");
        assert_eq!(page.item("8").expect("it is there")["author_id"], "3");
    }

    // a scroll: what is withdrawn or deleted meanwhile is not on its next page, and nothing else is missing
    let scrolls = [pages[0].feed("limit=1").await, pages[1].feed("limit=1").await];
    let first = scrolls[0].posts()[0].to_owned();
    let (gone, left) = if first == "7" { ("8", "9") } else { ("7", if first == "9" { "8" } else { "9" }) };
    client.batch_execute(&format!(r#"delete from "Articles" where id = {gone}"#)).await.expect("deleted");
    let mut stand = [first.as_str(), left];
    stand.sort_unstable();
    all("what was not deleted", &stand).await;
    let cursor = scrolls[0].0["next_cursor"].as_str().expect("more");
    let rest = format!("limit=2&cursor={cursor}");
    let only = |page: &Feed| page.posts() == [left] && page.is_whole();
    // a store that is far is asked for the same post once a second
    until_page("the rest of a scroll", &pages[0], &rest, only).await;

    // what the viewer hides by an event is gone at once, on every replica
    let hide = pages[0].report(json!([event(1, "hide", &first)])).await;
    hide.expect(202);
    for by in &pages {
        assert_eq!(by.feed("").await.posts(), [left]);
    }
    client.batch_execute(r#"update "Articles" set withdrawn_at = now()"#).await.expect("withdrawn");
    all("nothing", &[]).await;
    client
        .batch_execute(r#"insert into "Articles" values (10, 2, 'x', now()), (11, 3, 'y', now())"#)
        .await
        .expect("rows");
    all("what is new", &["10", "11"]).await;
    client.batch_execute(&format!("insert into bans values (2, {ANN})")).await.expect("a ban");
    all("nothing of who has banned the viewer", &["11"]).await;

    // what the product does itself is refused, and says so
    for (method, path, body) in [
        (Method::POST, "/posts", Some(json!({"text": "x"}))),
        (Method::PUT, "/posts/11/like", None),
        (Method::GET, "/posts/11", None),
        (Method::GET, "/users/2", None),
        (Method::GET, "/feed?algo=time", None),
    ] {
        let refused = pages[0].send(method, path, body).await.expect(422).json();
        assert_eq!(refused["code"], "tables_of_the_product", "{path}: {refused}");
    }
    let named = "select string_agg(relname, ' ' order by relname) from pg_class where relkind = 'r' and relnamespace = 'public'::regnamespace";
    let named: String = client.query_one(named, &[]).await.expect("asked").get(0);
    assert_eq!(named, "Articles bans hearts people posts subscriptions", "nothing was made beside them");
    let (status, parts) = ready(&far.http).await;
    assert_eq!((status, &parts["social"]), (200, &json!("ok")));

    // no request asks the tables
    tables.set(Way::Cut);
    for (by, replica) in pages.iter().zip([&far, &hot]) {
        let page = by.feed("").await;
        assert!(shows(&["11"])(&page), "{page:?}");
        let (status, parts) = ready(&replica.http).await;
        assert_eq!((status, &parts["social"]), (200, &json!("failed")));
    }
    tables.set(Way::Open);

    // nobody but the store and an index knows what may be shown
    store.set(Way::Cut);
    turned_away(pages[0].get("/feed").await);
    let page = pages[1].feed("").await;
    assert!(shows(&["11"])(&page), "{page:?}");
    store.set(Way::Open);
    all("the same as before", &["11"]).await;
    far.stop().await;
    hot.stop().await;
}
