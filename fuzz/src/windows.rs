//! The windows of the deduplication, as a snapshot carries them.

use std::path::Path;

use nova::store::dedup::{Archive, Arrival, Dedup, Key, Limits};
use nova_core::model::{EventId, Timestamp, UserId};

const ARRIVALS: u64 = 40;

fn key() -> Key {
    Key::new([7; 16])
}

fn limits() -> Limits {
    Limits { entries_max: 8, ..Limits::default() }
}

fn archive(dir: &Path, name: &str) -> Archive {
    Archive::open(&dir.join(name), key()).expect("an empty archive")
}

pub(crate) fn run(bytes: &[u8]) {
    let dir = tempfile::tempdir().expect("a directory");
    let (one, other) = (archive(dir.path(), "one.db"), archive(dir.path(), "other.db"));
    let Ok(mut dedup) = Dedup::load(&limits(), key(), one, &mut &bytes[..]) else { return };
    let mut saved = Vec::new();
    dedup.freeze().save(&mut saved).expect("a Vec takes everything");
    let mut again = Dedup::load(&limits(), key(), other, &mut saved.as_slice()).expect("its own bytes");
    let decided = dedup.decide_batch(&arrivals(1 << 40)).expect("the archive answers");
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
            let dir = tempfile::tempdir().expect("a directory");
            let mut dedup = Dedup::new(&limits(), key(), archive(dir.path(), "one.db")).expect("it begins");
            dedup.decide_batch(&arrivals(0)[..count]).expect("decided");
            let mut saved = Vec::new();
            dedup.freeze().save(&mut saved).expect("a Vec takes everything");
            saved
        })
        .to_vec()
}
