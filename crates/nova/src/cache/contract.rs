//! The suite that every twin passes.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use futures_util::future::BoxFuture;

use super::{Asked, Cache, Space};

/// A twin under test.
pub(super) struct Fixture {
    /// Empty.
    pub(super) cache: Arc<dyn Cache>,
    /// Makes this much time pass for what the twin holds.
    pub(super) advance: Box<dyn Fn(Duration) -> BoxFuture<'static, ()> + Send + Sync>,
}

const MINUTE: Duration = Duration::from_secs(60);

fn text(text: &'static str) -> Bytes {
    Bytes::from_static(text.as_bytes())
}

/// Runs all of it, each on a fresh twin.
pub(super) async fn suite(open: impl Fn() -> Fixture) {
    keeps_and_forgets(open()).await;
    spaces_are_apart(open()).await;
    expires(open()).await;
    sliding_expiry_starts_anew(open()).await;
    several_are_read_together(open()).await;
    what_is_added_stands_behind_what_was_there(open()).await;
    of_many_who_add_none_is_lost(open()).await;
    of_many_only_one_takes_a_lease(open()).await;
    a_lease_is_free_again_after_its_time(open()).await;
    only_the_holder_gives_a_lease_back(open()).await;
    holds_any_bytes(open()).await;
}

async fn get(cache: &Arc<dyn Cache>, space: Space, key: &str) -> Option<Bytes> {
    cache.get(space, key, None).await.expect("the cache answers")
}

async fn keeps_and_forgets(Fixture { cache, .. }: Fixture) {
    assert_eq!(get(&cache, Space::Feed, "a").await, None);
    cache.put(Space::Feed, "a", text("1"), MINUTE).await.expect("put");
    cache.put(Space::Feed, "a", text("2"), MINUTE).await.expect("put");
    assert_eq!(get(&cache, Space::Feed, "a").await, Some(text("2")));
    cache.remove(Space::Feed, "a").await.expect("remove");
    cache.remove(Space::Feed, "a").await.expect("removing nothing is no error");
    assert_eq!(get(&cache, Space::Feed, "a").await, None);
    cache.check().await.expect("answers");
}

async fn spaces_are_apart(Fixture { cache, .. }: Fixture) {
    for space in Space::ALL {
        cache.put(space, "key", Bytes::from(space.name()), MINUTE).await.expect("put");
    }
    for space in Space::ALL {
        assert_eq!(get(&cache, space, "key").await, Some(Bytes::from(space.name())));
    }
}

async fn expires(Fixture { cache, advance }: Fixture) {
    cache.put(Space::Hot, "short", text("1"), MINUTE).await.expect("put");
    cache.put(Space::Hot, "long", text("2"), MINUTE * 3).await.expect("put");
    advance(MINUTE * 2).await;
    assert_eq!(get(&cache, Space::Hot, "short").await, None);
    assert_eq!(get(&cache, Space::Hot, "long").await, Some(text("2")));
}

async fn sliding_expiry_starts_anew(Fixture { cache, advance }: Fixture) {
    cache.put(Space::Slate, "read", text("1"), MINUTE * 2).await.expect("put");
    cache.put(Space::Slate, "left", text("2"), MINUTE * 2).await.expect("put");
    for _ in 0..3 {
        advance(MINUTE).await;
        assert_eq!(cache.get(Space::Slate, "read", Some(MINUTE * 2)).await.expect("get"), Some(text("1")));
    }
    assert_eq!(get(&cache, Space::Slate, "left").await, None);
}

async fn several_are_read_together(Fixture { cache, advance }: Fixture) {
    for space in [Space::Slate, Space::Did] {
        cache.put(space, "a", Bytes::from(space.name()), MINUTE * 2).await.expect("put");
    }
    let asked = |space, key, extend| Asked { space, key, extend };
    let all = [
        asked(Space::Did, "a", None),
        asked(Space::Slate, "none", Some(MINUTE)),
        asked(Space::Slate, "a", Some(MINUTE * 3)),
    ];
    let found = cache.get_all(&all).await.expect("answers");
    assert_eq!(found, [Some(text("did")), None, Some(text("slate"))]);
    advance(MINUTE * 5 / 2).await;
    let found = cache.get_all(&all).await.expect("answers");
    assert_eq!(found, [None, None, Some(text("slate"))], "one of them was given a new life");
    assert_eq!(cache.get_all(&[]).await.expect("answers"), []);
}

async fn add(cache: &Arc<dyn Cache>, piece: &'static str, max: usize) {
    cache.append(Space::Did, "a", text(piece), max, MINUTE * 2).await.expect("added");
}

async fn what_is_added_stands_behind_what_was_there(Fixture { cache, advance }: Fixture) {
    add(&cache, "one", 8).await;
    add(&cache, "two", 8).await;
    assert_eq!(get(&cache, Space::Did, "a").await, Some(text("onetwo")));
    add(&cache, "three", 8).await;
    assert_eq!(get(&cache, Space::Did, "a").await, Some(text("twothree")), "the last eight bytes");
    add(&cache, "more than eight", 8).await;
    assert_eq!(get(&cache, Space::Did, "a").await, Some(text("an eight")));
    // lives anew with what is added, and ends with all of it
    advance(MINUTE).await;
    add(&cache, "", 8).await;
    advance(MINUTE * 3 / 2).await;
    assert_eq!(get(&cache, Space::Did, "a").await, Some(text("an eight")));
    advance(MINUTE).await;
    add(&cache, "new", 8).await;
    assert_eq!(get(&cache, Space::Did, "a").await, Some(text("new")));
}

async fn of_many_who_add_none_is_lost(Fixture { cache, .. }: Fixture) {
    let all = (0..32_u8).map(|piece| {
        let cache = Arc::clone(&cache);
        async move { cache.append(Space::Did, "a", Bytes::from(vec![piece]), 100, MINUTE).await }
    });
    futures_util::future::join_all(all).await.into_iter().for_each(|added| added.expect("added"));
    let mut pieces = get(&cache, Space::Did, "a").await.expect("there").to_vec();
    pieces.sort_unstable();
    assert_eq!(pieces, (0..32).collect::<Vec<u8>>());
}

async fn of_many_only_one_takes_a_lease(Fixture { cache, .. }: Fixture) {
    let attempts = (0..32).map(|replica| {
        let cache = Arc::clone(&cache);
        async move { cache.put_if_absent(Space::Lease, "job", Bytes::from(replica.to_string()), MINUTE).await }
    });
    let taken = futures_util::future::join_all(attempts).await;
    assert_eq!(taken.into_iter().filter(|taken| *taken.as_ref().expect("answers")).count(), 1);
}

async fn a_lease_is_free_again_after_its_time(Fixture { cache, advance }: Fixture) {
    assert!(cache.put_if_absent(Space::Lease, "job", text("a"), MINUTE).await.expect("take"));
    assert!(!cache.put_if_absent(Space::Lease, "job", text("b"), MINUTE).await.expect("held"));
    advance(MINUTE * 2).await;
    assert!(cache.put_if_absent(Space::Lease, "job", text("b"), MINUTE).await.expect("free"));
    assert_eq!(get(&cache, Space::Lease, "job").await, Some(text("b")));
}

async fn only_the_holder_gives_a_lease_back(Fixture { cache, .. }: Fixture) {
    cache.put(Space::Lease, "job", text("a"), MINUTE).await.expect("put");
    assert!(!cache.remove_if(Space::Lease, "job", b"b").await.expect("not the holder"));
    assert!(cache.remove_if(Space::Lease, "job", b"a").await.expect("the holder"));
    assert!(!cache.remove_if(Space::Lease, "job", b"a").await.expect("gone"));
}

async fn holds_any_bytes(Fixture { cache, .. }: Fixture) {
    let value = Bytes::from((0..=255).cycle().take(70_000).collect::<Vec<u8>>());
    cache.put(Space::Slate, "bytes", value.clone(), MINUTE).await.expect("put");
    assert_eq!(get(&cache, Space::Slate, "bytes").await, Some(value));
    cache.put(Space::Slate, "empty", Bytes::new(), MINUTE).await.expect("put");
    assert_eq!(get(&cache, Space::Slate, "empty").await, Some(Bytes::new()));
}
