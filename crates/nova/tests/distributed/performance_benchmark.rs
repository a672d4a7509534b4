//! What must not go back, told by counts: the figures themselves are measured by `cargo xtask bench --stack`.

use futures_util::future::join_all;

use nova::app::Roles;
use nova::config::Config;

use crate::community::{By, Feed, person, until_page};
use crate::system::System;
use crate::testbed;

/// A thousand people open their feeds at the same moment; everybody has theirs.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn concurrent_user_requests() {
    const VIEWERS: usize = 1_000;
    const AUTHORS: usize = 10;
    let system = System::captured().await;
    // the question is whose page it is, not how long a test's machine takes for a thousand at once
    let patient = |config: &mut Config| {
        config.store.deadline_ms = 20_000;
        config.server.request_ms = 100_000;
        // as a service of this size has it
        config.store.hot_index = true;
    };
    // two, because one alone works on 512 requests at once and turns away the others
    let replica = system.replica(patient).await;
    let other = system.replica_as(Roles { api: true, project: false, jobs: false }, patient).await;
    let http = &replica.http;
    let mut authors = Vec::new();
    for number in 0..AUTHORS {
        let author = person(http, &format!("author_{number}")).await;
        let post = By(http, &author).write(&format!("of {number}")).await;
        authors.push((author, post));
    }
    let viewers: Vec<String> = (0..VIEWERS).map(|_| uuid::Uuid::new_v4().to_string()).collect();
    // each follows one of them
    let mut sql = String::new();
    for (number, viewer) in viewers.iter().enumerate() {
        let author = &authors[number % AUTHORS].0;
        sql.push_str(&format!(
            "insert into users values ('{viewer}', 'viewer_{number}', '', now(), now());
             insert into follows values ('{viewer}', '{author}', now());"
        ));
    }
    system.place.client().await.batch_execute(&sql).await.expect("rows");
    for http in [http, &other.http] {
        let last = By(http, &viewers[VIEWERS - 1]);
        let follows = |page: &Feed| page.items().iter().any(|item| item["reason"] == "follow");
        until_page("the last one's follow", &last, "", follows).await;
    }
    // nobody is served from the first connection on
    for http in [http, &other.http] {
        testbed::until("every connection to PostgreSQL", async || {
            let pages = join_all((0..32).map(|number| {
                let viewer = &viewers[number * 7];
                async move { By(http, viewer).feed("").await.is_whole() }
            }));
            pages.await.into_iter().all(|whole| whole).then_some(())
        })
        .await;
    }
    let (here, there) = viewers.split_at(VIEWERS / 2);
    let here = here.iter().map(|viewer| (http, viewer));
    let there = there.iter().map(|viewer| (&other.http, viewer));
    let pages = join_all(here.chain(there).map(|(http, viewer)| async move {
        let headers = [("x-nova-user", viewer.as_str())];
        let answer = http.attempt(hyper::Method::GET, "/api/v1/feed?limit=20", &headers, Default::default());
        Feed(answer.await.expect("an answer").expect(200).json())
    }));
    for (number, page) in pages.await.into_iter().enumerate() {
        assert!(page.is_whole(), "{number}: {page:?}");
        assert_eq!(page.items().len(), AUTHORS, "{number}");
        let followed: Vec<&str> = page
            .items()
            .iter()
            .filter(|item| item["reason"] == "follow")
            .map(|item| item["post_id"].as_str().expect("an id"))
            .collect();
        assert_eq!(followed, [authors[number % AUTHORS].1.as_str()], "the page of {number} is another's");
    }
    other.stop().await;
    replica.stop().await;
}
