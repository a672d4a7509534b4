//! What [`DeadLetters`](crate::log::DeadLetters) promises.

use bytes::Bytes;
use nova_core::error::Kind;
use nova_core::model::Timestamp;

use super::{Fixture, LIKES, POSTS, assert_ordered, read_all, record};
use crate::log::{DeadLetter, Expired, Place, Reason, Topic};

fn letter(offset: u64, key: &str) -> DeadLetter {
    DeadLetter {
        place: Place { topic: Topic::Events, partition: 0, offset },
        reason: Reason::Invalid,
        detail: "dwell_ms must be 0 to 3600000".to_owned(),
        key: Bytes::copy_from_slice(key.as_bytes()),
        value: Some(Bytes::from_static(&[b'{', 0xff])),
        headers: Vec::new(),
        received_at: Timestamp::from_millis(1_000),
        buried_at: Timestamp::from_millis(2_000),
        requeued_at: None,
    }
}

fn offsets(letters: &[DeadLetter]) -> Vec<u64> {
    letters.iter().map(|letter| letter.place.offset).collect()
}

pub(crate) async fn buries_once(twin: impl Fixture) {
    let dead = twin.dead();
    let kept = letter(7, "u");
    dead.bury(vec![kept.clone(), letter(8, "u")]).await.unwrap();
    dead.bury(vec![DeadLetter { detail: "another".to_owned(), ..kept.clone() }]).await.unwrap();
    assert_eq!(dead.show(kept.place).await.unwrap(), kept);
    assert_eq!(dead.waiting().await.unwrap(), 2);
    // every reason, a tombstone, another topic
    let others: Vec<_> = (0_u64..)
        .zip(Reason::ALL)
        .map(|(offset, reason)| {
            let place = Place { topic: POSTS, partition: 0, offset };
            DeadLetter { place, reason, value: None, ..kept.clone() }
        })
        .collect();
    dead.bury(others.clone()).await.unwrap();
    for other in others {
        assert_eq!(dead.show(other.place).await.unwrap(), other);
    }
}

pub(crate) async fn lists_the_newest_letters_first(twin: impl Fixture) {
    let dead = twin.dead();
    for offset in [3, 1, 4, 5, 9] {
        let buried_at = Timestamp::from_millis(10_000 + i64::try_from(offset).unwrap());
        dead.bury(vec![DeadLetter { buried_at, ..letter(offset, "u") }]).await.unwrap();
    }
    let all = dead.list(1_000, None).await.unwrap();
    assert_eq!(all.len(), 5);
    assert_eq!(all[0].place.offset, 9);
    let mut paged = dead.list(2, None).await.unwrap();
    while let Some(last) = paged.last() {
        let page = dead.list(2, Some(last.place)).await.unwrap();
        if page.is_empty() {
            break;
        }
        paged.extend(page);
    }
    assert_eq!(offsets(&paged), offsets(&all));
}

pub(crate) async fn puts_a_letter_back(twin: impl Fixture) {
    let (log, dead) = (twin.log(), twin.dead());
    let now = Timestamp::from_millis(5_000);
    for topic in [Topic::Events, LIKES] {
        log.append(topic, vec![record("good", "{}"), record("bad", "{")]).await.unwrap();
        let entries = read_all(&log).await;
        let bad = entries.iter().find(|it| it.place.topic == topic && it.record.key == "bad").unwrap();
        let buried = DeadLetter {
            place: bad.place,
            key: bad.record.key.clone(),
            value: bad.record.value.clone(),
            headers: Vec::new(),
            ..letter(0, "")
        };
        dead.bury(vec![buried.clone()]).await.unwrap();
        assert_eq!(dead.waiting().await.unwrap(), 1);
        dead.requeue(bad.place, now).await.unwrap();
        assert_eq!(dead.waiting().await.unwrap(), 0);
        assert_eq!(dead.show(bad.place).await.unwrap(), DeadLetter { requeued_at: Some(now), ..buried });

        let entries = read_all(&log).await;
        assert_ordered(&entries);
        let copies: Vec<_> =
            entries.iter().filter(|it| it.place.topic == topic && it.record == bad.record).collect();
        assert_eq!(copies.len(), 2, "as it was, once more");
        assert_ne!(copies[0].place, copies[1].place);
    }
    assert_eq!(dead.list(10, None).await.unwrap().len(), 2, "put-back ones are listed too");
}

pub(crate) async fn forgets_a_letter(twin: impl Fixture) {
    let dead = twin.dead();
    dead.bury(vec![letter(1, "u"), letter(2, "u")]).await.unwrap();
    dead.discard(letter(1, "u").place).await.unwrap();
    assert_eq!(offsets(&dead.list(10, None).await.unwrap()), [2]);
    assert_eq!(dead.waiting().await.unwrap(), 1);
}

pub(crate) async fn forgets_what_is_too_old_or_too_much(twin: impl Fixture) {
    let dead = twin.dead();
    let at = |second: u64| Timestamp::from_millis(second.cast_signed() * 1_000);
    let letters = (0..10).map(|offset| DeadLetter { buried_at: at(offset), ..letter(offset, "u") });
    dead.bury(letters.collect()).await.unwrap();
    for offset in [1, 6] {
        dead.requeue(letter(offset, "u").place, at(20)).await.unwrap();
    }
    let held = async || {
        let mut held = offsets(&dead.list(100, None).await.unwrap());
        held.sort_unstable();
        held
    };
    assert_eq!(
        dead.expire(at(0), 10).await.unwrap(),
        Expired::default(),
        "as old as allowed, as many as allowed"
    );
    assert_eq!(dead.expire(at(3), 10).await.unwrap(), Expired { aged: 3, crowded: 0, waiting: 2 });
    assert_eq!(held().await, [3, 4, 5, 6, 7, 8, 9]);
    assert_eq!(dead.expire(at(3), 5).await.unwrap(), Expired { aged: 0, crowded: 2, waiting: 1 });
    assert_eq!(held().await, [4, 5, 7, 8, 9], "what was put back, then the oldest");
    assert_eq!(dead.expire(at(6), 1).await.unwrap(), Expired { aged: 2, crowded: 2, waiting: 4 });
    assert_eq!(held().await, [9]);
}

pub(crate) async fn says_which_letter_is_not_there(twin: impl Fixture) {
    let (log, dead) = (twin.log(), twin.dead());
    for topic in [Topic::Events, LIKES] {
        let place = Place { topic, partition: 0, offset: 812 };
        let refused = [
            dead.show(place).await.map(|_| ()),
            dead.requeue(place, Timestamp::from_millis(1)).await,
            dead.discard(place).await,
        ];
        for refused in refused {
            let refused = refused.unwrap_err();
            assert_eq!(refused.kind(), Kind::NotFound);
            assert!(refused.detail().contains(&DeadLetter::id(place)), "{refused}");
        }
    }
    assert!(log.ends().await.unwrap().is_empty(), "nothing was put back");
}

pub(crate) async fn keeps_letters_over_a_restart(twin: impl Fixture) {
    let kept = letter(7, "u");
    twin.dead().bury(vec![kept.clone()]).await.unwrap();
    let twin = twin.reopen().await;
    twin.dead().bury(vec![kept.clone()]).await.unwrap();
    assert_eq!(twin.dead().list(10, None).await.unwrap(), [kept]);
    assert_eq!(twin.dead().waiting().await.unwrap(), 1);
}
