//! The contract, and what only this twin promises.

use std::sync::Arc;

use async_trait::async_trait;

use super::{EveryEvent, MemoryStore, MemoryStoreConfig};
use crate::log::Positions;
use crate::store::contract::{Store, Twin, store_contract};

struct Embedded {
    store: Arc<MemoryStore>,
    dir: tempfile::TempDir,
}

impl Embedded {
    fn open(dir: &std::path::Path) -> Arc<MemoryStore> {
        let (store, opened) =
            MemoryStore::open(Some(dir), MemoryStoreConfig::default(), &|| Ok(Box::<EveryEvent>::default()))
                .expect("opened");
        assert_eq!(opened.damaged, []);
        Arc::new(store)
    }
}

#[async_trait]
impl Twin for Embedded {
    fn store(&self) -> Arc<dyn Store> {
        Arc::clone(&self.store) as _
    }

    async fn settle(&self, _: &Positions) {}

    async fn reopen(&mut self) {
        use crate::store::Projection;
        self.store.persist().await.expect("persisted");
        self.store = Self::open(self.dir.path());
    }
}

async fn embedded() -> Box<dyn Twin> {
    let dir = tempfile::tempdir().expect("a directory");
    Box::new(Embedded { store: Embedded::open(dir.path()), dir })
}

mod contract {
    use super::embedded;

    super::store_contract!(embedded);
}

mod snapshots {
    use std::fs;
    use std::path::Path;

    use nova_core::error::Kind;
    use nova_core::model::Action;
    use proptest::prelude::*;

    use super::*;
    use crate::store::contract::history::{HOUR, History, ago};
    use crate::store::{FeedStore, Opened, Projection};

    fn open(dir: &Path) -> nova_core::error::Result<(MemoryStore, Opened)> {
        MemoryStore::open(Some(dir), MemoryStoreConfig::default(), &|| Ok(Box::<EveryEvent>::default()))
    }

    /// A little of everything that a snapshot holds.
    fn history() -> History {
        let mut history = History::default();
        for user in 1..40 {
            history.user(user);
            history.follow(user, user % 7 + 1);
            history.post(user, user, ago(user * HOUR));
            history.like(user + 1, user, ago(user));
            history.event(user, user, Action::Like, ago(user));
            history.dwell(user, user % 5 + 1, 1_000, ago(user));
            history.comment(user, 3, user, ago(1), false);
            history.event(user, 1_000 + user, Action::Share, ago(1));
        }
        history.block(1, 2);
        history.mute(1, 3);
        history.hide(1, 4, ago(1));
        history.like(9, 1_000, ago(1));
        history.comment(99, 9, 1_000, ago(1), false);
        history
    }

    fn written(dir: &Path) -> Positions {
        let (store, _) = open(dir).expect("opened");
        let history = history();
        let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
        runtime.block_on(async {
            store.apply(&history.facts, &history.ends).await.expect("applied");
            store.persist().await.expect("persisted")
        })
    }

    fn names(dir: &Path) -> Vec<String> {
        let entries = fs::read_dir(dir).expect("a directory");
        let mut names: Vec<_> =
            entries.map(|entry| entry.expect("an entry").file_name().into_string().expect("text")).collect();
        names.sort();
        names
    }

    #[tokio::test]
    async fn the_last_two_are_kept_and_the_newest_is_taken() {
        let dir = tempfile::tempdir().expect("a directory");
        let (store, opened) = open(dir.path()).expect("opened");
        assert_eq!(opened, Opened::default());
        let mut upto = Positions::default();
        for next in 1..=4 {
            upto.advance(crate::log::Topic::Events, 0, next);
            store.apply(&[], &upto).await.expect("applied");
            assert_eq!(store.persist().await.expect("persisted"), upto);
        }
        drop(store);
        fs::write(dir.path().join("snapshot-9.tmp"), "not finished").expect("written");
        let (store, opened) = open(dir.path()).expect("opened");
        let from = opened.from.expect("a snapshot");
        assert_eq!((from.positions, store.positions()), (upto.clone(), upto));
        assert_eq!(names(dir.path()), ["snapshot-3", "snapshot-4"]);
        assert_eq!(from.bytes, fs::metadata(from.path).expect("there").len());
    }

    #[tokio::test]
    async fn a_damaged_one_is_put_aside_and_the_one_before_is_taken() {
        let dir = tempfile::tempdir().expect("a directory");
        let (store, _) = open(dir.path()).expect("opened");
        let history = history();
        store.apply(&history.facts, &history.ends).await.expect("applied");
        store.persist().await.expect("persisted");
        let newest = dir.path().join("snapshot-2");
        let mut bytes = fs::read(dir.path().join("snapshot-1")).expect("there");
        let middle = bytes.len() / 2;
        bytes[middle] ^= 1;
        fs::write(&newest, &bytes).expect("written");
        fs::write(dir.path().join("snapshot-3"), "").expect("written");
        let (store, opened) = open(dir.path()).expect("opened");
        assert_eq!(store.positions(), history.ends);
        assert_eq!(opened.from.expect("a snapshot").path, dir.path().join("snapshot-1"));
        let why: Vec<_> = opened.damaged.iter().map(|(_, why)| why.as_str()).collect();
        assert_eq!(why, ["it is cut off", "a checksum does not agree"]);
        assert_eq!(names(dir.path()), ["snapshot-1", "snapshot-2.damaged", "snapshot-3.damaged"]);
        store.persist().await.expect("persisted");
        assert_eq!(
            names(dir.path()),
            ["snapshot-1", "snapshot-2.damaged", "snapshot-3.damaged", "snapshot-4"]
        );
    }

    #[test]
    fn one_of_another_format_is_left_alone() {
        let dir = tempfile::tempdir().expect("a directory");
        let mut bytes = b"novaindx\x03\0\0\0".to_vec();
        let mut sum = crc32fast::Hasher::new();
        sum.update(&3_u64.to_le_bytes());
        sum.update(b"novaindx");
        bytes.extend(sum.finalize().to_le_bytes());
        fs::write(dir.path().join("snapshot-1"), &bytes).expect("written");
        let error = open(dir.path()).expect_err("refused");
        assert_eq!(error.kind(), Kind::Rejected);
        assert!(error.detail().contains("snapshot-1 has format 3"), "{error}");
        assert_eq!(names(dir.path()), ["snapshot-1"]);
    }

    #[test]
    fn a_directory_that_is_none_is_named() {
        let dir = tempfile::tempdir().expect("a directory");
        let file = dir.path().join("file");
        fs::write(&file, "").expect("written");
        let error = open(&file).expect_err("refused");
        assert_eq!(error.kind(), Kind::Unavailable);
        assert!(error.detail().contains("file"), "{error}");
    }

    #[tokio::test]
    async fn kept_nowhere_it_starts_empty_and_persists_nothing() {
        let (store, opened) =
            MemoryStore::open(None, MemoryStoreConfig::default(), &|| Ok(Box::<EveryEvent>::default()))
                .expect("opened");
        assert_eq!(opened, Opened::default());
        assert_eq!(store.persist().await.expect("nothing to do"), Positions::default());
        assert_eq!(store.size().await.expect("size").posts, 0);
    }

    #[test]
    fn changed_bytes_are_found_and_never_panic() {
        let dir = tempfile::tempdir().expect("a directory");
        let positions = written(dir.path());
        let good = fs::read(dir.path().join("snapshot-1")).expect("there");
        let change = (0..good.len(), 1..=u8::MAX, any::<bool>());
        let config = ProptestConfig { cases: 64, ..ProptestConfig::default() };
        proptest!(config, |((at, flip, cut) in change)| {
            let dir = tempfile::tempdir().expect("a directory");
            let mut bytes = good.clone();
            bytes[at] ^= flip;
            if cut {
                bytes.truncate(at);
            }
            fs::write(dir.path().join("snapshot-1"), &bytes).expect("written");
            let (store, opened) = open(dir.path()).expect("opened without it");
            prop_assert_eq!(opened.damaged.len(), 1);
            prop_assert!(store.positions() != positions);
        });
    }

    #[test]
    fn what_checksums_cannot_find_neither_panics_nor_takes_more_memory_than_there_are_bytes() {
        let dir = tempfile::tempdir().expect("a directory");
        written(dir.path());
        let good = fs::read(dir.path().join("snapshot-1")).expect("there");
        // behind the header and the frame's own 8 bytes
        let content = 24..good.len() - 8;
        let config = ProptestConfig { cases: 64, ..ProptestConfig::default() };
        let changes = proptest::collection::vec((content.clone(), any::<u8>()), 1..4);
        proptest!(config, |(changes in changes)| {
            let dir = tempfile::tempdir().expect("a directory");
            let mut bytes = good.clone();
            for (at, byte) in changes {
                bytes[at] = byte;
            }
            let mut sum = crc32fast::Hasher::new();
            sum.update(&0_u64.to_le_bytes());
            sum.update(&bytes[content.clone()]);
            bytes[20..24].copy_from_slice(&sum.finalize().to_le_bytes());
            fs::write(dir.path().join("snapshot-1"), &bytes).expect("written");
            let (store, _) = open(dir.path()).expect("opened, with it or without");
            let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
            runtime.block_on(async {
                let query = crate::store::contract::Trial::query(1, 10);
                store.follow(&query).await.expect("asked");
                store.affinity(query.viewer, query.now, query.since, 10).await.expect("asked");
                store.recent(query.now, 10).await.expect("asked");
                store.suggest(query.viewer, query.now, 10).await.expect("asked");
            });
        });
    }
}

mod bounds {
    use nova_core::model::{Action, RowKey};
    use nova_core::pipeline::Verdict;

    use super::*;
    use crate::store::contract::Trial;
    use crate::store::contract::history::{DAY, HOUR, ago, post, user};

    struct Small(Arc<MemoryStore>);

    #[async_trait]
    impl Twin for Small {
        fn store(&self) -> Arc<dyn Store> {
            Arc::clone(&self.0) as _
        }

        async fn settle(&self, _: &Positions) {}

        async fn reopen(&mut self) {}
    }

    fn trial(config: MemoryStoreConfig) -> Trial {
        let (store, _) =
            MemoryStore::open(None, config, &|| Ok(Box::<EveryEvent>::default())).expect("opened");
        Trial::new(Box::new(Small(Arc::new(store))))
    }

    #[tokio::test]
    async fn past_the_bound_the_oldest_that_wait_are_given_up() {
        let config =
            MemoryStoreConfig { waiting_events_max: 3, waiting_rows_max: 2, ..MemoryStoreConfig::default() };
        let mut trial = trial(config);
        for number in 1..=5 {
            trial.event(2, number, Action::Share, ago(1));
            trial.like(2, number, ago(1));
        }
        trial.delete(RowKey::Like(post(5), user(2)), ago(0));
        let dead = trial.play().await.dead;
        let keys: Vec<_> =
            dead.iter().map(|letter| String::from_utf8_lossy(&letter.key).into_owned()).collect();
        let row = |number| format!(r#"{{"post_id":"{number}","user_id":"2"}}"#);
        assert_eq!(keys, ["2".into(), "2".into(), row(1), row(2), row(3), row(4)]);
        for number in 1..=5 {
            trial.post(number, 1, ago(HOUR));
        }
        let applied = trial.play().await;
        assert_eq!((applied.events, applied.dead), (3, Vec::new()));
        // of the fifth like both its row and its removal waited
        let likes = [trial.features(2, 4).await.likes, trial.features(2, 5).await.likes];
        assert_eq!(likes, [0, 0]);
        let value = dead[2].value.as_deref().expect("bytes");
        let value: serde_json::Value = serde_json::from_slice(value).expect("JSON");
        assert_eq!((&value["op"], &value["after"]["user_id"]), (&"c".into(), &"2".into()));
    }

    #[tokio::test]
    async fn past_the_bound_what_was_seen_first_is_forgotten() {
        let mut trial = trial(MemoryStoreConfig { seen_max: 16, ..MemoryStoreConfig::default() });
        for number in 1..=40 {
            trial.post(number, 1, ago(DAY));
            trial.event(2, number, Action::View, ago(100 - number));
        }
        trial.play().await;
        let mut seen = Vec::new();
        for number in 1..=40 {
            seen.push(trial.verdict(2, number).await.has(Verdict::SEEN));
        }
        let count = seen.iter().filter(|&&seen| seen).count();
        assert!((14..=16).contains(&count) && seen.is_sorted(), "{seen:?}");
    }

    #[tokio::test]
    async fn past_the_bound_the_oldest_interactions_are_forgotten() {
        let mut trial = trial(MemoryStoreConfig { affinity_max: 16, ..MemoryStoreConfig::default() });
        for number in 1..=40 {
            trial.post(number, 100 + number, ago(DAY));
            trial.event(2, number, Action::Click, ago((60 - number) * DAY));
        }
        trial.play().await;
        let mut known = Vec::new();
        for number in 1..=40 {
            known.push(trial.features(2, number).await.interactions == 1);
        }
        let count = known.iter().filter(|&&known| known).count();
        assert!((14..=16).contains(&count) && known.is_sorted(), "{known:?}");
    }

    #[tokio::test]
    async fn a_reader_beside_the_writer_sees_only_whole_facts() {
        let mut trial = trial(MemoryStoreConfig::default());
        for author in 10..20 {
            trial.follow(2, author);
        }
        trial.play().await;
        let store = trial.store();
        let reader = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
            let mut most = 0;
            // until the writer has written everything: bounded by it
            while most < 2_000 {
                let found = runtime.block_on(store.follow(&Trial::query(2, 5_000))).expect("asked");
                for found in &found {
                    let number = found.post.0.as_integer().expect("an integer id");
                    assert_eq!(found.author, user(10 + number % 10));
                    assert_eq!(found.created_at, ago(number));
                }
                assert!(found.len() >= most, "what was found before is found again");
                most = found.len();
            }
        });
        for number in 1..=2_000 {
            trial.post(number, 10 + number % 10, ago(number));
            if number % 50 == 0 {
                trial.play().await;
            }
        }
        reader.join().expect("no reader panics");
        assert!(trial.store().positions().covers(&trial.ends));
    }
}
