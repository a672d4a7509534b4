//! The rule, one case at a time.

use super::*;

use Decision::{Duplicate, New, TooOld};

#[test]
fn the_first_counts_and_its_copies_do_not() {
    let disk = Disk::new();
    let mut dedup = Dedup::new(&Limits::default(), KEY, disk.archive()).expect("opens");
    let batch = [arrival(0, 1, 100, 100), arrival(1, 2, 100, 100), arrival(2, 1, 100, 101)];
    assert_eq!(decide(&mut dedup, &batch), [New, New, Duplicate]);
    assert_eq!(decide(&mut dedup, &[arrival(3, 1, 100, 200)]), [Duplicate]);
    assert_eq!(dedup.remembered(), 2);
}

#[test]
fn the_same_id_of_another_user_or_partition_is_another_event() {
    let disk = Disk::new();
    let mut dedup = Dedup::new(&Limits::default(), KEY, disk.archive()).expect("opens");
    let first = arrival(5, 1, 100, 100);
    let others = [
        first,
        Arrival { user: UserId::from_integer(9), offset: 6, ..first },
        Arrival { partition: 1, offset: 2, ..first },
        Arrival { partition: 1, offset: 3, ..first },
    ];
    assert_eq!(decide(&mut dedup, &others), [New, New, New, Duplicate]);
}

#[test]
fn an_hour_is_an_hour_of_log_time() {
    for (received, window_knows) in [(3_700, true), (3_701, false)] {
        let disk = Disk::new();
        let mut dedup = Dedup::new(&Limits::default(), KEY, disk.archive()).expect("opens");
        assert_eq!(decide(&mut dedup, &[arrival(0, 1, 100, 100)]), [New]);
        // under another time the archive cannot know it: only the window does
        let again = decide(&mut dedup, &[arrival(1, 1, 99, received)]);
        assert_eq!(again, [if window_knows { Duplicate } else { New }]);
        assert_eq!(
            decide(&mut dedup, &[arrival(2, 1, 100, received)]),
            [Duplicate],
            "under its own time always"
        );
    }
}

#[test]
fn what_leaves_by_number_is_known_for_the_hour() {
    for flushed in [false, true] {
        let disk = Disk::new();
        let mut dedup = Dedup::new(&limits(3_600, 2), KEY, disk.archive()).expect("opens");
        let first: Vec<Arrival> = (0..5).map(|id| arrival(id, id, 100, 100)).collect();
        assert_eq!(decide(&mut dedup, &first), [New; 5]);
        if flushed {
            dedup.flush_all();
            assert_eq!((dedup.remembered(), dedup.archive().len().expect("counts")), (2, 3));
        }
        let retried: Vec<Arrival> = (0..5).map(|id| arrival(5 + id, id, 3_000, 3_700)).collect();
        assert_eq!(decide(&mut dedup, &retried), [Duplicate; 5], "under any time");
        assert_eq!(decide(&mut dedup, &[arrival(10, 0, 3_000, 3_701)]), [New], "and not a second longer");
        assert_eq!(decide(&mut dedup, &[arrival(11, 1, 100, 3_701)]), [Duplicate], "under its own always");
    }
}

#[test]
fn a_copy_does_not_prolong_the_hour() {
    let disk = Disk::new();
    let mut dedup = Dedup::new(&limits(10, 1), KEY, disk.archive()).expect("opens");
    assert_eq!(decide(&mut dedup, &[arrival(0, 1, 100, 100), arrival(1, 2, 100, 100)]), [New, New]);
    dedup.flush_all();
    assert_eq!(decide(&mut dedup, &[arrival(2, 1, 110, 110)]), [Duplicate], "told by the archive");
    assert_eq!(decide(&mut dedup, &[arrival(3, 1, 111, 111)]), [New]);
}

#[test]
fn a_copy_that_was_taken_is_known_for_the_hour_too() {
    let disk = Disk::new();
    let mut dedup = Dedup::new(&limits(10, 1), KEY, disk.archive()).expect("opens");
    let batch = [arrival(0, 1, 100, 100), arrival(1, 1, 100, 120), arrival(2, 2, 120, 120)];
    assert_eq!(decide(&mut dedup, &batch), [New, Duplicate, New]);
    dedup.flush_all();
    assert_eq!(decide(&mut dedup, &[arrival(3, 1, 130, 130)]), [Duplicate]);
}

#[test]
fn log_time_may_leap_within_a_batch() {
    let disk = Disk::new();
    let mut dedup = Dedup::new(&limits(10, 100), KEY, disk.archive()).expect("opens");
    decide(&mut dedup, &[arrival(0, 1, 100, 100), arrival(1, 2, 130, 130)]);
    dedup.flush_all();
    assert_eq!(decide(&mut dedup, &[arrival(2, 1, 131, 131)]), [New], "an id that is used again");
    let leap = [arrival(3, 3, 150, 150), arrival(4, 1, 100, 150)];
    assert_eq!(decide(&mut dedup, &leap), [New, Duplicate], "the archive knows it, memory no longer");
}

#[test]
fn what_a_lost_run_took_later_hides_nothing() {
    let disk = Disk::new();
    let limits = limits(10, 1);
    let mut dedup = Dedup::new(&limits, KEY, disk.archive()).expect("opens");
    assert_eq!(decide(&mut dedup, &[arrival(0, 1, 100, 100), arrival(1, 2, 100, 100)]), [New, New]);
    dedup.flush_all();
    let bytes = durable(&mut dedup);
    let tail = [arrival(2, 1, 105, 105), arrival(3, 1, 120, 120), arrival(4, 2, 120, 120)];
    for _ in 0..3 {
        assert_eq!(decide(&mut dedup, &tail), [Duplicate, New, New]);
        dedup.flush_all();
        drop(dedup);
        dedup = Dedup::load(&limits, KEY, disk.archive(), &mut &bytes[..]).expect("loads");
    }
}

#[test]
fn a_shorter_window_holds_from_the_start() {
    let disk = Disk::new();
    let mut dedup = Dedup::new(&limits(100, 10), KEY, disk.archive()).expect("opens");
    decide(&mut dedup, &[arrival(0, 1, 100, 100), arrival(1, 2, 150, 150)]);
    let bytes = saved(&mut dedup);
    let mut dedup = Dedup::load(&limits(10, 10), KEY, disk.archive(), &mut &bytes[..]).expect("loads");
    assert_eq!(decide(&mut dedup, &[arrival(2, 1, 150, 150), arrival(3, 2, 151, 150)]), [New, Duplicate]);
}

#[test]
fn what_left_early_counts_in_a_life_without_a_snapshot() {
    let disk = Disk::new();
    let mut dedup = Dedup::new(&limits(10, 1), KEY, disk.archive()).expect("opens");
    let log = [arrival(0, 1, 100, 100), arrival(1, 2, 100, 100), arrival(2, 3, 100, 105)];
    assert_eq!(decide(&mut dedup, &log), [New; 3]);
    dedup.flush_all();
    drop(dedup);
    let mut again = Dedup::new(&limits(10, 100), KEY, disk.archive()).expect("opens");
    // the log has lost its beginning
    let rest = [log[2], arrival(3, 1, 106, 106), arrival(4, 2, 111, 111)];
    assert_eq!(decide(&mut again, &rest), [New, Duplicate, New]);
}

#[test]
fn what_left_early_is_dropped_when_no_snapshot_can_ask_for_it() {
    let disk = Disk::new();
    let mut dedup = Dedup::new(&limits(10, 1), KEY, disk.archive()).expect("opens");
    let rows = || disk.count("select coalesce(sum(entries), 0) from recent");
    let mut next = 0;
    let mut round = |dedup: &mut Dedup, received| {
        let batch: Vec<Arrival> =
            (next..next + 11).map(|offset| arrival(offset, offset, received, received)).collect();
        next += 11;
        assert_eq!(decide(dedup, &batch), [New; 11]);
        dedup.flush_all();
    };
    round(&mut dedup, 100);
    assert_eq!(rows(), 10, "all but the one in the window");
    durable(&mut dedup);
    round(&mut dedup, 111);
    durable(&mut dedup);
    round(&mut dedup, 122);
    assert_eq!(rows(), 30, "the snapshot of 100 may be gone back to: it asks for what came at 90");
    durable(&mut dedup);
    saved(&mut dedup);
    round(&mut dedup, 123);
    assert_eq!(rows(), 31, "nobody asks for what came before 101");
    let runs = || disk.count("select count(*) from recent");
    for turn in 0..20 {
        let before = runs();
        durable(&mut dedup);
        decide(&mut dedup, &[arrival(100 + turn, 100 + turn, 0, 200 + 11 * turn as u32)]);
        dedup.flush_all();
        assert!(before - runs() <= 2, "a bounded number for each flush");
    }
    assert_eq!((rows(), disk.count("select count(*) from page")), (0, 0), "all of it in the end");
}

#[test]
fn an_arrival_met_again_is_decided_the_same() {
    let disk = Disk::new();
    let mut dedup = Dedup::new(&limits(10, 3), KEY, disk.archive()).expect("opens");
    let batch = [
        arrival(0, 1, 100, 100),
        arrival(1, 2, 100, 100),
        arrival(2, 3, 100, 101),
        arrival(3, 4, 100, 101),
        arrival(4, 1, 100, 102),
        arrival(5, 2, 100, 130),
        arrival(6, 5, 130, 131),
    ];
    let first = decide(&mut dedup, &batch);
    assert_eq!(first, [New, New, New, New, Duplicate, Duplicate, New]);
    let before = saved(&mut dedup);
    assert_eq!(decide(&mut dedup, &batch), first);
    assert_eq!(saved(&mut dedup), before, "and changes nothing");
    dedup.flush_all();
    assert_eq!(decide(&mut dedup, &batch), first);
}

#[test]
fn live_traffic_does_not_ask_the_archive() {
    let disk = Disk::new();
    let mut dedup = Dedup::new(&limits(10, 100), KEY, disk.archive()).expect("opens");
    for tick in 0..50_u32 {
        let offset = u64::from(tick);
        assert_eq!(decide(&mut dedup, &[arrival(offset, offset, 100 + tick, 100 + tick)]), [New]);
    }
    dedup.flush_all();
    // without its table the archive answers nothing: whoever does not ask does not notice
    disk.sql(|it| it.execute_batch("drop table seen; drop table page"));
    assert_eq!(decide(&mut dedup, &[arrival(50, 50, 150, 150)]), [New]);
    assert!(dedup.decide_batch(&[arrival(51, 51, 120, 151)]).is_err(), "a late one asks");
}

#[test]
fn a_batch_that_failed_has_changed_nothing() {
    for table in ["seen", "page"] {
        let disk = Disk::new();
        let mut dedup = Dedup::new(&limits(10, 1), KEY, disk.archive()).expect("opens");
        let first = [arrival(0, 1, 100, 100), arrival(1, 2, 100, 115), arrival(2, 3, 115, 115)];
        assert_eq!(decide(&mut dedup, &first), [New; 3]);
        dedup.flush_all();
        let before = saved(&mut dedup);
        let other = rusqlite::Connection::open(disk.path()).expect("opens");
        let batch = [
            arrival(3, 1, 100, 121),
            arrival(4, 4, 100, 121),
            arrival(5, 1, 101, 122),
            arrival(6, 2, 122, 122),
        ];
        for _ in 0..2 {
            other.execute_batch(&format!("alter table {table} rename to gone")).expect("renamed");
            assert_eq!(dedup.decide_batch(&batch).expect_err("no table").kind(), Kind::Unavailable);
            other.execute_batch(&format!("alter table gone rename to {table}")).expect("renamed");
            assert_eq!(saved(&mut dedup), before);
        }
        for _ in 0..2 {
            assert_eq!(decide(&mut dedup, &batch), [Duplicate, New, Duplicate, Duplicate]);
        }
    }
}

#[test]
fn what_is_older_than_kept_is_not_guessed_at() {
    let disk = Disk::new();
    let limits = Limits { keep: Some(Duration::from_secs(100)), ..limits(10, 100) };
    let mut dedup = Dedup::new(&limits, KEY, disk.archive()).expect("opens");
    let batch = [arrival(0, 1, 900, 1_000), arrival(1, 2, 899, 1_000), arrival(2, 3, 1_000, 1_000)];
    assert_eq!(decide(&mut dedup, &batch), [New, TooOld, New]);
    assert_eq!(
        decide(&mut dedup, &[arrival(3, 1, 900, 1_001)]),
        [Duplicate],
        "the window knows it all the same"
    );
    assert_eq!(decide(&mut dedup, &[arrival(4, 4, 1_050, 1_050)]), [New]);
    dedup.flush_all();
    assert_eq!(
        dedup.prune().expect("prunes"),
        0,
        "nothing was saved yet: the log may be read again from its start"
    );
    durable(&mut dedup);
    assert_eq!(dedup.prune().expect("prunes"), 0, "the snapshot may be damaged, and there is no other");
    durable(&mut dedup);
    assert_eq!(dedup.prune().expect("prunes"), 1);
    assert_eq!((dedup.prune().expect("prunes"), dedup.archive().len().expect("counts")), (0, 1));
    assert_eq!(
        decide(&mut dedup, &[arrival(5, 1, 900, 1_051), arrival(6, 3, 1_000, 1_051)]),
        [TooOld, Duplicate]
    );
}

#[test]
fn times_beyond_every_clock_are_decided_too() {
    let disk = Disk::new();
    let mut dedup = Dedup::new(&limits(10, 1), KEY, disk.archive()).expect("opens");
    let far = |offset, id, time| Arrival { time, ..arrival(offset, id, 0, 100) };
    let times = [Timestamp::MIN, Timestamp::MAX];
    let batch = [far(0, 1, times[0]), far(1, 2, times[1]), far(2, 1, times[0]), far(3, 2, times[1])];
    assert_eq!(decide(&mut dedup, &batch), [New, New, Duplicate, Duplicate]);
}

#[test]
fn offsets_may_leap() {
    let disk = Disk::new();
    let mut dedup = Dedup::new(&limits(1_000, 100), KEY, disk.archive()).expect("opens");
    let offsets = [0, 1, 1 << 30, (1 << 31) + 1, 1 << 40, (1 << 62) - 2];
    for (id, offset) in offsets.into_iter().enumerate() {
        assert_eq!(decide(&mut dedup, &[arrival(offset, id as u64, 100, 100)]), [New]);
    }
    let bytes = saved(&mut dedup);
    let mut dedup = Dedup::load(&limits(1_000, 2), KEY, disk.archive(), &mut &bytes[..]).expect("loads");
    for (id, offset) in offsets.into_iter().enumerate() {
        assert_eq!(decide(&mut dedup, &[arrival(offset, id as u64, 100, 100)]), [New], "itself, met again");
    }
    assert_eq!(decide(&mut dedup, &[arrival((1 << 62) - 1, 77, 100, 100)]), [New]);
    dedup.flush_all();
    assert_eq!(dedup.remembered(), 2);
}

#[test]
fn a_large_ring_grows_and_shrinks() {
    let disk = Disk::new();
    let mut dedup = Dedup::new(&limits(10, 100_000), KEY, disk.archive()).expect("opens");
    let mut next = 0;
    for round in 0..10_u32 {
        let batch: Vec<Arrival> =
            (0..40_000).map(|step| arrival(next + step, next + step, round * 4, round * 4)).collect();
        next += 40_000;
        assert!(decide(&mut dedup, &batch).iter().all(|decision| *decision == New));
        assert!(dedup.remembered() <= 100_000 + 2 * 40_000 + 40_000, "{}", dedup.remembered());
    }
    let late: Vec<Arrival> =
        (0..1_000).map(|id| arrival(next + id, id * 400, (id * 400 / 40_000) as u32 * 4, 40)).collect();
    assert!(decide(&mut dedup, &late).iter().all(|decision| *decision == Duplicate));
}

#[test]
fn memory_is_bounded_however_much_leaves_early() {
    let disk = Disk::new();
    let mut dedup = Dedup::new(&limits(3_600, 100), KEY, disk.archive()).expect("opens");
    let mut next = 0;
    for round in 0..10_u32 {
        let batch: Vec<Arrival> =
            (next..next + 10_000).map(|offset| arrival(offset, offset, round, round)).collect();
        next += 10_000;
        assert!(decide(&mut dedup, &batch).iter().all(|decision| *decision == New));
        assert!(dedup.remembered() <= 100 + 2 * FLUSH_ENTRIES_MIN + 10_000, "{}", dedup.remembered());
    }
    let retried: Vec<Arrival> = (0..1_000).map(|id| arrival(next + id, id * 99, 9_999, 3_600)).collect();
    assert!(decide(&mut dedup, &retried).iter().all(|decision| *decision == Duplicate));
}

#[test]
fn damaged_bytes_are_refused() {
    let disk = Disk::new();
    let mut dedup = Dedup::new(&limits(10, 3), KEY, disk.archive()).expect("opens");
    decide(&mut dedup, &(0..8).map(|id| arrival(id, id, 100, 100 + id as u32 / 4)).collect::<Vec<_>>());
    dedup.flush_all();
    decide(&mut dedup, &[arrival(8, 8, 100, 103), arrival(9, 9, 100, 104)]);
    let bytes = saved(&mut dedup);
    let load = |bytes: &[u8]| Dedup::load(&limits(10, 3), KEY, disk.archive(), &mut &bytes[..]);
    assert!(load(&bytes).is_ok());
    for cut in 0..bytes.len() {
        assert_eq!(load(&bytes[..cut]).map(drop).expect_err("cut off").kind(), Kind::Corrupt);
    }
    for at in 0..bytes.len() {
        for damage in [0x01, 0x80, 0xff] {
            let mut bytes = bytes.clone();
            bytes[at] ^= damage;
            // what still holds together is for the checksum to find; it may decide wrongly, but not panic
            if let Ok(mut dedup) = load(&bytes) {
                drop(dedup.decide_batch(&[arrival(10, 1, 100, 110), arrival(11, 2, 100, 4_000_000_000)]));
                dedup.flush_all();
            }
        }
    }
    let key = Key::new([8; 16]);
    let archive = Archive::open(&disk.path(), key).expect("opens");
    let load = Dedup::load(&limits(10, 3), key, archive, &mut &bytes[..]);
    assert_eq!(load.map(drop).expect_err("another key").kind(), Kind::Corrupt);
}

#[test]
fn an_archive_of_another_log_is_emptied_and_one_of_the_future_refused() {
    let disk = Disk::new();
    let mut dedup = Dedup::new(&limits(10, 1), KEY, disk.archive()).expect("opens");
    decide(&mut dedup, &[arrival(0, 1, 100, 100), arrival(1, 2, 100, 100)]);
    dedup.flush_all();
    drop(dedup);
    assert!(!disk.archive().is_empty().expect("asks"));
    assert!(Archive::open(&disk.path(), Key::new([8; 16])).expect("opens").is_empty().expect("asks"));
    let other = rusqlite::Connection::open(disk.path()).expect("opens");
    other.execute_batch("pragma user_version = 99").expect("set");
    assert_eq!(Archive::open(&disk.path(), KEY).map(drop).expect_err("newer").kind(), Kind::Rejected);
}
