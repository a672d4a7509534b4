//! A way to a service that can be cut, blocked and slowed, for one test alone.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio_util::sync::{CancellationToken, DropGuard};

/// What becomes of the bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Way {
    /// They pass.
    Open,
    /// They pass, each piece after this long.
    Slow(Duration),
    /// What is asked arrives, what is answered does not: done, and nobody knows.
    Mute,
    /// Nothing arrives, nothing ends: a machine that hangs.
    Blocked,
    /// Connections end, and new ones with them.
    Cut,
}

/// Listens on a free port of this machine and carries bytes to one address. Ends when it is dropped.
pub(crate) struct Proxy {
    address: SocketAddr,
    way: watch::Sender<Way>,
    asked: Arc<AtomicU64>,
    _end: DropGuard,
}

impl Proxy {
    /// Before `target`, `host:port`; open at first.
    #[expect(clippy::disallowed_methods, reason = "ends with the proxy, which ends with its test")]
    pub(crate) async fn before(target: &str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("an address");
        let (way, seen) = watch::channel(Way::Open);
        let end = CancellationToken::new();
        let asked = Arc::<AtomicU64>::default();
        let (target, counter) = (target.to_owned(), Arc::clone(&asked));
        let ended = end.clone();
        tokio::spawn(async move {
            let accept = async {
                while let Ok((near, _)) = listener.accept().await {
                    let (seen, counter) = (seen.clone(), Arc::clone(&counter));
                    tokio::spawn(carry(near, target.clone(), seen, counter, ended.clone()));
                }
            };
            tokio::select! { () = accept => {}, () = ended.cancelled() => {} }
        });
        Self { address, way, asked, _end: end.drop_guard() }
    }

    /// Where to connect instead.
    pub(crate) const fn address(&self) -> SocketAddr {
        self.address
    }

    /// Bytes that clients have sent so far, whatever became of them.
    pub(crate) fn asked(&self) -> u64 {
        self.asked.load(Ordering::Relaxed)
    }

    /// From now on, for connections that stand as well.
    pub(crate) fn set(&self, way: Way) {
        self.way.send_replace(way);
    }
}

/// One connection, both ways, until either side ends or the way is cut.
async fn carry(
    near: TcpStream,
    target: String,
    way: watch::Receiver<Way>,
    asked: Arc<AtomicU64>,
    end: CancellationToken,
) {
    let mut cut = way.clone();
    let passes = async {
        let Ok(far) = TcpStream::connect(&target).await else { return };
        let ((near_in, near_out), (far_in, far_out)) = (near.into_split(), far.into_split());
        tokio::select! {
            () = pump(near_in, far_out, way.clone(), Some(&asked)) => {}
            () = pump(far_in, near_out, way, None) => {}
        }
    };
    tokio::select! {
        () = passes => {}
        _ = cut.wait_for(|way| *way == Way::Cut) => {}
        () = end.cancelled() => {}
    }
}

/// What is asked is counted; what is answered is not.
async fn pump(
    mut from: OwnedReadHalf,
    mut to: OwnedWriteHalf,
    mut way: watch::Receiver<Way>,
    asked: Option<&AtomicU64>,
) {
    let mut piece = vec![0; 1 << 16];
    loop {
        let Ok(read @ 1..) = from.read(&mut piece).await else { return };
        if let Some(asked) = asked {
            asked.fetch_add(read as u64, Ordering::Relaxed);
        }
        let stopped = |way: &Way| *way == Way::Blocked || (asked.is_none() && *way == Way::Mute);
        let now = match way.wait_for(|way| !stopped(way)).await {
            Ok(now) => *now,
            Err(_) => return,
        };
        if let Way::Slow(by) = now {
            tokio::time::sleep(by).await;
        }
        if to.write_all(&piece[..read]).await.is_err() {
            return;
        }
    }
}
