use std::sync::Arc;
use std::time::Duration;

use redis::IntegerReplyOrNoOp;

use super::*;
use crate::cache::contract::{self, Fixture};
use crate::testbed::{self, Proxy, Way};

const DEADLINE: Duration = Duration::from_secs(5);

fn open(prefix: String) -> RedisCache {
    RedisCache::open(RedisCacheConfig { url: testbed::redis(), prefix, deadline: DEADLINE }).expect("opens")
}

/// Takes a time from the life of every key of a prefix, as if it had passed: no test waits for a server's clock.
const ADVANCE: &str = "
for _, key in ipairs(redis.call('KEYS', ARGV[1] .. '*')) do
  local left = redis.call('PTTL', key)
  local deadline, holder = string.match(redis.call('GET', key), '^(%d+):(.*)$')
  if left >= 0 then
    redis.call('PEXPIRE', key, left - ARGV[2])
  elseif deadline then
    redis.call('SET', key, string.format('%.0f:', deadline - ARGV[2]) .. holder)
  end
end";

fn fixture() -> Fixture {
    let prefix = testbed::unique("cache:");
    let cache = Arc::new(open(prefix.clone()));
    let connection = cache.connection.clone();
    Fixture {
        cache,
        advance: Box::new(move |by| {
            let (mut connection, prefix) = (connection.clone(), prefix.clone());
            Box::pin(async move {
                let script = Script::new(ADVANCE);
                let advanced: RedisResult<()> =
                    script.arg(prefix).arg(millis(by)).invoke_async(&mut connection).await;
                advanced.expect("the time passes");
            })
        }),
    }
}

#[tokio::test]
async fn keeps_the_contract() {
    contract::suite(fixture).await;
}

#[tokio::test]
async fn a_redis_that_is_too_old_is_told() {
    let cache = open(testbed::unique("cache:"));
    cache.check().await.expect("today's server");
    let later = crate::version::Oldest { version: (99, 1), ..version::OLDEST };
    let error = version::check(&mut cache.connection.clone(), &later).await.expect_err("too old");
    assert_eq!(error.kind(), Kind::Conflict);
    assert!(error.detail().contains("is too old") && error.detail().contains("to 99.1 or later"), "{error}");
    // as this one writes it
    assert!(version::OLDEST.wrong("7.0.15").is_none() && version::OLDEST.wrong("6.0.16").is_some());
}

#[tokio::test]
async fn a_redis_that_is_not_there_fails_at_once_and_not_for_ever() {
    let url = "redis://127.0.0.1:1/0".to_owned();
    let cache =
        RedisCache::open(RedisCacheConfig { url, prefix: String::new(), deadline: DEADLINE }).expect("opens");
    let error = cache.get(Space::Feed, "a", None).await.expect_err("nobody listens there");
    assert!(error.kind().retry(), "{error:?}");
}

#[tokio::test]
async fn a_lease_outlives_a_server_that_runs_out_of_memory() {
    let cache = open(testbed::unique("cache:"));
    cache.put(Space::Lease, "job", Bytes::from_static(b"a"), Duration::from_secs(60)).await.expect("put");
    let key = cache.key(Space::Lease, "job");
    let expiry = cache.connection.clone().ttl(&key).await.expect("answers");
    assert_eq!(expiry, IntegerReplyOrNoOp::ExistsButNotRelevant, "what never expires is never evicted");
    cache.remove(Space::Lease, "job").await.expect("removed");
}

async fn answers(cache: &RedisCache) {
    testbed::until("an answer", async || cache.check().await.ok()).await;
}

#[tokio::test]
async fn a_connection_that_is_cut_or_hangs_fails_in_time_and_comes_back() {
    let url = testbed::redis();
    let address = url.trim_start_matches("redis://").split('/').next().expect("host and port");
    let proxy = Proxy::before(address).await;
    let config = RedisCacheConfig {
        url: format!("redis://{}/0", proxy.address()),
        prefix: testbed::unique("cache:"),
        deadline: Duration::from_millis(200),
    };
    let cache = RedisCache::open(config).expect("opens");
    answers(&cache).await;
    for way in [Way::Cut, Way::Blocked, Way::Mute] {
        proxy.set(way);
        let error = cache.get(Space::Feed, "a", None).await.expect_err("no way through");
        assert!(error.kind().retry(), "{way:?}: {error:?}");
        proxy.set(Way::Open);
        answers(&cache).await;
    }
}

#[tokio::test]
async fn whoever_asks_for_nothing_asks_nobody() {
    let target = testbed::redis();
    let target = target.trim_start_matches("redis://").split('/').next().expect("a server").to_owned();
    let proxy = Proxy::before(&target).await;
    let config = RedisCacheConfig {
        url: format!("redis://{}/0", proxy.address()),
        prefix: testbed::unique("cache:"),
        deadline: DEADLINE,
    };
    let cache = RedisCache::open(config).expect("opens");
    let one = [Asked { space: Space::Feed, key: "a", extend: None }];
    assert_eq!(cache.get_all(&one).await.expect("answers"), [None]);
    let asked = proxy.asked();
    assert!(asked > 0);
    assert_eq!(cache.get_all(&[]).await.expect("nothing"), []);
    assert_eq!(proxy.asked(), asked);
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
