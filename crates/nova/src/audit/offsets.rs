//! Where the group stands in each partition, held against the log and the ledger.

use super::{Check, Difference};
use crate::log::Topic;
use crate::project::exactly_once::Intent;

/// One partition, as everybody sees it.
#[derive(Debug, Clone)]
pub(super) struct Seen {
    pub(super) topic: Topic,
    pub(super) partition: u16,
    /// Of the topic, as the store has noted it.
    pub(super) epoch: u32,
    /// The oldest record still there, and where the next one goes.
    pub(super) log: (u64, u64),
    /// What the group committed, and beside it.
    pub(super) committed: Option<(u64, String)>,
    /// Where the ledger begins, and the offset behind its end; `None` where it has nothing.
    pub(super) ledger: Option<(u64, u64)>,
}

const START: &str = "start a consumer (nova serve --role project), it goes on there";

/// What is wrong with a partition.
pub(super) fn differences(seen: &Seen) -> Vec<Difference> {
    let place = format!("{}:{}", seen.topic.name(), seen.partition);
    let differs =
        |what: String, cure: &str| Difference::new(Check::Offsets, place.clone(), what, cure.to_owned());
    let (low, high) = seen.log;
    let Some((committed, beside)) = &seen.committed else {
        return match seen.ledger {
            None if low >= high => Vec::new(),
            None => vec![differs("there are records, and the group has no place".to_owned(), START)],
            Some((_, end)) => vec![differs(
                format!("the group has forgotten its place, the ledger ends at {end}"),
                "start a consumer: it goes on where the ledger ends",
            )],
        };
    };
    let committed = *committed;
    let mut found = Vec::new();
    if committed > high {
        found.push(differs(
            format!("the group stands at {committed}, which is behind the end of the log"),
            "the topic lost its end (nova resume --accept-gap) or was made anew (nova migrate --new-topics)",
        ));
    } else if committed < low {
        found.push(differs(
            format!("the log dropped records from {committed} on before they were read"),
            "nova resume --accept-gap goes on without them; raise log.retention_days",
        ));
    } else if committed < high {
        found.push(differs(format!("the records from {committed} on are not read"), START));
    }
    match Intent::parse(beside) {
        Some(intent) if intent.epoch != seen.epoch => found.push(differs(
            format!("the group stands in epoch {}, the store in {}", intent.epoch, seen.epoch),
            if intent.epoch < seen.epoch {
                START
            } else {
                "nova resume --accept-gap begins an epoch behind both"
            },
        )),
        Some(Intent { pending: Some(pending), .. }) => found.push(differs(
            format!("the range {}-{} may be written in part", pending.first, pending.last),
            "start a consumer: it ends what was begun",
        )),
        Some(_) => {}
        None => found.push(differs(
            "somebody else committed for the group".to_owned(),
            "see who uses its name; with the consumers stopped set the offset back to the end of the ledger",
        )),
    }
    if seen.topic == Topic::Events {
        // a group begins at the oldest record, and ranges are kept longer than records
        let begin = seen.ledger.map_or(committed, |(first, _)| first);
        if begin > low {
            found.push(missing(&place, low, begin));
        }
        match seen.ledger.map(|(_, end)| end) {
            Some(end) if end > committed => found.push(differs(
                format!("the ledger is {} ahead of the group, which stands at {committed}", end - committed),
                START,
            )),
            Some(end) if end < committed => found.push(missing(&place, end, committed)),
            _ => {}
        }
    }
    found
}

fn missing(place: &str, from: u64, to: u64) -> Difference {
    Difference::new(
        Check::Offsets,
        place,
        format!("the ledger has no range from {from} to {}, which the group has passed", to - 1),
        "nobody knows what became of them: compare the log's records with events by their identities",
    )
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::project::exactly_once::Pending;
    use nova_core::model::Timestamp;

    fn seen(low: u64, high: u64, committed: Option<u64>, ledger: Option<u64>) -> Seen {
        let beside = Intent { topic: Topic::Events, epoch: 1, pending: None }.to_string();
        let committed = committed.map(|offset| (offset, beside));
        let ledger = ledger.map(|end| (0, end));
        Seen { topic: Topic::Events, partition: 3, epoch: 1, log: (low, high), committed, ledger }
    }

    fn told(seen: &Seen) -> Vec<String> {
        differences(seen).into_iter().map(|found| found.what).collect()
    }

    #[test]
    fn who_has_read_all_and_written_it_down_is_well() {
        for well in [
            seen(0, 0, None, None),
            seen(7, 7, None, None),
            seen(0, 9, Some(9), Some(9)),
            seen(4, 9, Some(9), Some(9)),
            seen(4, 4, Some(4), None),
        ] {
            assert_eq!(told(&well), Vec::<String>::new(), "{well:?}");
        }
        let rows = Seen { topic: Topic::ALL[0], ..seen(0, 9, Some(9), None) };
        assert_eq!(told(&rows), Vec::<String>::new(), "rows have no ledger");
    }

    #[test]
    fn each_deviation_is_told() {
        for (wrong, says) in [
            (seen(0, 9, None, None), "there are records, and the group has no place"),
            (seen(0, 9, None, Some(5)), "has forgotten its place, the ledger ends at 5"),
            (seen(0, 9, Some(11), Some(11)), "stands at 11, which is behind the end"),
            (seen(5, 9, Some(3), Some(3)), "dropped records from 3 on"),
            (seen(0, 9, Some(6), Some(6)), "the records from 6 on are not read"),
            (seen(0, 9, Some(9), Some(12)), "the ledger is 3 ahead"),
            (seen(0, 9, Some(9), Some(7)), "no range from 7 to 8"),
            (seen(2, 9, Some(9), None), "no range from 2 to 8"),
            (Seen { ledger: Some((4, 9)), ..seen(2, 9, Some(9), None) }, "no range from 2 to 3"),
            (Seen { epoch: 2, ..seen(0, 9, Some(9), Some(9)) }, "in epoch 1, the store in 2"),
            (Seen { committed: Some((9, "me".into())), ..seen(0, 9, None, Some(9)) }, "somebody else"),
        ] {
            let told = told(&wrong);
            assert!(told.len() == 1 && told[0].contains(says), "{told:?}, not {says}");
        }
        let pending = Pending {
            first: 9,
            last: 12,
            records: 4,
            kept: 4,
            hash: 1,
            codec: 1,
            sealed_at: Timestamp::from_micros(0),
        };
        let beside = Intent { topic: Topic::Events, epoch: 1, pending: Some(pending) }.to_string();
        let open = Seen { committed: Some((9, beside)), ..seen(0, 9, None, Some(9)) };
        assert_eq!(told(&open), ["the range 9-12 may be written in part"]);
    }

    proptest! {
        #[test]
        fn any_standing_is_judged(low: u64, high: u64, committed: Option<u64>, ledger: Option<(u64, u64)>, epoch: u32) {
            let _ = differences(&Seen { epoch, ledger, ..seen(low, high, committed, None) });
        }
    }
}
