//! The windows of the deduplication, as a snapshot carries them.

use std::path::Path;

use nova::store::dedup::{Archive, Arrival, Dedup, Key, Limits};
use nova_core::model::{EventId, Timestamp, UserId};

/// SQLite's name of a database in memory.
const NOWHERE: &str = ":memory:";
const ARRIVALS: u64 = 40;

fn key() -> Key {
    Key::new([7; 16])
}

fn limits() -> Limits {
    Limits { entries_max: 8, ..Limits::default() }
}

fn archive() -> Archive {
    Archive::open(Path::new(NOWHERE), key()).expect("a database in memory")
}

pub(crate) fn run(bytes: &[u8]) {
    let Ok(mut dedup) = Dedup::load(&limits(), key(), archive(), &mut &bytes[..]) else { return };
    let mut saved = Vec::new();
    dedup.freeze().save(&mut saved).expect("a Vec takes everything");
    let mut again = Dedup::load(&limits(), key(), archive(), &mut saved.as_slice()).expect("its own bytes");
    let decided = dedup.decide_batch(&arrivals(1 << 40)).expect("a database in memory answers");
    assert_eq!(again.decide_batch(&arrivals(1 << 40)).expect("as above"), decided);
}

fn arrivals(from: u64) -> Vec<Arrival> {
    let at = |offset: u64| Timestamp::from_micros(1_767_323_045_000_000 + 60_000_000 * offset as i64);
    (0..ARRIVALS)
        .map(|number| Arrival {
            partition: (number % 2) as u16,
            offset: from + number,
            user: UserId::from_integer(number % 5),
            id: EventId::from_bits(u128::from(number % 30) + 1),
            time: at(number % 7),
            received_at: at(number * 5),
        })
        .collect()
}

pub(crate) fn seeds() -> Vec<Vec<u8>> {
    [0, 6, 40]
        .map(|count| {
            let mut dedup = Dedup::new(&limits(), key(), archive()).expect("it begins");
            dedup.decide_batch(&arrivals(0)[..count]).expect("decided");
            let mut saved = Vec::new();
            dedup.freeze().save(&mut saved).expect("a Vec takes everything");
            saved
        })
        .to_vec()
}
