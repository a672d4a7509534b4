//! What the archive keeps, and how it grows.

use super::*;

use Decision::{Duplicate, New, TooOld};

/// Events of different times that left by age, `count` for each second from 1,000 on.
fn aged(dedup: &mut Dedup, seconds: u32, count: u64) -> Vec<Arrival> {
    let log: Vec<Arrival> = (0..u64::from(seconds) * count)
        .map(|offset| {
            let second = 1_000 + (offset / count) as u32;
            arrival(offset, offset, second, second)
        })
        .collect();
    for some in log.chunks(500) {
        assert!(decide(dedup, some).iter().all(|decision| *decision == New));
    }
    decide(dedup, &[arrival(log.len() as u64, u64::MAX, 100_000, 100_000)]);
    dedup.flush_all();
    log
}

#[test]
fn many_of_a_time_are_kept_on_pages_and_few_as_rows() {
    let disk = Disk::new();
    let mut dedup = Dedup::new(&limits(3_600, 10_000), KEY, disk.archive()).expect("opens");
    // of the slots that end at 1,023 and 1,087 there are hundreds, of the next one 40
    let log = aged(&mut dedup, 90, 20);
    assert_eq!(disk.count("select count(*) from seen_group"), 2);
    assert_eq!(disk.count("select count(*) from seen"), 40);
    assert_eq!(dedup.archive().len().expect("counts"), log.len() as u64);
    let again: Vec<Arrival> = log
        .iter()
        .map(|first| Arrival { offset: first.offset + 10_000, received_at: seconds(100_000), ..*first })
        .collect();
    assert!(decide(&mut dedup, &again).iter().all(|decision| *decision == Duplicate));
    let others: Vec<Arrival> = log
        .iter()
        .map(|first| arrival(first.offset + 20_000, first.offset + 20_000, 1_064, 100_000))
        .collect();
    assert!(decide(&mut dedup, &others).iter().all(|decision| *decision == New));
}

#[test]
fn a_time_that_comes_back_again_and_again_asks_a_bounded_number_of_groups() {
    let disk = Disk::new();
    let mut dedup = Dedup::new(&limits(10, 1), KEY, disk.archive()).expect("opens");
    let mut log = Vec::new();
    for round in 0..40_u32 {
        let first = log.len() as u64;
        let batch: Vec<Arrival> =
            (first..first + 150).map(|offset| arrival(offset, offset, 77, 1_000 + round * 20)).collect();
        assert_eq!(decide(&mut dedup, &batch), [New; 150]);
        dedup.flush_all();
        log.extend(batch);
    }
    assert_eq!(disk.count("select count(*) from seen_group"), 16);
    assert!(disk.count("select count(*) from seen") > 3_000, "the rest are rows");
    let again: Vec<Arrival> = log
        .iter()
        .map(|first| Arrival { offset: first.offset + 10_000, received_at: seconds(9_000), ..*first })
        .collect();
    assert!(decide(&mut dedup, &again).iter().all(|decision| *decision == Duplicate));
}

#[test]
fn a_log_that_is_decided_again_from_its_start_adds_nothing() {
    let disk = Disk::new();
    let limits = limits(50, 100);
    let mut dedup = Dedup::new(&limits, KEY, disk.archive()).expect("opens");
    let log = aged(&mut dedup, 129, 20);
    let held = dedup.archive().len().expect("counts");
    drop(dedup);
    let mut dedup = Dedup::new(&limits, KEY, disk.archive()).expect("opens");
    for some in log.chunks(500) {
        assert!(decide(&mut dedup, some).iter().all(|decision| *decision == New));
        dedup.flush_all();
    }
    assert_eq!(dedup.archive().len().expect("counts"), held);
}

#[test]
fn groups_are_pruned_when_none_of_them_is_young_enough() {
    let disk = Disk::new();
    let limits = Limits { keep: Some(Duration::from_secs(98_872)), ..limits(10, 10_000) };
    let mut dedup = Dedup::new(&limits, KEY, disk.archive()).expect("opens");
    let log = aged(&mut dedup, 200, 20);
    for _ in 0..2 {
        durable(&mut dedup);
    }
    // 100,000 - 98,872 = 1,128: what is of the slots up to 1,087 goes, and the rows before 1,128
    while dedup.prune().expect("prunes") > 0 {}
    let held = dedup.archive().len().expect("counts");
    assert!((20 * 72..=20 * 112).contains(&held), "{held}");
    let again =
        |first: &Arrival| Arrival { offset: first.offset + 10_000, received_at: seconds(100_000), ..*first };
    let again: Vec<Arrival> = log.iter().map(again).collect();
    let decided = decide(&mut dedup, &again);
    assert_eq!(decided[..128 * 20], [TooOld; 128 * 20]);
    assert_eq!(decided[128 * 20..], [Duplicate; 72 * 20]);
}

#[test]
fn a_snapshot_without_its_archive_is_refused() {
    let disk = Disk::new();
    let limits = limits(3_600, 2);
    let mut dedup = Dedup::new(&limits, KEY, disk.archive()).expect("opens");
    decide(&mut dedup, &(0..9).map(|id| arrival(id, id, 100, 100)).collect::<Vec<_>>());
    dedup.flush_all();
    let bytes = durable(&mut dedup);
    assert!(Dedup::load(&limits, KEY, disk.archive(), &mut &bytes[..]).is_ok());
    let load = Dedup::load(&limits, KEY, Disk::new().archive(), &mut &bytes[..]);
    assert_eq!(load.map(drop).expect_err("another archive").kind(), Kind::Corrupt);
    // what left early has aged out: nothing is asked of the archive that must be there
    decide(&mut dedup, &[arrival(9, 9, 4_000, 4_000)]);
    dedup.flush_all();
    let bytes = durable(&mut dedup);
    assert!(Dedup::load(&limits, KEY, Disk::new().archive(), &mut &bytes[..]).is_ok());
}

/// The disk is slow, and the log goes on for longer than the window meanwhile: what was being written is of no use when
/// it stands, and must not be asked for once the archive has dropped it.
#[test]
fn what_is_outdated_when_it_is_written_is_not_asked_for() {
    let disk = Disk::new();
    let mut dedup = Dedup::new(&limits(10, 1), KEY, disk.dense_archive()).expect("opens");
    let first = [arrival(0, 1, 1_000, 1_000), arrival(1, 2, 1_001, 1_001)];
    assert_eq!(decide(&mut dedup, &first), [Decision::New; 2]);
    let slow = rusqlite::Connection::open(disk.path()).expect("the archive");
    slow.execute_batch("begin immediate").expect("nobody writes");
    dedup.begin_flush();
    assert_eq!(decide(&mut dedup, &[arrival(2, 3, 1_200, 1_200)]), [Decision::New]);
    slow.execute_batch("commit").expect("done");
    dedup.land(true).expect("written");
    // both snapshots that may be gone back to are beyond it, and what leaves next drops it
    durable(&mut dedup);
    durable(&mut dedup);
    assert_eq!(decide(&mut dedup, &[arrival(3, 4, 1_200, 1_200)]), [Decision::New]);
    dedup.flush_all();
    assert_eq!(disk.count("select count(*) from recent where received < 1100"), 0);
    assert_eq!(decide(&mut dedup, &[arrival(4, 1, 1_000, 1_200)]), [Decision::Duplicate]);
}
