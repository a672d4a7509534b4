//! Scrolling to the end of random feeds while the community goes on living.

use std::collections::BTreeSet;
use std::time::Duration;

use proptest::prelude::*;
use proptest::test_runner::{Config as Cases, TestRunner};

use crate::http::{Http, Page, event, post_of};
use crate::service::Service;

const VIEWER: u64 = 1_000;

/// What happens between two pages.
#[derive(Debug, Clone, Copy)]
enum Turn {
    /// A followed author writes.
    Write(u64),
    /// Somebody likes a post: its rank would change.
    Like(u64),
    /// It is shared by an event.
    Share(u64),
    /// An author deletes a post.
    Delete(u64),
    /// The viewer blocks an author, or an author blocks the viewer.
    Block(u64),
    BlockedBy(u64),
    Mute(u64),
    Hide(u64),
    /// The viewer reports a post as seen.
    See(u64),
    /// The viewer opens another first page, as an app does that is refreshed.
    Refresh,
}

#[derive(Debug, Clone)]
struct World {
    /// Posts of each author.
    authors: Vec<u64>,
    followed: Vec<bool>,
    /// Pages: their sizes, and what happens after each.
    pages: Vec<(usize, Vec<Turn>)>,
}

fn turn() -> impl Strategy<Value = Turn> {
    let post = 0..64_u64;
    let author = 0..8_u64;
    prop_oneof![
        3 => author.clone().prop_map(Turn::Write),
        3 => post.clone().prop_map(Turn::Like),
        2 => post.clone().prop_map(Turn::Share),
        2 => post.clone().prop_map(Turn::Delete),
        1 => author.clone().prop_map(Turn::Block),
        1 => author.clone().prop_map(Turn::BlockedBy),
        1 => author.prop_map(Turn::Mute),
        2 => post.clone().prop_map(Turn::Hide),
        2 => post.prop_map(Turn::See),
        1 => Just(Turn::Refresh),
    ]
}

fn world() -> impl Strategy<Value = World> {
    let page = (1..=7_usize, prop::collection::vec(turn(), 0..4));
    (
        prop::collection::vec(1..6_u64, 3..8),
        prop::collection::vec(prop::bool::weighted(0.8), 8),
        prop::collection::vec(page, 1..8),
    )
        .prop_map(|(authors, followed, pages)| World { authors, followed, pages })
}

/// The posts as they were when the scroll began, and what became of them.
struct Scene<'a> {
    http: &'a Http,
    /// Post and author.
    posts: Vec<(u64, u64)>,
    authors: u64,
    gone: BTreeSet<u64>,
    next_post: u64,
    next_event: u128,
}

impl Scene<'_> {
    fn author(&self, index: u64) -> u64 {
        1 + index % self.authors
    }

    fn post(&self, index: u64) -> (u64, u64) {
        self.posts[index as usize % self.posts.len()]
    }

    fn without_author(&mut self, author: u64) {
        self.gone.extend(self.posts.iter().filter(|(_, by)| *by == author).map(|(post, _)| *post));
    }

    async fn happens(&mut self, turn: Turn) {
        let http = self.http;
        self.next_event += 1;
        match turn {
            Turn::Write(author) => {
                self.next_post += 1;
                http.write(self.author(author), self.next_post).await;
            }
            // by somebody whom nothing concerns
            Turn::Like(post) => drop(http.put(999, &format!("posts/{}/like", self.post(post).0)).await),
            Turn::Share(post) => {
                let events = [event(self.next_event, "share", self.post(post).0)];
                http.report(999, &events).await.expect(202);
            }
            Turn::See(post) => {
                let events = [event(self.next_event, "view", self.post(post).0)];
                http.report(VIEWER, &events).await.expect(202);
            }
            Turn::Delete(post) => {
                let (post, author) = self.post(post);
                if http.delete(author, &format!("posts/{post}")).await.status == 204 {
                    self.gone.insert(post);
                }
            }
            Turn::Hide(post) => {
                let (post, _) = self.post(post);
                http.report(VIEWER, &[event(self.next_event, "hide", post)]).await.expect(202);
                self.gone.insert(post);
            }
            Turn::Block(author) => {
                let author = self.author(author);
                http.put(VIEWER, &format!("users/{author}/block")).await.expect(204);
                self.without_author(author);
            }
            Turn::BlockedBy(author) => {
                let author = self.author(author);
                http.put(author, &format!("users/{VIEWER}/block")).await.expect(204);
                self.without_author(author);
            }
            Turn::Mute(author) => {
                let author = self.author(author);
                // whoever blocks the viewer is not there to be muted, and gone already
                if http.put(VIEWER, &format!("users/{author}/mute")).await.status == 204 {
                    self.without_author(author);
                }
            }
            Turn::Refresh => drop(http.feed(VIEWER, "limit=1").await),
        }
    }
}

/// Scrolls through the world; every page is held against what had become of its posts by then.
async fn scroll(world: &World, algo: &str) {
    let service = Service::start().await;
    let http = &service.http;
    let authors = world.authors.len() as u64;
    http.people((1..=authors).chain([999, VIEWER])).await;
    let mut posts = Vec::new();
    for (index, &count) in world.authors.iter().enumerate() {
        let author = index as u64 + 1;
        if algo == "time" || world.followed[index] {
            http.follow(VIEWER, author).await;
        }
        for _ in 0..count {
            let post = 1 + posts.len() as u64;
            http.write(author, post).await;
            posts.push((post, author));
            service.advance(Duration::from_secs(97));
        }
    }
    let mut scene = Scene { http, posts, authors, gone: BTreeSet::new(), next_post: 10_000, next_event: 0 };
    // what a scroll gives to whom nothing happens: from the same first page (a large one asks more sources) to the end
    let first = http.feed(VIEWER, &format!("algo={algo}&limit={}", world.pages[0].0)).await;
    let mut whole = first.posts();
    if let Some(cursor) = first.cursor() {
        let rest = http.feed(VIEWER, &format!("algo={algo}&limit=100&cursor={cursor}")).await;
        assert_eq!(rest.cursor(), None);
        whole.extend(rest.posts());
    }

    let mut shown = Vec::new();
    let mut cursor = String::new();
    for (limit, turns) in world.pages.iter().cycle().take(100) {
        let page = http.feed(VIEWER, &format!("algo={algo}&limit={limit}&cursor={cursor}")).await;
        check(&page, *limit, &shown, &scene.gone);
        shown.extend(page.posts());
        // all of it was a candidate before, so what is left out must be gone
        let passed = shown.last().and_then(|last| whole.iter().position(|post| post == last));
        for post in whole.iter().take(passed.map_or(0, |last| last + 1)) {
            assert!(shown.contains(post) || scene.gone.contains(post), "{post} was passed over");
        }
        match page.cursor() {
            Some(next) => cursor = next,
            None => break,
        }
        for turn in turns {
            scene.happens(*turn).await;
        }
        service.caught_up().await;
    }
    for post in &whole {
        assert!(shown.contains(post) || scene.gone.contains(post), "{post} never came");
    }
    let order: Vec<&u64> = whole.iter().filter(|post| shown.contains(post)).collect();
    assert_eq!(shown.iter().collect::<Vec<_>>(), order, "in the order of the beginning, and nothing later");
    service.stop().await;
}

fn check(page: &Page, limit: usize, shown: &[u64], gone: &BTreeSet<u64>) {
    let items = page.items();
    assert!(items.len() <= limit);
    let mut posts: Vec<u64> = items.iter().map(post_of).collect();
    assert!(posts.iter().all(|post| !gone.contains(post)), "{posts:?} holds what is gone: {gone:?}");
    assert!(posts.iter().all(|post| !shown.contains(post)), "{posts:?} again after {shown:?}");
    posts.sort_unstable();
    posts.dedup();
    assert_eq!(posts.len(), items.len(), "twice on one page");
    if let Some(cursor) = page.cursor() {
        assert!(cursor.len() <= 256 && items.len() == limit, "a page before the last one is full");
        assert!(cursor.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b'-'));
    }
}

fn in_many_worlds(algo: &'static str) {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .expect("a runtime");
    let cases = Cases { cases: 16, max_shrink_iters: 40, failure_persistence: None, ..Cases::default() };
    let mut runner = TestRunner::new(cases);
    let outcome = runner.run(&world(), |world| {
        runtime.block_on(scroll(&world, algo));
        Ok(())
    });
    if let Err(failed) = outcome {
        panic!("{failed}");
    }
}

#[test]
fn a_ranked_scroll_gives_everything_once_whatever_happens_meanwhile() {
    in_many_worlds("ch");
}

#[test]
fn a_chronological_scroll_gives_everything_once_whatever_happens_meanwhile() {
    in_many_worlds("time");
}

/// Trending is a list of its own: fixed by its first page, judged with every further one.
#[tokio::test(flavor = "multi_thread")]
async fn a_scroll_through_trending_gives_everything_once() {
    let service = Service::start_with(|config| config.jobs.trending_24h_s = 1).await;
    let http = &service.http;
    http.people((1..=20).chain([VIEWER])).await;
    for author in 1..=20 {
        http.write(author, author).await;
        for liker in 1..=author {
            http.like(liker, author).await;
        }
    }
    let page = async |query: &str| {
        let answer = http.get(VIEWER, &format!("/api/v1/feed/trending?window=24h&{query}")).await;
        Page(answer.expect(200).json())
    };
    // one made while the last likes were given has everything too, in another order
    let by_likes: Vec<u64> = (1..=20).rev().collect();
    let whole = crate::wait::until("a list of everything by likes", async || {
        Some(page("limit=100").await.posts()).filter(|posts| *posts == by_likes)
    })
    .await;
    let (mut shown, mut blocked) = (Vec::new(), Vec::new());
    let mut next = page("limit=3").await;
    loop {
        shown.extend(next.posts());
        let Some(cursor) = next.cursor() else { break };
        // the next but one, whose author goes by the same number
        let author =
            *whole.iter().filter(|post| !shown.contains(post)).nth(1).expect("more than one is left");
        http.put(VIEWER, &format!("users/{author}/block")).await.expect(204);
        blocked.push(author);
        http.like(VIEWER, shown[0]).await;
        next = page(&format!("limit=3&cursor={cursor}")).await;
    }
    let expected: Vec<u64> = whole.into_iter().filter(|post| !blocked.contains(post)).collect();
    assert_eq!(shown, expected, "each once, in order, less the blocked");
    service.stop().await;
}
