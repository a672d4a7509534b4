//! The writer and the ways in which a file can refuse.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc;
use std::time::Duration;

use futures_util::future::join_all;
use nova_core::error::{Error, Kind, Result};
use rusqlite::{Connection, Transaction};

use super::committer::QUEUE_MAX;
use super::{Committer, FORMAT, failure, open, open_reader};

struct Home {
    dir: tempfile::TempDir,
    commits: Arc<AtomicUsize>,
}

impl Home {
    fn new() -> Self {
        let home = Self { dir: tempfile::tempdir().unwrap(), commits: Arc::default() };
        let create = "create table rows (id integer primary key, filling blob) strict";
        open(&home.path()).unwrap().execute_batch(create).unwrap();
        home
    }

    fn path(&self) -> PathBuf {
        self.dir.path().join("some.db")
    }

    fn committer(&self, connection: Connection) -> Committer {
        let commits = Arc::clone(&self.commits);
        let committed = move || {
            commits.fetch_add(1, Ordering::SeqCst);
        };
        Committer::start("writer", connection, committed).unwrap()
    }

    fn rows(&self) -> Vec<i64> {
        let reader = open_reader(&self.path()).unwrap();
        let mut rows = reader.prepare("select id from rows order by id").unwrap();
        rows.query_map([], |row| row.get(0)).unwrap().map(|row| row.unwrap()).collect()
    }
}

fn insert(transaction: &Transaction<'_>, id: i64) -> Result<i64> {
    transaction.execute("insert into rows (id) values (?)", [id]).map_err(|error| failure("test", error))?;
    Ok(id)
}

/// Holds the writer inside a job until it is released, so that what is submitted meanwhile waits.
async fn hold(committer: &Committer, held: impl AsyncFnOnce(mpsc::Sender<()>)) {
    let (release, released) = mpsc::channel();
    let (inside, is_inside) = tokio::sync::oneshot::channel();
    let holding = committer.submit("hold", move |_| {
        inside.send(()).unwrap();
        released.recv().unwrap();
        Ok(())
    });
    let (held_back, ()) = tokio::join!(holding, async {
        is_inside.await.unwrap();
        held(release).await;
    });
    held_back.unwrap();
}

#[tokio::test]
async fn what_waits_together_is_committed_together() {
    let home = Home::new();
    let committer = home.committer(open(&home.path()).unwrap());
    hold(&committer, async |release| {
        let waiting = join_all((0..100).map(|id| committer.submit("test", move |it| insert(it, id))));
        let release = async { release.send(()).unwrap() };
        let (done, ()) = tokio::join!(waiting, release);
        assert_eq!(done.into_iter().map(|it| it.unwrap()).collect::<Vec<_>>(), (0..100).collect::<Vec<_>>());
    })
    .await;
    assert_eq!(home.rows().len(), 100);
    assert_eq!(
        home.commits.load(Ordering::SeqCst),
        2,
        "one for the job that held them up, one for all of them"
    );
}

#[tokio::test]
async fn a_job_that_fails_or_panics_leaves_nothing_and_touches_nobody() {
    let home = Home::new();
    let committer = home.committer(open(&home.path()).unwrap());
    let fails = committer.submit("test", |it| {
        insert(it, 1)?;
        Err::<i64, _>(Error::new(Kind::Conflict, "test", "on purpose"))
    });
    let panics = committer.submit("test", |it| {
        insert(it, 2)?;
        if it.is_autocommit() { Ok(2) } else { panic!("on purpose") }
    });
    let works = committer.submit("test", |it| insert(it, 3));
    let (fails, panics, works) = tokio::join!(fails, panics, works);
    assert_eq!(fails.unwrap_err().kind(), Kind::Conflict);
    assert_eq!(panics.unwrap_err().detail(), "the write panicked");
    assert_eq!(works.unwrap(), 3);
    assert_eq!(home.rows(), [3]);
}

#[tokio::test]
async fn a_lock_held_elsewhere_is_said_and_passes() {
    let home = Home::new();
    let other = open(&home.path()).unwrap();
    let connection = open(&home.path()).unwrap();
    connection.busy_timeout(Duration::ZERO).unwrap();
    let committer = home.committer(connection);

    other.execute_batch("begin immediate").unwrap();
    let refused = committer.submit("test", |it| insert(it, 1)).await.unwrap_err();
    assert_eq!((refused.kind(), refused.op()), (Kind::Timeout, "test"));
    assert_eq!(refused.detail(), "another process holds the database");

    other.execute_batch("rollback").unwrap();
    assert_eq!(committer.submit("test", |it| insert(it, 1)).await.unwrap(), 1);
}

#[tokio::test]
async fn a_full_disk_refuses_and_recovers() {
    let home = Home::new();
    let committer = home.committer(open(&home.path()).unwrap());
    let pages = |pages: u32| {
        committer.submit("test", move |it| {
            it.pragma_update(None, "max_page_count", pages).map_err(|error| failure("test", error))
        })
    };
    let fill = |id: i64| {
        committer.submit("test", move |it| {
            insert(it, id)?;
            it.execute("update rows set filling = zeroblob(100000) where id = ?", [id])
                .map(|_| id)
                .map_err(|error| failure("test", error))
        })
    };
    pages(10).await.unwrap();
    let (large, small) = tokio::join!(fill(1), committer.submit("test", |it| insert(it, 2)));
    let large = large.unwrap_err();
    assert_eq!((large.kind(), large.detail()), (Kind::Unavailable, "the disk is full"));
    // the small one has room, unless SQLite took the whole transaction back: then it says so
    let left = if small.is_ok() { vec![2] } else { vec![] };
    assert_eq!(home.rows(), left);

    pages(10_000).await.unwrap();
    assert_eq!(fill(1).await.unwrap(), 1);
}

/// What SQLite does by itself on some failures: the jobs after that one must not run outside of a transaction.
#[tokio::test]
async fn a_transaction_that_is_gone_takes_all_of_its_jobs_along() {
    let home = Home::new();
    let committer = home.committer(open(&home.path()).unwrap());
    hold(&committer, async |release| {
        let before = committer.submit("test", |it| insert(it, 1));
        let ends_it = committer.submit("test", |it| {
            it.execute_batch("rollback").unwrap();
            Err::<i64, _>(Error::new(Kind::Unavailable, "test", "the disk is full"))
        });
        let after = committer.submit("test", |it| insert(it, 3));
        let release = async { release.send(()).unwrap() };
        let (before, ends_it, after, ()) = tokio::join!(before, ends_it, after, release);
        assert_eq!(before.unwrap_err().detail(), "another write of the same commit took it back");
        assert_eq!(ends_it.unwrap_err().detail(), "the disk is full");
        assert_eq!(after.unwrap_err().kind(), Kind::Unavailable);
    })
    .await;
    assert_eq!(home.rows(), Vec::<i64>::new());
    assert_eq!(committer.submit("test", |it| insert(it, 4)).await.unwrap(), 4);
}

#[tokio::test]
async fn a_full_queue_refuses() {
    let home = Home::new();
    let committer = home.committer(open(&home.path()).unwrap());
    hold(&committer, async |release| {
        let waiting = join_all((0..QUEUE_MAX).map(|_| committer.submit("test", |_| Ok(()))));
        let one_more = async {
            let refused = committer.submit("test", |_| Ok(())).await.unwrap_err();
            release.send(()).unwrap();
            refused
        };
        let (waiting, refused) = tokio::join!(waiting, one_more);
        assert_eq!((refused.kind(), refused.detail()), (Kind::Unavailable, "too many writes are waiting"));
        assert!(waiting.iter().all(Result::is_ok));
    })
    .await;
}

#[tokio::test]
async fn what_was_accepted_is_committed_before_the_writer_goes() {
    let home = Home::new();
    let committer = home.committer(open(&home.path()).unwrap());
    for id in 0..50 {
        // nobody waits for the answer
        let submitted = committer.submit("test", move |it| insert(it, id));
        assert!(futures_util::FutureExt::now_or_never(submitted).is_none_or(|done| done.is_ok()));
    }
    drop(committer);
    assert_eq!(home.rows().len(), 50);
}

#[test]
fn whoever_closes_last_leaves_one_whole_file() {
    for writer_first in [true, false] {
        let home = Home::new();
        let (writer, reader) = (open(&home.path()).unwrap(), open_reader(&home.path()).unwrap());
        writer.execute_batch("insert into rows (id) values (1)").unwrap();
        reader.query_row("select id from rows", [], |row| row.get::<_, i64>(0)).unwrap();
        let [first, last] = if writer_first { [writer, reader] } else { [reader, writer] };
        drop(first);
        assert!(home.path().with_extension("db-wal").exists(), "the other still needs it");
        drop(last);
        let left: Vec<_> =
            home.dir.path().read_dir().unwrap().map(|entry| entry.unwrap().file_name()).collect();
        assert_eq!(left, ["some.db"]);
        assert_eq!(home.rows(), [1]);
    }
}

#[test]
fn a_reader_writes_nothing() {
    let home = Home::new();
    let reader = open_reader(&home.path()).unwrap();
    reader.execute_batch("insert into rows (id) values (1)").unwrap_err();
    assert!(home.rows().is_empty());
}

#[test]
fn a_newer_file_is_refused_and_left_alone() {
    let home = Home::new();
    open(&home.path()).unwrap().pragma_update(None, "user_version", FORMAT + 6).unwrap();
    let refused = open(&home.path()).unwrap_err();
    assert_eq!(refused.kind(), Kind::Rejected);
    let said =
        format!("{}: it has format 7 of a newer version; this one reads up to 1", home.path().display());
    assert_eq!(refused.detail(), said);
    let kept: i64 =
        open_reader(&home.path()).unwrap().query_row("pragma user_version", [], |row| row.get(0)).unwrap();
    assert_eq!(kept, 7);
}

#[test]
fn what_is_no_database_is_named() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("events.db");
    std::fs::write(&path, "a letter to somebody, longer than the hundred bytes of a header ".repeat(20))
        .unwrap();
    let refused = open(&path).unwrap_err();
    assert_eq!(refused.kind(), Kind::Corrupt);
    assert_eq!(refused.detail(), format!("{}: it is not a database", path.display()));
}

/// `/proc` takes no files from anybody: the one directory that is read-only for root too.
#[cfg(target_os = "linux")]
#[test]
fn a_directory_that_takes_no_files_is_named() {
    let refused = open(std::path::Path::new("/proc/some.db")).unwrap_err();
    assert_eq!(refused.kind(), Kind::Unavailable);
    assert_eq!(refused.detail(), "/proc/some.db: it cannot be opened or created");
}
