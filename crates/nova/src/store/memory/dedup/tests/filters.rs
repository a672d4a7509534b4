//! What the filters promise: nothing that is there is denied, little that is not is looked up, memory has its bound.

use super::archive::{Pages, Run};
use super::early::Early;
use super::*;

const BUDGETS: [usize; 4] = [0, 40, 400, MAX];

fn print(id: u64) -> Fingerprint {
    Fingerprint::new(&KEY.hasher(), 0, UserId::from_integer(id), EventId::from_integer(id))
}

/// Runs as they were filed, and what of them is remembered.
fn filed(runs: &[Vec<u64>], budget: usize) -> Early {
    let mut early = Early::default();
    for (number, ids) in runs.iter().enumerate() {
        let run = Run {
            number: number as u64,
            pages: Pages { first: 0, count: 1 },
            entries: ids.len() as u64,
            first_offset: number as u64,
            newest: 0,
            received: number as u32,
        };
        let room = budget.saturating_sub(early.filter_bytes());
        early.file(run, ids.iter().map(|id| print(*id)), room);
        assert!(early.filter_bytes() <= budget);
    }
    early
}

proptest! {
    /// No false "no", whatever fits into memory, also for a run that is larger than those before it.
    #[test]
    fn what_left_early_is_never_denied(
        runs in prop::collection::vec(prop::collection::vec(any::<u64>(), 1..40), 1..40),
        budget in prop::sample::select(&BUDGETS),
        passed in 0_u32..40,
    ) {
        let mut early = filed(&runs, budget);
        early.pass(passed);
        for (number, ids) in runs.iter().enumerate().skip(passed as usize) {
            for id in ids {
                prop_assert!(early.may_hold(print(*id)));
                let mut suspects = early.suspects(print(*id), MAX as u64);
                prop_assert!(suspects.any(|run| run.number == number as u64));
            }
        }
        let left = runs.len().saturating_sub(passed as usize);
        prop_assert_eq!(early.runs().count(), left);
        prop_assert!(left > 0 || early.filter_bytes() == 0);
    }
}

#[test]
fn a_stranger_is_seldom_suspected() {
    let runs: Vec<Vec<u64>> = (0..32).map(|run| (run * 2_000..(run + 1) * 2_000).collect()).collect();
    let early = filed(&runs, MAX);
    let strangers = 100_000..200_000;
    let asked = strangers.clone().filter(|id| early.may_hold(print(*id))).count();
    // two cohorts, each one in 720: 278
    assert!((200..400).contains(&asked), "{asked} of 100,000 go on");
    let looked_up: usize = strangers.map(|id| early.suspects(print(id), MAX as u64).count()).sum();
    // each of them asks 16 runs, one of which in 106 says "perhaps": 42
    assert!((10..120).contains(&looked_up), "{looked_up} pages for 100,000");
    let bits = early.filter_bytes() as f64 * 8.0 / 64_000.0;
    assert!((25.9..26.3).contains(&bits), "{bits} bits an identity");
}

#[test]
fn fresh_events_do_not_touch_the_disk_however_much_left_early() {
    let disk = Disk::new();
    let mut dedup = Dedup::new(&limits(3_600, 100), KEY, disk.archive()).expect("opens");
    let mut next = 0;
    let mut fresh = |count: u64, received: u32| -> Vec<Arrival> {
        let batch = (next..next + count).map(|offset| arrival(offset, offset, received, received));
        next += count;
        batch.collect()
    };
    for round in 0..10 {
        decide(&mut dedup, &fresh(20_000, round));
    }
    dedup.flush_all();
    // whoever reads an entry fails
    disk.sql(|it| it.execute_batch("alter table seen rename to a; alter table page rename to b"));
    // dated ahead, late, in time: nothing of it is older than what left by age, for nothing did
    let failed = (0..1_000).filter(|turn| dedup.decide_batch(&fresh(1, turn % 20)).is_err()).count();
    assert!(failed <= 10, "{failed} of 1,000 asked");
    disk.sql(|it| it.execute_batch("alter table a rename to seen; alter table b rename to page"));
    let copies: Vec<Arrival> = (0..1_000).map(|id| arrival(300_000 + id, id * 199, 77, 30)).collect();
    assert_eq!(decide(&mut dedup, &copies), [Decision::Duplicate; 1_000], "under any time");
}

#[test]
fn memory_for_filters_is_bounded_over_all_partitions() {
    let disk = Disk::new();
    let limits = Limits { filter_bytes_max: 10_000, ..limits(3_600, 10) };
    let mut dedup = Dedup::new(&limits, KEY, disk.archive()).expect("opens");
    let (mut offset, mut most) = (0, 0);
    for round in 0..30_u32 {
        let batch: Vec<Arrival> = (0..400)
            .map(|step| Arrival {
                partition: (step % 3) as u16,
                ..arrival(offset + step, offset + step, 0, round)
            })
            .collect();
        offset += 400;
        assert!(decide(&mut dedup, &batch).iter().all(|decision| *decision == Decision::New));
        dedup.flush_all();
        most = most.max(dedup.filter_bytes());
    }
    assert!((5_000..=10_000).contains(&most), "{most} bytes");
    let copies: Vec<Arrival> = (0..3_000)
        .map(|id| Arrival { partition: (id * 4 % 400 % 3) as u16, ..arrival(offset + id, id * 4, 1, 40) })
        .collect();
    assert!(decide(&mut dedup, &copies).iter().all(|decision| *decision == Decision::Duplicate));
}

#[test]
fn filters_age_out_with_the_window() {
    let disk = Disk::new();
    let mut dedup = Dedup::new(&limits(10, 1), KEY, disk.archive()).expect("opens");
    decide(&mut dedup, &(0..100).map(|id| arrival(id, id, 100, 100)).collect::<Vec<_>>());
    dedup.flush_all();
    assert!(dedup.filter_bytes() > 0);
    decide(&mut dedup, &[arrival(100, 100, 110, 110)]);
    assert!(dedup.filter_bytes() > 0);
    decide(&mut dedup, &[arrival(101, 101, 111, 111)]);
    assert_eq!(dedup.filter_bytes(), 0);
    assert_eq!(decide(&mut dedup, &[arrival(102, 7, 100, 111)]), [Decision::Duplicate], "by its event time");
}
