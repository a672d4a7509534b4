//! Streams of any kind, cut by crashes anywhere, against models that remember everything. `PROPTEST_CASES=100000`
//! makes it long.

use super::*;

/// How an event id of a stream comes to its time.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Clients {
    /// Each event has one time: what clients promise.
    Honest,
    /// An id may come back under another time.
    Careless,
}

/// A log: two partitions, copies at any distance, times out of order, jumps of the log's clock, also backwards.
fn log(clients: Clients) -> impl Strategy<Value = Vec<Arrival>> {
    let jump = prop_oneof![9 => 0_u32..3, 1 => 0_u32..40];
    let id = prop_oneof![0_u64..40, 0_u64..6];
    let step = (id, 0_u32..30, jump, prop_oneof![4 => Just(0), 1 => 0_u32..9], 0_u16..2, 0_u64..3);
    prop::collection::vec(step, 1..200).prop_map(move |steps| {
        let (mut now, mut next, mut times) = (1_000, [0, 0], HashMap::new());
        let arrivals = steps.into_iter().map(|(id, back, forward, behind, partition, gap)| {
            now += forward;
            let time = match clients {
                Clients::Honest => *times.entry(id).or_insert(now + 5 - back),
                // coarse, so that a time comes back as well
                Clients::Careless => (now + 5 - back) / 8 * 8,
            };
            let offset = next[usize::from(partition)] + gap;
            next[usize::from(partition)] = offset + 1;
            Arrival { partition, ..arrival(offset, id, time, now - behind) }
        });
        arrivals.collect()
    })
}

/// The rule of the module's documentation, word for word. It knows of no bound by number.
#[derive(Default)]
struct Model {
    /// Partition, identity, event time and receipt of what was taken.
    taken: Vec<(u16, u64, Timestamp, u32)>,
    last: HashMap<u16, u32>,
}

impl Model {
    fn decide(&mut self, arrival: &Arrival, window: u64) -> Decision {
        let Arrival { partition, time, .. } = *arrival;
        let id = arrival.id.0.as_integer().expect("an integer");
        let last = self.last.entry(partition).or_default();
        *last = (*last).max(second(arrival.received_at));
        let now = *last;
        let copies = || self.taken.iter().filter(|copy| (copy.0, copy.1) == (partition, id));
        if copies().any(|copy| u64::from(now - copy.3) <= window) {
            return Decision::Duplicate;
        }
        let known = copies().any(|copy| copy.2 == time);
        self.taken.push((partition, id, time, now));
        if known { Decision::Duplicate } else { Decision::New }
    }
}

/// What happens to the process between two batches.
#[derive(Debug, Clone)]
enum Fate {
    Nothing,
    Flush,
    /// What leaves is still being written when the next batch comes, or when the process ends.
    BeginFlush,
    Save,
    /// A snapshot is written, but never known to be durable.
    SaveInVain,
    /// Back to the last snapshot, or to the start of the log.
    Crash,
    /// The last snapshot is damaged: back to the one before.
    LoseOne,
    /// The one before is damaged as well: from the start of the log.
    LoseAll,
    /// The last batch is given again.
    Repeat,
}

fn fate() -> impl Strategy<Value = Fate> {
    prop_oneof![
        3 => Just(Fate::Nothing),
        3 => Just(Fate::Flush),
        3 => Just(Fate::BeginFlush),
        4 => Just(Fate::Save),
        1 => Just(Fate::SaveInVain),
        2 => Just(Fate::Crash),
        1 => Just(Fate::LoseOne),
        1 => Just(Fate::LoseAll),
        1 => Just(Fate::Repeat),
    ]
}

/// A log's lives: how long the window is, and in each life, in turn, how many entries it may have and how many bytes
/// the filters.
#[derive(Debug)]
struct Lives {
    window: u64,
    bounds: Vec<(usize, usize)>,
    fates: Vec<(usize, Fate)>,
}

fn lives() -> impl Strategy<Value = Lives> {
    let entries = prop_oneof![3 => 1_usize..6, 1 => 6_usize..40];
    let bytes = prop_oneof![Just(0), 8_usize..200, Just(MAX)];
    let bound = (entries, bytes);
    let fates = prop::collection::vec((0_usize..30, fate()), 0..24);
    let parts = (prop_oneof![0_u64..20, 20_u64..120], prop::collection::vec(bound, 1..4), fates);
    parts.prop_map(|(window, bounds, fates)| Lives { window, bounds, fates })
}

/// Decides a whole log through crashes; every arrival that is decided several times must be decided the same.
fn live(log: &[Arrival], lives: &Lives) -> Vec<Decision> {
    let disk = Disk::new();
    let mut bounds = lives
        .bounds
        .iter()
        .cycle()
        .map(|&(entries, filter_bytes_max)| Limits { filter_bytes_max, ..limits(lives.window, entries) });
    let mut bound = || bounds.next().expect("without end");
    let mut dedup = Dedup::new(&bound(), KEY, disk.dense_archive()).expect("opens");
    let mut decided: Vec<Option<Decision>> = vec![None; log.len()];
    // the store's: the newest last, two at most
    let mut snapshots: Vec<(Vec<u8>, usize)> = Vec::new();
    let (mut at, mut last) = (0, 0..0);
    let mut fates = lives.fates.iter();
    while at < log.len() {
        // when the fates have run out, nothing more happens
        let (size, fate) = fates.next().cloned().unwrap_or((64, Fate::Nothing));
        match fate {
            Fate::Nothing => {}
            Fate::Flush => dedup.flush_all(),
            Fate::BeginFlush => dedup.begin_flush(),
            Fate::Save => {
                snapshots.push((durable(&mut dedup), at));
                snapshots.drain(..snapshots.len().saturating_sub(2));
            }
            Fate::SaveInVain => drop(saved(&mut dedup)),
            Fate::Repeat => {
                let again = decide(&mut dedup, &log[last.clone()]);
                assert!(again.into_iter().map(Some).eq(decided[last.clone()].iter().copied()));
            }
            Fate::Crash | Fate::LoseOne | Fate::LoseAll => {
                let lost = match fate {
                    Fate::Crash => 0,
                    Fate::LoseOne => 1,
                    _ => 2,
                };
                snapshots.truncate(snapshots.len().saturating_sub(lost));
                drop(dedup);
                (dedup, at) = match snapshots.last() {
                    Some((bytes, at)) => (
                        Dedup::load(&bound(), KEY, disk.dense_archive(), &mut &bytes[..]).expect("loads"),
                        *at,
                    ),
                    None => (Dedup::new(&bound(), KEY, disk.dense_archive()).expect("opens"), 0),
                };
            }
        }
        last = at..log.len().min(at + size);
        for (index, decision) in last.clone().zip(decide(&mut dedup, &log[last.clone()])) {
            let before = decided[index].replace(decision);
            assert!(
                before.is_none_or(|before| before == decision),
                "{:?} was {before:?}, is {decision:?}",
                log[index]
            );
        }
        at = last.end;
    }
    decided.into_iter().map(|decision| decision.expect("all are decided")).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(ProptestConfig::default().cases / 4))]

    /// First wins, over all history, through every crash, however small the window is.
    #[test]
    fn an_honest_event_counts_once(log in log(Clients::Honest), lives in lives()) {
        let mut first = HashSet::new();
        let expected: Vec<Decision> = log
            .iter()
            .map(|it| if first.insert((it.partition, it.id)) { Decision::New } else { Decision::Duplicate })
            .collect();
        prop_assert_eq!(live(&log, &lives), expected);
    }

    /// What is decided is the documented rule, also for ids that come back under another time and however few
    /// entries fit into memory: in any life as many as it likes.
    #[test]
    fn the_rule_is_a_pure_function_of_the_log(log in log(Clients::Careless), lives in lives()) {
        let mut model = Model::default();
        let expected: Vec<Decision> =
            log.iter().map(|arrival| model.decide(arrival, lives.window)).collect();
        prop_assert_eq!(live(&log, &lives), expected);
    }

    /// A snapshot is all there is to a window, filters included.
    #[test]
    fn a_loaded_window_saves_the_same_bytes(log in log(Clients::Careless), cut in any::<prop::sample::Index>()) {
        let disk = Disk::new();
        let limits = limits(10, 8);
        let mut dedup = Dedup::new(&limits, KEY, disk.dense_archive()).expect("opens");
        let (before, after) = log.split_at(cut.index(log.len()));
        for some in [before, after] {
            decide(&mut dedup, some);
            dedup.flush_all();
        }
        let bytes = saved(&mut dedup);
        let mut loaded = Dedup::load(&limits, KEY, disk.dense_archive(), &mut &bytes[..]).expect("loads");
        prop_assert_eq!(saved(&mut loaded), bytes);
    }
}
