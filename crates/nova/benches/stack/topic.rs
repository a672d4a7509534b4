//! Events: put straight into the topic, where how they came there is not what is measured, and as clients send them.

use anyhow::Result;
use futures_util::future::try_join_all;
use nova::app::SystemClock;
use nova::ingest::event;
use nova::log::{EventLog as _, KafkaLog, Record, Topic};
use nova_core::clock::Clock as _;
use nova_core::model::{Action, Event, Timestamp};
use nova_lab::load::wire::render;

use crate::consumer::count;
use crate::ids;
use crate::place::Place;
use crate::size::Size;
use crate::wait::until;

/// Records of one append, and appends under way at once.
const APPEND: u64 = 1_000;
const APPENDS: usize = 16;

/// Writes the events of these numbers.
pub(crate) async fn fill(log: &KafkaLog, size: &Size, numbers: std::ops::Range<u64>) -> Result<()> {
    let starts: Vec<u64> = numbers.clone().step_by(APPEND as usize).collect();
    for starts in starts.chunks(APPENDS) {
        let append = |&start: &u64| {
            let now = SystemClock.now();
            let part = start..(start + APPEND).min(numbers.end);
            let records: Vec<Record> =
                part.map(|number| event::encode(&event_of(number, size, now))).collect();
            log.append(Topic::Events, records)
        };
        drop(try_join_all(starts.iter().map(append)).await?);
    }
    Ok(())
}

/// Waits until a consumer carries: its group has met and its connections are open. Gives how many events that took.
pub(crate) async fn warm(place: &Place, size: &Size) -> Result<u64> {
    /// Impressions all of them, of nobody else's numbers.
    const NUMBERS: std::ops::Range<u64> = 100_000_000_000..100_000_000_050;
    fill(&place.log().await?, size, NUMBERS).await?;
    let (db, whole) = (place.clickhouse()?, NUMBERS.end - NUMBERS.start);
    until("the consumer carries", async || Ok((count(&db, "events").await? >= whole).then_some(()))).await?;
    Ok(whole)
}

/// Most of what people do is to see a post.
fn event_of(number: u64, size: &Size, now: Timestamp) -> Event {
    let action = match number % 100 {
        0..70 => Action::Impression,
        70..85 => Action::View,
        85..93 => Action::Dwell,
        93..96 => Action::Click,
        96..99 => Action::Like,
        _ => Action::Share,
    };
    Event {
        id: ids::event(number),
        time: now,
        user: ids::user(ids::spread(number, size.users)),
        post: ids::post(ids::spread(number.wrapping_mul(31) + 7, size.posts)),
        author: None,
        action,
        dwell_ms: (action == Action::Dwell).then_some(1_500),
        device: Some("phone".into()),
        app_ver: Some("1.2.3".into()),
    }
}

/// The request with events `number * of..` of one viewer, about posts in no order: past nothing, by the door of clients.
pub(crate) fn call(size: &Size, number: u64, of: u64, action: &str, out: &mut Vec<u8>) {
    let viewer = ids::user(ids::spread(number, size.users)).to_string();
    let events = (number * of..(number + 1) * of).map(|event| {
        let post = ids::post(ids::spread(event, size.posts));
        format!(r#"{{"event_id":"{}","post_id":"{post}","action":"{action}"}}"#, ids::event(event))
    });
    let body = format!(r#"{{"events":[{}]}}"#, events.collect::<Vec<_>>().join(","));
    let headers = [("x-nova-user", viewer.as_str()), ("content-type", "application/json")];
    render(out, "POST", "/api/v1/events", &headers, body.as_bytes());
}
