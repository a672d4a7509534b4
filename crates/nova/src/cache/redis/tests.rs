use std::sync::Arc;
use std::time::Duration;

use super::*;
use crate::cache::contract::{self, Fixture};
use crate::testbed;

const DEADLINE: Duration = Duration::from_secs(5);

fn open(prefix: String) -> RedisCache {
    RedisCache::open(RedisCacheConfig { url: testbed::redis(), prefix, deadline: DEADLINE }).expect("opens")
}

/// The contract's minute is a moment here, and time passes by itself: a key of that life tells when it is over.
fn fixture() -> Fixture {
    let prefix = testbed::unique("cache:");
    let clock = Arc::new(open(format!("{prefix}clock:")));
    Fixture {
        cache: Arc::new(open(prefix)),
        minute: Duration::from_millis(150),
        advance: Box::new(move |by| {
            let clock = Arc::clone(&clock);
            Box::pin(async move {
                clock.put(Space::Hot, "over", Bytes::new(), by).await.expect("put");
                while clock.get(Space::Hot, "over", None).await.expect("get").is_some() {
                    tokio::task::yield_now().await;
                }
            })
        }),
    }
}

#[tokio::test]
async fn keeps_the_contract() {
    contract::suite(fixture).await;
}

#[tokio::test]
async fn a_redis_that_is_not_there_fails_at_once_and_not_for_ever() {
    let url = "redis://127.0.0.1:1/0".to_owned();
    let cache =
        RedisCache::open(RedisCacheConfig { url, prefix: String::new(), deadline: DEADLINE }).expect("opens");
    let error = cache.get(Space::Feed, "a", None).await.expect_err("nobody listens there");
    assert!(error.kind().retry(), "{error:?}");
}

#[test]
fn what_is_no_url_is_named_and_a_password_is_not_shown() {
    let url = "http://user:secret@host".to_owned();
    let config = RedisCacheConfig { url, prefix: String::new(), deadline: DEADLINE };
    assert!(!format!("{config:?}").contains("secret"));
    let error = RedisCache::open(config).err().expect("refused");
    assert_eq!(error.field(), "cache.url");
    assert!(!format!("{error:?}").contains("secret"), "{error:?}");
}
